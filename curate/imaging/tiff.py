"""What a TIFF file says about its first page: a few tags, read without a decoder.

An image library that opens the file costs more time than decoding an uncompressed map of a megapixel.
Tags are those of TIFF 6.0 (1992); BigTIFF differs in the width of offsets and counts.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from operator import add
from pathlib import Path

from curate.errors import ImageError

WHITE_IS_ZERO, BLACK_IS_ZERO = 0, 1
"""Photometric interpretations of grey pages."""

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _CHANNELS = 256, 257, 258, 262, 277
_COMPRESSION, _STRIP_OFFSETS, _ORIENTATION, _STRIP_SIZES, _PREDICTOR, _SAMPLE_FORMAT = 259, 273, 274, 279, 317, 339
_FORMATS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}
_BIG = {b"II+\0", b"MM\0+"}
_SHORT, _LONG, _LONG8 = 3, 4, 16
_CODES = {_SHORT: "H", _LONG: "I", _LONG8: "Q"}


@dataclass(frozen=True, slots=True)
class Page:
    """The first page.

    Attributes
    ----------
    width_px, height_px, bits, channels, photometric : int
        Of the tags of these names.
    more : bool
        Whether other pages follow.
    plain_floats_at : int
        Where its little-endian 32-bit floats stand in the file, row after row; -1 when they are packed otherwise.
    """

    width_px: int
    height_px: int
    bits: int
    channels: int
    photometric: int
    more: bool
    plain_floats_at: int = -1


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
    single = {tag: values[0] for tag, values in tags.items() if values}
    return Page(
        width_px=single.get(_WIDTH, 0),
        height_px=single.get(_HEIGHT, 0),
        bits=single.get(_BITS, 1),
        channels=single.get(_CHANNELS, 1),
        photometric=single.get(_PHOTOMETRIC, BLACK_IS_ZERO),
        more=following != 0,
        plain_floats_at=_plain_floats(tags, single, len(content)) if order == "<" else -1,
    )


def _plain_floats(tags: dict[int, tuple[int, ...]], single: dict[int, int], length: int) -> int:
    """Return where uncompressed 32-bit floats begin, if all strips lie one after the other; else -1."""
    expected = {_BITS: 32, _CHANNELS: 1, _COMPRESSION: 1, _PREDICTOR: 1, _ORIENTATION: 1, _SAMPLE_FORMAT: 3}
    if any(single.get(tag, 0 if tag == _SAMPLE_FORMAT else 1) != value for tag, value in expected.items()):
        return -1
    offsets, sizes = tags.get(_STRIP_OFFSETS, ()), tags.get(_STRIP_SIZES, ())
    joined = tuple(map(add, offsets, sizes))[:-1] == offsets[1:]
    whole = single.get(_WIDTH, 0) * single.get(_HEIGHT, 0) * 4
    if not offsets or len(offsets) != len(sizes) or not joined or sum(sizes) != whole:
        return -1
    return offsets[0] if offsets[0] + whole <= length else -1


def _directory(content: bytes, order: str, *, big: bool) -> tuple[dict[int, tuple[int, ...]], int]:
    """Return the tags that hold whole numbers, and the offset of the next page."""
    offset_code, count_code, entry_size, header = ("Q", "Q", 20, 8) if big else ("I", "H", 12, 4)
    (start,) = struct.unpack_from(f"{order}{offset_code}", content, header)
    (count,) = struct.unpack_from(f"{order}{count_code}", content, start)
    first = start + struct.calcsize(count_code)
    room = struct.calcsize(offset_code)
    tags = {}
    for place in range(first, first + min(count, len(content)) * entry_size, entry_size):
        tag, kind, length = struct.unpack_from(f"{order}HH{offset_code}", content, place)
        if kind not in _CODES or length > len(content):
            continue
        code = f"{order}{length}{_CODES[kind]}"
        at = place + 4 + room
        if struct.calcsize(code) > room:
            (at,) = struct.unpack_from(f"{order}{offset_code}", content, at)
        tags[tag] = struct.unpack_from(code, content, at)
    (following,) = struct.unpack_from(f"{order}{offset_code}", content, first + count * entry_size)
    return tags, following
