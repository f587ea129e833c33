"""Lay counted edges and the stretches between them out as rows of a curve, some at a time.

An edge is a score that region pixels have; a stretch holds the negative pixels between two edges, or beyond all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from curate.evaluate.floats.edges import EdgeIndex
from curate.evaluate.floats.negatives import NegativeCounts
from curate.evaluate.floats.positives import AT_A_TIME, RegionScores
from curate.evaluate.histograms import POSITIVES, PRO, Counts
from curate.evaluate.images import Group, Scores
from curate.evaluate.localization import ScoreRows, Totals

Slab = tuple[int, int]
"""Some consecutive edges: from one place up to another."""


@dataclass(frozen=True)
class CountedRange:
    """A range of edges after all images were counted.

    Attributes
    ----------
    scores : RegionScores
        Of the range.
    index : EdgeIndex
        Its edges.
    negatives : NegativeCounts
        Of all images on these edges.
    called : Counter
        Negative pixels of each group that belong to the rows of higher ranges.
    lowest : bool
        Whether no range lies below this one, so that the stretch below all edges belongs to it.
    """

    scores: RegionScores
    index: EdgeIndex
    negatives: NegativeCounts
    called: Counter[Group]
    lowest: bool

    def slabs(self) -> list[Slab]:
        """Divide the edges, the highest first."""
        return [(max(0, end - AT_A_TIME), end) for end in range(self.index.size, 0, -AT_A_TIME)]

    def rows(self, slab: Slab) -> ScoreRows:
        """Return the rows of some edges and of the stretch above each, where it holds a negative pixel."""
        start, end = slab
        groups = self.negatives.tied
        tied = {group: groups[group][start:end].astype(np.int64) for group in sorted(groups)}
        alone = {group: self._alone(group, start, end) for group in groups}
        bottom = dict.fromkeys(groups, 0)
        if start == 0 and self.lowest:
            bottom = {group: int(self.negatives.reached[group][0]) - int(tied[group][0]) for group in groups}
        return _rows(self.index.edges(start, end), tied, alone, bottom, self.scores)

    def called_so_far(self) -> Counter[Group]:
        """Return the negative pixels of each group in the rows of this range and of higher ones."""
        if not self.index.size:
            return self.called
        lists = self.negatives.reached, self.negatives.tied
        below = {group: int(lists[0][group][0]) - int(lists[1][group][0]) for group in self.negatives.totals}
        return Counter({group: total - below[group] for group, total in self.negatives.totals.items()})

    def _alone(self, group: Group, start: int, end: int) -> Counts:
        """Count the pixels in the stretch above each edge."""
        reached, tied = self.negatives.reached[group], self.negatives.tied[group]
        counts = reached[start + 1 : end + 1].astype(np.int64)
        counts[: tied.size - 1 - start] -= tied[start + 1 : end + 1]
        if end == tied.size:
            counts[-1] -= self.called[group]  # they lie above the highest edge of this range, but are known
        return counts


def totals_of(scores: RegionScores, negatives: NegativeCounts, highest: float | None) -> Totals:
    """Return what all rows add up to; ``highest`` is the largest score of all maps."""
    numbers = scores.numbers
    return Totals(
        negatives=dict(sorted(negatives.totals.items())),
        positives=numbers[POSITIVES],
        regions={key[1]: count for key, count in sorted(numbers.items()) if key[0] == "regions"},
        components=numbers["components",],
        highest=highest,
    )


def _rows(
    edges: Scores, tied: dict[Group, Counts], alone: dict[Group, Counts], bottom: dict[Group, int], scores: RegionScores
) -> ScoreRows:
    """Lay edges and stretches that hold a pixel out in the order of their scores."""
    held = np.zeros(edges.size, np.bool_)
    for counts in alone.values():
        held |= counts > 0
    first = int(any(bottom.values()))
    edge_rows = np.arange(edges.size) + first
    edge_rows[1:] += np.cumsum(held[:-1])
    size = edges.size + first + int(np.count_nonzero(held))
    stretch_rows = edge_rows[held] + 1

    def on_edges(counts: Counts | None) -> Counts:
        rows = np.zeros(size, np.int64)
        if counts is not None:
            rows[edge_rows] = counts
        return rows

    def of_negatives(group: Group) -> Counts:
        rows = on_edges(tied[group])
        rows[stretch_rows] = alone[group][held]
        if first:
            rows[0] = bottom[group]
        return rows

    values = np.full(size, np.nan)
    values[edge_rows] = edges
    weights = scores.weights_on(edges)
    return ScoreRows(
        scores=values,
        positives=on_edges(weights.pop(POSITIVES, None)),
        negatives={group: of_negatives(group) for group in tied},
        pro=on_edges(weights.pop(PRO, None)),
        spro={key[1]: on_edges(counts) for key, counts in sorted(weights.items())},
    )
