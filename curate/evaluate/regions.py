"""What a region's pixels weigh: saturated overlap as a weighted true positive rate.

In each region only its ``s`` highest-scoring pixels count, each ``1 / s`` (docs/metrics.md). Weights are
whole multiples of ``1 / UNIT``, so that adding them up is exact and independent of the order of images, threads and
machines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Scores: TypeAlias = NDArray[Any]
Weights: TypeAlias = NDArray[np.int64]
Weighted: TypeAlias = tuple[Scores, Weights]
"""Distinct scores in ascending order, and what including each of them finds."""

UNIT = 1 << 45
"""Weight of a whole region. A cumulative share is off by at most 2^-46 = 1.4e-14, and 2^18 regions fit into int64."""

MAX_REGIONS = 1 << 17


def to_units(shares: NDArray[np.float64]) -> Weights:
    """Round shares in [0, 1] to whole multiples of ``1 / UNIT``."""
    return np.rint(shares * UNIT).astype(np.int64)


def saturated(scores: Scores, saturation_area_px: int) -> Weighted:
    """Weigh one region's scores so that finding ``saturation_area_px`` of its pixels finds it whole.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Scores of the region's pixels, in any order; n >= 1.
    saturation_area_px : int
        At least 1.

    Returns
    -------
    scores : ndarray, shape (k,)
        Distinct scores among those that count, ascending.
    weights : ndarray of int64, shape (k,)
        They sum to :data:`UNIT`, or to less when the region is smaller than its saturation area.

    Examples
    --------
    Of 5, 7, 7 and 9 the highest two count; the second place is shared by both sevens:

    >>> values, weights = saturated(np.array([7, 5, 9, 7]), 2)
    >>> values.tolist(), (weights / UNIT).tolist()
    ([7, 9], [0.5, 0.5])
    """
    top = saturation_area_px
    if top < scores.size:
        scores = np.partition(scores, scores.size - top)[scores.size - top :]
    values, counts = np.unique(scores, return_counts=True)
    shares = np.minimum(np.cumsum(counts[::-1]) / saturation_area_px, 1.0)
    cumulative = to_units(shares)
    return values, np.diff(cumulative, prepend=np.int64(0))[::-1]


def combined(parts: Sequence[Weighted]) -> Weighted | None:
    """Add up weighted scores; None when there are none.

    >>> values, weights = combined([(np.array([1, 3]), np.array([5, 5])), (np.array([3]), np.array([2]))])
    >>> values.tolist(), weights.tolist()
    ([1, 3], [5, 7])
    """
    if not parts:
        return None
    values, places = np.unique(np.concatenate([part for part, _ in parts]), return_inverse=True)
    sums = np.zeros(values.size, np.int64)
    np.add.at(sums, places.ravel(), np.concatenate([part for _, part in parts]))
    return values, sums


def components(scores: Scores, union: NDArray[np.bool_]) -> list[Scores]:
    """Return the scores of each 8-connected component of a union mask, flat; an empty list for an empty mask."""
    flags = union.view(np.uint8)
    left, top, width, height = cv2.boundingRect(flags)
    box = slice(top, top + height), slice(left, left + width)
    count, labels = cv2.connectedComponents(np.ascontiguousarray(flags[box]), connectivity=8, ltype=cv2.CV_32S)
    if count == 2:  # noqa: PLR2004 - the background and one component
        return [scores[box][union[box]]]
    flat = labels.ravel()
    order = np.flatnonzero(flat)
    order = order[np.argsort(flat[order], kind="stable")]
    sizes = np.bincount(flat, minlength=count)[1:]
    return np.split(scores[box].ravel()[order], np.cumsum(sizes)[:-1])
