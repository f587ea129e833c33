"""Curves for drawing: at most :data:`MOST` points each, every one of them on the exact curve.

Aim
---
Pixel curves are polylines through a vertex for each distinct score, so a point between two
vertices lies on the straight line between them. Rates are decimals and are compared with counts as exact fractions.

Conventions
-----------
A threshold is a score: what is greater is called positive. Each point of a pixel curve names the
lowest threshold known whose false positive rate is at most the point's own; where several true positive rates belong to
one false positive rate, the highest is drawn. None stands for a curve, or a threshold, that does not exist or was not
kept.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.metrics.counting import Counts, Values, count_scores, just_below, vertices
from curate.evaluate.metrics.spro import SPRO_LIMITS
from curate.model.result_curves import PrecisionRecallCurve, RocCurve, SproCurve

MOST = 200
"""Points of a curve."""

_DECADES = 5
_STEPS_A_DECADE = 36


def _rates() -> tuple[str, ...]:
    """Return 0, rates that are evenly spaced on a logarithmic axis from 1e-5 to 1, and the limits of AU-sPRO."""
    steps = range(-_DECADES * _STEPS_A_DECADE, 1)
    spaced = {f"{10 ** (step / _STEPS_A_DECADE):.6g}" for step in steps}
    return tuple(sorted({"0", *spaced, *SPRO_LIMITS} - {"1.0"}, key=float))


RATES = _rates()
"""False positive rates of the points of pixel curves, as decimals."""


class DrawnPixels:
    """The curves of pixels, ``spro`` and ``pixel_roc``, whose vertices come in parts, the highest scores first.

    Parameters
    ----------
    negatives, weight, positives : int
        All negative pixels; the whole weight of all regions; all pixels inside regions.
    highest : float or None
        The largest score of all maps: the threshold above which there is nothing.
    """

    def __init__(self, negatives: int, weight: int, positives: int, highest: float | None) -> None:
        self._all = weight, positives
        self._exists = bool(negatives and weight and positives)
        self._ends = [Fraction(rate) * negatives for rate in RATES]
        self._floors = np.array([math.floor(end) for end in self._ends])
        self._points: list[tuple[float, float, float | None]] = []
        self._lowest: float | None = None
        self._highest = highest

    def add(self, fp: Counts, spro: Counts, tp: Counts, scores: Values) -> None:
        """Take a part's vertices (negatives, weights, positives) and the score of each step, descending."""
        if not self._exists or not scores.size:
            return
        done = len(self._points)
        here = int(np.searchsorted(self._floors, fp[-1]))  # these rates lie before the last vertex
        for place, end in enumerate(self._ends[done:here], start=done):
            vertex = int(np.searchsorted(fp, self._floors[place], side="right")) - 1
            way = float((end - int(fp[vertex])) / int(fp[vertex + 1] - fp[vertex]))
            share, tpr = (
                float(way * (sums[vertex + 1] - sums[vertex]) + sums[vertex]) / whole
                for sums, whole in zip((spro, tp), self._all, strict=True)
            )
            lowest = float(scores[vertex - 1]) if vertex else self._lowest
            self._points.append((share, tpr, self._threshold(lowest, float(scores[vertex]))))
        self._lowest = float(scores[-1])

    def curves(self) -> tuple[SproCurve | None, RocCurve | None]:
        """Return both curves; None without regions or negatives."""
        if not self._exists:
            return None, None
        lowest = self._lowest
        at_end = None if lowest is None or math.isnan(lowest) else just_below(lowest)
        points = self._points + [(1.0, 1.0, at_end)] * (len(RATES) - len(self._points))
        spro, tpr, thresholds = zip(*points, strict=True)
        fpr = tuple(float(rate) for rate in RATES)
        return SproCurve(fpr, spro, thresholds), RocCurve(fpr, tpr, thresholds)

    def _threshold(self, lowest: float | None, below: float) -> float | None:
        """Return the threshold of a vertex: the largest score that it does not predict positive.

        Where that one was not kept, any number between it and the lowest score that is predicted positive does the
        same.
        """
        if lowest is None:
            return self._highest
        return just_below(lowest) if math.isnan(below) else below + 0.0  # -0.0 becomes 0.0


def drawn_images(good: Values, bad: Values) -> tuple[RocCurve | None, PrecisionRecallCurve | None]:
    """Return the curves of image scores: ``roc``, and ``pr`` with a point for each score that a defective image has.

    >>> roc, pr = drawn_images(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    >>> roc.fpr, roc.tpr, roc.threshold[:3]
    ((0.0, 0.0, 0.5, 1.0), (0.0, 0.5, 1.0, 1.0), (3.0, 2.0, 1.0))
    >>> pr.recall, pr.threshold
    ((0.5, 1.0), (2.0, 1.0))
    """
    if not bad.size:
        return None, None
    values, negatives, positives = count_scores(good, bad)
    fp, tp = vertices(negatives), vertices(positives)
    thresholds = np.append(values[::-1], just_below(float(values[0])))
    roc = None
    if good.size:
        kept = _thinned(_corners(fp, tp), fp / good.size + tp / bad.size)
        roc = RocCurve(_tuple(fp[kept] / good.size), _tuple(tp[kept] / bad.size), _tuple(thresholds[kept]))
    kept = _thinned(np.flatnonzero(positives[::-1]) + 1, tp / bad.size)
    precision = tp[kept] / (tp[kept] + fp[kept])
    recall = tp[kept] / bad.size
    return roc, PrecisionRecallCurve(_tuple(recall), _tuple(precision), _tuple(thresholds[kept]))


def _tuple(values: Values) -> tuple[float, ...]:
    return tuple(values.tolist())


def _corners(x: Counts, y: Counts) -> Counts:
    """Return the vertices of a polyline where it turns, and its ends."""
    steps_x, steps_y = np.diff(x), np.diff(y)
    turns = steps_x[:-1] * steps_y[1:] != steps_y[:-1] * steps_x[1:]
    return np.concatenate([[0], np.flatnonzero(turns) + 1, [x.size - 1]])


def _thinned(vertices: Counts, way: NDArray[np.float64]) -> Counts:
    """Return at most :data:`MOST` vertices, evenly along the way, the first and the last among them."""
    if vertices.size <= MOST:
        return vertices
    along = way[vertices]
    wanted = np.linspace(along[0], along[-1], MOST)
    chosen = np.unique(np.minimum(np.searchsorted(along, wanted), vertices.size - 1))
    thinned: Counts = vertices[chosen]
    return thinned
