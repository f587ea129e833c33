"""Exact counts of float maps in two passes, without holding the negative pixels.

The curves rise only at scores that region pixels have. The first pass collects those scores, the *edges*; the second
counts how many negative pixels lie below, between and exactly on them. Nothing else about a negative pixel can change a
number, so this equals sorting all pixels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.edges import EdgeIndex, Grouped
from curate.evaluate.images import Group, RegionMask, Scores, union_of
from curate.evaluate.localization import ScoreTable
from curate.evaluate.regions import Weighted, components, saturated
from curate.evaluate.tally import POSITIVES, PRO, Key, spro_key

Counts = NDArray[np.int64]
Counted = NDArray[Any]
"""Whole numbers, in 32 bits where they fit."""

_SAMPLE = 1000
"""Scores of each image that are kept for preparing the lookup."""

_WAITING = 24_000_000
"""Scores that wait at most: their store is just larger than what the C library keeps for itself when it is freed."""

_KNOWN = 1 << 20
"""Stretches of :class:`Between`: an eighth of a megabyte a task."""

_FITS = 1 << 32
"""Counts below this many pixels travel in half the space."""


@dataclass(slots=True)
class RegionScores:
    """First pass: the scores inside regions and what they weigh. Mergeable.

    Attributes
    ----------
    images : list
        Of each image the distinct scores inside its regions, ascending, and their weights by key.
    numbers : Counter
        ``("regions", defect)`` and ``("components",)``.
    samples : list of ndarray
        Some scores of each image, for preparing :class:`~curate.evaluate.edges.EdgeIndex`.
    pixels : int
        Of these images.
    """

    images: list[tuple[Scores, dict[Key, Counts]]] = field(default_factory=list)
    numbers: Counter[Key] = field(default_factory=Counter)
    samples: list[Scores] = field(default_factory=list)
    pixels: int = 0

    def add_image(self, scores: Scores, regions: Sequence[RegionMask]) -> list[Weighted]:
        """Take the scores of one image's regions, and return what they weigh, region by region."""
        if not regions:
            return []
        self.samples.append(scores.ravel()[:: max(1, scores.size // _SAMPLE)].copy())
        self.pixels += scores.size
        union = union_of(regions, scores.shape)
        values, counts = np.unique(scores[union], return_counts=True)
        sums: dict[Key, Counts] = {POSITIVES: counts.astype(np.int64)}

        def weigh(key: Key, weighted: Weighted) -> None:
            if key not in sums:
                sums[key] = np.zeros(values.size, np.int64)
            sums[key][np.searchsorted(values, weighted[0])] += weighted[1]

        every = []
        for region in regions:
            picked = region.pick(scores)
            every.append(saturated(picked, region.saturation.area_px(picked.size)))
            weigh(spro_key(region.defect), every[-1])
            self.numbers["regions", region.defect] += 1
        pieces = components(scores, union)
        for piece in pieces:
            weigh(PRO, saturated(piece, piece.size))
        self.numbers["components",] += len(pieces)
        self.images.append((values, sums))
        return every

    def merge(self, other: RegionScores) -> None:
        """Add another collection to this one."""
        self.images += other.images
        self.numbers.update(other.numbers)
        self.samples += other.samples
        self.pixels += other.pixels

    def edges(self) -> Scores:
        """Return the distinct scores inside regions, ascending."""
        return np.unique(np.concatenate([values for values, _ in self.images] or [np.empty(0, np.float32)]))

    def settle(self, edges: Scores) -> dict[Key, Counts]:
        """Add the weights up on the distinct scores, and let the single ones go."""
        sums = {key: np.zeros(edges.size, np.int64) for key in sorted({key for _, its in self.images for key in its})}
        while self.images:
            values, weights = self.images.pop()
            places = np.searchsorted(edges, values)
            for key, counts in weights.items():
                sums[key][places] += counts
        return sums


@dataclass(slots=True)
class NegativeCounts:
    """Second pass: where negative pixels lie among ``m`` edges. Mergeable.

    Attributes
    ----------
    reached : dict
        One array of shape (m + 1,) a group: entry ``i`` counts the pixels above edge ``i - 1`` and up to edge ``i``.
    tied : dict
        One array of shape (m,) a group: how many pixels lie exactly on each edge.
    totals : Counter
        Pixels of each group; below 2^32 of them the counts take 32 bits, then 64.
    """

    reached: dict[Group, Counted] = field(default_factory=dict)
    tied: dict[Group, Counted] = field(default_factory=dict)
    totals: Counter[Group] = field(default_factory=Counter)

    def add_scores(self, group: Group, scores: Sequence[Grouped], total: int, index: EdgeIndex) -> None:
        """Count ``total`` scores of negative pixels of images that hold the same defects."""
        reached, tied = index.count(scores)
        self.merge(NegativeCounts({group: reached}, {group: tied}, Counter({group: total})))

    def merge(self, other: NegativeCounts) -> None:
        """Add other counts on the same edges to these; the other's arrays may become this one's."""
        self.totals.update(other.totals)
        for group in other.totals:
            for mine, theirs in ((self.reached, other.reached), (self.tied, other.tied)):
                if group not in mine:
                    mine[group] = theirs[group]
                    continue
                if self.totals[group] >= _FITS and mine[group].dtype != np.int64:
                    mine[group] = mine[group].astype(np.int64)
                mine[group] += theirs[group]


@dataclass(frozen=True, slots=True)
class Between:
    """Between which of the highest edges some images have negative pixels, so that few are read again.

    Attributes
    ----------
    keys : frozenset of str
        The images.
    first : int
        The lowest stretch that is known; stretch ``i`` lies above edge ``i - 1`` and below edge ``i``.
    flags : ndarray of uint8
        One bit a stretch.
    """

    keys: frozenset[str]
    first: int
    flags: NDArray[np.uint8]

    @classmethod
    def of(cls, keys: Iterable[str], negatives: NegativeCounts) -> Between:
        """Look at the counts of some images."""
        size = max((reached.size for reached in negatives.reached.values()), default=0)
        first = max(0, size - _KNOWN)
        flags = np.zeros(size - first, np.bool_)
        for group, reached in negatives.reached.items():
            flags[:-1] |= reached[first:-1] > negatives.tied[group][first:]  # what is tied lies on the edge itself
            flags[-1] |= reached[-1] > 0
        return cls(frozenset(keys), first, np.packbits(flags))

    def may_hold(self, stretch: int) -> bool:
        """Whether one of the images may have a negative pixel in a stretch: false only where surely none has."""
        place = stretch - self.first
        return place < 0 or (place >> 3 < self.flags.size and bool(self.flags[place >> 3] >> (7 - (place & 7)) & 1))


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
        self._parts: dict[Group, list[Grouped]] = {}
        self._totals: Counter[Group] = Counter()
        self._store = np.empty(_WAITING, np.uint16)
        self._used = 0

    def add(self, group: Group, scores: Scores) -> None:
        """Take flat scores of one image, and count what waits when there are many."""
        if self._totals.total() + scores.size > _WAITING:
            self.count()
        self._parts.setdefault(group, []).extend(self._kept(part) for part in self._index.group(scores))
        self._totals[group] += scores.size

    def count(self) -> None:
        """Count what waits."""
        for group, parts in self._parts.items():
            self._negatives.add_scores(group, parts, self._totals[group], self._index)
        self._parts.clear()
        self._totals.clear()
        self._used = 0

    def _kept(self, part: Grouped) -> Grouped:
        """Move bits into the store: many arrays of a few megabytes leave holes that are never given back."""
        if not isinstance(part, tuple) or part[0].size > _WAITING - self._used:
            return part
        kept = self._store[self._used : self._used + part[0].size]
        kept[:] = part[0]
        self._used += kept.size
        return kept, part[1]


def float_table(
    edges: Scores, weights: dict[Key, Counts], numbers: Counter[Key], negatives: NegativeCounts
) -> ScoreTable:
    """Return the rows of a category's curves: edges, and the stretches between them that hold a negative pixel.

    Parameters
    ----------
    edges : ndarray of float, shape (m,)
    weights : dict
        Of :meth:`RegionScores.settle`; emptied on the way, since it is large.
    numbers : Counter
        Of :class:`RegionScores`.
    negatives : NegativeCounts
    """
    stretches = np.zeros(edges.size + 1, np.bool_)
    for group, reached in negatives.reached.items():
        stretches[:-1] |= reached[:-1] > negatives.tied[group]  # pixels on the edge itself are none between edges
        stretches[-1] |= reached[-1] > 0
    edge_rows = np.arange(edges.size) + np.cumsum(stretches[:-1])
    stretch_rows = np.flatnonzero(stretches) + np.arange(int(stretches.sum()))
    size = edges.size + stretch_rows.size

    def on_edges(counts: Counts) -> Counts:
        rows = np.zeros(size, np.int64)
        rows[edge_rows] = counts
        return rows

    def of_negatives(group: Group) -> Counts:
        tied, alone = negatives.tied.pop(group), negatives.reached.pop(group)
        alone[:-1] -= tied
        rows = np.zeros(size, np.int64)
        rows[stretch_rows] = alone[stretches]
        rows[edge_rows] = tied
        return rows

    scores = np.full(size, np.nan)
    scores[edge_rows] = edges
    nothing = np.zeros(edges.size, np.int64)
    return ScoreTable(
        scores=scores,
        positives=on_edges(weights.pop(POSITIVES, nothing)),
        negatives={group: of_negatives(group) for group in sorted(negatives.reached)},
        pro=on_edges(weights.pop(PRO, nothing)),
        spro={key[1]: on_edges(weights.pop(key)) for key in sorted(weights)},
        regions={key[1]: count for key, count in sorted(numbers.items()) if key[0] == "regions"},
        components=numbers["components",],
    )
