"""Exact curves of float maps, in a fixed amount of memory.

The first pass reads the maps of images that have regions: the curves rise only at the scores inside these, the *edges*.
The second counts how many of all negative pixels lie below, between and exactly on them. Where edges and counts would
take more than :class:`~curate.evaluate.scoring.memory.Memory` allows, the edges are divided into ranges of scores, and
all maps are read once more for each further range. A last pass looks at one threshold.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from curate.evaluate.bootstrap import CurveMatrix, matrix_of
from curate.evaluate.images import Group, RegionMask, Scores
from curate.evaluate.localization import PixelCurves
from curate.evaluate.metrics.spro import Weighted, combined
from curate.evaluate.plan import ImageJob, in_parts
from curate.evaluate.scoring.coarse_bins import COARSE_BINS, CoarseBins
from curate.evaluate.scoring.float_rows import CountedRange, totals_of
from curate.evaluate.scoring.negative_counts import NegativeCounter, NegativeCounts
from curate.evaluate.scoring.reading import (
    Part,
    Reading,
    Sweep,
    collect_region_scores,
    count_negatives,
    look_below,
    problems_of,
)
from curate.evaluate.scoring.region_scores import EVERYTHING, RegionScores
from curate.evaluate.segmentation import Overlaps, pooled_at
from curate.execution import Execution

_BYTES_AN_EDGE, _BYTES_A_COUNT = 16, 8
"""Of each edge, and of each group of images that is counted apart."""

_COUNTED_A_TASK = 12, 32
"""On a cluster, at least and at most: more, because every task goes through all edges; fewer towards the end."""

_ON_A_CLUSTER = 32
"""Workers to share the images among: how many there are is not known beforehand."""

Work = Callable[[tuple[ImageJob, ...]], Part]


class FloatPasses:
    """The passes over one category's float maps.

    Parameters
    ----------
    name : str
        Of the category.
    jobs : sequence of ImageJob
    reading : Reading
    execution : Execution
    whole : Part
        What reading has brought so far; grows.
    deployed : float or None
        The deployed threshold, when there is one.

    Attributes
    ----------
    threshold, f1_threshold : float or None
        Where the segmentation is compared; of the pixel F1-max.
    overlaps : Overlaps or None
    matrix : CurveMatrix or None
        For the bootstrap.
    """

    def __init__(
        self,
        name: str,
        jobs: Sequence[ImageJob],
        reading: Reading,
        execution: Execution,
        whole: Part,
        deployed: float | None,
    ) -> None:
        self._name, self._jobs, self._reading, self._execution = name, jobs, reading, execution
        self._deployed = deployed
        self._regions: dict[str, tuple[RegionMask, ...]] = {}
        self._weighted: dict[str, list[Weighted]] = {}
        self._below: float | None = None
        self.whole = whole
        self.threshold = deployed
        self.f1_threshold: float | None = None
        self.overlaps: Overlaps | None = None
        self.matrix: CurveMatrix | None = None

    def curves(self) -> PixelCurves | None:
        """Read and count everything; None when any file cannot be scored."""
        scores = self._first_pass()
        memory = self._reading.memory
        bytes_an_edge = _BYTES_AN_EDGE + _BYTES_A_COUNT * self._groups(scores)
        ranges = scores.ranges(max(1, memory.sweep_bytes // bytes_an_edge))
        curves: PixelCurves | None = None
        above: Counter[Group] = Counter()
        for number, (low, high) in enumerate(ranges):
            mine = self._scores_within(scores, low, high)
            edges = mine.edges()
            negatives = self._sweep(mine, edges, scores, number, len(ranges))
            if curves is None:
                if problems_of(self.whole):
                    return None
                highest = max((image.score for image in self.whole.images), default=None)
                curves = PixelCurves(totals_of(scores, negatives, highest), self._name)
            counted = CountedRange(mine, edges, negatives, above, low == -np.inf, memory.rows)
            for few in in_parts(counted.slabs(), self._execution.workers):  # rows are large: no more than are worked on
                for rows in self._locally().map(counted.rows, few, "adding up"):
                    curves.add(rows)
            above = counted.above_next()
            self._note_below(curves, negatives, edges)
            del mine, edges, negatives, counted  # before the next range needs as much
        if curves is not None:
            self._at_the_cut(curves)
            self.matrix = self._matrix() if self.whole.curves else None
        return curves

    def _first_pass(self) -> RegionScores:
        marked = [job for job in self._jobs if job.sample.masks or job.sample.regions]
        scores = RegionScores()
        for part in self._results(
            partial(collect_region_scores, reading=self._reading), in_parts(marked), "first pass"
        ):
            scores.merge(part.region_scores)
            if scores.positives > self._reading.memory.region_px:
                scores.images.clear()
            self._regions |= part.regions
            part.region_scores, part.regions, part.findings = RegionScores(), {}, []  # findings come again
            self.whole.merge(part)
        return scores

    def _scores_within(self, scores: RegionScores, low: float, high: float) -> RegionScores:
        if scores.images:
            return scores if (low, high) == EVERYTHING else scores.within(low, high)
        jobs = [job for job in self._known(()) if job.regions]
        work = partial(collect_region_scores, reading=self._reading, within=(low, high))
        mine = RegionScores()
        for part in self._results(work, in_parts(jobs), "region scores of a range"):
            mine.merge(part.region_scores)
        return mine

    def _sweep(self, scores: RegionScores, edges: Scores, every: RegionScores, number: int, of: int) -> NegativeCounts:
        """Count the negatives of all images among the edges of a range."""
        bins = CoarseBins.over(every.span()) if self._reading.keep_curves else None
        if bins is not None:
            self._remember(scores, bins)
        cluster = bool(self._execution.scheduler)
        counter = NegativeCounter(edges, self._reading.memory)
        sweep = Sweep(edges, bins, number == 0, self._deployed, self._one_curve(every), None if cluster else counter)
        jobs = self._known(None if number == 0 else ())
        title = "second pass" if of == 1 else f"second pass, range {number + 1} of {of}"
        work = partial(count_negatives, reading=self._reading, sweep=sweep)
        negatives = NegativeCounts()
        for part in self._results(work, _shrinking(jobs) if cluster else in_parts(jobs), title):
            negatives.merge(part.negatives)
            part.negatives = NegativeCounts()
            self.whole.merge(part)
        return negatives if cluster else counter.finish()

    def _locally(self) -> Execution:
        return Execution(jobs=self._execution.workers)

    def _one_curve(self, scores: RegionScores) -> bool:
        """Whether every image is good or holds the category's only defect: its curve is then the category's."""
        marked = all(job.sample.is_good or self._regions.get(job.sample.key) for job in self._jobs)
        return marked and len(scores.regions) <= 1

    def _groups(self, scores: RegionScores) -> int:
        """At most so many groups of images are counted apart."""
        if self._one_curve(scores):
            return 1
        return len({frozenset(region.defect for region in regions) for regions in self._regions.values()}) + 2

    def _note_below(self, curves: PixelCurves, negatives: NegativeCounts, edges: Scores) -> None:
        """Note the largest score below the F1-max cut, where the cut lies in this range and that score is known."""
        cut = curves.cut()
        if cut is not None and edges.size and edges[0] <= cut.lowest <= edges[-1]:
            self._below = negatives.largest_below(cut.lowest)

    def _at_the_cut(self, curves: PixelCurves) -> None:
        """Find the largest observed score below the F1-max cut, and compare masks there if not elsewhere."""
        cut = curves.cut()
        self.overlaps = None if self._deployed is None else self.whole.overlaps
        if cut is None:
            return
        measure = self._deployed is None
        between = math.isnan(cut.threshold)  # the largest of several scores was not kept
        search = between and self._below is None
        floor = cut.below[1] if len(cut.below) > 1 else -math.inf
        wanted = [
            job
            for job in self._known(())
            if (search and self.whole.maxima.get(job.sample.key, -math.inf) > floor)
            or (measure and not job.sample.is_good)
        ]
        work = partial(
            look_below,
            reading=self._reading,
            floor=floor if search else math.inf,
            lowest=cut.lowest,
            measure=measure,
        )
        for part in self._results(work, in_parts(wanted), "last pass"):
            self.whole.merge(part)
        below = cut.threshold if not between else self.whole.below if self._below is None else self._below
        self.f1_threshold = below + 0.0  # -0.0 becomes 0.0
        if measure:
            self.threshold = self.f1_threshold
            self.overlaps = pooled_at(cut, curves.totals.positives, self.whole.overlaps)

    def _known(self, otherwise: tuple[RegionMask, ...] | None) -> list[ImageJob]:
        """Return the jobs with the regions that the first pass has read."""
        return [ImageJob(job.sample, job.map_path, self._regions.get(job.sample.key, otherwise)) for job in self._jobs]

    def _results(self, work: Work, tasks: Sequence[tuple[ImageJob, ...]], title: str) -> Iterator[Part]:
        return self._execution.map(work, tasks, f"{self._name}: scoring, {title}")

    def _remember(self, scores: RegionScores, bins: CoarseBins) -> None:
        """Keep what each image's regions weigh, in bins."""
        for key, weighted in scores.weighted(bins).items():
            whole = combined([*self._weighted.get(key, ()), weighted])
            if whole is not None:
                self._weighted[key] = [whole]

    def _matrix(self) -> CurveMatrix:
        """Lay the images out for the bootstrap."""
        curves = [
            replace(curve, weighted=combined(self._weighted.get(curve.key, [])))
            for curve in sorted(self.whole.curves, key=lambda curve: curve.key)
        ]
        return matrix_of(curves, COARSE_BINS)


def _shrinking(jobs: Sequence[ImageJob]) -> list[tuple[ImageJob, ...]]:
    """Cut large tasks first and small ones last, so that all workers end at about the same time."""
    least, most = _COUNTED_A_TASK
    tasks = []
    start = 0
    while start < len(jobs):
        size = min(max((len(jobs) - start) // (2 * _ON_A_CLUSTER), least), most)
        tasks.append(tuple(jobs[start : start + size]))
        start += size
    return tasks
