"""Lay one picture on another: how it is shifted, turned and stretched, and what remains different. Pure.

Conventions: pictures are square float32 arrays, standardised; places are in cells from the picture's centre, x to the
right and y down. Gauss-Newton on the picture's own derivatives (Lucas and Kanade 1981), which converges within a few
percent of the picture's side: as far as a bounced trigger or a window cut again moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]

_FARTHEST_SHIFT, _FARTHEST_TURN = 0.05, 0.06
"""Shifts beyond this share of the side, turns (rad) and stretches beyond this are not followed."""

_LEAST_GAIN = 0.1
_WORTH = 0.97
"""A correction that leaves more than this share of the residual is the last one."""

_MARGIN = 32
"""One part in so many is left out at each border, where other things come into view."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How one picture lies on another.

    Attributes
    ----------
    residual : float
        Standard deviation of what remains, in units of the second picture's own; 0 is the same picture.
    placing : ndarray, shape (3, 3)
        From places in the second picture to places in the first one.
    moved : ndarray, shape (side, side)
        The first picture as it lies on the second.
    """

    residual: float
    placing: Matrix
    moved: Floats


def align(first: Floats, second: Floats, *, steps: int, start: Matrix | None = None) -> Alignment:
    """Lay the first picture on the second one.

    Parameters
    ----------
    first, second : ndarray, shape (side, side)
    steps : int
        Corrections at most; 0 only measures the residual.
    start : ndarray, shape (3, 3), optional
        Where to begin; as they lie when left out.

    Returns
    -------
    Alignment
        The best one on the way.
    """
    placing = np.eye(3) if start is None else start
    moved = first if start is None else move(first, placing)
    best = Alignment(_toned(moved, second), placing, moved)
    for _ in range(steps):
        correction = _correction(moved, second)
        if correction is None:
            break
        placing = placing @ correction
        if _too_far(placing, first.shape[0]):
            break
        moved = move(first, placing)
        residual = _toned(moved, second)
        helped = residual < _WORTH * best.residual
        if residual < best.residual:
            best = Alignment(residual, placing, moved)
        if not helped:
            break
    return best


def move(picture: Floats, placing: Matrix) -> Floats:
    """Return a picture as seen through a placing; what lies outside repeats the border."""
    side = picture.shape[0]
    middle = (side - 1) / 2
    to_pixels = np.array([[1, 0, middle], [0, 1, middle], [0, 0, 1]])
    to_places = np.array([[1, 0, -middle], [0, 1, -middle], [0, 0, 1]])
    matrix = (to_pixels @ placing @ to_places)[:2]
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(picture, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def inner(side: int) -> slice:
    """Return what counts of each axis: all but the border.

    >>> inner(64)
    slice(2, -2, None)
    """
    margin = max(2, side // _MARGIN)
    return slice(margin, -margin)


def _toned(moved: Floats, second: Floats) -> float:
    """Return the residual after the best tone curve of third degree: lamp, gamma, the bend before saturation."""
    keep = inner(moved.shape[0])
    values, target = moved[keep, keep].ravel(), second[keep, keep].ravel()
    terms = np.stack([np.ones_like(values), values, values * values, values * values * values])
    return _rest(terms, target)[1]


def _correction(moved: Floats, second: Floats) -> Matrix | None:
    """Return the small move that takes the first picture nearer to the second, None where nothing tells."""
    down = cv2.Sobel(moved, cv2.CV_32F, 0, 1, ksize=1) / 2
    right = cv2.Sobel(moved, cv2.CV_32F, 1, 0, ksize=1) / 2
    x, y = _places(moved.shape[0])
    keep = inner(moved.shape[0])
    parts = (moved, np.ones_like(moved), right, down, x * down - y * right, x * right + y * down)
    terms = np.stack([np.asarray(part[keep, keep], dtype=np.float32).ravel() for part in parts])
    (gain, _, across, along, turn, stretch), _ = _rest(terms, second[keep, keep].ravel())
    if abs(gain) < _LEAST_GAIN:
        return None
    across, along, turn, stretch = (value / gain for value in (across, along, turn, stretch))
    return np.array([[1 + stretch, -turn, across], [turn, 1 + stretch, along], [0, 0, 1]])


def _rest(terms: Floats, target: Floats) -> tuple[NDArray[Any], float]:
    """Return the least-squares weights of the terms, and what remains of the target in its own units."""
    products, projection = (terms @ terms.T).astype(np.float64), (terms @ target).astype(np.float64)
    weights = np.linalg.lstsq(products, projection, rcond=None)[0]
    # The rest itself, not a difference of large sums: identical pictures must give zero even in single precision.
    rest = target - weights.astype(np.float32) @ terms
    return weights, float(rest.std() / max(float(target.std()), 1e-6))


def _too_far(placing: Matrix, side: int) -> bool:
    turned = float(np.abs(placing[:2, :2] - np.eye(2)).max())
    return turned > _FARTHEST_TURN or float(np.abs(placing[:2, 2]).max()) > _FARTHEST_SHIFT * side


@lru_cache(maxsize=4)
def _places(side: int) -> tuple[Floats, Floats]:
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) - (side - 1) / 2
    return x, y
