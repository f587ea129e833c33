"""Count how many of millions of scores lie between and exactly on each of many sorted edges, without sorting them.

A float's bits, read as a whole number, stand in the order of its value. Scores are first brought together by their
upper 16 bits (one counting pass a map); then the lower 16 are a bin of their own in a histogram that fits into the
processor's cache. Looking millions of scores up in tables of all edges waits for memory instead, and is left to doubles
and to edges that spread over hundreds of powers of two. Nothing is approximated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.evaluate.floats.lookup import EdgeTable, ordered_bits, scores_of

Scores: TypeAlias = NDArray[Any]
Lower: TypeAlias = NDArray[np.uint16]
Places: TypeAlias = slice | NDArray[np.int64]

_CONSECUTIVE = 4096
"""Groups that follow each other, at most: 128 for a factor of two. More writing places would not fit into the cache."""

_SCATTERED = 1 << 14
"""Groups that do not: where some edges are far smaller than most, such as zero."""

_LOWER = 1 << 16
_UPPER = 1 << 15
"""Upper bits range from the negative of this up to it."""

_FEW = 1 << 11
"""Up to this many scores are sorted: cheaper than a histogram."""

_RUN = 1 << 23
"""Scores of a histogram at most: OpenCV returns it as float32, which counts exactly up to 2^24."""


class Sink(Protocol):
    """Where counts among ``m`` edges are added up; several threads may do so at once."""

    def reach(self, places: Places, counts: NDArray[Any]) -> None:
        """Add scores above edge ``i - 1`` and up to edge ``i``, for places ``i`` from 0 to m, each named once."""

    def tie(self, places: Places, counts: NDArray[Any]) -> None:
        """Add scores that equal edges."""

    def see(self, group: int, seen: NDArray[np.bool_]) -> None:
        """Note which lower bits scores with these upper bits have."""


class EdgeIndex:
    """Sorted distinct edges, prepared for counting many scores among them.

    Parameters
    ----------
    parts : iterable of ndarray of float32 or float64
        Ascending, distinct, finite, and every part above the one before; in parts, so that few are held at a time.
    dtype : dtype
        Of the edges.
    sample : ndarray of float, shape (k,)
        Scores like those to be looked up in tables. They decide how fast it is, never what comes out.

    Attributes
    ----------
    size : int
        Number of edges.
    groups : int
        Scores that share their upper bits with an edge are brought together, in so many groups; 0 where scores are
        looked up instead.
    columns : int
        Numbers of groups in all. From 1 to ``groups`` they have edges, in ascending order; 0 takes what lies below all
        of them, ``groups + 1`` what lies above the last, ``groups + 2`` above the last but one and so on.
    """

    def __init__(self, parts: Iterable[Scores], dtype: np.dtype[Any], sample: Scores | None = None) -> None:
        self.size = self.groups = self.columns = 0
        self._table: EdgeTable | None = None
        if dtype == np.float32:
            self._lay_out(parts)
            parts = [] if self.groups else [self.edges(0, self.size)]
        if not self.groups:
            whole = np.concatenate([np.empty(0, dtype), *parts])
            like = whole if sample is None or not sample.size else sample.astype(dtype)
            self._table = EdgeTable(whole, like)
            self.size = whole.size

    @classmethod
    def of(cls, edges: Scores, sample: Scores | None = None) -> EdgeIndex:
        """Prepare edges that are one array."""
        return cls([edges], edges.dtype, sample)

    @property
    def known(self) -> list[tuple[int, int]]:
        """First and last upper bits of the scores that are noted; of scattered groups there would be too many."""
        return [(int(self._uppers[0]), int(self._uppers[-1]))] if self.groups and self._numbers is None else []

    def group_of(self, bits: NDArray[np.int32], out: NDArray[np.int32]) -> NDArray[np.int32]:
        """Write the group of each score into an array, given the scores' ordered bits; return it."""
        np.right_shift(bits, 16, out=out)
        if self._numbers is None:
            out -= int(self._uppers[0]) - 1
            return np.clip(out, 0, self.groups + 1, out=out)
        out += _UPPER
        return self._numbers.take(out, out=out, mode="clip")

    def count_beyond(self, begins: NDArray[np.int64], sink: Sink) -> None:
        """Count the scores that share their upper bits with no edge; ``begins`` as :meth:`count_together` takes it."""
        sizes = np.diff(begins, axis=1).sum(axis=0)
        sink.reach(np.array([0]), sizes[:1])
        beyond = sizes[self.groups + 1 :]
        sink.reach(self._starts[::-1][: beyond.size], beyond)

    def edges(self, start: int, end: int) -> Scores:
        """Return the edges from one place up to another; where it can, the index holds two bytes of each."""
        if self._table is not None:
            return self._table.edges[start:end]
        bounds: NDArray[np.int64] = np.clip(self._starts, start, end)
        owners = np.repeat(self._uppers, bounds[1:] - bounds[:-1])
        return scores_of((owners << 16) | self._places[start:end])

    def count_flat(self, scores: Scores, sink: Sink) -> None:
        """Count flat scores of any order."""
        places, ties = self._placed(scores)
        sink.reach(slice(None), np.bincount(places, minlength=self.size + 1))
        sink.tie(slice(None), np.bincount(ties, minlength=self.size))

    def count_together(self, store: Lower, begins: NDArray[np.int64], sink: Sink) -> None:
        """Count several maps' scores that were brought together.

        Parameters
        ----------
        store : ndarray of uint16
            Lower bits.
        begins : ndarray of int64, shape (maps, all groups + 1)
            Where each map's groups begin and end in the store.
        sink : Sink
        """
        begins = begins[:, 1 : self.groups + 2]
        sizes = np.diff(begins, axis=1).sum(axis=0)
        starts, ends = self._starts[:-1], self._starts[1:]
        if self._numbers is None:
            self._see(store, begins, np.flatnonzero((sizes > 0) & ((starts == ends) | (sizes <= _FEW))), sink)
        without = np.flatnonzero((starts == ends) & (sizes > 0))
        following, owners = np.unique(starts[without], return_inverse=True)
        sink.reach(following, np.bincount(owners, weights=sizes[without], minlength=following.size))
        occupied = (ends > starts) & (sizes > 0)
        many = np.flatnonzero(occupied & (sizes > _FEW))
        scratch = np.zeros(_LOWER + 1, np.float32)
        for group, lower in zip(many.tolist(), _pieces(store, begins, many), strict=True):
            here = slice(starts[group], ends[group])
            together = np.concatenate(lower)
            for at in range(0, together.size, _RUN):
                reached, tied = _by_bins(together[at : at + _RUN], self._places[here], scratch)
                sink.reach(slice(starts[group], ends[group] + 1), reached)
                sink.tie(here, tied)
                if self._numbers is None:
                    sink.see(int(self._uppers[group]), scratch[:-1] > 0)
        few = np.flatnonzero(occupied & (sizes <= _FEW))
        if few.size:
            self._by_sorting([np.concatenate(lower) for lower in _pieces(store, begins, few)], few, sink)

    def _see(self, store: Lower, begins: NDArray[np.int64], groups: NDArray[Any], sink: Sink) -> None:
        """Note the scores of groups that get no histogram."""
        for group, lower in zip(groups.tolist(), _pieces(store, begins, groups), strict=True):
            seen = np.zeros(_LOWER, np.bool_)
            seen[np.concatenate(lower)] = True
            sink.see(int(self._uppers[group]), seen)

    def _lay_out(self, parts: Iterable[Scores]) -> None:
        """Keep each edge's lower bits, and where each group's edges begin."""
        places, sizes = [np.empty(0, np.uint16)], np.zeros(2 * _UPPER, np.int64)
        for part in parts:
            bits = ordered_bits(part)
            places.append(bits.astype(np.uint16))
            sizes += np.bincount((bits >> 16) + _UPPER, minlength=sizes.size)
        self._places = np.concatenate(places)
        self.size = self._places.size
        used = np.flatnonzero(sizes)
        first, last = (int(used[0]), int(used[-1])) if used.size else (0, -1)
        self._numbers: NDArray[np.int32] | None = None
        if last - first < _CONSECUTIVE:
            used = np.arange(first, last + 1)
        elif used.size <= _SCATTERED:
            following = np.cumsum(sizes > 0)  # how many groups begin up to here
            numbers = np.where(sizes > 0, following, np.where(following > 0, 2 * used.size + 1 - following, 0))
            self._numbers = numbers.astype(np.int32)
        self._uppers = (used - _UPPER).astype(np.int32)
        self._starts = np.concatenate([[0], np.cumsum(sizes[used])])
        self.groups = used.size if self._numbers is not None or last - first < _CONSECUTIVE else 0
        self.columns = self.groups + 2 if self._numbers is None else 2 * self.groups + 1

    def _placed(self, scores: Scores) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if self._table is None:  # only where float64 maps come after all edges were float32
            self._table = EdgeTable(self.edges(0, self.size))
        return self._table.place(scores)

    def _by_sorting(self, lowers: Sequence[Lower], groups: NDArray[Any], sink: Sink) -> None:
        """Count the scores of groups for which histograms do not pay, all at once."""
        above = groups.astype(np.int64) << 16
        scores = np.repeat(above, [lower.size for lower in lowers]) + np.concatenate(lowers)
        scores.sort()
        begins, ends = self._starts[groups], self._starts[groups + 1]
        lengths = ends - begins
        mine = np.arange(int(lengths.sum())) + np.repeat(begins - (np.cumsum(lengths) - lengths), lengths)
        edges = np.repeat(above, lengths) + self._places[mine]
        up_to = np.searchsorted(scores, edges, side="right")
        sink.tie(mine, up_to - np.searchsorted(scores, edges))
        # What lies above a group's last edge reaches the next edge, which may be another group's.
        whole = np.searchsorted(scores, above + _LOWER)
        before = np.concatenate([[0], whole[:-1]])
        first = np.zeros(mine.size, np.bool_)
        first[np.cumsum(lengths) - lengths] = True
        since = np.where(first, np.repeat(before, lengths), np.roll(up_to, 1))
        sink.reach(mine, up_to - since)
        sink.reach(ends, whole - up_to[np.cumsum(lengths) - 1])


def _pieces(store: Lower, begins: NDArray[np.int64], groups: NDArray[Any]) -> list[list[Lower]]:
    """Return each group's scores, map by map."""
    firsts, lasts = begins[:, groups].T.tolist(), begins[:, groups + 1].T.tolist()
    return [
        [store[start:end] for start, end in zip(first, last, strict=True)]
        for first, last in zip(firsts, lasts, strict=True)
    ]


def _by_bins(lower: Lower, places: Lower, scratch: NDArray[np.float32]) -> tuple[Any, Any]:
    """Count scores that differ from the edges only in the lower bits: up to each edge and beyond the last; ties."""
    cv2.calcHist([lower.reshape(1, -1)], [0], None, [_LOWER], [0, _LOWER], scratch[:-1].reshape(-1, 1))
    after = np.zeros(places.size + 1, np.intp)  # an edge's own scores are the last before it is passed
    after[1:] = places
    after[1:] += 1
    return np.add.reduceat(scratch, after), scratch.take(places)
