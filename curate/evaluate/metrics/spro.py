"""AU-sPRO: area under the saturated per-region overlap curve.

Aim
---
How well anomalous regions are localized, each region counting the same, whatever its size, and counting as found once
its *saturation area* ``s_r`` is predicted positive. At threshold ``t``::

    sPRO_r(t) = min(1, |{p in r : a(p) > t}| / s_r)        sPRO(t) = mean over all regions
    FPR(t)    = |{p in no region : a(p) > t}| / |{p in no region}|
    AU-sPRO@L = (area under sPRO over FPR, for FPR in [0, L]) / L

Paper: Bergmann et al., "Beyond Dents and Scratches: Logical Constraints in Unsupervised Anomaly Detection and
Localization", IJCV 2022. AutoVI's headline is AU-sPRO@0.05 (Carvalho et al. 2024).

Conventions
-----------
In each region only its ``s_r`` highest scores count, ``1 / s_r`` each: sPRO is a weighted true positive rate. Weights
are whole multiples of ``1 / UNIT``, so that adding them up is exact and independent of the order of images, threads and
machines. Equal scores share one slanted segment. Scores are of any real dtype; rates are shares in [0, 1].

Contents
--------
:class:`AuSpro` (the metric), :func:`saturated` (a region's weights), :func:`to_units`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.metrics.areas import AreaUpTo
from curate.evaluate.metrics.counting import Counts

Scores: TypeAlias = NDArray[Any]
Weighted: TypeAlias = tuple[Scores, Counts]
"""Distinct scores in ascending order, and the weight of each."""

SPRO_LIMITS = ("0.01", "0.05", "0.1", "0.3", "1.0")
"""False positive rates up to which areas are taken."""

UNIT = 1 << 45
"""Weight of a whole region. A cumulative share is off by at most 2^-46 = 1.4e-14."""

MAX_REGIONS = 1 << 17
"""Regions (for PRO, components) of a category at most: half of the weight that an int64 holds."""


class AuSpro(AreaUpTo):
    """AU-sPRO at each of :data:`SPRO_LIMITS`, from a curve that comes in parts.

    Parameters
    ----------
    negatives : int
        Pixels inside no region.
    regions : int

    Examples
    --------
    A negative with score 1; a region of scores 1, 5, 5 whose saturation area is 2:

    >>> from curate.evaluate.metrics.counting import vertices
    >>> values, weights = saturated(np.array([5, 1, 5]), 2)
    >>> area = AuSpro(1, 1)
    >>> area.add(vertices(np.array([0])), vertices(weights))
    >>> area.add(np.array([0, 1]), np.array([UNIT, UNIT]))
    >>> area.values()["0.05"]
    1.0
    """

    def __init__(self, negatives: int, regions: int) -> None:
        super().__init__(negatives, regions * UNIT, SPRO_LIMITS)


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
    at_least = np.append(np.cumsum(counts[::-1])[::-1], 0)
    return values, weights_of(at_least, saturation_area_px)


def weights_of(at_least: Counts, saturation_area_px: int) -> Counts:
    """Return the weight of each distinct score of a region.

    Parameters
    ----------
    at_least : ndarray of int64, shape (k + 1,)
        How many of the region's pixels have at least the i-th distinct score, ascending; and how many more than all.
    saturation_area_px : int

    Examples
    --------
    >>> (weights_of(np.array([3, 1, 0]), 2) / UNIT).tolist()
    [0.5, 0.5]
    """
    shares = to_units(np.minimum(at_least / saturation_area_px, 1.0))
    return shares[:-1] - shares[1:]


def to_units(shares: NDArray[np.float64]) -> Counts:
    """Round shares in [0, 1] to whole multiples of ``1 / UNIT``."""
    return np.rint(shares * UNIT).astype(np.int64)


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
