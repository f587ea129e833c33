"""Read region masks: one PNG is one region, its non-zero pixels; their value says which defect.

Masks in circulation are grey, RGB or RGBA. The value stands in the first colour channel; alpha never counts, because
the published AutoVI masks have alpha 255 everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.errors import ImageError
from curate.imaging.exif import SIDEWAYS, orientation_of
from curate.imaging.images import Pixels, decode, read_header, upright
from curate.model.defect import MAX_PIXEL_VALUE

Mask: TypeAlias = NDArray[np.uint8]
"""Shape (height, width); 0 outside the region, its value inside."""

_RED = 2
"""OpenCV decodes to B, G, R(, A): the file's first colour channel is the third."""


def decode_plane(content: bytes, path: Path) -> Pixels:
    """Decode a mask file as it is stored, depth and channels kept.

    Raises
    ------
    ImageError
        If the file cannot be decoded, or has an orientation tag: whether it was drawn before or after turning cannot
        be known.
    """
    orientation = orientation_of(content)
    if orientation != 1:
        raise ImageError(
            f"is a mask with an orientation tag ({orientation}), so which pixels it marks cannot be known",
            path=path,
            hint="save the mask upright, without the tag",
        )
    return decode(content, path)


def upright_mask(mask: NDArray[Any], image: bytes, image_path: Path) -> NDArray[Any]:
    """Return a mask in the pixels of its upright image: the one rule of all commands.

    A mask of the upright image's size is taken as it is. One of the stored image's size, where that is another, was
    drawn on the stored pixels and is turned as the image is. Where both sizes are the same (orientations 2, 3 and 4,
    square images), masks are upright: annotation tools show pictures so. Any other mask is returned as it is, for the
    caller to refuse by its size.

    Parameters
    ----------
    mask : ndarray, shape (height, width) or (height, width, channels)
        As stored.
    image : bytes
        The image's file.
    image_path : Path
        For messages.
    """
    orientation = orientation_of(image)
    if orientation not in SIDEWAYS:
        return mask
    header = read_header(image, image_path)
    upright_shape = (header.height_px, header.width_px)
    return upright(mask, orientation) if mask.shape[:2] == upright_shape[::-1] != upright_shape else mask


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
    pixels = decode_plane(content, path)
    if pixels.ndim == 3:  # noqa: PLR2004 - rows, columns, channels
        pixels = cv2.extractChannel(pixels, _RED)
    value = int(pixels.max()) if pixels.dtype.kind == "u" else 0
    if value > MAX_PIXEL_VALUE or pixels.dtype != np.uint8:
        shown = f" with the value {value}" if value else ""
        raise ImageError(f"is a mask of type {pixels.dtype}{shown}, expected 8 bits", path=path)
    inside = cv2.countNonZero(pixels)
    if value and inside != int(np.count_nonzero(pixels == value)):
        values = ", ".join(str(entry) for entry in np.unique(pixels).tolist() if entry)
        raise ImageError(f"holds several values ({_short(values)}), expected one region with one value", path=path)
    return np.ascontiguousarray(pixels), value


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
