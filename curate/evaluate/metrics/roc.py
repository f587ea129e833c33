"""AUROC: area under the receiver operating characteristic, of images or of pixels.

Aim
---
The probability that a positive scores higher than a negative, equal scores counted half (Hanley and McNeil 1982).
Equal to scikit-learn's ``roc_auc_score``.

Conventions
-----------
``good`` and ``bad`` are float64 arrays of shape (n,) and (m,), in any order. Counts at vertices as in
:mod:`~curate.evaluate.metrics.counting`.

Contents
--------
:func:`auroc` (of scores), :class:`Auroc` (of a curve that comes in parts).
"""

from __future__ import annotations

import math

import numpy as np

from curate.evaluate.metrics.counting import Counts, Values, count_scores, vertices


def auroc(good: Values, bad: Values) -> float | None:
    """Return the AUROC of scores; None without negatives or without positives.

    >>> auroc(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    0.875
    """
    _, negatives, positives = count_scores(good, bad)
    area = Auroc(good.size, bad.size)
    area.add(vertices(negatives), vertices(positives))
    return area.value()


class Auroc:
    """AUROC of a curve that comes in parts.

    Parameters
    ----------
    negatives, positives : int
        All of them.
    """

    def __init__(self, negatives: int, positives: int) -> None:
        self._negatives, self._positives = negatives, positives
        self._parts: list[float] = []

    def add(self, fp: Counts, tp: Counts) -> None:
        """Take a part's vertices."""
        gained = np.diff(tp)
        kept = np.flatnonzero(gained)
        if kept.size:
            # Twice the negatives below a score, its own counted half: whole numbers.
            below = (2 * self._negatives - fp[kept] - fp[kept + 1]).astype(np.float64)
            self._parts.append(float((gained[kept].astype(np.float64) * below).sum()))

    def value(self) -> float | None:
        """Return the area; None without negatives or without positives."""
        if not self._negatives or not self._positives:
            return None
        return math.fsum(self._parts) / 2 / (float(self._negatives) * float(self._positives))
