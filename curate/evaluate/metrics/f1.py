"""F1-max: the largest F1 over all thresholds, of images or of pixels, and the threshold that reaches it.

Aim
---
``F1 = 2 TP / (2 TP + FP + FN)``, the harmonic mean of precision and recall, at its best threshold.

Conventions
-----------
Among equal F1 the highest threshold is kept. The threshold is the largest observed score that is still predicted
negative, so that ``score > threshold`` holds for all that is predicted positive; just below the smallest score where
everything is. Counts at vertices as in :mod:`~curate.evaluate.metrics.counting`.

Contents
--------
:func:`f1_max` (of scores), :class:`F1Max` and :class:`F1Cut` (of a curve that comes in parts).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.metrics.counting import Counts, Values, count_scores, just_below, vertices

_BELOW = 2
"""Scores below the cut that are remembered: the first may stand for several, the second bounds those from below."""


@dataclass(slots=True)
class F1Cut:
    """Where F1 is largest: scores from ``lowest`` upwards are predicted positive.

    Attributes
    ----------
    f1 : float
    lowest : float
    tp, predicted : int
        Positives that are predicted positive; all that is.
    below : list of float
        The next two scores, as far as there are any; NaN for a row that stands for several scores.
    """

    f1: float
    lowest: float
    tp: int
    predicted: int
    below: list[float] = field(default_factory=list)

    @property
    def threshold(self) -> float:
        """The largest score that is predicted negative, or just below the smallest; NaN where it was not kept."""
        return self.below[0] if self.below else just_below(self.lowest)


def f1_max(good: Values, bad: Values) -> tuple[float, float] | None:
    """Return the largest F1 of scores and its threshold; None without positives.

    >>> f1_max(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    (0.8, 1.0)
    """
    values, negatives, positives = count_scores(good, bad)
    best = F1Max(bad.size)
    best.add(vertices(negatives), vertices(positives), values[::-1])
    return (best.cut.f1, best.cut.threshold) if best.cut else None


class F1Max:
    """F1-max of a curve that comes in parts.

    Parameters
    ----------
    positives : int
        All of them.

    Attributes
    ----------
    cut : F1Cut or None
        The best so far; None without positives.
    """

    def __init__(self, positives: int) -> None:
        self._positives = positives
        self.cut: F1Cut | None = None

    def add(self, fp: Counts, tp: Counts, scores: Values) -> None:
        """Take a part's vertices, shape (n + 1,), and the score of each step between them, descending, shape (n,)."""
        kept = np.flatnonzero(np.diff(tp))
        if kept.size and self._is_better(kept, fp, tp, scores):
            return
        self._remember(scores)

    def _is_better(self, kept: NDArray[np.intp], fp: Counts, tp: Counts, scores: Values) -> bool:
        true = tp[kept + 1].astype(np.float64)
        predicted = true + fp[kept + 1]
        f1 = 2 * (true / (predicted + self._positives))
        best = int(np.argmax(f1))
        if self.cut is not None and f1[best] <= self.cut.f1:
            return False
        step = int(kept[best])
        self.cut = F1Cut(float(f1[best]), float(scores[step]), int(true[best]), int(predicted[best]))
        self._remember(scores[step + 1 :])
        return True

    def _remember(self, following: Values) -> None:
        if self.cut is not None and len(self.cut.below) < _BELOW:
            self.cut.below += following[: _BELOW - len(self.cut.below)].tolist()
