"""The ``crop`` stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.crop.reference import cut_template
    from curate.crop.run import crop_windows

__all__ = ["crop_windows", "cut_template"]

__getattr__ = lazily(__name__, {"crop_windows": "run", "cut_template": "reference"})
