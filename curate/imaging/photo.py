"""Write photographs as a line camera does: JPEG with time, sub-second, offset, camera and counter in EXIF."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.disk.atomic import write_bytes
from curate.imaging.tags import Tag

QUALITY = 92
"""Of JPEG: what line cameras are commonly set to."""


@dataclass(frozen=True, slots=True)
class CameraNotes:
    """What a camera writes into a photograph.

    Attributes
    ----------
    clock : datetime
        Naive local time, as its clock shows it; written to the millisecond.
    utc_offset : str
        Such as ``+01:00``; ``""`` writes none.
    body_serial : str
    counter : int
    """

    clock: datetime
    utc_offset: str
    body_serial: str
    counter: int


def encode_photo(pixels: NDArray[np.uint8], notes: CameraNotes) -> bytes:
    """Encode a frame as JPEG with EXIF. The same frame and notes always give the same bytes.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, 3)
        B, G, R.
    notes : CameraNotes
    """
    from PIL import Image

    exif = Image.Exif()
    exif[Tag.MAKE], exif[Tag.MODEL] = "curate", "drawn line camera"
    details = exif.get_ifd(Tag.EXIF_POINTER)
    details[Tag.DATE_TIME_ORIGINAL] = f"{notes.clock:%Y:%m:%d %H:%M:%S}"
    details[Tag.SUB_SEC_TIME_ORIGINAL] = f"{notes.clock.microsecond // 1000:03d}"
    if notes.utc_offset:
        details[Tag.OFFSET_TIME_ORIGINAL] = notes.utc_offset
    details[Tag.BODY_SERIAL_NUMBER] = notes.body_serial
    details[Tag.IMAGE_NUMBER] = notes.counter
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[..., ::-1])).save(stream, "JPEG", quality=QUALITY, exif=exif)
    return stream.getvalue()


def write_photo(path: Path, pixels: NDArray[np.uint8], notes: CameraNotes) -> None:
    """Encode a frame and write the file, whole or not at all; see :func:`encode_photo`."""
    write_bytes(path, encode_photo(pixels, notes))
