"""Estimate quickly, for many pairs at once, how little remains of one picture once the other is laid on it. Pure.

The same fit as in :mod:`curate.validate.alignment`, at 32×32 and with one correction: enough to leave out the pairs
that cannot be twins, some ten times faster than aligning each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from curate.validate.alignment import Floats, move

_SIDE = 32
_BLOCK = 256
_FARTHEST = 0.08
"""Corrections beyond this share of the side are no bounced trigger."""

_INNER = slice(1, -1)
_Y, _X = (np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float32) - (_SIDE - 1) / 2)[:, _INNER, _INNER]


def rough_residuals(firsts: Sequence[Floats], seconds: Sequence[Floats], worth: float = np.inf) -> list[float]:
    """Return the residual of each pair: as they lie, or after one correction if that is less.

    Parameters
    ----------
    firsts, seconds : sequence of ndarray, shape (32, 32)
    worth : float
        Pairs with more than this as they lie are not corrected.
    """
    return [value for block in _blocks(firsts, seconds, worth) for value in block]


def _blocks(firsts: Sequence[Floats], seconds: Sequence[Floats], worth: float) -> Iterator[list[float]]:
    for start in range(0, len(firsts), _BLOCK):
        moved, target = np.stack(firsts[start : start + _BLOCK]), np.stack(seconds[start : start + _BLOCK])
        residuals, weights = _fit(moved, target)
        again = np.flatnonzero(residuals <= worth)
        if len(again):
            corrected = np.stack([_corrected(moved[place], weights[place]) for place in again])
            residuals[again] = np.minimum(residuals[again], _fit(corrected, target[again])[0])
        yield [float(value) for value in residuals]


def _fit(moved: Floats, target: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit gain, offset, shift, turn and stretch of each first picture to its second one."""
    right = (moved[:, _INNER, 2:] - moved[:, _INNER, :-2]) / 2
    down = (moved[:, 2:, _INNER] - moved[:, :-2, _INNER]) / 2
    middle = moved[:, _INNER, _INNER]
    parts = (middle, np.ones_like(middle), right, down, _X * down - _Y * right, _X * right + _Y * down)
    terms = np.stack(parts, axis=1).reshape(len(moved), len(parts), -1)
    wanted = target[:, _INNER, _INNER].reshape(len(moved), -1, 1)
    products = (terms @ terms.transpose(0, 2, 1)).astype(np.float64)
    # A flat picture has no derivatives: a trace of ridge keeps its equations solvable.
    ridge = np.eye(len(parts)) * (1e-7 * np.trace(products, axis1=1, axis2=2))[:, None, None]
    weights = np.linalg.solve(products + ridge, (terms @ wanted).astype(np.float64))[:, :, 0]
    rest = wanted[:, :, 0] - (weights.astype(np.float32)[:, None, :] @ terms)[:, 0]
    return rest.std(axis=1) / np.maximum(wanted[:, :, 0].std(axis=1), 1e-6).astype(np.float64), weights


def _corrected(picture: Floats, weights: NDArray[np.float64]) -> Floats:
    gain, _, across, along, turn, stretch = weights.tolist()
    if abs(gain) < _FARTHEST or max(abs(across), abs(along)) > abs(gain) * _FARTHEST * _SIDE:
        return picture
    across, along, turn, stretch = (value / gain for value in (across, along, turn, stretch))
    return move(picture, np.array([[1 + stretch, -turn, across], [turn, 1 + stretch, along], [0, 0, 1]]))
