"""The deployed threshold: the only one that a plant can set before it has seen a defect, and what it does.

Aim
---
The smallest training score that keeps the false positive rate on the *training* images at or below a target; with it,
the confusion matrix of the test set, ``FPR = FP / (FP + TN)``, ``FNR = FN / (FN + TP)``, precision, recall and F-score.

Conventions
-----------
An image is predicted defective when its score is greater than the threshold. Targets are decimals as text and are
compared with counts as exact fractions.

Contents
--------
:func:`deployed_threshold`, :func:`confusion`, :class:`ConfusionMatrix`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from curate.evaluate.metrics.counting import Values, ratio
from curate.evaluate.metrics.tpr_at_tnr import lowest_threshold

DEPLOYED_FPRS = ("0.01", "0.05", "0.10")


def deployed_threshold(training: Sequence[float], rate: str) -> float:
    """Return the smallest training score that at most a share ``rate`` of the training images is above.

    >>> deployed_threshold([1.0, 4.0, 2.0, 3.0], "0.25")
    3.0
    """
    return lowest_threshold(np.asarray(training, np.float64), Fraction(rate))


class ConfusionMatrix(NamedTuple):
    """Numbers of images, and the rates that follow from them; None where there is nothing to divide by."""

    tp: int
    fp: int
    tn: int
    fn: int

    @property
    def fpr(self) -> float | None:
        """Share of the good images that are called defective."""
        return ratio(self.fp, self.fp + self.tn)

    @property
    def fnr(self) -> float | None:
        """Share of the defective images that are called good."""
        return ratio(self.fn, self.fn + self.tp)

    @property
    def precision(self) -> float | None:
        """Share of those called defective that are."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        """Share of the defective images that are called so."""
        return ratio(self.tp, self.tp + self.fn)

    @property
    def f_score(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)


def confusion(good: Values, bad: Values, threshold: float) -> ConfusionMatrix:
    """Return the confusion matrix of image scores at a threshold.

    >>> matrix = confusion(np.array([1.0, 2.0]), np.array([2.0, 3.0]), 1.5)
    >>> matrix, matrix.fpr
    (ConfusionMatrix(tp=2, fp=1, tn=1, fn=0), 0.5)
    """
    tp, fp = int(np.count_nonzero(bad > threshold)), int(np.count_nonzero(good > threshold))
    return ConfusionMatrix(tp, fp, good.size - fp, bad.size - tp)
