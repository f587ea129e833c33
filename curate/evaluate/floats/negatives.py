"""Counts of the pixels outside regions of float maps, without holding them.

The curves rise only at scores that region pixels have, the *edges*. How many negative pixels lie below, between and
exactly on them is all that a number depends on, so this equals sorting all pixels.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.floats.edges import EdgeIndex, Places
from curate.evaluate.floats.grouping import bring_together
from curate.evaluate.floats.lookup import ordered_bits
from curate.evaluate.floats.seen import SeenScores
from curate.evaluate.images import Group, Scores

_WAITING = 24_000_000
"""Scores that wait to be counted together, two bytes each: each count goes through all edges."""

_AT_ONCE = 1 << 22
"""Scores of a map that are brought together at a time, with eight bytes each for the work."""

_FLAT_BYTES = 1 << 20
"""Of scores that cannot be brought together, so many wait."""

_LITTLE_ENDIAN = np.dtype(np.int32).newbyteorder("=") == np.dtype("<i4")


@dataclass(slots=True)
class NegativeCounts:
    """Where negative pixels lie among ``m`` edges. Mergeable, and several threads may count at once.

    Attributes
    ----------
    reached : dict
        One array of shape (m + 1,) a group: entry ``i`` counts the pixels above edge ``i - 1`` and up to edge ``i``.
    tied : dict
        One array of shape (m,) a group: how many pixels lie exactly on each edge. Both are of the smallest type that
        holds them.
    totals : Counter
        Pixels of each group.
    seen : SeenScores
        Which scores there are about the edges.
    """

    reached: dict[Group, NDArray[Any]] = field(default_factory=dict)
    tied: dict[Group, NDArray[Any]] = field(default_factory=dict)
    totals: Counter[Group] = field(default_factory=Counter)
    seen: SeenScores = field(default_factory=SeenScores)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel without the lock."""
        return NegativeCounts, (self.reached, self.tied, self.totals, self.seen)

    def announce(self, group: Group, edges: int, total: int) -> None:
        """Make room for ``total`` pixels more, which will be counted."""
        with self._lock:
            self.totals[group] += total
            if group not in self.reached:
                self.reached[group] = np.zeros(edges + 1, np.uint16)
                self.tied[group] = np.zeros(edges, np.uint8)

    def add_reached(self, group: Group, places: Places, counts: NDArray[Any]) -> None:
        """Add to a group's counts of pixels up to edges."""
        self._add(self.reached, group, places, counts)

    def add_tied(self, group: Group, places: Places, counts: NDArray[Any]) -> None:
        """Add to a group's counts of pixels on edges."""
        self._add(self.tied, group, places, counts)

    def see(self, group: int, seen: NDArray[np.bool_]) -> None:
        """Note which lower bits scores with some upper bits have."""
        with self._lock:
            self.seen.add(group, seen)

    def merge(self, other: NegativeCounts) -> None:
        """Add other counts on the same edges to these."""
        self.seen.merge(other.seen)
        for group, total in other.totals.items():
            self.announce(group, other.tied[group].size, total)
            self.add_reached(group, slice(None), other.reached[group])
            self.add_tied(group, slice(None), other.tied[group])

    def _add(self, mine: dict[Group, NDArray[Any]], group: Group, places: Places, counts: NDArray[Any]) -> None:
        with self._lock:  # another thread may have put a wider array into its place
            sums = mine[group][places] + counts.astype(np.int64)
            wanted = np.result_type(mine[group], np.min_scalar_type(sums.max(initial=0)))
            if wanted != mine[group].dtype:
                mine[group] = mine[group].astype(wanted)
            mine[group][places] = sums


@dataclass(frozen=True, slots=True)
class _GroupSink:
    """Adds to the counts of one group."""

    negatives: NegativeCounts
    group: Group

    def reach(self, places: Places, counts: NDArray[Any]) -> None:
        self.negatives.add_reached(self.group, places, counts)

    def tie(self, places: Places, counts: NDArray[Any]) -> None:
        self.negatives.add_tied(self.group, places, counts)

    def see(self, group: int, seen: NDArray[np.bool_]) -> None:
        self.negatives.see(group, seen)


