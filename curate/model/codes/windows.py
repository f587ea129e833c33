"""Codes 58x: what the crop stage says about frames and windows."""

from __future__ import annotations

from curate.model.codes.code import Code

WINDOWS: tuple[Code, ...] = (
    Code(
        "CUR581",
        "warning",
        "frame set aside by crop",
        "Its window cannot be trusted, so nothing was cut; were such frames dropped in silence, defects would go.",
        "an arm hides the part, the scene is empty, or two places look alike",
        "look at the frame; loosen the window's thresholds in curate.toml, or leave it set aside",
    ),
)
