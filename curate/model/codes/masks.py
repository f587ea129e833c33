"""Codes 4xx: masks and regions."""

from __future__ import annotations

from curate.model.codes.code import Code

MASKS: tuple[Code, ...] = (
    Code(
        "CUR451",
        "error",
        "region that no window shows",
        "An image is called defective and no mask says where: no detector can be right on it.",
        "a region beside the inspection window, or thinner than a pixel after scaling",
        "look at the region and the window; move or enlarge one of them",
    ),
    Code(
        "CUR452",
        "warning",
        "region mostly cut off by the window",
        "Its saturation threshold refers to the part that is left.",
        "a scratch of which the window shows a third",
        "enlarge the window, or accept it",
    ),
    Code(
        "CUR453",
        "error",
        "region of a defect that curate.toml does not name",
        "It has no threshold and gets no mask.",
        "the table [categories.X.defects.dent] was removed after the annotations were imported",
        "add the table again, or import the annotations again",
    ),
    Code(
        "CUR454",
        "warning",
        "parts of one region with different thresholds",
        "A region has one threshold; the first part's counts.",
        "two linked scratches, one with 10 px and one with 20 px",
        "give all parts of a group the same threshold, or only one of them",
    ),
    Code(
        "CUR455",
        "warning",
        "defective image without a region",
        "It counts as defective for detection and shows nothing to localise.",
        "an image that the expert called missing, without an outline",
        "draw the region, or call the image good",
    ),
    Code(
        "CUR456",
        "warning",
        "threshold larger than its region",
        "The whole region must be found before it counts as found, which may not be what was meant.",
        "a threshold of 800 px on a region of 500 px",
        "lower the threshold, or state it as a fraction",
    ),
    Code(
        "CUR457",
        "warning",
        "threshold below one pixel",
        "It counts as one pixel: touching the region anywhere finds it.",
        "a fraction of 0.3 on a region of 3 px",
        "raise the threshold, or merge such small regions",
    ),
)
