"""Numbers in names that are no plain counter: hexadecimal ones, and names that hold several. Pure.

Both are asked only where no clock and no counter orders the frames, before natural order of the names is left to do it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

_DIGITS = re.compile(r"\d{1,18}", re.ASCII)
_HEXADECIMAL = re.compile(r"[0-9a-f]{1,15}|[0-9A-F]{1,15}", re.ASCII)
_FEWEST = 3
"""Two numbers run one way or the other by chance."""


@dataclass(frozen=True, slots=True)
class NumberOrder:
    """An order by numbers in names.

    Attributes
    ----------
    places : tuple of int
        Of the names, in order; empty when nothing could be decided.
    title : str
        What the order rests on.
    doubt : str
        What a person should know; ``""`` when nothing was left open.
    """

    places: tuple[int, ...]
    title: str = ""
    doubt: str = ""


def order_by_numbers(stems: Sequence[str], natural: Sequence[int]) -> NumberOrder | None:
    """Order names by a number that their natural order does not follow; None when there is nothing to say.

    Parameters
    ----------
    stems : sequence of str
        The names without folder, suffix and time stamp.
    natural : sequence of int
        Places of the names in natural order.
    """
    return _hexadecimal(stems, natural) or _running_index(stems, natural)


def _hexadecimal(stems: Sequence[str], natural: Sequence[int]) -> NumberOrder | None:
    """Order by a hexadecimal counter, if the names differ in nothing else and the natural order breaks it."""
    tokens = _differing(stems)
    letters = any(not token.isdigit() for token in tokens)
    digits = any(character.isdigit() for token in tokens for character in token)
    cases = {token.upper() == token for token in tokens if not token.isdigit()}
    if len(set(tokens)) < len(stems) or not (letters and digits) or len(cases) > 1:
        return None
    if not all(map(_HEXADECIMAL.fullmatch, tokens)):
        return None
    values = [int(token, 16) for token in tokens]
    places = sorted(range(len(values)), key=values.__getitem__)
    if places == list(natural):
        return None
    widths = {len(token) for token in tokens}
    padded = len(widths) > 1 and any(token.startswith("0") for token in tokens)
    counts = max(values) - min(values) < 4 * len(values) + 16 and not padded
    if counts:
        return NumberOrder(tuple(places), "the hexadecimal counter in the file names")
    if len(widths) > 1:
        return None  # 10A, 9B: a number and a letter
    first, second = (stems[place] for place in places[:2])
    return NumberOrder((), "", f"{first}, {second}: hexadecimal numbers that do not count say nothing about time")


def _differing(stems: Sequence[str]) -> list[str]:
    """Return what is left of each name between the text that all begin and all end with, hexadecimal digits kept."""
    if len(stems) < 2:  # noqa: PLR2004 - one name differs from none
        return []
    start = _shared_start(stems)
    end = _shared_start([stem[start:][::-1] for stem in stems])
    before, after = stems[0][:start], stems[0][len(stems[0]) - end :]
    whole = re.compile(r"[0-9A-Fa-f]*", re.ASCII)
    head = whole.match(before[::-1])
    tail = whole.match(after)
    begin = start - (head.end() if head else 0)
    left = end - (tail.end() if tail else 0)
    return [stem[begin : len(stem) - left] for stem in stems]


def _shared_start(texts: Sequence[str]) -> int:
    """Return with how many characters all texts begin alike."""
    first, last = min(texts), max(texts)  # what these two share, all between them share
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))


def _running_index(stems: Sequence[str], natural: Sequence[int]) -> NumberOrder | None:
    """Order by the last number, if it runs through all frames while another number stands before it."""
    if len(stems) < _FEWEST or len({_DIGITS.sub("#", stem) for stem in stems}) > 1:
        return None
    numbers = [[int(text) for text in _DIGITS.findall(stem)] for stem in stems]
    if len(numbers[0]) < 2:  # noqa: PLR2004 - one number cannot contradict itself
        return None
    last = [row[-1] for row in numbers]
    places = sorted(range(len(last)), key=last.__getitem__)
    steps = {last[second] - last[first] for first, second in pairwise(places)}
    if places == list(natural) or len(set(last)) < len(last) or max(steps) > 2:  # noqa: PLR2004 - one frame lost
        return None
    first = stems[places[0]]
    doubt = f"the numbers in the names count differently; the last one runs through all frames ({first} first)"
    return NumberOrder(tuple(places), "the last number in the file names", doubt)
