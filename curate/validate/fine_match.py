"""Compare the finest details of two pictures that look alike: the last word on whether they are the same shot. Pure."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.validate.alignment import Floats, Matrix, align, inner, move

CLOSE_SIDE = 256
"""Side of the picture that is looked at closely."""

_FINE, _LESS_FINE = 0.7, 2.0
"""Standard deviations, in cells, of the two Gaussians whose difference keeps details of some 3 to 9 cells."""

_HALO = 4
"""Cells beside a saturated one that it spoils."""

_SATURATED_LOW, _SATURATED_HIGH = 3.0, 250.0
_STEPS = 2
_LEAST_CELLS = 0.05


def enlarge(grey: NDArray[Any]) -> Floats:
    """Return a grey picture at the side :data:`CLOSE_SIDE`, its whole range as 0 to 255."""
    shrinks = min(grey.shape[:2]) >= CLOSE_SIDE
    small = cv2.resize(
        grey, (CLOSE_SIDE, CLOSE_SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    ).astype(np.float32)
    top = 255 if grey.dtype == np.uint8 else float(np.iinfo(grey.dtype).max) if grey.dtype.kind == "u" else 1.0
    return np.asarray(small * (255 / top), dtype=np.float32)


def details_agree(first: Floats, second: Floats, start: Matrix | None = None) -> float:
    """Return the correlation of two pictures' details where neither is saturated.

    Parameters
    ----------
    first, second : ndarray, shape (CLOSE_SIDE, CLOSE_SIDE)
        As :func:`enlarge` makes them.
    start : ndarray, shape (3, 3), optional
        How the first lies on the second, nearly; compared as they lie when left out.

    Returns
    -------
    float
        1 for the same details, around 0 for none in common.
    """
    moved = first
    if start is not None:
        placing = align(_standard(first), _standard(second), steps=_STEPS, start=start).placing
        moved = move(first, placing)
    keep = inner(CLOSE_SIDE)
    bright, dark = np.maximum(moved, second), np.minimum(moved, second)
    spoilt = ((bright >= _SATURATED_HIGH) | (dark <= _SATURATED_LOW)).astype(np.uint8)
    counts = cv2.dilate(spoilt, np.ones((2 * _HALO + 1, 2 * _HALO + 1), np.uint8))[keep, keep] == 0
    if counts.mean() < _LEAST_CELLS:
        counts[:] = True
    one, other = (_details(picture)[keep, keep][counts] for picture in (moved, second))
    spread = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / spread if spread > 0 else 0.0


def _details(picture: Floats) -> Floats:
    finer, blurred = (cv2.GaussianBlur(picture, (0, 0), cells) for cells in (_FINE, _LESS_FINE))
    return np.asarray(finer - blurred, dtype=np.float32)


def _standard(picture: Floats) -> Floats:
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
    spread = float(soft.std())
    return np.asarray((soft - soft.mean()) / (spread if spread > 0 else 1.0), dtype=np.float32)
