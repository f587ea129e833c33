"""Read from an image's EXIF block when, by which camera and as which shot it was taken, and which way up it is.

The one reader of EXIF. The block stands in JPEG (APP1), PNG (``eXIf`` wherever it stands, or a raw profile as
ImageMagick writes it), TIFF (the file is one) and WebP (``EXIF``). Where EXIF says nothing of the orientation, XMP's
``tiff:Orientation`` counts, as in Pillow.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from curate.imaging.containers import Content, format_of, jpeg_segments, png_chunks, webp_chunks
from curate.imaging.tags import Directory, Tag, TagError, first_offset, read_directory

if TYPE_CHECKING:
    from curate.model.evidence import ExifEvidence

_EXIF_HEADER = b"Exif\0\0"
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
_APP1 = 0xE1
_RAW_PROFILES = (b"Raw profile type exif", b"Raw profile type APP1")
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_TEXT_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_MOST_TEXT_BYTES = 4 << 20
"""More is not unpacked: an EXIF block has at most 64 KiB, twice that in hexadecimal digits."""
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')
SIDEWAYS = frozenset({5, 6, 7, 8})
"""Orientations that exchange width and height."""


def exif_block(content: Content) -> bytes:
    """Return the TIFF structure that holds an image's EXIF tags, ``b""`` when it has none."""
    return _metadata(content)[0]


def orientation_of(content: Content) -> int:
    """Return an image file's orientation, 1..8; 1 when absent or senseless. It never raises."""
    block, xmp = _metadata(content)
    try:
        return _orientation(_main_of(block) if block else None, xmp)
    except TagError:
        return 1


def _orientation(main: Directory | None, xmp: bytes) -> int:
    if main is not None and Tag.ORIENTATION in main.entries:
        value = main.integer(Tag.ORIENTATION, 1)
    else:
        found = _XMP_ORIENTATION.search(xmp)
        value = int(found[1]) if found else 1
    return value if 1 <= value <= 8 else 1  # noqa: PLR2004 - EXIF's own range; cameras also write 0 or nonsense


def _main_of(block: bytes) -> Directory:
    order, big, offset = first_offset(block)
    return read_directory(block, order, offset, big=big)


def _metadata(content: Content) -> tuple[bytes, bytes]:
    """Return the EXIF block and the XMP packet of an image file; ``b""`` for what it has not."""
    form = format_of(content)
    if form == "TIFF":
        block = bytes(content)
        return block, _xmp_of_tiff(block)
    return {"JPEG": _of_jpeg, "PNG": _of_png, "WEBP": _of_webp}.get(form, lambda _: (b"", b""))(content)


def _of_jpeg(content: Content) -> tuple[bytes, bytes]:
    block = xmp = b""
    for marker, start, end in jpeg_segments(content):
        if marker == _APP1 and not block and content[start : start + len(_EXIF_HEADER)] == _EXIF_HEADER:
            block = content[start + len(_EXIF_HEADER) : end]
        elif marker == _APP1 and not xmp and content[start : start + len(_XMP_HEADER)] == _XMP_HEADER:
            xmp = content[start + len(_XMP_HEADER) : end]
    return block, xmp


def _of_png(content: Content) -> tuple[bytes, bytes]:
    block = profile = xmp = b""
    for kind, start, end in png_chunks(content):
        if kind == b"eXIf":
            block = block or content[start:end]
        elif kind in _TEXT_CHUNKS:
            keyword = content[start : min(end, start + 80)].partition(b"\0")[0]
            if keyword in _RAW_PROFILES:
                profile = profile or _raw_profile(_text(kind, content[start:end]))
            elif keyword == _XMP_KEYWORD:
                xmp = xmp or _text(kind, content[start:end])
    return block or profile, xmp


def _of_webp(content: Content) -> tuple[bytes, bytes]:
    found = {kind: content[start:end] for kind, start, end in webp_chunks(content) if kind in {b"EXIF", b"XMP "}}
    return found.get(b"EXIF", b"").removeprefix(_EXIF_HEADER), found.get(b"XMP ", b"")


def _xmp_of_tiff(block: bytes) -> bytes:
    try:
        return _main_of(block).raw(Tag.XMP)
    except TagError:
        return b""


def _text(kind: bytes, payload: bytes) -> bytes:
    """Return the text of a PNG text chunk, unpacked; ``b""`` when it is damaged."""
    _, _, text = payload.partition(b"\0")
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        packed = text[:1] == b"\1"
        text = text[2:].partition(b"\0")[2].partition(b"\0")[2]
    elif packed:
        text = text[1:]
    if not packed:
        return text
    try:
        return zlib.decompressobj().decompress(text, _MOST_TEXT_BYTES)
    except zlib.error:
        return b""


def _raw_profile(text: bytes) -> bytes:
    """Read a profile as ImageMagick writes it: a line with its name, one with its length, then hexadecimal digits."""
    lines = text.split(b"\n")
    try:
        raw = bytes.fromhex(b"".join(lines[3:]).decode("ascii"))
    except ValueError:
        return b""
    return raw.removeprefix(_EXIF_HEADER)


def read_exif(content: bytes) -> tuple[ExifEvidence, int]:
    """Read the evidence and the orientation (1..8; 1 when absent or senseless) from an image file's bytes.

    A damaged block gives what can still be read, marked ``damaged``; it never raises.
    """
    from curate.model.evidence import ExifEvidence  # scoring asks for the orientation alone

    block, xmp = _metadata(content)
    if not block:
        return ExifEvidence(), _orientation(None, xmp)
    try:
        main = _main_of(block)
    except TagError:
        return ExifEvidence(damaged=True), 1
    reader = _TagReader(main)
    reader.enter()
    evidence = ExifEvidence(
        original=reader.exif_text(Tag.DATE_TIME_ORIGINAL),
        original_fraction=reader.exif_text(Tag.SUB_SEC_TIME_ORIGINAL),
        original_offset=reader.exif_text(Tag.OFFSET_TIME_ORIGINAL),
        changed=reader.text(Tag.DATE_TIME),
        changed_fraction=reader.exif_text(Tag.SUB_SEC_TIME),
        changed_offset=reader.exif_text(Tag.OFFSET_TIME),
        serial=reader.exif_text(Tag.BODY_SERIAL_NUMBER),
        model=" ".join(filter(None, (reader.text(Tag.MAKE), reader.text(Tag.MODEL)))),
        counter=reader.counter(),
        digitized=reader.exif_text(Tag.DATE_TIME_DIGITIZED),
        digitized_fraction=reader.exif_text(Tag.SUB_SEC_TIME_DIGITIZED),
        digitized_offset=reader.exif_text(Tag.OFFSET_TIME_DIGITIZED),
        damaged=reader.damaged,
    )
    try:
        return evidence, _orientation(main, xmp)
    except TagError:
        return replace(evidence, damaged=True), 1


class _TagReader:
    """Looks tags up in the main and the EXIF directory, and remembers whether anything was damaged."""

    def __init__(self, main: Directory) -> None:
        self.main = main
        self.exif: Directory | None = None
        self.damaged = False

    def enter(self) -> None:
        try:
            self.exif = self.main.directory(Tag.EXIF_POINTER)
        except TagError:
            self.damaged = True

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
                values = directory.integers(Tag.IMAGE_NUMBER)
            except TagError:
                self.damaged = True
                continue
            if values:
                return values[0]
        return None
