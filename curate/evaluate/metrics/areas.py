"""Area under a polyline up to limits on its x axis: what AU-sPRO and AU-PRO share.

Conventions
-----------
The curve comes in parts, the highest scores first, as :mod:`~curate.evaluate.metrics.counting` says. It is interpolated
linearly at each limit, and each area is divided by its limit.
"""

from __future__ import annotations

import math

import numpy as np

from curate.evaluate.metrics.counting import Counts, Values

_BLOCK = 1 << 15
"""Vertices whose areas are added up at a time, in the processor's cache."""


class AreaUpTo:
    """Area under (false positive rate, weighted true positive rate) for rates up to several limits.

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

    >>> area = AreaUpTo(2, 2, ("1.0", "0.5"))
    >>> area.add(np.array([0, 1, 1, 2]), np.array([0, 0, 2, 2]))
    >>> area.values()
    {'1.0': 0.5, '0.5': 0.0}
    """

    def __init__(self, negatives: int, weight: int, limits: tuple[str, ...]) -> None:
        self._negatives, self._weight = negatives, weight
        self._ends = {limit: float(limit) * negatives for limit in limits}
        self._parts: dict[str, list[float]] = {limit: [] for limit in limits}

    def add(self, fp: Counts, tp: Counts) -> None:
        """Take a part's vertices, ``tp`` in the weight's unit."""
        open_limits = {limit: end for limit, end in self._ends.items() if fp[0] <= end}
        if not open_limits or not self._negatives or not self._weight:
            return
        x, y = fp.astype(np.float64), tp.astype(np.float64)
        whole: float | None = None
        for limit, end in open_limits.items():
            if x[-1] > end:
                self._parts[limit].append(_area_up_to(x, y, end))
            else:
                whole = _area(x, y) if whole is None else whole
                self._parts[limit].append(whole)

    def values(self) -> dict[str, float | None]:
        """Return the areas by limit; None without negatives or without positives."""
        if not self._negatives or not self._weight:
            return dict.fromkeys(self._ends)
        return {limit: math.fsum(self._parts[limit]) / (float(self._weight) * end) for limit, end in self._ends.items()}


def _area_up_to(x: Values, y: Values, end: float) -> float:
    """Area up to an x that lies before the last vertex."""
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
