"""Repair datasets: carry fixes out, and take out of image files what can go without touching a pixel.

What is replaced or removed is first kept in a folder beside the dataset: originals are never written to.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from curate.datasets.defects_config import format_defects_config, read_defects_config
from curate.disk.atomic import place_file, storage_errors, write_bytes
from curate.imaging.exif import exif_block
from curate.imaging.images import encode_png, read_file, read_pixels
from curate.imaging.tags import TYPE_BYTES, Tag, TagError, first_offset, read_directory
from curate.model.fix import Fix

KEPT_SUFFIX = ".before-fix"

_ENTRY_BYTES, _COUNT_BYTES = 12, 2


def without_position(content: bytes) -> bytes:
    """Return an image file's bytes without its GPS coordinates; the same length, every other tag and pixel unchanged.

    The directory of coordinates is overwritten with zeros where it stands, and so are the values that it points to.
    """
    block = exif_block(content)
    at = content.find(block) if block else -1
    if at < 0:
        return content
    try:
        order, big, offset = first_offset(block)
        pointer = 0 if big else read_directory(block, order, offset).integer(Tag.GPS_POINTER, 0)
        entries = read_directory(block, order, pointer).entries if pointer else {}
    except TagError:
        return content
    repaired = bytearray(block)
    for kind, count, value_at in entries.values():
        length = count * TYPE_BYTES.get(kind, 1)
        repaired[value_at : value_at + length] = bytes(min(length, max(0, len(repaired) - value_at)))
    if entries:
        length = _COUNT_BYTES + len(entries) * _ENTRY_BYTES
        repaired[pointer : pointer + length] = bytes(length)
    whole = content[:at] + bytes(repaired) + content[at + len(block) :]
    return _with_checksum(whole, at, len(block))


def _with_checksum(content: bytes, at: int, length: int) -> bytes:
    """Correct the checksum of a PNG's eXIf chunk, whose payload starts at ``at``; other formats have none."""
    if content[at - 4 : at] != b"eXIf":
        return content
    end = at + length
    return content[:end] + struct.pack(">I", zlib.crc32(content[at - 4 : end])) + content[end + 4 :]


def apply_fixes(root: Path, fixes: Sequence[Fix]) -> Path:
    """Repair a dataset and return the folder that the replaced and removed files were moved to.

    Each file is first kept aside, then replaced whole; a kill between the two is made good by running again.
    """
    kept = root.resolve().with_name(f"{root.resolve().name}{KEPT_SUFFIX}")
    for fix in fixes:
        path = root / fix.path
        if fix.kind == "remove folder":
            with storage_errors(path):
                path.rmdir()
            continue
        content = _NEW[fix.kind](path)
        if not (kept / fix.path).exists():  # the first original is the one to keep
            place_file(path, kept / fix.path, link=True)
        if content is not None:
            write_bytes(root / (fix.target or fix.path), content)
        if content is None or fix.target:
            with storage_errors(path):
                path.unlink()
    return kept


def _three_channels(path: Path) -> bytes:
    pixels = read_pixels(path)
    plane = pixels if pixels.ndim == 2 else pixels[:, :, 0]  # noqa: PLR2004 - grey or channels
    return encode_png(np.dstack([plane, plane, plane]))


_NEW: dict[str, Callable[[Path], bytes | None]] = {
    "remove file": lambda _: None,
    "number types": lambda path: format_defects_config(read_defects_config(path)).encode(),
    "remove position": lambda path: without_position(read_file(path)),
    "rename": read_file,
    "three channels": _three_channels,
}
