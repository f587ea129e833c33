"""Screen frames: measure blur, noise, light, contrast, position, obstruction and repeats; set aside, never delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import lazily

if TYPE_CHECKING:
    from curate.screen.run import screen_frames

__all__ = ["screen_frames"]

__getattr__ = lazily(__name__, {"screen_frames": "run"})
