"""AP: average precision, of images or of pixels.

Aim
---
``AP = sum over k of (R_k - R_(k-1)) P_k`` over the distinct scores, from the highest; no interpolation. Equal to
scikit-learn's ``average_precision_score``.

Conventions
-----------
``good`` and ``bad`` are float64 arrays of shape (n,) and (m,), in any order. Counts at vertices as in
:mod:`~curate.evaluate.metrics.counting`.

Contents
--------
:func:`average_precision` (of scores), :class:`AveragePrecision` (of a curve that comes in parts).
"""

from __future__ import annotations

import math

import numpy as np

from curate.evaluate.metrics.counting import Counts, Values, count_scores, vertices


def average_precision(good: Values, bad: Values) -> float | None:
    """Return the AP of scores; None without positives.

    >>> average_precision(np.array([1.0, 2.0]), np.array([2.0, 3.0]))  # 1/2 * 1 + 1/2 * 2/3
    0.8333333333333333
    """
    _, negatives, positives = count_scores(good, bad)
    precision = AveragePrecision(bad.size)
    precision.add(vertices(negatives), vertices(positives))
    return precision.value()


class AveragePrecision:
    """AP of a curve that comes in parts.

    Parameters
    ----------
    positives : int
        All of them.
    """

    def __init__(self, positives: int) -> None:
        self._positives = positives
        self._parts: list[float] = []

    def add(self, fp: Counts, tp: Counts) -> None:
        """Take a part's vertices."""
        gained = np.diff(tp)
        kept = np.flatnonzero(gained)
        if kept.size:
            true = tp[kept + 1].astype(np.float64)
            self._parts.append(float((gained[kept].astype(np.float64) * (true / (true + fp[kept + 1]))).sum()))

    def value(self) -> float | None:
        """Return the AP; None without positives."""
        return math.fsum(self._parts) / self._positives if self._positives else None
