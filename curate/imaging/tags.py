"""Read the directories of a TIFF structure: TIFF and BigTIFF files, and the EXIF block of JPEG and PNG files.

A reader of our own, because the one at hand spends more time on the EXIF block of a camera file (0.7 ms, every tag of
every directory) than reading and hashing the whole file takes; this one looks up only the tags that are asked for.
The source is the TIFF 6.0 specification (1992), section 2, and Exif 2.32, section 4.6.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum


class Tag(IntEnum):
    """Numbers of the tags that are read or written, by the names of the specifications."""

    SUBFILE_TYPE = 254
    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    MAKE = 271
    MODEL = 272
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    CHANNELS = 277
    STRIP_BYTES = 279
    SOFTWARE = 305
    DATE_TIME = 306
    PREDICTOR = 317
    TILE_OFFSETS = 324
    TILE_BYTES = 325
    SAMPLE_FORMAT = 339
    XMP = 700
    EXIF_POINTER = 0x8769
    GPS_POINTER = 0x8825
    DATE_TIME_ORIGINAL = 0x9003
    DATE_TIME_DIGITIZED = 0x9004
    OFFSET_TIME = 0x9010
    OFFSET_TIME_ORIGINAL = 0x9011
    OFFSET_TIME_DIGITIZED = 0x9012
    IMAGE_NUMBER = 0x9211
    SUB_SEC_TIME = 0x9290
    SUB_SEC_TIME_ORIGINAL = 0x9291
    SUB_SEC_TIME_DIGITIZED = 0x9292
    BODY_SERIAL_NUMBER = 0xA431


TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_ASCII, _SHORT = 2, 3
_MAX_ENTRIES = 4096
_MAX_PAGES = 10_000


class TagError(ValueError):
    """A structure that breaks off or points outside itself."""


@dataclass(frozen=True, slots=True)
class Directory:
    """One image file directory: where each tag's value lies."""

    block: bytes
    order: str
    big: bool
    entries: dict[int, tuple[int, int, int]]
    next_offset: int

    def text(self, tag: int) -> str:
        """Return an ASCII tag without its padding, ``""`` when absent or not text."""
        kind, count, offset = self.entries.get(tag, (0, 0, 0))
        if kind != _ASCII:
            return ""
        raw = self._value(offset, count).partition(b"\0")[0]
        return raw.decode("utf-8", "replace").strip()

    def integers(self, tag: int) -> tuple[int, ...]:
        """Return a whole-number tag, empty when absent or of another type."""
        kind, count, offset = self.entries.get(tag, (0, 0, 0))
        code = _INTEGER_CODES.get(kind)
        if code is None:
            return ()
        return struct.unpack(f"{self.order}{count}{code}", self._value(offset, count * TYPE_BYTES[kind]))

    def integer(self, tag: int, default: int) -> int:
        """Return the first number of a tag."""
        values = self.integers(tag)
        return values[0] if values else default

    def directory(self, tag: int) -> Directory | None:
        """Return the directory that a tag points to; None when there is none."""
        offset = self.integer(tag, 0)
        return read_directory(self.block, self.order, offset, big=self.big) if offset else None

    def raw(self, tag: int) -> bytes:
        """Return a tag's bytes as they stand, ``b""`` when absent."""
        kind, count, offset = self.entries.get(tag, (0, 0, 0))
        return self._value(offset, count * TYPE_BYTES.get(kind, 1))

    def with_short(self, tag: int, value: int) -> bytes:
        """Return the whole block with another value of a tag that holds one 16-bit number."""
        kind, count, offset = self.entries[tag]
        if (kind, count) != (_SHORT, 1):
            raise TagError(f"the tag {tag} holds {count} value(s) of type {kind}, expected one 16-bit number")
        return self.block[:offset] + struct.pack(f"{self.order}H", value) + self.block[offset + 2 :]

    def _value(self, offset: int, length: int) -> bytes:
        if offset + length > len(self.block):
            raise TagError(f"a value of {length} bytes at {offset} lies outside the {len(self.block)} bytes")
        return self.block[offset : offset + length]


def first_offset(block: bytes) -> tuple[str, bool, int]:
    r"""Return byte order (``<`` or ``>``), whether it is BigTIFF, and where the first directory lies.

    >>> first_offset(b"II*\0" + bytes([8, 0, 0, 0]))
    ('<', False, 8)
    """
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    try:
        if order is None:
            raise TagError("no TIFF byte order mark")
        magic = struct.unpack_from(f"{order}H", block, 2)[0]
        if magic == 42:  # noqa: PLR2004 - the TIFF specification's own number
            return order, False, struct.unpack_from(f"{order}I", block, 4)[0]
        if magic == 43:  # noqa: PLR2004 - BigTIFF
            return order, True, struct.unpack_from(f"{order}Q", block, 8)[0]
    except struct.error as error:
        raise TagError("breaks off in its header") from error
    raise TagError(f"has the magic number {magic}, expected 42 or 43")


def read_directory(block: bytes, order: str, offset: int, *, big: bool = False) -> Directory:
    """Read the directory at an offset.

    Raises
    ------
    TagError
        If it lies outside the block, even in part.
    """
    count_code, entry_bytes, inline_bytes, offset_code = ("Q", 20, 8, "Q") if big else ("H", 12, 4, "I")
    head = struct.calcsize(count_code)
    if offset > len(block):
        raise TagError(f"a directory at {offset} lies outside the {len(block)} bytes")
    try:
        (count,) = struct.unpack_from(f"{order}{count_code}", block, offset)
        if count > _MAX_ENTRIES:
            raise TagError(f"a directory of {count} entries")
        entries = {}
        for index in range(count):
            at = offset + head + index * entry_bytes
            tag, kind, number = struct.unpack_from(f"{order}HH{offset_code}", block, at)
            value_at = at + entry_bytes - inline_bytes
            if number * TYPE_BYTES.get(kind, 1) > inline_bytes:
                (value_at,) = struct.unpack_from(f"{order}{offset_code}", block, value_at)
            entries[tag] = (kind, number, value_at)
        end = offset + head + count * entry_bytes
        (following,) = struct.unpack_from(f"{order}{offset_code}", block, end)
    except struct.error as error:
        raise TagError(f"the directory at {offset} breaks off") from error
    return Directory(block, order, big, entries, following)


def pages(block: bytes) -> list[Directory]:
    """Return every page's directory of a TIFF file.

    Raises
    ------
    TagError
        If one lies outside the file or the chain turns back on itself.
    """
    order, big, offset = first_offset(block)
    found: list[Directory] = []
    seen: set[int] = set()
    while offset:
        if offset in seen or len(found) >= _MAX_PAGES:
            raise TagError("its chain of pages turns back on itself")
        seen.add(offset)
        found.append(read_directory(block, order, offset, big=big))
        offset = found[-1].next_offset
    return found
