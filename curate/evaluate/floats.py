"""Exact counts of float maps in two passes, without holding the negative pixels.

The curves rise only at scores that region pixels have. The first pass collects those scores, the *edges*; the second
counts how many negative pixels lie below, between and exactly on them. Nothing else about a negative pixel can change a
number, so this equals sorting all pixels.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.images import Group, RegionMask, Scores, union_of
from curate.evaluate.localization import ScoreTable
from curate.evaluate.lookup import EdgeIndex
from curate.evaluate.regions import Weighted, components, inside, saturated
from curate.evaluate.tally import POSITIVES, PRO, Key, spro_key

Counts = NDArray[np.int64]


@dataclass(slots=True)
class RegionScores:
    """First pass: the scores inside regions and what they weigh. Mergeable.

    Attributes
    ----------
    parts : dict
        Weighted scores, one entry a region, component or image.
    numbers : Counter
        ``("regions", defect)`` and ``("components",)``.
    """

    parts: dict[Key, list[Weighted]] = field(default_factory=dict)
    numbers: Counter[Key] = field(default_factory=Counter)

    def add_image(self, scores: Scores, regions: list[RegionMask]) -> None:
        """Take the scores of one image's regions; nothing happens without one."""
        if not regions:
            return
        union = union_of(regions, scores.shape)
        values, counts = np.unique(inside(scores, union), return_counts=True)
        self._keep(POSITIVES, (values, counts.astype(np.int64)))
        for region in regions:
            picked = inside(scores, region.mask)
            self._keep(spro_key(region.defect), saturated(picked, region.saturation.area_px(picked.size)))
            self.numbers["regions", region.defect] += 1
        pieces = components(scores, union)
        for piece in pieces:
            self._keep(PRO, saturated(piece, piece.size))
        self.numbers["components",] += len(pieces)

    def merge(self, other: RegionScores) -> None:
        """Add another collection to this one."""
        for key, parts in other.parts.items():
            self.parts.setdefault(key, []).extend(parts)
        self.numbers.update(other.numbers)

    def _keep(self, key: Key, weighted: Weighted) -> None:
        self.parts.setdefault(key, []).append(weighted)

    def edges(self) -> Scores:
        """Return the distinct scores inside regions, ascending."""
        parts = self.parts.get(POSITIVES, [])
        return np.unique(np.concatenate([values for values, _ in parts])) if parts else np.empty(0, np.float32)

    def weights_on(self, edges: Scores) -> dict[Key, Counts]:
        """Add the weights up, on the distinct scores."""
        sums: dict[Key, Counts] = {}
        for key, parts in self.parts.items():
            sums[key] = np.zeros(edges.size, np.int64)
            for values, weights in parts:
                sums[key][np.searchsorted(edges, values)] += weights
        return sums


@dataclass(slots=True)
class NegativeCounts:
    """Second pass: where negative pixels lie among ``m`` edges. Mergeable.

    Attributes
    ----------
    between : dict
        One array of shape (m + 1,) a group: entry ``i`` counts the pixels above edge ``i - 1`` and below edge ``i``.
    equal : dict
        One array of shape (m + 1,) a group: entry ``i`` counts the pixels exactly on edge ``i``; the last is 0.
    """

    between: dict[Group, Counts] = field(default_factory=dict)
    equal: dict[Group, Counts] = field(default_factory=dict)

    def add_scores(self, group: Group, scores: Scores, index: EdgeIndex) -> None:
        """Count scores of negative pixels of images that hold the same defects; a flat array."""
        place, on_edge = index.place(scores)
        size = index.edges.size + 1
        equal = np.bincount(place[on_edge], minlength=size)
        between = np.bincount(place, minlength=size) - equal
        self.merge(NegativeCounts({group: between}, {group: equal}))

    def merge(self, other: NegativeCounts) -> None:
        """Add other counts on the same edges to these."""
        for mine, theirs in ((self.between, other.between), (self.equal, other.equal)):
            for group, counts in theirs.items():
                if group in mine:
                    mine[group] += counts
                else:
                    mine[group] = counts


def float_table(edges: Scores, regions: RegionScores, negatives: NegativeCounts) -> ScoreTable:
    """Return the rows of a category's curves: edges, and the stretches between them that hold a negative pixel."""
    rows = 2 * edges.size + 1
    counted = {
        group: _interleaved(negatives.between[group], negatives.equal[group][:-1]) for group in negatives.between
    }
    kept = np.zeros(rows, np.bool_)
    kept[1::2] = True
    for counts in counted.values():
        kept |= counts > 0
    scores = np.full(rows, np.nan)
    scores[1::2] = edges
    nothing = np.zeros(edges.size + 1, np.int64)
    weights = {key: _interleaved(nothing, counts)[kept] for key, counts in regions.weights_on(edges).items()}
    empty = np.zeros(int(kept.sum()), np.int64)
    return ScoreTable(
        scores=scores[kept],
        positives=weights.get(POSITIVES, empty),
        negatives={group: counts[kept] for group, counts in sorted(counted.items())},
        spro={key[1]: counts for key, counts in sorted(weights.items()) if key[0] == "spro"},
        pro=weights.get(PRO, empty),
        regions={key[1]: count for key, count in sorted(regions.numbers.items()) if key[0] == "regions"},
        components=regions.numbers["components",],
    )


def _interleaved(between: Counts, on_edges: Counts) -> Counts:
    rows = np.empty(between.size + on_edges.size, np.int64)
    rows[0::2] = between
    rows[1::2] = on_edges
    return rows
