"""Codes 750 to 799: what a split knows about the future."""

from __future__ import annotations

from curate.model.codes import names as codes
from curate.model.codes.code import Code

SPLITS: tuple[Code, ...] = (
    Code(
        codes.GOOD_TEST_BEFORE_TRAINING_END,
        "warning",
        "good test frames from before the end of training",
        "The detector has learnt from frames that were shot later than those it is tried on, which a plant "
        "never can: light, "
        "tool wear and product changes of the test period are known to it, and the figures are too good. "
        "Defects from before "
        "the end of training are normal: the training set holds none, and they are too rare to drop (AutoVI's "
        "protocol).",
        "a random split of a series of photos",
        "split in shooting order: `curate split` with policy chronological",
    ),
    Code(
        codes.SERIES_ORDER_UNKNOWN,
        "warning",
        "order of series unknown",
        "A chronological split needs to know which series was shot first; ordering them by name is a guess.",
        "two series, one of them without any time in EXIF or file names",
        "give the frames of every series a time, or name the series so that their names sort in shooting order",
    ),
)
