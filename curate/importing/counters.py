"""Counters that cameras write into names and EXIF: find them, and unroll them where they wrap around.

A camera that names its files ``DSC_0001 … DSC_9999`` starts over after the last number, so sorting by name puts the
newest frames first. The numbers lie on a ring; cutting it at its largest gap gives the order without any clock as long
as fewer frames than the ring holds were shot. A clock, even one that follows daylight saving, tells which of several
readings of the ring is right, and unrolls more than one turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LAST_NUMBER = re.compile(r"^(?P<before>.*?)(?P<digits>\d{1,18})(?P<after>\D*)$", re.DOTALL)
_CLOSED_SHARE = 100
"""The ends of a ring nearly meet when they are within a hundredth of its length."""
_HOUR_BACK_NS = (1_800 * 10**9, 3_660 * 10**9)


@dataclass(frozen=True, slots=True)
class NameNumber:
    """A number in a file name and what stands around it: equal frames of text mean one counter."""

    before: str
    after: str
    digits: str


@dataclass(frozen=True, slots=True)
class Unrolled:
    """A counter laid out on a line.

    Attributes
    ----------
    values : tuple of int
        One a shot, all different; larger is later.
    wrapped : bool
        Whether the counter turned over on the way.
    descents : tuple of int
        Places ``i`` of the sequence by values where the clock of shot ``i + 1`` is before that of shot ``i``.
    """

    values: tuple[int, ...]
    wrapped: bool
    descents: tuple[int, ...]

    def sequence(self) -> list[int]:
        """Return the shots' indices in the counter's order."""
        return sorted(range(len(self.values)), key=self.values.__getitem__)


def last_number(text: str) -> NameNumber | None:
    """Return the last number of a file name's stem, from which the time stamp was taken.

    >>> last_number("DSC_0042 b")
    NameNumber(before='DSC_', after=' b', digits='0042')
    """
    match = _LAST_NUMBER.match(text)
    return NameNumber(match["before"], match["after"], match["digits"]) if match else None


def ring_of(digits: Sequence[str]) -> int:
    """Return after how many numbers a counter of these digits starts over.

    >>> ring_of(["9998", "0001"]), ring_of(["7", "12"])
    (10000, 100)
    """
    return int(10 ** max(map(len, digits)))


def unroll(numbers: Sequence[int], ring: int, clock: Sequence[int] | None) -> Unrolled | None:
    """Lay a counter out on a line.

    Parameters
    ----------
    numbers : sequence of int
        One a shot, 0 .. ring - 1.
    ring : int
    clock : sequence of int or None
        The shots' times in nanoseconds, however wrong here and there; None when there is no clock.

    Returns
    -------
    Unrolled or None
        Of the readings that give every shot a place of its own (as it is; the ring cut at its largest gap; turned over
        where the clock says) the one that the clock contradicts least, the one with the smallest largest step when
        equal. An hour back at the end of daylight saving does not count against a ring whose ends nearly meet: half an
        hour of shots across both the wrap and that hour looks right to the clock in the wrong order. None when no
        reading keeps the shots apart: then the numbers are no counter.

    Examples
    --------
    >>> unroll([9998, 9999, 1, 2], 10_000, None).sequence()
    [0, 1, 2, 3]
    """
    plain = list(numbers)
    closed = _nearly_closed(plain, ring)
    readings = [plain]
    if clock is not None:
        readings += [_cut_at_largest_gap(plain, ring), _turned_by_clock(plain, ring, clock)]
    elif closed:
        # Without a clock nothing can contradict a reading: the cut is made only where it is beyond doubt.
        readings = [_cut_at_largest_gap(plain, ring)]
    usable = [
        (
            _contradictions(values, clock, forgiving=closed and values != plain),
            max((b - a for a, b in pairwise(sorted(values))), default=0),
            Unrolled(tuple(values), values != plain, _descents(values, clock)),
        )
        for values in readings
        if len(set(values)) == len(values)
    ]
    return min(usable, key=lambda entry: entry[:2], default=(0, 0, None))[2]


def goes_back_an_hour(step_ns: int) -> bool:
    """Whether a step back of a clock looks like the end of daylight saving: an hour, less the pause between shots."""
    return _HOUR_BACK_NS[0] <= step_ns <= _HOUR_BACK_NS[1]


def _contradictions(values: Sequence[int], clock: Sequence[int] | None, *, forgiving: bool) -> int:
    if clock is None:
        return 0
    order = sorted(range(len(values)), key=values.__getitem__)
    back = [clock[a] - clock[b] for a, b in pairwise(order) if clock[b] < clock[a]]
    return sum(not (forgiving and goes_back_an_hour(step)) for step in back)


def _nearly_closed(numbers: Sequence[int], ring: int) -> bool:
    """Whether the ends of the ring nearly meet while a larger gap lies inside: a turn, not two batches."""
    values = sorted(set(numbers))
    meeting = values[0] + ring - values[-1] if values else ring
    largest = max((b - a for a, b in pairwise(values)), default=0)
    return meeting * _CLOSED_SHARE <= ring and largest > meeting


def _cut_at_largest_gap(numbers: list[int], ring: int) -> list[int]:
    """Return the numbers with the ring cut at its largest gap, unchanged when that is where it begins anyway."""
    values = sorted(set(numbers))
    gap, start = max(((b - a, b) for a, b in pairwise(values)), default=(0, 0))
    if not values or gap <= values[0] + ring - values[-1]:
        return numbers
    return [number if number >= start else number + ring for number in numbers]


def _turned_by_clock(numbers: list[int], ring: int, clock: Sequence[int]) -> list[int]:
    """Return the numbers with a turn of the ring added wherever, in the clock's order, they fall by over half of it."""
    values = list(numbers)
    turn, before = 0, None
    for index in sorted(range(len(numbers)), key=lambda place: (clock[place], numbers[place])):
        number = numbers[index]
        if before is not None and before - number > ring // 2:
            turn += ring
        elif before is not None and number - before > ring // 2:
            turn -= ring
        values[index] = number + turn
        before = number
    return values


def _descents(values: Sequence[int], clock: Sequence[int] | None) -> tuple[int, ...]:
    if clock is None:
        return ()
    order = sorted(range(len(values)), key=values.__getitem__)
    return tuple(place for place, (a, b) in enumerate(pairwise(order)) if clock[b] < clock[a])


def one_counter(texts: Sequence[str]) -> list[NameNumber]:
    """Return the number of every name's stem when all are alike around it; empty when they are not.

    >>> [number.digits for number in one_counter(["f1", "f10"])], one_counter(["f1", "g2"])
    (['1', '10'], [])
    """
    found = [last_number(text) for text in texts]
    numbers = [number for number in found if number is not None]
    alike: Callable[[NameNumber], tuple[str, str]] = lambda number: (number.before, number.after)  # noqa: E731
    return numbers if len(numbers) == len(texts) and len(set(map(alike, numbers))) == 1 else []
