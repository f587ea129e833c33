"""What the makers of a submission are asked, and what ``submission.json`` notes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MADE_BY = "curate submission"


@dataclass(frozen=True, slots=True)
class SubmissionAbout:
    """What ``submission.json`` says."""

    method: str = ""
    run: str = ""
    description: str = ""

    def to_json(self) -> dict[str, str]:
        """Return what is known of it."""
        known = {"method": self.method, "run": self.run, "description": self.description}
        return {key: text for key, text in known.items() if text}


@dataclass(frozen=True, slots=True)
class SubmissionOptions:
    """How predictions become a submission.

    Attributes
    ----------
    scores : dict
        Image scores by image name, of a table; they go before those of the predictions.
    resize : str
        ``bilinear``, ``bicubic`` or ``nearest``; ``""`` refuses maps of another size than their image.
    about : SubmissionAbout
    centre_crop : (int, int), optional
        Sides in pixels of the resized image and of the crop that the model saw of it: (256, 224).
    """

    scores: dict[str, float] = field(default_factory=dict)
    resize: str = ""
    about: SubmissionAbout = SubmissionAbout()
    centre_crop: tuple[int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what ``submission.json`` notes of it."""
        notes: dict[str, Any] = {"resized": self.resize} if self.resize else {}
        if self.centre_crop:
            notes["centre_crop_px"] = list(self.centre_crop)
        return {**self.about.to_json(), "made_by": MADE_BY, **notes}
