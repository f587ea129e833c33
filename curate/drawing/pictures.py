"""Make any decoded image one that can be shown: 8 bits, B, G, R. Shrink it, put it beside another, colour scores.

A :data:`Picture` is uint8, (height, width, 3), B, G, R.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]

_DEPTHS = (8, 10, 12, 14, 16)
"""Bits that cameras count with; what has more than 8 is stored in 16."""

_PLANES = 2


def as_colour(pixels: NDArray[Any]) -> Picture:
    """Return any decoded image as 8-bit B, G, R.

    Grey is repeated and transparency dropped. 16 bits are scaled by the depth that the brightest pixel needs, so that
    pictures of a 12-bit camera are not black; floats and wider integers from their least to their greatest value.

    Parameters
    ----------
    pixels : ndarray, shape (height, width) or (height, width, channels)
        At least one pixel; 1, 2 (grey, alpha), 3 (B, G, R) or 4 (B, G, R, alpha) channels of any real type.

    Examples
    --------
    >>> as_colour(np.array([[0, 4095]], np.uint16))[0, :, 0].tolist()
    [0, 255]
    """
    eight = _as_bytes(pixels)
    if eight.ndim == _PLANES:
        eight = eight[..., None]
    if eight.shape[2] in {1, 2}:
        return np.repeat(eight[..., :1], 3, axis=2)
    return np.ascontiguousarray(eight[..., :3])


def _as_bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.bool_:
        return np.where(pixels, np.uint8(255), np.uint8(0))
    if pixels.dtype == np.uint16:
        bits = max(1, int(pixels.max())).bit_length()
        depth = next(depth for depth in _DEPTHS if depth >= bits)
        return np.asarray(np.round(pixels * (255.0 / ((1 << depth) - 1))), np.uint8)
    values = np.nan_to_num(pixels.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    return _stretched(values, float(values.min()), float(values.max()))


def _stretched(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Map low..high to 0..255; a constant becomes 0."""
    if high <= low:
        return np.zeros(values.shape, np.uint8)
    return np.asarray(np.clip((values - low) / (high - low), 0.0, 1.0) * 255.0 + 0.5, np.uint8)


def fit_into(picture: Picture, side_px: int) -> Picture:
    """Shrink a picture so that neither side exceeds ``side_px``; smaller pictures stay as they are."""
    height, width = picture.shape[:2]
    size = fitted_size((width, height), side_px)
    if size == (width, height):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def fitted_size(size_px: tuple[int, int], side_px: int) -> tuple[int, int]:
    """Return the width and height that :func:`fit_into` makes of a picture's, at least 1 pixel each.

    >>> fitted_size((400, 100), 200), fitted_size((40, 10), 200)
    ((200, 50), (40, 10))
    """
    width, height = size_px
    share = min(1.0, side_px / max(width, height))
    return max(1, round(width * share)), max(1, round(height * share))


def beside(*pictures: Picture) -> Picture:
    """Put pictures of one height side by side."""
    return np.concatenate(pictures, axis=1)


def heat(scores: NDArray[Any], low: float, high: float) -> Picture:
    """Colour scores: dark up to ``low``, bright from ``high`` on; a scale whose lightness rises all the way.

    Examples
    --------
    >>> heat(np.array([[0.0, 9.0]]), 0.0, 1.0).tolist()
    [[[4, 0, 0], [164, 255, 252]]]
    """
    grey = _stretched(scores.astype(np.float64), low, high)
    return np.asarray(cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO), np.uint8)


def heat_over(picture: Picture, scores: NDArray[Any], low: float, high: float, strength: float = 0.6) -> Picture:
    """Lay coloured scores over a picture in grey: the picture shows through, most where scores are low.

    Parameters
    ----------
    picture : ndarray
    scores : ndarray, shape (height, width)
    low, high : float
        Scores up to ``low`` leave the picture as it is; from ``high`` on the colour covers it by ``strength``.
    strength : float
        0..1.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)[..., None]
    share = _stretched(scores.astype(np.float64), low, high).astype(np.float32)[..., None] / np.float32(255.0)
    cover = np.float32(strength) * np.sqrt(share)  # so that weak scores can be seen, too
    return np.asarray(np.round(grey * (1 - cover) + heat(scores, low, high) * cover), np.uint8)
