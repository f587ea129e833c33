"""Counts of the pixels outside regions of float maps, without holding them.

The curves rise only at scores that region pixels have, the *edges*. How many negative pixels lie below, on and between
them is all that a number depends on, so this equals sorting all pixels. Scores wait until there are some millions; then
they are sorted, and the edges are looked up in them.

float32 scores are sorted by their upper 16 bits only, which NumPy does by counting, and then counted by the lower ones:
half the bytes have to wait, and sorting whole floats is slow on some processors. Measured with NumPy 2.4 on an AMD EPYC
(Zen 4): 8 ns for each score in this way, 25 to 46 ns for each where whole ones are sorted (AVX-512), 7 ns by its AVX2
code. The command on 413 maps of 1000×750 takes 8.4 s of CPU time, of which decoding is 3.7 s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.images import Group, Scores
from curate.evaluate.metrics.counting import Counts
from curate.evaluate.scoring.histograms import histogram
from curate.evaluate.scoring.memory import Memory
from curate.evaluate.scoring.ordered_bits import ordered_bits, scores_of

Lower: TypeAlias = NDArray[np.uint16]
Grouped: TypeAlias = tuple[Counts, Lower]
"""Where the groups of some scores begin, and their lower bits, brought together."""

_AT_ONCE = 1 << 22
"""Scores of a map that are brought together at a time, with twenty bytes each for the work."""

_LOWER = 1 << 16

_FEW = 1 << 14
"""Up to so many scores are sorted: cheaper than a histogram."""


@dataclass(slots=True)
class NegativeCounts:
    """Where negative pixels lie among ``m`` edges. Mergeable.

    Attributes
    ----------
    below, up_to : dict
        One array of shape (m,) for each group: how many pixels score less than each edge; at most as much.
    totals : Counter
        Pixels of each group.
    seen : dict
        Upper 16 bits to a bit for each value of the lower ones: which float32 scores there are about the edges.
    """

    below: dict[Group, NDArray[Any]] = field(default_factory=dict)
    up_to: dict[Group, NDArray[Any]] = field(default_factory=dict)
    totals: Counter[Group] = field(default_factory=Counter)
    seen: dict[int, NDArray[np.uint8]] = field(default_factory=dict)

    def add(self, group: Group, below: NDArray[Any], up_to: NDArray[Any], total: int) -> None:
        """Add counts of one group's pixels."""
        self.totals[group] += total
        dtype = np.uint32 if self.totals[group] < 1 << 32 else np.int64
        for mine, counts in ((self.below, below), (self.up_to, up_to)):
            sums = mine.get(group)
            if sums is None:
                mine[group] = counts.astype(dtype)
            else:
                mine[group] = sums.astype(dtype, copy=False)
                mine[group] += counts.astype(dtype, copy=False)

    def see(self, upper: int, flags: NDArray[np.uint8]) -> None:
        """Note which lower bits scores with some upper bits have, packed."""
        mine = self.seen.get(upper)
        self.seen[upper] = flags if mine is None else mine | flags

    def merge(self, other: NegativeCounts) -> None:
        """Add other counts on the same edges to these."""
        for group, total in other.totals.items():
            self.add(group, other.below[group], other.up_to[group], total)
        for upper, flags in other.seen.items():
            self.see(upper, flags)

    def largest_below(self, score: float) -> float | None:
        """Return the largest score that was seen below one; None where that cannot be said.

        >>> counter = NegativeCounter(np.array([1.25], np.float32))
        >>> counter.add((), np.array([0.5, 1.251, 1.2505, 1.251], np.float32))
        >>> counts = counter.finish()
        >>> round(counts.largest_below(1.251), 6), counts.largest_below(1.25)
        (1.2505, None)
        """
        bits = int(ordered_bits(np.array([score], np.float32))[0])
        flags = self.seen.get(bits >> 16)
        if flags is None:
            return None
        places = np.flatnonzero(np.unpackbits(flags)[: bits & (_LOWER - 1)])
        return float(scores_of(np.array([bits >> 16 << 16 | int(places[-1])], np.int32))[0]) if places.size else None


