"""Read region masks: one PNG is one region, its non-zero pixels; their value says which defect.

Masks in circulation are grey, RGB or RGBA. The value stands in the first colour channel; alpha never counts, because
the published AutoVI masks have alpha 255 everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.errors import ImageError
from curate.imaging.images import decode
from curate.model.defect import MAX_PIXEL_VALUE

Mask: TypeAlias = NDArray[np.uint8]
"""Shape (height, width); 0 outside the region, its value inside."""

_RED = 2
"""OpenCV decodes to B, G, R(, A): the file's first colour channel is the third."""


def decode_mask(content: bytes, path: Path) -> tuple[Mask, int]:
    """Decode one region's mask.

    Returns
    -------
    mask : ndarray of uint8, shape (height, width)
        0 outside the region, the region's value inside.
    value : int
        The one non-zero value; 0 when the mask is empty.

    Raises
    ------
    ImageError
        If the file cannot be decoded, or holds several non-zero values.
    """
    pixels = decode(content, path)
    if pixels.ndim == 3:  # noqa: PLR2004 - rows, columns, channels
        pixels = cv2.extractChannel(pixels, _RED)
    value = int(pixels.max())
    if value > MAX_PIXEL_VALUE or pixels.dtype != np.uint8:
        raise ImageError(f"is a mask of type {pixels.dtype} with the value {value}, expected 8 bits", path=path)
    inside = cv2.countNonZero(pixels)
    if value and inside != int(np.count_nonzero(pixels == value)):
        values = ", ".join(str(entry) for entry in np.unique(pixels).tolist() if entry)
        raise ImageError(f"holds several values ({_short(values)}), expected one region with one value", path=path)
    return np.ascontiguousarray(pixels), value


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
