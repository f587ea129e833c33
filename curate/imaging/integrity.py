"""Tell from its structure whether an image file is whole, without decoding it.

Decoding every frame once would cost some twenty times what hashing it costs, so import looks at what each format says
about its own extent, at the price of a few look-ups a file:

* JPEG: the segments up to the first scan lie inside the file, and an end-of-image marker follows the scan. Inside
  entropy-coded data a marker cannot occur (every ``FF`` is followed by ``00``), and thumbnails lie in the skipped
  segments, so a file that was cut anywhere in the picture, or whose tail is zeros, has none.
* PNG: every chunk lies inside the file with the right checksum, and the last is IEND: damage anywhere is found.
* TIFF: every directory, and every strip and tile that it names, lies inside the file.
* BMP: the header's size of the pixels fits into the file.
* WebP: the RIFF container ends inside the file.

What is not found here is damage in the middle of a JPEG, TIFF or BMP that kept its length; the first stage that decodes
the frame refuses or measures it, and the recorded sha256 tells whether it happened after the import.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from curate.imaging.containers import (
    SUFFIXES,
    format_of,
    jpeg_segments,
    kind_of,
    png_chunk_is_sound,
    png_chunks,
    png_header,
    webp_chunks,
)
from curate.imaging.tags import Directory, Tag, TagError, pages

_SOS, _EOI = 0xDA, b"\xff\xd9"
_REDUCED, _MASK = 1, 4
_BMP_RAW = (0, 3, 6)
"""BMP compressions whose pixels have a size that the header determines: none, and bit fields."""


def structure_problem(content: bytes, suffix: str) -> str:
    """Say in words why a file is not one whole picture of the format that its suffix promises; ``""`` when it is.

    Parameters
    ----------
    content : bytes
        The whole file.
    suffix : str
        With its dot, in any case.
    """
    if not content:
        return "is empty (0 bytes), expected an image"
    found = format_of(content)
    if not found and not content.strip(b"\0"):
        return f"holds {len(content)} bytes that are all zero, expected an image"
    if not found:
        kind = kind_of(content)
        expected = "expected JPEG, PNG, TIFF, BMP or WebP"
        return f"is a {kind} file, {expected}" if kind else f"starts with {content[:8].hex(' ')}, {expected}"
    if suffix.lower() not in SUFFIXES[found]:
        return f"is a {found} file, but its name ends in {suffix!r}"
    return _PROBLEMS[found](content)


def _cut(content: bytes, what: str) -> str:
    return f"is cut short: {len(content)} bytes, {what}"


def _jpeg_problem(content: bytes) -> str:
    scan = next((end for marker, _, end in jpeg_segments(content) if marker == _SOS), 0)
    if not scan:
        return _cut(content, "no picture data follow the header")
    if content.rfind(_EOI, scan) < 0:
        return _cut(content, "without the end-of-image marker")
    return ""


def _png_problem(content: bytes) -> str:
    last = b""
    for last, start, end in png_chunks(content):
        if not png_chunk_is_sound(content, start, end):
            return f"is damaged: the checksum of its {last.decode('latin-1')} chunk at byte {start - 8} is wrong"
    if last != b"IEND":
        return _cut(content, "without the IEND chunk")
    return "" if png_header(content) else "is damaged: it has no IHDR chunk"


def _tiff_problem(content: bytes) -> str:
    try:
        found = pages(content)
        for page in found:
            problem = _page_problem(content, page)
            if problem:
                return problem
        full = [page for page in found if not page.integer(Tag.SUBFILE_TYPE, 0) & (_REDUCED | _MASK)]
    except TagError as error:
        return _cut(content, str(error))
    if len(full) != 1:
        return f"has {len(full)} pages, expected one picture a file"
    return ""


def _page_problem(content: bytes, page: Directory) -> str:
    for offsets_tag, bytes_tag in ((Tag.STRIP_OFFSETS, Tag.STRIP_BYTES), (Tag.TILE_OFFSETS, Tag.TILE_BYTES)):
        offsets, lengths = page.integers(offsets_tag), page.integers(bytes_tag)
        if len(offsets) != len(lengths):
            return f"is damaged: {len(offsets)} strips or tiles, but {len(lengths)} lengths of them"
        end = max((offset + length for offset, length in zip(offsets, lengths, strict=True)), default=0)
        if end > len(content):
            return _cut(content, f"its pixels end at byte {end}")
    if not page.integers(Tag.STRIP_OFFSETS) and not page.integers(Tag.TILE_OFFSETS):
        return "is damaged: a page without pixels"
    return ""


def _bmp_problem(content: bytes) -> str:
    try:
        (pixels_at,) = struct.unpack_from("<I", content, 10)
        (header,) = struct.unpack_from("<I", content, 14)
        if header == 12:  # noqa: PLR2004 - the first BMP header, of OS/2
            width, height, _, depth = struct.unpack_from("<HHHH", content, 18)
            compression, stored = 0, 0
        else:
            width, height, _, depth, compression, stored = struct.unpack_from("<iiHHII", content, 18)
    except struct.error:
        return _cut(content, "the header breaks off")
    if compression in _BMP_RAW:
        stored = (abs(width) * depth + 31) // 32 * 4 * abs(height)
    if pixels_at + stored > len(content):
        return _cut(content, f"its pixels end at byte {pixels_at + stored}")
    return ""


def _webp_problem(content: bytes) -> str:
    end = 8 + int.from_bytes(content[4:8], "little")
    if end > len(content):
        return _cut(content, f"its chunks end at byte {end}")
    frames = sum(kind == b"ANMF" for kind, _, _ in webp_chunks(content))
    return f"has {frames} pages, expected one picture a file" if frames > 1 else ""


_PROBLEMS: dict[str, Callable[[bytes], str]] = {
    "JPEG": _jpeg_problem,
    "PNG": _png_problem,
    "TIFF": _tiff_problem,
    "BMP": _bmp_problem,
    "WEBP": _webp_problem,
}
