"""Lay counted edges and the stretches between them out as rows of a curve, some at a time.

An edge is a score that region pixels have; a stretch holds the negative pixels between two edges, or beyond all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.images import Group, Scores
from curate.evaluate.localization import ScoreRows, Totals
from curate.evaluate.metrics.counting import Counts
from curate.evaluate.scoring.memory import Memory
from curate.evaluate.scoring.negative_counts import NegativeCounts
from curate.evaluate.scoring.region_scores import RegionScores


@dataclass(frozen=True)
class CountedRange:
    """A range of edges after all images were counted.

    Attributes
    ----------
    scores : RegionScores
        Of the range.
    edges : ndarray of float, shape (m,)
    negatives : NegativeCounts
        Of all images on these edges.
    above : Counter
        Negative pixels of each group that belong to the rows of higher ranges.
    lowest : bool
        Whether no range lies below this one, so that the stretch below all edges belongs to it.
    at_a_time : int
        Edges whose rows are laid out at a time: what has no fixed size stays small.
    """

    scores: RegionScores
    edges: Scores
    negatives: NegativeCounts
    above: Counter[Group]
    lowest: bool
    at_a_time: int = Memory().rows

    def slabs(self) -> list[slice]:
        """Divide the edges, the highest first."""
        return [slice(max(0, end - self.at_a_time), end) for end in range(self.edges.size, 0, -self.at_a_time)]

    def rows(self, slab: slice) -> ScoreRows:
        """Return the rows of some edges and of the stretch above each, where it holds a negative pixel."""
        edges, weights = self.edges[slab], self.scores.weights_on(self.edges[slab])
        groups = sorted(self.negatives.totals)
        stretches = {group: self._stretches(group, slab) for group in groups}
        bottom = {group: int(self.negatives.below[group][0]) for group in groups if slab.start == 0 and self.lowest}
        layout = _Layout.of(stretches, edges.size, bottom=any(bottom.values()))
        return ScoreRows(
            scores=layout.scores(edges),
            positives=layout.counts(weights.positives),
            negatives={
                group: layout.counts(self._tied(group, slab), stretches[group], bottom.get(group, 0))
                for group in groups
            },
            pro=layout.counts(weights.pro),
            spro={defect: layout.counts(mine) for defect, mine in weights.spro.items()},
        )

    def above_next(self) -> Counter[Group]:
        """Return the negative pixels of each group in the rows of this range and of higher ones."""
        if not self.edges.size:
            return self.above
        below = self.negatives.below
        return Counter({group: total - int(below[group][0]) for group, total in self.negatives.totals.items()})

    def _tied(self, group: Group, slab: slice) -> Counts:
        """Count the pixels on each edge."""
        tied: Counts = self.negatives.up_to[group][slab].astype(np.int64) - self.negatives.below[group][slab]
        return tied

    def _stretches(self, group: Group, slab: slice) -> Counts:
        """Count the pixels in the stretch above each edge."""
        below = self.negatives.below[group][slab.start + 1 : slab.stop + 1].astype(np.int64)
        if slab.stop == self.edges.size:
            below = np.append(below, self.negatives.totals[group] - self.above[group])
        stretches: Counts = below - self.negatives.up_to[group][slab]
        return stretches


def totals_of(scores: RegionScores, negatives: NegativeCounts, highest: float | None) -> Totals:
    """Return what all rows add up to; ``highest`` is the largest score of all maps."""
    return Totals(
        negatives=dict(sorted(negatives.totals.items())),
        positives=scores.positives,
        regions=dict(sorted(scores.regions.items())),
        components=scores.components,
        highest=highest,
    )


@dataclass(frozen=True)
class _Layout:
    """Which rows edges and stretches that hold a pixel take, in the order of their scores."""

    size: int
    edge_rows: NDArray[np.intp]
    held: NDArray[np.bool_]

    @classmethod
    def of(cls, stretches: dict[Group, Counts], edges: int, *, bottom: bool) -> _Layout:
        held = np.zeros(edges, np.bool_)
        for counts in stretches.values():
            held |= counts > 0
        rows = np.arange(edges) + bottom
        rows[1:] += np.cumsum(held[:-1])
        return cls(edges + bottom + int(np.count_nonzero(held)), rows, held)

    def scores(self, edges: Scores) -> NDArray[np.float64]:
        values = np.full(self.size, np.nan)
        values[self.edge_rows] = edges
        return values

    def counts(self, on_edges: Counts, stretches: Counts | None = None, bottom: int = 0) -> Counts:
        rows = np.zeros(self.size, np.int64)
        rows[0] = bottom  # overwritten where the first row is an edge
        rows[self.edge_rows] = on_edges
        if stretches is not None:
            rows[self.edge_rows[self.held] + 1] = stretches[self.held]
        return rows
