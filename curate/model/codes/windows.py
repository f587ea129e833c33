"""Codes 58x: what the crop stage says about frames and windows."""

from __future__ import annotations

from curate.model.codes import names as codes
from curate.model.codes.code import Code

WINDOWS: tuple[Code, ...] = (
    Code(
        codes.FRAME_EXCLUDED_BY_CROP,
        "warning",
        "frame set aside by crop",
        "Its window cannot be trusted, so nothing was cut; were such frames dropped in silence, defects would go.",
        "an arm hides the part, the scene is empty, or two places look alike",
        "look at the frame; loosen the window's thresholds in curate.toml, or leave it set aside",
    ),
    Code(
        codes.BOX_BEYOND_FRAME,
        "warning",
        "box beyond the frame",
        "What lies outside the frame is filled with one grey value: a detector learns the filling, not the product.",
        "box = [-10, 0, 400, 400]; frames of a smaller camera among the others",
        "correct the box in curate.toml: x, y, width and height in frame pixels",
    ),
    Code(
        codes.DECISION_NOT_APPLICABLE,
        "warning",
        "decision that crop cannot carry out",
        "A person decided about the window, and it is not as he wanted: nothing was cut, or it lies elsewhere.",
        "a window is accepted in a frame that cannot be read, or placed although its mode is tile",
        "take the decision back, or place the window by hand",
    ),
)
