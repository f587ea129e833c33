"""Count how many of millions of scores lie below and up to each of many sorted edges, without sorting them.

A float's bits, read as a whole number, stand in the order of its value. Scores are first brought together by their
leading bits (one radix pass a map); then the rest of the bits is a bin of its own in a histogram that fits into the
processor's cache. Looking millions of scores up in tables of all edges waits for memory instead, and is left to doubles
and to scores that spread over too many powers of two. Nothing is approximated; the distribution decides only the speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.lookup import EdgeTable, ordered_bits
from curate.evaluate.tally import histogram

Scores: TypeAlias = NDArray[Any]
Places: TypeAlias = NDArray[np.int64]
Grouped: TypeAlias = tuple[NDArray[Any], Places] | NDArray[Any]
"""Ordered bits of scores, brought together by group, and where each group begins; or the scores as they are."""

_GROUPS = 256
"""The first and the last one hold everything below and above the groups between them."""

_BINS_BITS = 17
"""Bits of a 32-bit float that its group leaves open: 64 groups for a factor of two, half a megabyte of bins."""

_BULK = 0.7
"""Share of a sample that must lie in the groups between the first and the last; else the table is faster."""

_FEW = 1 << 14
"""Up to this many scores are sorted: cheaper than a histogram."""

_RUN = 1 << 18
"""Scores that are brought together at a time: they stay in the processor's cache."""

_ONE = np.uint32(1)


class EdgeIndex:
    """Sorted distinct edges, prepared for counting many scores among them.

    Parameters
    ----------
    edges : ndarray of float32 or float64, shape (m,)
        Ascending, distinct, finite.
    sample : ndarray of float, shape (k,)
        Scores like those to be counted. They decide how fast it is, never what comes out.
    """

    def __init__(self, edges: Scores, sample: Scores | None = None) -> None:
        self.edges = edges
        like = edges if sample is None or not sample.size else sample.astype(edges.dtype)
        self._first, share = _choose_groups(like) if edges.dtype == np.float32 else (0, 0.0)
        self._grouped = share >= _BULK
        self._table = EdgeTable(edges, None if self._grouped else like)
        if self._grouped:
            self._bits = ordered_bits(edges)
            self._starts = np.searchsorted(self._groups_of(self._bits), np.arange(_GROUPS + 1))

    def group(self, scores: Scores) -> list[Grouped]:
        """Prepare flat scores for :meth:`count`."""
        if not self._grouped or scores.dtype != np.float32:
            return [scores]
        return [self._group(scores[at : at + _RUN]) for at in range(0, scores.size, _RUN)]

    def _group(self, scores: Scores) -> Grouped:
        bits = ordered_bits(scores)
        groups = self._groups_of(bits)
        ends = np.append(0, np.cumsum(histogram(groups, _GROUPS)))
        return bits.take(np.argsort(groups, kind="stable")), ends

    def count(self, several: Sequence[Grouped]) -> tuple[Places, Places]:
        """Count grouped scores.

        Returns
        -------
        below, up_to : ndarray of int64, shape (m,)
            How many scores are less than each edge; how many are less or equal.

        Examples
        --------
        >>> index = EdgeIndex(np.array([1.0, 2.0]))
        >>> below, up_to = index.count(index.group(np.array([0.5, 1.0, 1.5, 9.0])))
        >>> below.tolist(), up_to.tolist()
        ([1, 3], [2, 3])
        """
        below = np.zeros(self.edges.size, np.int64)
        up_to = np.zeros(self.edges.size, np.int64)
        done = 0
        together = [part for part in several if isinstance(part, tuple)]
        for group in range(_GROUPS if together else 0):
            parts = [bits[ends[group] : ends[group + 1]] for bits, ends in together]
            size = sum(part.size for part in parts)
            mine = slice(self._starts[group], self._starts[group + 1])
            below[mine] = done
            up_to[mine] = done
            if size and mine.stop > mine.start:
                inner = 0 < group < _GROUPS - 1
                counted = _by_bins if inner and size > _FEW else _by_sorting
                less, less_or_equal = counted(np.concatenate(parts), self._bits[mine])
                below[mine] += less
                up_to[mine] += less_or_equal
            done += size
        alone = [part for part in several if not isinstance(part, tuple)]
        if alone:
            less, less_or_equal = self._look_up(alone)
            below += less
            up_to += less_or_equal
        return below, up_to

    def _look_up(self, several: Sequence[Scores]) -> tuple[Places, Places]:
        reached = np.zeros(self.edges.size + 1, np.int64)
        equal = np.zeros(self.edges.size, np.int64)
        for scores in several:
            places, ties = self._table.place(scores)
            reached += np.bincount(places, minlength=reached.size)
            equal += np.bincount(ties, minlength=equal.size)
        up_to = np.cumsum(reached)[:-1]
        return up_to - equal, up_to

    def _groups_of(self, bits: NDArray[Any]) -> NDArray[np.uint8]:
        groups = bits >> _BINS_BITS
        groups -= self._first
        np.clip(groups, 0, _GROUPS - 1, out=groups)
        narrow: NDArray[np.uint8] = groups.astype(np.uint8)
        return narrow


def _choose_groups(sample: Scores) -> tuple[int, float]:
    """Lay the groups so that most of a sample lies between the first and the last; return which share that is."""
    if not sample.size:
        return 0, 0.0
    leading = np.sort(ordered_bits(sample)) >> _BINS_BITS
    inside = np.searchsorted(leading, leading + _GROUPS - 2) - np.arange(leading.size)
    best = int(np.argmax(inside))
    return int(leading[best]) - 1, float(inside[best] / leading.size)


def _by_bins(bits: NDArray[Any], edges: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Count scores that differ from the edges only in the last bits."""
    mask = (1 << _BINS_BITS) - 1
    bits &= mask
    counts = np.zeros(mask + 1, np.uint32)
    np.add.at(counts, bits.astype(np.intp), _ONE)
    places = edges & mask
    up_to = np.cumsum(counts, dtype=np.uint32).take(places)
    return up_to - counts.take(places), up_to


def _by_sorting(bits: NDArray[Any], edges: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    bits.sort()
    return np.searchsorted(bits, edges), np.searchsorted(bits, edges, side="right")
