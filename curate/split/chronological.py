"""The chronological split: a detector may learn only from what was shot before it is tried.

The first good frames train; every later good frame and every defect test. A defect shot *before* the last training
frame is tested too: the training set holds no defect, so nothing about it has been learnt, and defects are too rare to
drop. This is the protocol of the AutoVI paper. A *good* test frame is never earlier than a training frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from curate.model.defect import GOOD
from curate.model.rows import SplitRow


@dataclass(frozen=True, slots=True)
class Labelled:
    """A frame and what it shows: ``good``, a defect, ``multiple``, or ``""`` when nobody has said."""

    frame: str
    label: str


def train_count(train: float, good: int) -> int:
    """Return how many of the good frames train.

    A count (int) is taken as it is, as far as there are frames. A fraction is rounded down, as in the AutoVI paper's
    counts (747 good frames at one half are 373 and 374), but at least one frame trains where there are two.

    >>> train_count(0.5, 747), train_count(0.1, 5), train_count(30, 20), train_count(0.29, 100)
    (373, 1, 20, 29)
    """
    if isinstance(train, int):
        return min(train, good)
    # 0.29 * 100 is 28.999999999999996 in binary: count with the decimal fraction that the person wrote.
    share = int(Fraction(str(train)) * good)
    return max(share, 1) if good > 1 else share


def chronological(frames: Sequence[Labelled], train: float) -> tuple[SplitRow, ...]:
    """Divide frames that stand in shooting order.

    Parameters
    ----------
    frames : sequence of Labelled
        First shot first.
    train : float or int
        Fraction (float in (0, 1)) or count (int) of the good frames that train.

    Returns
    -------
    tuple of SplitRow
        One row a frame, in the same order.
    """
    wanted = train_count(train, sum(frame.label == GOOD for frame in frames))
    rows = []
    taken = 0
    for frame in frames:
        if not frame.label:
            side, reason = "", "not labelled"
        elif frame.label != GOOD:
            side, reason = "test", "defect" if taken >= wanted else "defect, shot before the last training frame"
        elif taken < wanted:
            side, reason = "train", f"good frame {taken + 1} of the first {wanted}"
            taken += 1
        else:
            side, reason = "test", "good, shot after the last training frame"
        rows.append(SplitRow(frame.frame, frame.label, side, reason))
    return tuple(rows)
