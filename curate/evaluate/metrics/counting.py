"""Counts at the vertices of a curve: what every curve metric is computed from.

Conventions
-----------
A curve has one vertex for each distinct score, and one before all of them where nothing is predicted positive. ``fp``
and ``tp`` are int64 arrays of shape (n + 1,): negatives and positives (or their weights) that are predicted positive at
each vertex, from the highest score down; vertex ``k + 1`` includes the ``k``-th highest score. A curve may come in
parts, the highest scores first: a part's first vertex is the last one of the part before, so every straight line of the
curve lies within one part, and memory is that of a part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Counts: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[np.float64]


def vertices(counts: Counts, above: int = 0) -> Counts:
    """Add counts of distinct scores up, from the highest down.

    Parameters
    ----------
    counts : ndarray of int64, shape (n,)
        How many have each score; scores ascending.
    above : int
        How many have higher scores than all of these.

    Returns
    -------
    ndarray of int64, shape (n + 1,)

    Examples
    --------
    >>> vertices(np.array([3, 1, 2]), 10).tolist()
    [10, 12, 13, 16]
    """
    sums = np.empty(counts.size + 1, np.int64)
    sums[0] = above
    np.cumsum(counts[::-1], out=sums[1:])
    sums[1:] += above
    return sums


class RunningCount:
    """Adds up counts that come in parts, the highest scores first.

    >>> count = RunningCount()
    >>> count.add(np.array([1, 2])).tolist(), count.add(np.array([5])).tolist(), count.total
    ([0, 2, 3], [3, 8], 8)
    """

    def __init__(self) -> None:
        self.total = 0

    def add(self, counts: Counts) -> Counts:
        """Take the counts of a part's scores, ascending; return the sums at its vertices."""
        sums = vertices(counts, self.total)
        self.total = int(sums[-1])
        return sums


def count_scores(good: Values, bad: Values) -> tuple[Values, Counts, Counts]:
    """Return the distinct scores, ascending, and how many negatives and positives have each.

    >>> [part.tolist() for part in count_scores(np.array([1.0, 2.0]), np.array([2.0, 2.0]))]
    [[1.0, 2.0], [1, 1], [0, 2]]
    """
    values = distinct(np.sort(np.concatenate([good, bad])))
    counted = [np.bincount(np.searchsorted(values, part), minlength=values.size) for part in (good, bad)]
    return values, counted[0].astype(np.int64), counted[1].astype(np.int64)


def distinct(ascending: NDArray[Any]) -> NDArray[Any]:
    """Return each score once; ``numpy.unique`` would load masked arrays, and so make every start later.

    >>> distinct(np.array([1.0, 2.0, 2.0])).tolist()
    [1.0, 2.0]
    """
    first = np.ones(ascending.size, np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    return ascending[first]


def just_below(score: float) -> float:
    """Return the largest double below a score: the threshold that predicts it, and all above it, positive."""
    return float(np.nextafter(score, -np.inf))


def ratio(part: float, whole: float) -> float | None:
    """Divide; None where there is nothing to divide by."""
    return part / whole if whole else None


def undefined(values: object, names: Sequence[str]) -> tuple[str] | None:
    """Return the note that names what is None of a record of numbers at one threshold; None where nothing is."""
    empty = [name for name in names if getattr(values, name) is None]
    return (f"{', '.join(empty)}: nothing to divide by at this threshold",) if empty else None
