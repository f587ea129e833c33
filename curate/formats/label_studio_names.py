"""Names of the controls in Label Studio projects that curate makes, for its tasks and its labelling configuration."""

from __future__ import annotations

from curate.model.defect import GOOD

TOOLS: dict[str, str] = {"polygon": "polygon", "ellipse": "ellipse", "rectangle": "rectangle", "brush": "brush"}
"""Name of the control that draws each kind of shape."""

SATURATION = "saturation"
"""Name of the text field that is attached to a region: a threshold such as ``800 px`` or ``50 %``."""

QUALITY = "quality"
"""Name of the choice about the whole image."""

GOOD_CHOICE = GOOD
