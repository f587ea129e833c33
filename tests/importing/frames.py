"""Small image files for tests: drawn here, tagged with Pillow's own EXIF writer."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ORIGINAL, CHANGED, FRACTION, OFFSET = 0x9003, 0x0132, 0x9291, 0x9011
SERIAL, COUNTER, ORIENTATION, EXIF = 0xA431, 0x9211, 0x0112, 0x8769


def picture(seed: int = 0, size: tuple[int, int] = (24, 16)) -> Image.Image:
    """A noisy RGB picture of (width, height)."""
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(values)


def encoded(seed: int = 0, form: str = "JPEG", *, exif: dict[int, Any] | None = None, mode: str = "RGB") -> bytes:
    """An image file's bytes; tags of the EXIF directory and of the main one may be mixed."""
    image = picture(seed).convert(mode)
    block = Image.Exif()
    for tag, value in (exif or {}).items():
        if tag in {CHANGED, ORIENTATION}:
            block[tag] = value
        else:
            block.get_ifd(EXIF)[tag] = value
    stream = io.BytesIO()
    image.save(stream, form, **({"exif": block} if exif else {}))
    return stream.getvalue()


def write(path: Path, seed: int = 0, form: str = "JPEG", *, exif: dict[int, Any] | None = None) -> Path:
    """Write one image file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(seed, form, exif=exif))
    return path


def shot(path: Path, seed: int, time: str, fraction: str = "") -> Path:
    """Write a JPEG with DateTimeOriginal, and SubSecTimeOriginal if given."""
    return write(path, seed, exif={ORIGINAL: time, **({FRACTION: fraction} if fraction else {})})