class Counting:
    """Counts negative pixels among edges, in several threads at once: each takes what waits and gives it back.

    Parameters
    ----------
    index : EdgeIndex

    Attributes
    ----------
    negatives : NegativeCounts
        What was counted; all of it once everything that waits was counted.
    waiting : list of Waiting
        What no thread has taken.
    """

    def __init__(self, index: EdgeIndex) -> None:
        self._index = index
        self.negatives = NegativeCounts()
        self.waiting: list[Waiting] = []

    def take(self) -> Waiting:
        """Return what waits, for one thread alone."""
        try:
            return self.waiting.pop()  # at once: no other thread gets the same
        except IndexError:
            return Waiting(self._index, self.negatives)

    def give_back(self, waiting: Waiting) -> None:
        """Let another thread add to what waits."""
        self.waiting.append(waiting)


class Waiting:
    """Scores of negative pixels that are counted together, because each count goes through all edges.

    Parameters
    ----------
    index : EdgeIndex
    negatives : NegativeCounts
        Where they are counted.
    """

    def __init__(self, index: EdgeIndex, negatives: NegativeCounts) -> None:
        self._index = index
        self._negatives = negatives
        self._begins: dict[Group, list[NDArray[np.int64]]] = {}
        self._flat: dict[Group, list[Scores]] = {}
        self._used = self._flat_bytes = 0
        self._store = np.empty(_WAITING if index.groups else 0, np.uint16)
        self._upper = self._scratch = np.empty(0, np.int32)
        negatives.seen.known.update(index.known)

    def add(self, group: Group, scores: Scores) -> None:
        """Take flat scores of images that hold the same defects; they may be kept until they are counted."""
        self._negatives.announce(group, self._index.size, scores.size)
        if not self._index.groups or scores.dtype != np.float32:
            self._add_flat(group, scores)
            return
        for at in range(0, scores.size, _AT_ONCE):
            run = scores[at : at + _AT_ONCE]
            if self._used + run.size > _WAITING:
                self.count()
            self._add_together(group, run)

    def count(self) -> None:
        """Count what waits."""
        for group, begins in self._begins.items():
            rows, sink = np.array(begins), _GroupSink(self._negatives, group)
            self._index.count_beyond(rows, sink)
            self._index.count_together(self._store, rows, sink)
        for group, parts in self._flat.items():
            self._index.count_flat(
                parts[0] if len(parts) == 1 else np.concatenate(parts), _GroupSink(self._negatives, group)
            )
        self._begins.clear()
        self._flat.clear()
        self._used = self._flat_bytes = 0

    def _add_flat(self, group: Group, scores: Scores) -> None:
        if self._flat_bytes + scores.nbytes > _FLAT_BYTES:
            self.count()
        self._negatives.seen.everything = False
        self._flat.setdefault(group, []).append(scores)
        self._flat_bytes += scores.nbytes

    def _add_together(self, group: Group, scores: Scores) -> None:
        """Bring lower bits together by upper ones."""
        if self._upper.size < scores.size:
            self._upper, self._scratch = np.empty(scores.size, np.int32), np.empty(scores.size, np.int32)
        bits = scores.view(np.int32)
        if bits.size and bits.min() < 0:
            bits = ordered_bits(scores)
        upper = self._index.group_of(bits, self._upper[: scores.size])
        lower = bits.view(np.uint16)[::2] if _LITTLE_ENDIAN else bits.astype(np.uint16)
        begins = np.empty(self._index.columns + 1, np.int32)
        out = self._store[self._used : self._used + scores.size]
        bring_together(upper, lower, begins, out, self._scratch[: scores.size])
        self._begins.setdefault(group, []).append(begins.astype(np.int64) + self._used)
        self._used += scores.size
