"""Put the few EXIF tags that a published picture may keep into a PNG file, always in the same bytes.

Kept are when the frame was shot (with fraction and offset from UTC), as which shot, and the camera's serial number;
everything else (place, owner, software, thumbnails, maker's notes) is dropped. The block follows the TIFF 6.0
specification, section 2, the tags Exif 2.32, section 4.6, the chunk the PNG specification, third edition, 11.3.2.6.
"""

from __future__ import annotations

import struct
import zlib

from curate.imaging.containers import PNG_START
from curate.imaging.tags import Tag
from curate.model.evidence import ExifEvidence

_ASCII, _LONG = 2, 4
_INLINE_BYTES, _ENTRY_BYTES = 4, 12
_HEADER = b"MM\0*\0\0\0\x08"
_AFTER_HEADER_CHUNK = len(PNG_START) + 4 + 4 + 13 + 4
"""IHDR is always the first chunk and 13 bytes long."""


def with_exif(png: bytes, evidence: ExifEvidence) -> bytes:
    """Return a PNG file with an eXIf chunk; unchanged when there is nothing to keep."""
    block = whitelisted_block(evidence)
    if not block:
        return png
    typed = b"eXIf" + block
    chunk = struct.pack(">I", len(block)) + typed + struct.pack(">I", zlib.crc32(typed))
    return png[:_AFTER_HEADER_CHUNK] + chunk + png[_AFTER_HEADER_CHUNK:]


def whitelisted_block(evidence: ExifEvidence) -> bytes:
    """Return the TIFF structure of the tags that are kept; ``b""`` when there are none.

    The time of storing, and else of the file's last change, stands in only where the camera left no time of the shot.
    """
    main: dict[int, str | int] = {}
    exif: dict[int, str | int] = {}
    if evidence.original:
        exif[Tag.DATE_TIME_ORIGINAL] = evidence.original
        exif[Tag.SUB_SEC_TIME_ORIGINAL] = evidence.original_fraction
        exif[Tag.OFFSET_TIME_ORIGINAL] = evidence.original_offset
    elif evidence.digitized:
        exif[Tag.DATE_TIME_DIGITIZED] = evidence.digitized
        exif[Tag.SUB_SEC_TIME_DIGITIZED] = evidence.digitized_fraction
        exif[Tag.OFFSET_TIME_DIGITIZED] = evidence.digitized_offset
    elif evidence.changed:
        main[Tag.DATE_TIME] = evidence.changed
        exif[Tag.SUB_SEC_TIME] = evidence.changed_fraction
        exif[Tag.OFFSET_TIME] = evidence.changed_offset
    exif[Tag.BODY_SERIAL_NUMBER] = evidence.serial
    if evidence.counter is not None and 0 <= evidence.counter < 1 << 32:
        exif[Tag.IMAGE_NUMBER] = evidence.counter
    main, exif = ({tag: value for tag, value in tags.items() if value != ""} for tags in (main, exif))
    if not main and not exif:
        return b""
    if exif:
        # The main directory's length does not depend on where the other lies, so it is laid out twice.
        main[Tag.EXIF_POINTER] = 0
        main[Tag.EXIF_POINTER] = len(_HEADER) + len(_directory(main, len(_HEADER)))
    block = _HEADER + _directory(main, len(_HEADER))
    return block + _directory(exif, len(block)) if exif else block


def _directory(tags: dict[int, str | int], offset: int) -> bytes:
    """Lay out a directory that begins at ``offset``, its longer values behind it."""
    behind = offset + 2 + _ENTRY_BYTES * len(tags) + 4
    entries, values = b"", b""
    for tag in sorted(tags):
        value = tags[tag]
        kind, raw = (_LONG, struct.pack(">I", value)) if isinstance(value, int) else (_ASCII, value.encode() + b"\0")
        count = 1 if kind == _LONG else len(raw)
        if len(raw) <= _INLINE_BYTES:
            place = raw.ljust(_INLINE_BYTES, b"\0")
        else:
            place = struct.pack(">I", behind + len(values))
            values += raw + b"\0" * (len(raw) % 2)  # values begin at even offsets
        entries += struct.pack(">HHI", tag, kind, count) + place
    return struct.pack(">H", len(tags)) + entries + struct.pack(">I", 0) + values
