"""How image files are put together: what format they are, the segments of JPEG, the chunks of PNG and WebP.

The one place that walks these structures. Sources: ITU-T T.81 annex B, the PNG specification (third edition) section 5,
the WebP container specification.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

Content: TypeAlias = bytes
"""A file's bytes. Never a map of the file: what cannot be read of one kills the process."""

JPEG_START = b"\xff\xd8"
PNG_START = b"\x89PNG\r\n\x1a\n"
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_RIFF_HEADER_BYTES = 12

SUFFIXES: dict[str, tuple[str, ...]] = {
    "JPEG": (".jpg", ".jpeg"),
    "PNG": (".png",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp",),
    "WEBP": (".webp",),
}
"""The formats that are read, and how their files' names end: the usual ending first."""

_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", "GIF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypavif", "AVIF"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (0, b"II\xbc", "JPEG XR"),
    (0, b"\x76\x2f\x31\x01", "OpenEXR"),
    (0, b"8BPS", "Photoshop"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"SIMPLE  =", "FITS"),
    (128, b"DICM", "DICOM"),
    (0, b"\x93NUMPY", "NumPy array"),
    (0, b"\x89HDF", "HDF5"),
    (0, b"%PDF", "PDF"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"P5", "PGM"),
    (0, b"P6", "PPM"),
)
"""Formats that are recognised so that messages can name them: where their mark stands, the mark, the name."""

_SOS, _EOI = 0xDA, 0xD9
_FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_FRAME_HEADER_BYTES = 6
_STANDALONE = {0x01, *range(0xD0, 0xD9)}


class JpegFrame(NamedTuple):
    """What a JPEG file's frame header says."""

    width_px: int
    height_px: int
    bits: int
    components: int


def format_of(content: Content) -> str:
    """Name the format that a file starts like, one of :data:`SUFFIXES`; ``""`` for any other."""
    head = content[:_RIFF_HEADER_BYTES]
    if head.startswith(JPEG_START):
        return "JPEG"
    if head.startswith(PNG_START):
        return "PNG"
    if head.startswith(TIFF_STARTS):
        return "TIFF"
    if head.startswith(b"BM"):
        return "BMP"
    return "WEBP" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


def kind_of(content: Content) -> str:
    """Name the format that a file starts like, also one that is not read; ``""`` for what nobody knows.

    >>> kind_of(b"GIF89a"), kind_of(b"hello")
    ('GIF', '')
    """
    others = (name for at, mark, name in _OTHERS if content[at : at + len(mark)] == mark)
    return format_of(content) or next(others, "")


def jpeg_segments(content: Content) -> Iterator[tuple[int, int, int]]:
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


def jpeg_frame(content: Content) -> JpegFrame | None:
    """Return what a JPEG file's frame header says; None when there is none."""
    for marker, start, end in jpeg_segments(content):
        if marker in _FRAME_HEADERS and end - start >= _FRAME_HEADER_BYTES:
            bits, height_px, width_px, components = struct.unpack_from(">BHHB", content, start)
            return JpegFrame(width_px, height_px, bits, components)
    return None


def png_chunks(content: Content) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, start and end of the payload of each chunk; IEND is the last. Checksums are not looked at.

    Stops without a word where the structure breaks off: then IEND was not yielded.
    """
    at = len(PNG_START)
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        start, end = at + 8, at + 8 + length
        if end + 4 > len(content):
            return
        yield kind, start, end
        if kind == b"IEND":
            return
        at = end + 4


def png_chunk_is_sound(content: bytes, start: int, end: int) -> bool:
    """Whether the checksum of a chunk with this payload is right."""
    return zlib.crc32(memoryview(content)[start - 4 : end]) == int.from_bytes(content[end : end + 4], "big")


def png_header(content: Content) -> tuple[int, int, int, int] | None:
    """Return width, height, bits a sample and colour type of a PNG file; None when its first chunk is no IHDR."""
    if len(content) < 33 or content[12:16] != b"IHDR":  # noqa: PLR2004 - signature and IHDR
        return None
    width_px, height_px, bits, colour = struct.unpack_from(">IIBB", content, 16)
    return width_px, height_px, bits, colour


def webp_chunks(content: Content) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, start and end of the payload of each chunk of a WebP file, as far as they lie inside it."""
    at = _RIFF_HEADER_BYTES
    while at + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        if at + 8 + length > len(content):
            return
        yield kind, at + 8, at + 8 + length
        at += 8 + length + length % 2
