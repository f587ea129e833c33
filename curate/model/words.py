"""Words for counts in messages."""

from __future__ import annotations


def counted(number: int, one: str, several: str) -> str:
    """Put a number before the words that fit it.

    >>> counted(1, "mask has", "masks have"), counted(0, "mask has", "masks have")
    ('1 mask has', '0 masks have')
    """
    return f"{number} {one if number == 1 else several}"
