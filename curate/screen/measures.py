"""Measures of one picture: how sharp, noisy, bright and contrasty it is, and what its border looks like.

Conventions
-----------
Grey pictures are (height, width) arrays; 16-bit ones are scaled to 0..255 first, so that all results are in the same
units. A measure says nothing by itself: a part with few edges is never sharp by any number. :mod:`curate.screen.rules`
compares each frame with the others of its series.

Which measures, and why not the usual ones (docs/measurements.md): the variance of the Laplacian ranks sharp above
blurred frames with an AUC of 0.80 when light and noise vary, and of 0.29 for blur with noise; divided by the variance
of the picture, the gradient energy reaches 0.998, because a change of light cancels.

References
----------
J. M. Tenenbaum, *Accommodation in computer vision*, Stanford, 1970 (gradient energy).
J. Immerkær, *Fast noise variance estimation*, Computer Vision and Image Understanding 64(2), 1996.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[Any]
Slopes: TypeAlias = tuple[float, float, float, float, float, float]

_CLIPPED_FROM, _BLACK_TO = 253, 2
_FEWEST_ROWS = 200
"""Shares are counted on at least so many rows, where there are as many."""
_LARGEST_PX = 800
"""A whole frame is shrunk to about this before its sharpness is measured: finer detail than that is mostly noise."""
_NOISE_BOX_PX = 512
"""Noise is measured on a piece of this size from the middle, never on a shrunken picture, which has less of it."""
_FINE_PX, _COARSE_PX = 1.0, 4.0
"""Standard deviations of the smoothing before directions are told apart: motion of some 10 px takes the fine alone."""
_BORDER_GRID, _BORDER_CELLS = 30, 3  # half as many cells as a thumb has pixels
_THUMB_PX = 60
_LEAST_SIDE_PX = 8

_DARK_OFFSET = 8.0
"""Grey levels added before logarithms are taken, so that noise in black does not look like a change of light."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured on one picture.

    Attributes
    ----------
    sharpness : float
        Mean squared Sobel gradient by the variance of the grey values, 1/px² up to the kernel's factor of 64.
    noise : float
        Standard deviation of white noise, in grey levels of 0..255.
    brightness : float
        Mean grey level.
    clipped, black : float
        Share of pixels of at least 253, and of at most 2.
    contrast : float
        Standard deviation by mean.
    slopes : tuple of 6 float
        What :func:`sharpness_along` reads the sharpness along any direction from.
    border : ndarray, float32, shape (324,)
        Logarithms of the mean grey levels of the outer cells of a 30 × 30 grid, less their median over the whole grid.
    """

    sharpness: float
    noise: float
    brightness: float
    clipped: float
    black: float
    contrast: float
    border: NDArray[np.float32]
    slopes: Slopes = (0.0,) * 6


def look_at(grey: NDArray[np.uint8]) -> tuple[Measures, NDArray[np.float32]]:
    """Measure one picture, and shrink it to a thumb: see :func:`thumb_of`.

    Parameters
    ----------
    grey : ndarray, uint8, shape (height, width)
        As :func:`to_grey` makes it.

    Raises
    ------
    ValueError
        If a side has fewer than 8 pixels.
    """
    if min(grey.shape) < _LEAST_SIDE_PX:
        raise ValueError(f"a picture of {grey.shape[1]}×{grey.shape[0]} pixels is too small to be measured")
    small = shrunk(grey)
    cells = _cells(small)
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(small))
    step = max(1, max(grey.shape) // (2 * _LARGEST_PX) + 1)
    # Shares need single pixels, but not all rows of a large frame.
    sample = grey[:: max(1, min(step**2, grey.shape[0] // _FEWEST_ROWS))]
    measures = Measures(
        sharpness=sharpness(small),
        noise=noise(middle(grey)),
        brightness=mean,
        clipped=np.count_nonzero(sample >= _CLIPPED_FROM) / sample.size,
        black=np.count_nonzero(sample <= _BLACK_TO) / sample.size,
        contrast=deviation / max(mean, 1.0),
        border=_border(cells),
        slopes=slopes(small),
    )
    return measures, _thumb(cells)


def to_grey(picture: Grey) -> NDArray[np.uint8]:
    """Return the grey levels of a picture, 0..255; colours are B, G, R(, A), 16 bits are scaled.

    >>> to_grey(np.array([[65535, 0]], np.uint16)).tolist()
    [[255, 0]]
    """
    if picture.dtype == np.uint16:
        picture = cv2.convertScaleAbs(picture, alpha=1.0 / 257.0)
    if picture.ndim == 3:  # noqa: PLR2004 - colour
        code = cv2.COLOR_BGRA2GRAY if picture.shape[2] == 4 else cv2.COLOR_BGR2GRAY  # noqa: PLR2004 - with alpha
        picture = cv2.cvtColor(picture, code)
    return np.asarray(picture, np.uint8)


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Return the gradient energy by the variance: high where edges are steep for the contrast that there is.

    >>> edge = np.zeros((16, 16), np.uint8); edge[:, 8:] = 200
    >>> sharpness(edge) > sharpness(cv2.GaussianBlur(edge, (0, 0), 2.0))
    True
    """
    across, down = cv2.spatialGradient(grey)  # Sobel's, in whole numbers
    energy = (cv2.norm(across, cv2.NORM_L2SQR) + cv2.norm(down, cv2.NORM_L2SQR)) / grey.size
    variance = float(cv2.meanStdDev(grey)[1][0, 0]) ** 2
    return float(energy / max(variance, 1e-6))