class NegativeCounter:
    """Counts negative pixels among edges; several threads may add at once.

    Parameters
    ----------
    edges : ndarray of float32 or float64, shape (m,)
        Ascending, distinct, finite.
    memory : Memory
        How much waits to be counted together.
    """

    def __init__(self, edges: Scores, memory: Memory = Memory()) -> None:
        self._edges = edges
        self._memory = memory
        self._upper = _UpperBits(edges) if edges.dtype == np.float32 and edges.size else None
        if self._upper is not None and self._upper.used.size > memory.upper_bits:
            self._upper = None
        self._lock = Lock()
        self._counts = NegativeCounts()
        self._waiting: list[tuple[Group, Scores | Grouped]] = []
        self._bytes = 0

    def add(self, group: Group, scores: Scores) -> None:
        """Take flat scores of images that hold the same defects; they may be kept until they are counted."""
        if self._upper is None or scores.dtype != np.float32:
            self._wait(group, scores, scores.nbytes)
            return
        for at in range(0, scores.size, _AT_ONCE):
            brought = self._upper.bring_together(scores[at : at + _AT_ONCE])
            self._wait(group, brought, brought[1].nbytes)

    def finish(self) -> NegativeCounts:
        """Count what waits; return all counts."""
        self._count(self._take())
        return self._counts

    def _wait(self, group: Group, scores: Scores | Grouped, size: int) -> None:
        with self._lock:
            self._waiting.append((group, scores))
            self._bytes += size
            if self._bytes < self._memory.waiting_bytes:
                return
            waiting = self._take()
        self._count(waiting)

    def _take(self) -> list[tuple[Group, Scores | Grouped]]:
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        return waiting

    def _count(self, waiting: list[tuple[Group, Scores | Grouped]]) -> None:
        for group in sorted({group for group, _ in waiting}):
            mine = [scores for owner, scores in waiting if owner == group]
            brought = [scores for scores in mine if isinstance(scores, tuple)]
            whole = [scores for scores in mine if not isinstance(scores, tuple)]
            if whole:
                scores = np.concatenate(whole)
                scores.sort()
                below, up_to = scores.searchsorted(self._edges), scores.searchsorted(self._edges, "right")
                self._add(group, below, up_to, scores.size)
            if brought and self._upper is not None:
                self._add(group, *self._upper.count(brought, self._see))

    def _add(self, group: Group, below: Counts, up_to: Counts, total: int) -> None:
        with self._lock:
            self._counts.add(group, below, up_to, total)

    def _see(self, upper: int, flags: NDArray[np.uint8]) -> None:
        with self._lock:
            self._counts.see(upper, flags)


class _UpperBits:
    """Edges of type float32, by their upper 16 bits, the order of whose bits is the order of their values.

    Attributes
    ----------
    used : ndarray of int32, shape (k,)
        Upper bits that edges have, ascending.
    """

    def __init__(self, edges: NDArray[np.float32]) -> None:
        bits = ordered_bits(edges)
        self.used, starts = np.unique(bits >> 16, return_index=True)
        self._starts = np.append(starts, edges.size)
        self._lower = bits.astype(np.uint16)
        every = np.arange(1 << 16, dtype=np.uint16).view(np.int16)
        before = self.used.searchsorted(every)
        # Scores with the upper bits of edges are an odd group; those between two such groups, an even one.
        self._groups = (2 * before + np.isin(every, self.used)).astype(np.uint16)

    def bring_together(self, scores: NDArray[np.float32]) -> Grouped:
        """Sort scores by group; NumPy's stable sort of 16-bit numbers is a radix sort."""
        bits = scores.view(np.int32)
        if bits.min() < 0:
            bits = ordered_bits(scores)
        groups = self._groups.take((bits >> 16).astype(np.uint16))
        begins = np.zeros(2 * self.used.size + 2, np.int64)
        np.cumsum(histogram(groups, begins.size - 1), out=begins[1:])
        return begins, bits.astype(np.uint16).take(groups.argsort(kind="stable"))

    def count(self, parts: Sequence[Grouped], see: Any) -> tuple[Counts, Counts, int]:
        """Count how many scores are below each edge and up to it, and all; tell ``see`` which there are."""
        begins = np.array([begins for begins, _ in parts], np.int64)
        before = begins.sum(axis=0)  # how many scores lie in lower groups
        below = np.empty(self._lower.size, np.int64)
        up_to = np.empty_like(below)
        for place, upper in enumerate(self.used.tolist()):
            group, edges = 2 * place + 1, slice(self._starts[place], self._starts[place + 1])
            below[edges] = up_to[edges] = before[group]
            if before[group] == before[group + 1]:
                continue
            ends = zip(parts, begins[:, group : group + 2].tolist(), strict=True)
            lower = np.concatenate([part[start:end] for (_, part), (start, end) in ends])
            less, as_much, flags = _among(self._lower[edges], lower)
            below[edges] += less
            up_to[edges] += as_much
            see(upper, flags)
        return below, up_to, int(before[-1])


def _among(edges: Lower, scores: Lower) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.uint8]]:
    """Count how many scores are below each edge, and up to it; say which there are, a bit for each possible one."""
    if scores.size <= _FEW:
        scores.sort(kind="stable")
        flags = np.zeros(_LOWER, np.bool_)
        flags[scores] = True
        return scores.searchsorted(edges), scores.searchsorted(edges, "right"), np.packbits(flags)
    counts = histogram(scores, _LOWER)
    up_to = np.cumsum(counts)[edges]
    return up_to - counts[edges], up_to, np.packbits(counts > 0)
