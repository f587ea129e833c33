"""Codes 7xx: order and time, and what import could not settle (72x)."""

from __future__ import annotations

from curate.model.codes.code import Code

ORDER: tuple[Code, ...] = (
    Code(
        "CUR701",
        "warning",
        "some frames have no clock",
        "Splits, leakage checks and drift plots lean on time; an order by names is only as good as the names.",
        "59 of 60 frames have EXIF DateTimeOriginal, one was edited and lost it",
        "import the frames without a clock into a series of their own with --series NAME, or mend their names",
    ),
    Code(
        "CUR702",
        "warning",
        "some times have no UTC offset",
        "Local times are comparable within one zone only: the order is right if all cameras share it.",
        "30 of 60 frames have OffsetTimeOriginal, 30 have not",
        "check that the cameras' clocks show the same zone, or import them into series of their own with --series NAME",
    ),
    Code(
        "CUR721",
        "warning",
        "renamed because its name was taken",
        "Annotations that name the file by its old name belong to the other frame.",
        "0001.jpg of another folder, with other content than the 0001.jpg imported before",
        "import it into a series of its own with --series NAME if the name matters",
    ),
    Code(
        "CUR722",
        "warning",
        "has another label already",
        "Two sources disagree about what the frame shows.",
        "a frame imported as good is imported again with --label scratch",
        "settle which label is right; to change it, edit the captures record",
    ),
)
