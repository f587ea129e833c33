"""Count how many of millions of scores lie between and exactly on each of many sorted edges, without sorting them.

A float's bits, read as a whole number, stand in the order of its value. Scores are first brought together by their
upper 16 bits (one counting pass a map); then the lower 16 are a bin of their own in a histogram that fits into the
processor's cache. Looking millions of scores up in tables of all edges waits for memory instead, and is left to doubles
and to scores that spread over too many powers of two. Nothing is approximated; the distribution decides only the speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.evaluate.lookup import EdgeTable, ordered_bits

Scores: TypeAlias = NDArray[Any]
Counts: TypeAlias = NDArray[np.uint32]
Grouped: TypeAlias = tuple[NDArray[np.uint16], NDArray[np.int32]] | NDArray[Any]
"""Lower bits of scores, brought together by upper ones, and where each group begins; or the scores as they are."""

_GROUPS = 4096
"""At most: 128 groups for a factor of two. More writing places would no longer fit into the processor's cache."""

_MARGIN = 128
"""Groups beyond those of the sample, either way."""

_BULK = 0.7
"""Share of a sample that must lie in the groups; else the table is faster."""

_MANY = 25_000_000
"""From this many scores on, bringing them together pays."""

_LOWER = 1 << 16
_FEW = 1 << 11
"""Up to this many scores are sorted: cheaper than a histogram."""

_RUN = 1 << 23
"""Scores of a histogram at most: OpenCV returns it as float32, which counts exactly up to 2^24."""


