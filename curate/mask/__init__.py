"""The ``mask`` stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.mask.run import suggest_saturation, write_masks

__all__ = ["suggest_saturation", "write_masks"]

__getattr__ = lazily(__name__, {"suggest_saturation": "run", "write_masks": "run"})
