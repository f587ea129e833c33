"""What a TIFF file says about its first page: a few tags, read without a decoder.

An image library that opens the file costs more time than decoding an uncompressed map of a megapixel.
Tags are those of TIFF 6.0 (1992); BigTIFF differs in the width of offsets and counts.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from curate.errors import ImageError

WHITE_IS_ZERO, BLACK_IS_ZERO = 0, 1
"""Photometric interpretations of grey pages."""

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _CHANNELS = 256, 257, 258, 262, 277
_FORMATS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}
_BIG = {b"II+\0", b"MM\0+"}
_SHORT, _LONG, _LONG8 = 3, 4, 16
_CODES = {_SHORT: "H", _LONG: "I", _LONG8: "Q"}


@dataclass(frozen=True, slots=True)
class Page:
    """The first page: its size, its layout, and whether there are ``more``."""

    width_px: int
    height_px: int
    bits: int
    channels: int
    photometric: int
    more: bool


def first_page(content: bytes, path: Path) -> Page:
    """Read the tags of the first page; ``path`` is for messages.

    Raises
    ------
    ImageError
        If the file is no TIFF file, or is cut short before or within the tags.
    """
    order = _FORMATS.get(content[:4])
    if order is None:
        raise ImageError("is not a TIFF file, though its name says so", path=path)
    try:
        tags, following = _directory(content, order, big=content[:4] in _BIG)
    except struct.error as error:
        raise ImageError(f"is cut short: {len(content)} bytes do not hold the TIFF tags", path=path) from error
    return Page(
        width_px=tags.get(_WIDTH, 0),
        height_px=tags.get(_HEIGHT, 0),
        bits=tags.get(_BITS, 1),
        channels=tags.get(_CHANNELS, 1),
        photometric=tags.get(_PHOTOMETRIC, BLACK_IS_ZERO),
        more=following != 0,
    )


def _directory(content: bytes, order: str, *, big: bool) -> tuple[dict[int, int], int]:
    """Return the tags that hold one whole number, and the offset of the next page."""
    offset_code, count_code, entry_size, header = ("Q", "Q", 20, 8) if big else ("I", "H", 12, 4)
    (start,) = struct.unpack_from(f"{order}{offset_code}", content, header)
    (count,) = struct.unpack_from(f"{order}{count_code}", content, start)
    first = start + struct.calcsize(count_code)
    tags = {}
    for place in range(first, first + min(count, len(content)) * entry_size, entry_size):
        tag, kind, _ = struct.unpack_from(f"{order}HH{offset_code}", content, place)
        if kind in _CODES:
            (tags[tag],) = struct.unpack_from(
                f"{order}{_CODES[kind]}", content, place + 4 + struct.calcsize(offset_code)
            )
    (following,) = struct.unpack_from(f"{order}{offset_code}", content, first + count * entry_size)
    return tags, following
