"""The chronological split: a detector may learn only from what was shot before it is tried.

The first good frames train; every later good frame and every defect test. A defect shot *before* the last training
frame is tested too: the training set holds no defect, so nothing about it has been learnt, and defects are too rare to
drop. This is the protocol of the AutoVI paper. A *good* test frame is never earlier than a training frame.

The supervised variant learns from the defects as well, so it cuts them at the same moments: no test frame at all is
earlier than a training frame. A gap between two sides belongs to neither, whatever its frames show: what was shot
within seconds of the last training frame is nearly known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from curate.errors import InputError
from curate.model.rows import SplitRow
from curate.split.labelled_frames import LabelledFrame, make_row

Share = float | int | str
"""A fraction (float in (0, 1)), a count (int), or a date before which (str)."""

_GAP = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(s|min|h)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where the sides meet, as places in shooting order: a side holds the places from its start to below its end."""

    train_end: int
    val_start: int
    val_end: int
    test_start: int


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


def chronological(
    frames: Sequence[LabelledFrame], train: Share, val: Share = 0, gap: int | str = 0, *, supervised: bool = False
) -> tuple[SplitRow, ...]:
    """Divide frames that stand in shooting order.

    Parameters
    ----------
    frames : sequence of LabelledFrame
        First shot first.
    train, val : float, int or str
        Fraction or count of the good frames on that side, or the date before which they were shot.
    gap : int or str
        Frames, or a time such as ``"10 min"``, between two sides.
    supervised : bool
        Whether defects follow the cuts, too.

    Returns
    -------
    tuple of SplitRow
        One row a frame, in the same order.

    Raises
    ------
    InputError
        If a date or a gap in minutes is asked for and no frame has a time.
    """
    cuts = find_cuts(frames, train, val, gap, supervised=supervised)
    return tuple(
        make_row(frame, *_side(frame, place, cuts, supervised=supervised)) for place, frame in enumerate(frames)
    )


def find_cuts(
    frames: Sequence[LabelledFrame], train: Share, val: Share, gap: int | str, *, supervised: bool = False
) -> Cuts:
    """Return where the sides meet; see :func:`chronological`. Without a good frame, supervised cuts count defects."""
    good = [place for place, frame in enumerate(frames) if frame.is_good]
    if supervised and not good:
        good = [place for place, frame in enumerate(frames) if frame.is_defect]
    train_end = _end(frames, good, train, good)
    val_start = _after_gap(frames, train_end, gap) if train_end else 0
    later = [place for place in good if place >= val_start]
    if val == 0:
        return Cuts(train_end, val_start, val_start, val_start)
    val_end = max(_end(frames, good, val, later), val_start)
    test_start = _after_gap(frames, val_end, gap) if val_end > val_start else val_start
    return Cuts(train_end, val_start, val_end, test_start)


def _end(frames: Sequence[LabelledFrame], good: Sequence[int], share: Share, available: Sequence[int]) -> int:
    """Return the place behind the last good frame that a share takes of those available; 0 when it takes none."""
    if isinstance(share, str):
        moment = datetime.fromisoformat(share)
        taken = [place for place in available if _moment(frames, place) < moment]
    else:
        taken = list(available[: train_count(share, len(good))])
    return taken[-1] + 1 if taken else 0


def _after_gap(frames: Sequence[LabelledFrame], end: int, gap: int | str) -> int:
    if isinstance(gap, int):
        return min(end + gap, len(frames))
    until = _moment(frames, end - 1) + parse_gap(gap)
    return next((place for place in range(end, len(frames)) if _moment(frames, place) >= until), len(frames))


def parse_gap(text: str) -> timedelta:
    """Read a time such as ``"10 min"``, ``"90s"`` or ``"1.5 h"``.

    >>> parse_gap("10 min").total_seconds(), parse_gap("90s").total_seconds()
    (600.0, 90.0)
    """
    match = _GAP.fullmatch(text.strip())
    if not match:
        raise InputError(f"expected a gap such as '10 min', '90 s' or '2 h', found {text!r}")
    return timedelta(seconds=float(match[1]) * _SECONDS[match[2]])


def _moment(frames: Sequence[LabelledFrame], place: int) -> datetime:
    """Return a frame's time on the clock of the wall, which is what a person writes into a configuration."""
    moment = frames[place].moment
    if moment is None:
        raise InputError(
            f"the frame {frames[place].frame} has no time, so neither a date nor a gap in minutes can be applied",
            hint="use a count or a fraction, and a gap in frames",
        )
    return moment.replace(tzinfo=None)


def _side(frame: LabelledFrame, place: int, cuts: Cuts, *, supervised: bool) -> tuple[str, str]:
    if cuts.train_end <= place < cuts.val_start or cuts.val_end <= place < cuts.test_start:
        return "", "in the gap between two sides"
    follows = frame.is_good or supervised
    if place < cuts.train_end:
        if follows:
            return "train", "shot before the end of training"
        return "test", "defect, shot before the last training frame"
    if place < cuts.val_end:
        return ("val", "shot between training and test") if follows else ("test", "defect, shot during validation")
    return "test", "shot after the last training frame" if frame.is_good else "defect"


def per_series(
    frames: Sequence[LabelledFrame], train: Share, val: Share = 0, gap: int | str = 0, *, supervised: bool = False
) -> tuple[SplitRow, ...]:
    """Divide each series on its own, as :func:`chronological` does; rows come back in the frames' order."""
    by_series: dict[str, list[LabelledFrame]] = {}
    for frame in frames:
        by_series.setdefault(frame.series, []).append(frame)
    rows = {
        row.frame: row
        for members in by_series.values()
        for row in chronological(members, train, val, gap, supervised=supervised)
    }
    return tuple(rows[frame.frame] for frame in frames)
