"""Exact rates and maxima from counts of scores: every metric is a function of two histograms.

Aim
---
Equal to sorting all pixels, without holding them (docs/metrics.md): a curve's vertices are its distinct scores.
Curves of pixels, of which there may be too many at once, are :mod:`curate.evaluate.streaming_curves`'s.

Conventions
-----------
Arrays run over *distinct scores in ascending order*. ``negatives[i]`` counts negative pixels (or good images) of the
i-th score; ``positives[i]`` weighs the positives of the i-th score in any unit, because only shares matter. Something
is called positive when its score is greater than the threshold, so vertex ``k`` calls the scores from ``k`` upwards
positive. Ties are one slanted segment.

Metrics
-------
:func:`auroc`, :func:`average_precision`, :func:`f1_max`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


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
