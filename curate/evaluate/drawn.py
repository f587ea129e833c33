"""Curves for drawing: at most :data:`MOST` points each, every one of them on the exact curve.

Aim
---
METRICS.md section 2: pixel curves are polylines through a vertex for each distinct score, so a point between two
vertices lies on the straight line between them. Rates are decimals and are compared with counts as exact fractions.

Conventions
-----------
A threshold is a score: what is greater is called positive (METRICS.md section 1). Each point of a pixel curve names the
lowest threshold known whose false positive rate is at most the point's own; where several true positive rates belong to
one false positive rate, the highest is drawn. None stands for a curve, or a threshold, that does not exist or was not
kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.detection import Values, count_scores, just_below
from curate.evaluate.localization import SPRO_LIMITS, ScoreTable
from curate.evaluate.regions import UNIT

Counts: TypeAlias = NDArray[np.int64]
Curve: TypeAlias = dict[str, list[Any]]

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


def drawn_pixels(table: ScoreTable, highest: float | None) -> dict[str, Curve | None]:
    """Return the curves of pixels: ``spro`` and ``pixel_roc``.

    Parameters
    ----------
    table : ScoreTable
    highest : float or None
        The largest score of all maps: the threshold that calls nothing.
    """
    negatives = table.all_negatives()
    weights = table.all_spro()
    regions, positives = sum(table.regions.values()), int(table.positives.sum())
    if not regions or not positives or not negatives.any():
        return {"spro": None, "pixel_roc": None}
    reached = _from_the_top(negatives)
    places, shares = _places(reached)
    common = {"fpr": [float(rate) for rate in RATES]}
    thresholds = [_threshold(table.scores, int(place), highest) for place in places]
    spro = _between(_from_the_top(weights), places, shares) / (float(regions) * UNIT)
    tpr = _between(_from_the_top(table.positives), places, shares) / positives
    return {
        "spro": {**common, "spro": spro.tolist(), "threshold": thresholds},
        "pixel_roc": {**common, "tpr": tpr.tolist(), "threshold": thresholds},
    }


def drawn_images(good: Values, bad: Values) -> dict[str, Curve | None]:
    """Return the curves of image scores: ``roc``, and ``pr`` with a point for each score that a defective image has.

    >>> curves = drawn_images(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    >>> curves["roc"]["fpr"], curves["roc"]["tpr"], curves["roc"]["threshold"][:3]
    ([0.0, 0.0, 0.5, 1.0], [0.0, 0.5, 1.0, 1.0], [3.0, 2.0, 1.0])
    >>> curves["pr"]["recall"], curves["pr"]["threshold"]
    ([0.5, 1.0], [2.0, 1.0])
    """
    if not bad.size:
        return {"roc": None, "pr": None}
    values, negatives, positives = count_scores(good, bad)
    fp, tp = _from_the_top(negatives), _from_the_top(positives)
    thresholds = np.append(values[::-1], just_below(float(values[0])))
    roc = None
    if good.size:
        kept = _thinned(_corners(fp, tp), fp / good.size + tp / bad.size)
        roc = {
            "fpr": (fp[kept] / good.size).tolist(),
            "tpr": (tp[kept] / bad.size).tolist(),
            "threshold": thresholds[kept].tolist(),
        }
    kept = _thinned(np.flatnonzero(positives[::-1]) + 1, tp / bad.size)
    precision = tp[kept] / (tp[kept] + fp[kept])
    recall = tp[kept] / bad.size
    pr = {"recall": recall.tolist(), "precision": precision.tolist(), "threshold": thresholds[kept].tolist()}
    return {"roc": roc, "pr": pr}


def listed_images(rows: Sequence[tuple[str, str, float]]) -> list[dict[str, Any]]:
    """Return the ``images`` block: the key, label and score of each image, sorted by key."""
    return [{"image": key, "label": label, "score": score} for key, label, score in sorted(rows)]


def _from_the_top(counts: Counts) -> Counts:
    """Return how much is called at each vertex: nothing first, then down from the highest score."""
    sums = np.zeros(counts.size + 1, np.int64)
    np.cumsum(counts[::-1], out=sums[1:])
    return sums


def _places(reached: Counts) -> tuple[Counts, NDArray[np.float64]]:
    """Return the last vertex at or before each rate, and how much of the way to the next one the rate lies."""
    ends = [Fraction(rate) * int(reached[-1]) for rate in RATES]
    places = np.searchsorted(reached, [math.floor(end) for end in ends], side="right") - 1
    following = np.minimum(places + 1, reached.size - 1)
    shares = [
        float((end - int(reached[place])) / max(1, int(reached[after] - reached[place])))
        for end, place, after in zip(ends, places, following, strict=True)
    ]
    return places.astype(np.int64), np.array(shares)


def _between(sums: Counts, places: Counts, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    following = np.minimum(places + 1, sums.size - 1)
    heights: NDArray[np.float64] = shares * (sums[following] - sums[places])
    heights += sums[places]
    return heights


def _threshold(scores: NDArray[np.float64], vertex: int, highest: float | None) -> float | None:
    """Return the threshold of a vertex: the largest score that it does not call positive.

    Where that one was not kept, any number between it and the lowest score called does the same.
    """
    if vertex == 0:
        return highest
    called = float(scores[scores.size - vertex])
    if vertex == scores.size:
        return None if math.isnan(called) else just_below(called)
    below = float(scores[scores.size - 1 - vertex])
    return just_below(called) if math.isnan(below) else below + 0.0  # -0.0 becomes 0.0


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
