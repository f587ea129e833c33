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
    Code(
        codes.TEMPLATE_FITS_NO_FRAME,
        "error",
        "template fits no frame",
        "No window was cut, so nothing can follow: the template shows another part, another view or another scale.",
        "the template of the front camera is named for the category of the rear camera",
        "cut a template out of one of the frames: curate crop --template-from SERIES/FILE --box X,Y,WIDTH,HEIGHT",
    ),
    Code(
        codes.TEMPLATE_FITS_NO_FRAME_OF_CAMERA,
        "warning",
        "template fits no frame of a camera",
        "All frames of one camera are set aside, so the benchmark would show the other cameras only.",
        "two cameras take turns, and the template was cut out of a frame of the first",
        "name a second template in curate.toml: template = ['a.png', 'b.png'], or make a category of each camera",
    ),
    Code(
        codes.MATCH_ON_STILL_POINT,
        "warning",
        "template found on something that does not move",
        "All accepted windows of a camera lie at one point while other frames are set aside: if the part moves, the "
        "template shows the fixture.",
        "the template was cut around a bolt of the fixture; frames in which an arm hides it are rejected",
        "look at the accepted windows; if they do not follow the part, cut the template around the part alone",
    ),
)
