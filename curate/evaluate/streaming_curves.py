"""Curves whose vertices come in parts, the highest scores first: areas, rates and maxima without holding them all.

Conventions
-----------
A part's vertices begin with the last one of the part before, so every straight line of a curve lies within one part.
What is called is counted in whole numbers from the top, so parts of any size give the same vertices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Values = NDArray[np.float64]

SPRO_LIMITS = ("0.01", "0.05", "0.1", "0.3", "1.0")
PRO_LIMITS = ("0.3",)
"""False positive rates up to which areas are taken."""

_BLOCK = 1 << 15
"""Vertices whose areas are added up at a time, in the processor's cache."""


def vertices(counts: Counts, above: int) -> Counts:
    """Return what is called at each vertex of a part: ``above`` it nothing of the part, then down from the highest row.

    >>> vertices(np.array([3, 1, 2]), 10).tolist()
    [10, 12, 13, 16]
    """
    sums = np.empty(counts.size + 1, np.int64)
    sums[0] = above
    np.cumsum(counts[::-1], out=sums[1:])
    sums[1:] += above
    return sums


class RunningAreas:
    """Area under (false positive rate, positive rate) for rates up to several limits, each divided by its limit.

    The curve is interpolated linearly at the limits (docs/metrics.md).

    Parameters
    ----------
    negatives : int
        All of them.
    weight : int
        The positives' whole weight.
    limits : tuple of str
        Decimals in (0, 1].

    Examples
    --------
    One negative below, one above, two positives in between:

    >>> areas = RunningAreas(2, 2, ("1.0", "0.5"))
    >>> _ = areas.add(vertices(np.array([1, 0, 1]), 0), np.array([0, 2, 0]))
    >>> areas.shares()
    {'1.0': 0.5, '0.5': 0.0}
    """

    def __init__(self, negatives: int, weight: int, limits: tuple[str, ...]) -> None:
        self._negatives = negatives
        self._weight = weight
        self._ends = {limit: float(limit) * negatives for limit in limits}
        self._parts: dict[str, list[float]] = {limit: [] for limit in limits}
        self.reached = self._found = 0

    def add(self, reached: Counts, weights: Counts) -> Counts:
        """Take the negatives called at a part's vertices, and the weights of its rows; return the weights called."""
        found = vertices(weights, self._found)
        self.reached, self._found = int(reached[-1]), int(found[-1])
        open_limits = {limit: end for limit, end in self._ends.items() if reached[0] <= end}
        if open_limits and self._negatives and self._weight:
            x, y = reached.astype(np.float64), found.astype(np.float64)
            whole: float | None = None
            for limit, end in open_limits.items():
                if x[-1] > end:
                    self._parts[limit].append(_area_up_to(x, y, end))
                else:
                    whole = _area(x, y) if whole is None else whole
                    self._parts[limit].append(whole)
        return found

    def shares(self) -> dict[str, float | None]:
        """Return the areas by limit; None without negatives or without positives."""
        if not self._negatives or not self._weight:
            return dict.fromkeys(self._ends)
        return {limit: math.fsum(self._parts[limit]) / (float(self._weight) * end) for limit, end in self._ends.items()}


@dataclass(slots=True)
class Cut:
    """Where F1 is largest: scores from ``lowest`` upwards are called positive.

    Attributes
    ----------
    f1 : float
    lowest : float
    true_called, called : int
        Positives that are called; all that is called.
    below : list of float
        Scores of the next two rows, as far as there are any; NaN for a row that stands for several scores.
    """

    f1: float
    lowest: float
    true_called: int
    called: int
    below: list[float] = field(default_factory=list)


class RunningRates:
    """AUROC, average precision and the largest F1.

    Parameters
    ----------
    negatives, positives : int
        All of them.

    Examples
    --------
    >>> rates = RunningRates(2, 2)
    >>> found = rates.add(vertices(np.array([1, 1, 0]), 0), np.array([0, 1, 1]), np.array([0.1, 0.2, 0.3]))
    >>> rates.auroc(), rates.average_precision(), rates.cut.f1, rates.cut.lowest, rates.cut.below
    (0.875, 0.8333333333333333, 0.8, 0.2, [0.1])
    """

    def __init__(self, negatives: int, positives: int) -> None:
        self._negatives, self._positives = negatives, positives
        self._found = 0
        self._ranks: list[float] = []
        self._precisions: list[float] = []
        self.cut: Cut | None = None

    def add(self, reached: Counts, positives: Counts, scores: Values) -> Counts:
        """Take the negatives called at a part's vertices, its rows' positives and scores; return the positives called.

        Among equal F1 the highest threshold is kept.
        """
        found = vertices(positives, self._found)
        self._found = int(found[-1])
        mine = positives[::-1]
        kept = np.flatnonzero(mine)
        if kept.size:
            weights = mine[kept].astype(np.float64)
            # Twice the negatives below a row, its own counted half: whole numbers.
            below = (2 * self._negatives - reached[kept] - reached[kept + 1]).astype(np.float64)
            self._ranks.append(float((weights * below).sum()))
            true = found[kept + 1].astype(np.float64)
            called = true + reached[kept + 1]
            self._precisions.append(float((weights * (true / called)).sum()))
            self._look_for_cut(kept, true, called, scores[::-1])
        if self.cut is not None and not kept.size:
            self._remember_below(scores[::-1])
        return found

    def auroc(self) -> float | None:
        """Probability that a positive scores higher than a negative, ties counted half; None if either is absent."""
        if not self._negatives or not self._positives:
            return None
        return math.fsum(self._ranks) / 2 / (float(self._negatives) * float(self._positives))

    def average_precision(self) -> float | None:
        """Sum of (R_k - R_(k-1)) P_k over the distinct scores, from the highest; None without positives."""
        return math.fsum(self._precisions) / self._positives if self._positives else None

    def _look_for_cut(self, kept: NDArray[np.intp], true: Values, called: Values, from_top: Values) -> None:
        f1 = 2 * (true / (called + self._positives))
        best = int(np.argmax(f1))
        if self.cut is not None and f1[best] <= self.cut.f1:
            self._remember_below(from_top)
            return
        row = int(kept[best])
        self.cut = Cut(float(f1[best]), float(from_top[row]), int(true[best]), int(called[best]))
        self._remember_below(from_top[row + 1 :])

    def _remember_below(self, following: Values) -> None:
        cut = self.cut
        if cut is not None and len(cut.below) < 2:  # noqa: PLR2004 - two rows are enough to know what lies below
            cut.below += following[: 2 - len(cut.below)].tolist()


def _area_up_to(x: Values, y: Values, end: float) -> float:
    """Area up to a rate that lies before the last vertex."""
    last = int(np.searchsorted(x, end, side="right")) - 1  # the last vertex at or before the limit
    share = (end - x[last]) / (x[last + 1] - x[last])
    at_end = y[last] + share * (y[last + 1] - y[last])
    return _area(x[: last + 1], y[: last + 1]) + float((end - x[last]) * (y[last] + at_end)) / 2


def _area(x: Values, y: Values) -> float:
    """Area under a polyline."""
    parts = []
    for at in range(0, x.size - 1, _BLOCK):
        block = slice(at, at + _BLOCK + 1)
        heights = y[block][1:] + y[block][:-1]
        heights *= np.diff(x[block])
        parts.append(float(heights.sum()))
    return math.fsum(parts) / 2
