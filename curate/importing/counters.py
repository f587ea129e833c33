"""Counters that cameras write into names: find them, and unroll them where they turn over and no clock tells when.

A camera that names its files ``DSC_0001 … DSC_9999`` starts over after the last number, so sorting by name puts the
newest frames first. The numbers lie on a ring; cutting it at its largest gap gives the order without any clock as long
as fewer frames than the ring holds were shot. With a clock, :mod:`curate.importing.runs` tells more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LAST_NUMBER = re.compile(r"^(?P<before>.*?)(?P<digits>\d{1,18})(?P<after>\D*)$", re.DOTALL)
_CLOSED_SHARE = 100
"""The ends of a ring nearly meet when they are within a hundredth of its length."""


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
    """

    values: tuple[int, ...]
    wrapped: bool

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


def unroll(numbers: Sequence[int], ring: int) -> Unrolled | None:
    """Lay a counter out on a line without any clock; None where numbers repeat, so that they are no counter.

    Parameters
    ----------
    numbers : sequence of int
        One a shot, 0 .. ring - 1.
    ring : int

    Examples
    --------
    >>> unroll([9998, 9999, 1, 2], 10_000).sequence()
    [0, 1, 2, 3]
    """
    if len(set(numbers)) < len(numbers):
        return None
    # No clock can contradict a reading: the ring is cut at its largest gap only where that is beyond doubt.
    start = _start(sorted(numbers), ring)
    values = tuple(number if number >= start else number + ring for number in numbers)
    return Unrolled(values, values != tuple(numbers))


def _start(values: Sequence[int], ring: int) -> int:
    """Return the number that a ring starts with: the one behind its largest gap where its ends nearly meet."""
    meeting = values[0] + ring - values[-1] if values else ring
    gap, start = max(((b - a, b) for a, b in pairwise(values)), default=(0, 0))
    return start if meeting * _CLOSED_SHARE <= ring and gap > meeting else 0


def one_counter(texts: Sequence[str]) -> list[NameNumber]:
    """Return the number of every name's stem when all are alike around it; empty when they are not.

    >>> [number.digits for number in one_counter(["f1", "f10"])], one_counter(["f1", "g2"])
    (['1', '10'], [])
    """
    found = [last_number(text) for text in texts]
    numbers = [number for number in found if number is not None]
    alike: Callable[[NameNumber], tuple[str, str]] = lambda number: (number.before, number.after)  # noqa: E731
    return numbers if len(numbers) == len(texts) and len(set(map(alike, numbers))) == 1 else []