def slopes(grey: NDArray[np.uint8]) -> Slopes:
    """Return the structure tensors of the picture, smoothed a little and smoothed a lot.

    Returns
    -------
    tuple of 6 float
        Mean products of the gradients along x and x, x and y, y and y: fine, then coarse.
    """
    whole = np.asarray(grey, np.float32)
    height, width = (side // 2 for side in grey.shape)
    half = np.asarray(
        cv2.resize(whole[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA), np.float32
    )
    return (*_tensor(whole, _FINE_PX), *_tensor(half, _COARSE_PX / 2))


def _tensor(picture: NDArray[np.float32], smoothing_px: float) -> tuple[float, float, float]:
    smooth = cv2.GaussianBlur(picture, (0, 0), smoothing_px)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    products = ((across, across), (across, down), (down, down))
    xx, xy, yy = (float(np.vdot(one, other)) / smooth.size for one, other in products)
    return xx, xy, yy


def sharpness_along(tensors: Slopes, angle_rad: float) -> float:
    """Return the gradient energy along a direction, the fine by the coarse.

    Motion takes the fine gradients along its own direction and leaves those across it, which may be most of all. What
    the part itself lacks in a direction, it lacks at both scales.

    >>> lines = np.zeros((32, 32), np.uint8); lines[:, ::8] = 200
    >>> moved = cv2.blur(lines, (15, 1))
    >>> sharpness_along(slopes(moved), 0.0) < 0.1 * sharpness_along(slopes(lines), 0.0)
    True
    """
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    fine, coarse = (
        max(xx * cos * cos + 2.0 * xy * cos * sin + yy * sin * sin, 1e-3) for xx, xy, yy in (tensors[:3], tensors[3:])
    )
    return fine / coarse


def noise(grey: NDArray[np.uint8]) -> float:
    """Return the standard deviation of white noise by Immerkær's mask, which is blind to flat and sloping parts.

    >>> noise(np.add.outer(np.arange(16), np.arange(16)).astype(np.uint8))
    0.0
    """
    bend = np.array([1, -2, 1], np.float32)  # along both axes: the mask 1 -2 1, -2 4 -2, 1 -2 1
    response = cv2.sepFilter2D(grey, cv2.CV_16S, bend, bend)[1:-1, 1:-1]
    return float(cv2.norm(response, cv2.NORM_L1) / response.size * math.sqrt(math.pi / 2.0) / 6.0)


def border_of(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe the border of a picture independently of its light: see :class:`Measures`."""
    return _border(_cells(grey))


def _border(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    light = np.log(cv2.resize(cells, (_BORDER_GRID, _BORDER_GRID), interpolation=cv2.INTER_AREA) + _DARK_OFFSET)
    outer = np.ones(light.shape, bool)
    outer[_BORDER_CELLS:-_BORDER_CELLS, _BORDER_CELLS:-_BORDER_CELLS] = False
    return np.asarray((light - np.median(light))[outer], np.float32)


def thumb_of(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Shrink a picture to 60 × 60 and take its light out of it: mean 0, standard deviation 1."""
    return _thumb(_cells(grey))


def _thumb(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((cells - cells.mean()) / max(float(cells.std()), 1e-3), np.float32)


def _cells(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the means of 60 × 60 cells of a picture, of which four make a cell of the border's grid.

    The picture is halved first where cells have more than two pixels a side then: cells of an uneven size are slow.
    """
    height, width = (side // 2 for side in grey.shape)
    small: NDArray[Any] = grey.astype(np.float32)
    if min(height, width) >= 2 * _THUMB_PX:
        small = np.asarray(cv2.resize(small[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.resize(small, (_THUMB_PX, _THUMB_PX), interpolation=cv2.INTER_AREA), np.float32)


def difference(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the root mean square of the difference of two thumbs: 0 for equal ones, √2 for unrelated ones."""
    return float(np.sqrt(np.mean((a - b) ** 2)))


def shrunk(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrink a picture by the whole factor that brings it near 800 pixels; a smaller one is left as it is."""
    factor = max(grey.shape) // _LARGEST_PX
    if factor < 2:  # noqa: PLR2004 - it is small already
        return grey
    # Whole factors of whole blocks: a resize to an uneven size blurs by itself, in bands.
    height, width = (side // factor for side in grey.shape)
    grey = grey[: factor * height, : factor * width]
    while factor % 2 == 0:
        factor //= 2
        size = (factor * width, factor * height)
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    if factor == 1:
        return grey
    # The same numbers as INTER_AREA's, in half of its time: it is fast for factor 2 only.
    return np.ascontiguousarray(
        cv2.blur(grey, (factor, factor))[factor // 2 :: factor, factor // 2 :: factor], np.uint8
    )


def middle(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the piece from the middle of a picture, at most 512 pixels a side, that noise is measured on."""
    top, left = (max(0, (side - _NOISE_BOX_PX) // 2) for side in grey.shape)
    return grey[top : top + _NOISE_BOX_PX, left : left + _NOISE_BOX_PX]
