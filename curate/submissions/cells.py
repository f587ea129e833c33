"""Read the text and the cells of tables of scores: their encoding, separator and numbers. Pure."""

from __future__ import annotations

import codecs
import math
from collections.abc import Sequence

_SEPARATORS = {";": "semicolons", "\t": "tabs"}


def number_of(text: str) -> float:
    """Return the number that a table's cell holds, or NaN.

    Python reads more than programs write: ``1_0`` as 10, and digits of every script.

    >>> number_of(" 2.5e-3 "), number_of("1_0"), number_of("0,5")
    (0.0025, nan, nan)
    """
    try:
        return float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return math.nan


def decode_table(content: bytes) -> str:
    """Return the text of a table in UTF-8, or in UTF-16 with the mark that Excel begins such a file with.

    Raises
    ------
    UnicodeDecodeError
        If it is neither.
    """
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if marked else "utf-8-sig")


def other_separator(text: str) -> str:
    r"""Say what separates the cells of a table where it is no comma; ``""`` where it is one.

    >>> other_separator("image;score\n000;0,5\n")[:40]
    'separates its cells by semicolons, expec'
    """
    header = next(iter(text.splitlines()), "")
    for sign, name in _SEPARATORS.items():
        if sign in header and "," not in header:
            return f"separates its cells by {name}, expected commas (image,score) and a decimal point (0.5)"
    return ""


def wrong_width(line: int, count: int, header: Sequence[str]) -> str:
    """Say that a row has more or fewer cells than the header: often a decimal comma, which cuts a number in two."""
    comma = " (a decimal comma? write 0.5, not 0,5)" if count > len(header) else ""
    return f"line {line}: has {count} cells, expected {len(header)}: {','.join(header)}{comma}"