class EdgeIndex:
    """Sorted distinct edges, prepared for counting many scores among them.

    Parameters
    ----------
    edges : ndarray of float32 or float64, shape (m,)
        Ascending, distinct, finite.
    sample : ndarray of float, shape (k,)
        Scores like those to be counted. They decide how fast it is, never what comes out.
    total : int, optional
        About how many scores will be counted; for few of them, loading SciPy takes longer than it saves.
    """

    def __init__(self, edges: Scores, sample: Scores | None = None, total: int = _MANY) -> None:
        self.edges = edges
        like = edges if sample is None or not sample.size else sample.astype(edges.dtype)
        self._first, self._groups, share = _choose_groups(like) if edges.dtype == np.float32 else (0, 0, 0.0)
        self._grouped = share >= _BULK and total >= _MANY
        self._table = EdgeTable(edges, None if self._grouped else like)
        if self._grouped:
            bits = ordered_bits(edges)
            self._places = (bits & (_LOWER - 1)).astype(np.uint16)
            first = np.arange(self._groups + 1, dtype=np.int64) + self._first
            self._starts = np.searchsorted(bits, first << 16)

    def group(self, scores: Scores) -> list[Grouped]:
        """Prepare flat scores for :meth:`count`."""
        if not self._grouped or scores.dtype != np.float32:
            return [scores]
        bits = scores.view(np.int32)
        if bits.size and bits.min() < 0:
            bits = ordered_bits(scores)
        upper = bits >> 16
        upper -= self._first
        beyond = upper.view(np.uint32)  # what lies below the first group is very large without its sign
        if not beyond.size or beyond.max() < self._groups:
            return [self._together(bits, upper)]
        outside = beyond >= self._groups
        inside = ~outside
        return [self._together(bits[inside], upper[inside]), scores[outside]]

    def count(self, several: Sequence[Grouped]) -> tuple[Counts, Counts]:
        """Count grouped scores, fewer than 2^32.

        Returns
        -------
        reached : ndarray of uint32, shape (m + 1,)
            Entry ``i`` counts the scores above edge ``i - 1`` and up to edge ``i``.
        tied : ndarray of uint32, shape (m,)
            How many scores equal each edge.

        Examples
        --------
        >>> index = EdgeIndex(np.array([1.0, 2.0]))
        >>> reached, tied = index.count(index.group(np.array([0.5, 1.0, 1.5, 9.0])))
        >>> reached.tolist(), tied.tolist()
        ([2, 1, 1], [1, 0])
        """
        reached = np.zeros(self.edges.size + 1, np.uint32)
        tied = np.zeros(self.edges.size, np.uint32)
        together = [part for part in several if isinstance(part, tuple)]
        if together:
            self._count_groups(together, reached, tied)
        for part in several:
            if not isinstance(part, tuple) and part.size:
                places, ties = self._table.place(part)
                reached += np.bincount(places, minlength=reached.size).astype(np.uint32)
                tied += np.bincount(ties, minlength=tied.size).astype(np.uint32)
        return reached, tied

    def _count_groups(
        self, parts: Sequence[tuple[NDArray[np.uint16], NDArray[np.int32]]], reached: Counts, tied: Counts
    ) -> None:
        """Add the counts of several maps' groups."""
        sizes = sum((np.diff(begins) for _, begins in parts), np.zeros(self._groups, np.int64))
        starts = self._starts
        without = (starts[1:] == starts[:-1]) & (sizes > 0)
        np.add.at(reached, starts[:-1][without], sizes[without].astype(np.uint32))
        occupied = (starts[1:] > starts[:-1]) & (sizes > 0)
        many = occupied & (sizes > _FEW)
        scratch = np.zeros(_LOWER + 1, np.float32)
        for group in np.flatnonzero(many).tolist():
            lower = np.concatenate([bits[begins[group] : begins[group + 1]] for bits, begins in parts])
            begin, end = starts[group], starts[group + 1]
            for at in range(0, lower.size, _RUN):
                run = lower[at : at + _RUN]
                _by_bins(run, self._places[begin:end], scratch, reached[begin : end + 1], tied[begin:end])
        self._by_sorting(parts, np.flatnonzero(occupied & ~many), reached, tied)

    def _by_sorting(
        self,
        parts: Sequence[tuple[NDArray[np.uint16], NDArray[np.int32]]],
        groups: NDArray[Any],
        reached: Counts,
        tied: Counts,
    ) -> None:
        """Count the scores of groups for which histograms do not pay, all at once."""
        if not groups.size:
            return
        lower, owner, above = [], [], groups.astype(np.int64) << 16
        for bits, begins in parts:
            pieces = [bits[begins[group] : begins[group + 1]] for group in groups.tolist()]
            lower += pieces
            owner.append(np.repeat(above, [piece.size for piece in pieces]))
        scores = np.concatenate(owner) + np.concatenate(lower)
        scores.sort()
        begins, ends = self._starts[groups], self._starts[groups + 1]
        lengths = ends - begins
        mine = np.arange(int(lengths.sum())) + np.repeat(begins - (np.cumsum(lengths) - lengths), lengths)
        edges = np.repeat(above, lengths) + self._places[mine]
        up_to = np.searchsorted(scores, edges, side="right")
        tied[mine] += (up_to - np.searchsorted(scores, edges)).astype(np.uint32)
        # What lies above a group's last edge reaches the next edge, which may be another group's.
        whole = np.searchsorted(scores, above + _LOWER)
        before = np.concatenate([[0], whole[:-1]])
        first = np.zeros(mine.size, np.bool_)
        first[np.cumsum(lengths) - lengths] = True
        since = np.where(first, np.repeat(before, lengths), np.roll(up_to, 1))
        reached[mine] += (up_to - since).astype(np.uint32)
        reached[ends] += (whole - up_to[np.cumsum(lengths) - 1]).astype(np.uint32)

    def _together(self, bits: NDArray[Any], group: NDArray[np.int32]) -> Grouped:
        """Bring lower bits together by group: the transpose of a sparse matrix of one row is a counting sort."""
        from scipy.sparse import csr_array  # takes long to import, and only float maps need it

        lower = bits.view(np.uint16)[::2] if _LITTLE_ENDIAN else bits.astype(np.uint16)
        row = csr_array((lower, group, np.array([0, bits.size], np.int32)), shape=(1, self._groups))
        column = row.tocsc()
        return column.data, column.indptr


_LITTLE_ENDIAN = np.dtype(np.int32).newbyteorder("=") == np.dtype("<i4")


def _choose_groups(sample: Scores) -> tuple[int, int, float]:
    """Lay the groups so that most of a sample lies within; return the first, how many, and which share that is."""
    if not sample.size:
        return 0, 0, 0.0
    upper = np.sort(ordered_bits(sample)) >> 16
    inside = np.searchsorted(upper, upper + _GROUPS - 2 * _MARGIN) - np.arange(upper.size)
    best = int(np.argmax(inside))
    last = int(upper[best + inside[best] - 1])
    return int(upper[best]) - _MARGIN, last - int(upper[best]) + 1 + 2 * _MARGIN, float(inside[best] / upper.size)


def _by_bins(
    lower: NDArray[np.uint16], places: NDArray[np.uint16], scratch: NDArray[np.float32], reached: Counts, tied: Counts
) -> None:
    """Count scores that differ from the edges only in the lower bits."""
    cv2.calcHist([lower.reshape(1, -1)], [0], None, [_LOWER], [0, _LOWER], scratch[:-1].reshape(-1, 1))
    after = np.zeros(places.size + 1, np.intp)  # an edge's own scores are the last before it is passed
    after[1:] = places
    after[1:] += 1
    np.add(reached, np.add.reduceat(scratch, after), out=reached, casting="unsafe")
    np.add(tied, scratch.take(places), out=tied, casting="unsafe")
