"""Read from an image's EXIF block when, by which camera and as which shot it was taken."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from curate.imaging.tags import Directory, TagError, first_offset, read_directory
from curate.model.evidence import ExifEvidence

JPEG_START = b"\xff\xd8"
PNG_START = b"\x89PNG\r\n\x1a\n"
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_EXIF_HEADER = b"Exif\0\0"
_MAKE, _MODEL, _ORIENTATION, _DATE_TIME, _EXIF_POINTER = 0x010F, 0x0110, 0x0112, 0x0132, 0x8769
_ORIGINAL, _FRACTION, _FRACTION_ORIGINAL = 0x9003, 0x9290, 0x9291
_OFFSET, _OFFSET_ORIGINAL, _SERIAL, _COUNTER = 0x9010, 0x9011, 0xA431, 0x9211
_DIGITIZED, _FRACTION_DIGITIZED, _OFFSET_DIGITIZED = 0x9004, 0x9292, 0x9012
_SOS, _EOI, _APP1 = 0xDA, 0xD9, 0xE1
_FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_FRAME_HEADER_BYTES = 6
_STANDALONE = {0x01, *range(0xD0, 0xD9)}


def jpeg_segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of the payload of each segment up to and with the first scan's header.

    Stops without a word where the structure breaks off: then no start of scan was yielded.
    """
    at = len(JPEG_START)
    while at + 4 <= len(content):
        if content[at] != 0xFF:  # noqa: PLR2004 - every marker starts with FF
            return
        marker = content[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill byte
            at += 1
            continue
        if marker in _STANDALONE:
            at += 2
            continue
        if marker == _EOI:
            return
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if end > len(content) or end < at + 4:
            return
        yield marker, at + 4, end
        if marker == _SOS:
            return
        at = end


def jpeg_frame(content: bytes) -> tuple[int, int, int, int] | None:
    """Return width, height, bits a sample and number of components of a JPEG file; None when no header says so."""
    for marker, start, end in jpeg_segments(content):
        if marker in _FRAME_HEADERS and end - start >= _FRAME_HEADER_BYTES:
            bits, height_px, width_px, components = struct.unpack_from(">BHHB", content, start)
            return width_px, height_px, bits, components
    return None


def png_chunks(content: bytes) -> Iterator[tuple[bytes, int, int, bool]]:
    """Yield type, start and end of the payload of each chunk, and whether its checksum is right; IEND is the last.

    Stops without a word where the structure breaks off: then IEND was not yielded.
    """
    at = len(PNG_START)
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        start, end = at + 8, at + 8 + length
        if end + 4 > len(content):
            return
        checksum = zlib.crc32(memoryview(content)[at + 4 : end])
        yield kind, start, end, checksum == int.from_bytes(content[end : end + 4], "big")
        if kind == b"IEND":
            return
        at = end + 4


def exif_block(content: bytes) -> bytes:
    """Return the TIFF structure that holds an image's EXIF tags, ``b""`` when it has none."""
    if content.startswith(TIFF_STARTS):
        return content
    if content.startswith(JPEG_START):
        for marker, start, end in jpeg_segments(content):
            if marker == _APP1 and content[start : start + len(_EXIF_HEADER)] == _EXIF_HEADER:
                return content[start + len(_EXIF_HEADER) : end]
    if content.startswith(PNG_START):
        at = content.find(b"eXIf", 0, 1 << 16)  # written before the pixels by every encoder that writes it
        if at > 0:
            return content[at + 4 : at + 4 + int.from_bytes(content[at - 4 : at], "big")]
    return b""


def read_exif(content: bytes) -> tuple[ExifEvidence, int]:
    """Read the evidence and the orientation (1..8; 1 when absent or senseless) from an image file's bytes.

    A damaged block gives what can still be read, marked ``damaged``; it never raises.
    """
    block = exif_block(content)
    if not block:
        return ExifEvidence(), 1
    try:
        order, big, offset = first_offset(block)
        main = read_directory(block, order, offset, big=big)
    except TagError:
        return ExifEvidence(damaged=True), 1
    reader = _Reader(main)
    orientation = reader.integer(_ORIENTATION, 1)
    reader.enter(order, big=big)
    evidence = ExifEvidence(
        original=reader.exif_text(_ORIGINAL),
        original_fraction=reader.exif_text(_FRACTION_ORIGINAL),
        original_offset=reader.exif_text(_OFFSET_ORIGINAL),
        changed=reader.text(_DATE_TIME),
        changed_fraction=reader.exif_text(_FRACTION),
        changed_offset=reader.exif_text(_OFFSET),
        serial=reader.exif_text(_SERIAL),
        model=" ".join(filter(None, (reader.text(_MAKE), reader.text(_MODEL)))),
        counter=reader.counter(),
        digitized=reader.exif_text(_DIGITIZED),
        digitized_fraction=reader.exif_text(_FRACTION_DIGITIZED),
        digitized_offset=reader.exif_text(_OFFSET_DIGITIZED),
        damaged=reader.damaged,
    )
    return evidence, orientation if 1 <= orientation <= 8 else 1  # noqa: PLR2004 - EXIF's own range


class _Reader:
    """Looks tags up in the main and the EXIF directory, and remembers whether anything was damaged."""

    def __init__(self, main: Directory) -> None:
        self.main = main
        self.exif: Directory | None = None
        self.damaged = False

    def enter(self, order: str, *, big: bool) -> None:
        offset = self.integer(_EXIF_POINTER, 0)
        if offset:
            try:
                self.exif = read_directory(self.main.block, order, offset, big=big)
            except TagError:
                self.damaged = True

    def integer(self, tag: int, default: int) -> int:
        try:
            return self.main.integer(tag, default)
        except (TagError, struct.error):
            self.damaged = True
            return default

    def text(self, tag: int) -> str:
        return self._text(self.main, tag)

    def exif_text(self, tag: int) -> str:
        # Some writers put EXIF tags into the main directory of a TIFF file.
        return (self._text(self.exif, tag) if self.exif else "") or self._text(self.main, tag)

    def _text(self, directory: Directory, tag: int) -> str:
        try:
            return directory.text(tag)
        except TagError:
            self.damaged = True
            return ""

    def counter(self) -> int | None:
        for directory in filter(None, (self.exif, self.main)):
            try:
                values = directory.integers(_COUNTER)
            except (TagError, struct.error):
                self.damaged = True
                continue
            if values:
                return values[0]
        return None
