"""Natural order of names: ``2`` before ``10``. One key, so that every list of names has the same order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TypeAlias

NaturalKey: TypeAlias = tuple[str | tuple[int, str], ...]

_DIGITS = re.compile("([0-9]+)")


def natural_key(name: str) -> NaturalKey:
    """Return the sort key of a name: runs of digits count as numbers, of any length, the rest by code point.

    Names that differ only in leading zeros, or in how accents are composed, have the same key.

    >>> sorted(["f10", "f2b", "f2", "10", "f"], key=natural_key)
    ['10', 'f', 'f2', 'f2b', 'f10']
    """
    parts = _DIGITS.split(unicodedata.normalize("NFD", name))
    # Text and numbers take turns, so that like is compared with like; a number is its length and its digits.
    return tuple(_number(part) if place % 2 else part for place, part in enumerate(parts))


def natural_sorted(names: Iterable[str]) -> list[str]:
    """Return names in natural order; those of the same key by code point, in whatever order they came.

    >>> natural_sorted({"f10", "f2", "f02"})
    ['f02', 'f2', 'f10']
    """
    return sorted(sorted(names), key=natural_key)


def _number(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant
