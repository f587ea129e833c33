"""Exact areas and maxima from counts of scores: every metric is a function of two histograms.

Aim
---
Equal to sorting all pixels, without holding them (METRICS.md section 2): a curve's vertices are its distinct scores.

Conventions
-----------
Arrays run over *distinct scores in ascending order*. ``negatives[i]`` counts negative pixels (or good images) of the
i-th score; ``positives[i]`` weighs the positives of the i-th score in any unit, because only shares matter. Something
is called positive when its score is greater than the threshold, so vertex ``k`` calls the scores from ``k`` upwards
positive. Ties are one slanted segment.

Metrics
-------
:func:`area_under`, :func:`auroc`, :func:`average_precision`, :func:`f1_max`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Sums = NDArray[np.float64]
"""What is called at each vertex, from none to all; whole numbers."""

_EXACT = 1 << 53
_BLOCK = 1 << 15


def area_under(negatives: Counts, positives: Counts, total: float, limit: float) -> float | None:
    """Area under (false positive rate, positive rate) for rates up to ``limit``, divided by ``limit``.

    Parameters
    ----------
    negatives : ndarray of int, shape (n,)
    positives : ndarray of int, shape (n,)
        Weight that is found by including the i-th score; for sPRO each region's weights sum to one unit.
    total : float
        The positives' whole weight; their sum, or more where some can never be found.
    limit : float
        In (0, 1]. The curve is interpolated linearly at it.

    Returns
    -------
    float or None
        None without negatives or without positives.

    Examples
    --------
    One negative below, one above, two positives in between:

    >>> area_under(np.array([1, 0, 1]), np.array([0, 2, 0]), 2, 1.0)
    0.5
    >>> area_under(np.array([3]), np.array([5]), 5, 0.5)  # constant maps: the diagonal
    0.25
    """
    return areas_under(from_the_top(negatives), from_the_top(positives), total, [limit])[0]


def areas_under(x: Sums, y: Sums, total: float, limits: Sequence[float]) -> list[float | None]:
    """Area up to each of several limits, as :func:`area_under`, of vertices that :func:`from_the_top` returned."""
    if x[-1] == 0 or total <= 0:
        return [None] * len(limits)
    areas: list[float | None] = []
    for limit in limits:
        end = limit * float(x[-1])
        last = int(np.searchsorted(x, end, side="right")) - 1  # the last vertex at or before the limit
        area = _trapezoids(x[: last + 1], y[: last + 1])
        if last + 1 < x.size:
            share = (end - x[last]) / (x[last + 1] - x[last])
            at_end = y[last] + share * (y[last + 1] - y[last])
            area += float((end - x[last]) * (y[last] + at_end)) / 2
        areas.append(area / (float(total) * end))
    return areas


def auroc(negatives: Counts, positives: Counts) -> float | None:
    """Probability that a positive scores higher than a negative, ties counted half; None if either is absent.

    >>> auroc(np.array([1, 1, 0]), np.array([0, 1, 1]))
    0.875
    """
    n, p = int(negatives.sum()), int(positives.sum())
    if n == 0 or p == 0:
        return None
    below = np.cumsum(negatives, dtype=np.float64)
    below -= negatives / 2
    below *= positives
    return float(below.sum()) / (float(n) * float(p))


def average_precision(negatives: Counts, positives: Counts) -> float | None:
    """Sum of (R_k - R_(k-1)) P_k over the distinct scores, from the highest; None without positives.

    >>> average_precision(np.array([1, 1, 0]), np.array([0, 1, 1]))  # 1/2 * 1 + 1/2 * 2/3
    0.8333333333333333
    """
    found = np.cumsum(positives[::-1])
    if found.size == 0 or found[-1] == 0:
        return None
    called = found + np.cumsum(negatives[::-1])
    kept = positives[::-1] > 0
    precision = found[kept] / called[kept]
    return float(np.sum(positives[::-1][kept] * precision)) / float(found[-1])


def f1_max(negatives: Counts, positives: Counts) -> tuple[float, int] | None:
    """Return the largest F1 over all thresholds, and the index of the lowest score called positive there.

    Among equals the highest threshold is returned. None without positives.

    >>> f1_max(np.array([1, 1, 0]), np.array([0, 1, 1]))
    (0.8, 1)
    """
    found = np.cumsum(positives[::-1])
    if found.size == 0 or found[-1] == 0:
        return None
    called = np.cumsum(negatives[::-1])
    called += found
    called += found[-1]
    f1 = found / called
    f1 *= 2
    best = int(np.argmax(f1))
    return float(f1[best]), int(found.size - 1 - best)


def from_the_top(counts: Counts) -> Sums:
    """Cumulative sum from the highest score down, starting with 0, exact below 2^53."""
    sums = np.empty(counts.size + 1, dtype=np.float64)
    sums[0] = 0.0
    if counts.sum() < _EXACT:
        np.cumsum(counts[::-1], dtype=np.float64, out=sums[1:])
    else:
        sums[1:] = np.cumsum(counts[::-1])  # whole numbers do not round on the way
    return sums


def _trapezoids(x: Sums, y: Sums) -> float:
    """Area under a polyline, added up in blocks that stay in the processor's cache."""
    parts = []
    for at in range(0, x.size - 1, _BLOCK):
        block = slice(at, at + _BLOCK + 1)
        heights = y[block][1:] + y[block][:-1]
        heights *= np.diff(x[block])
        parts.append(float(heights.sum()))
    return math.fsum(parts) / 2
