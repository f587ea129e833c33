"""Read one category of one run, in as few passes as its maps allow, and collect what its numbers follow from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from curate.evaluate.bootstrap import CurveMatrix, choose_bins, choose_edges, matrix_of_bins, matrix_of_edges
from curate.evaluate.detection import DEPLOYED_FPRS, deployed_threshold, just_below
from curate.evaluate.edges import EdgeIndex
from curate.evaluate.floats import float_table
from curate.evaluate.images import Counts, ImageCurve, ImageSummary, RegionMask
from curate.evaluate.localization import ScoreTable, f1_cut, table_of
from curate.evaluate.plan import TRAIN, CategoryPlan, ImageJob
from curate.evaluate.reading import (
    FLOAT,
    Part,
    Reading,
    collect_region_scores,
    count_negatives,
    count_test_images,
    look_below,
    read_training_maxima,
)
from curate.evaluate.result import CategoryScores
from curate.evaluate.segmentation import Overlaps, overlaps_of, pooled_at
from curate.evaluate.tally import Key, Tally
from curate.execution import Execution
from curate.files.maps import MapError, read_map
from curate.model.codes import found
from curate.model.finding import Finding

_IMAGES_A_TASK = 4
"""Few enough to keep the threads' ends close together, enough to make merging cheap."""

_FLOATS_A_TASK = 12, 32
"""At least and at most: more, because every task goes through all edges; fewer towards the end."""

_ON_A_CLUSTER = 32
"""Workers to share the images of float maps among: how many there are is not known beforehand."""

_KEPT_BYTES = 30 << 20
"""Just below the largest size that glibc can be made to keep."""

Work = Callable[[tuple[ImageJob, ...]], Part]


def score_category(
    plan: CategoryPlan, reading: Reading, execution: Execution
) -> tuple[CategoryScores | None, list[Finding]]:
    """Read and count everything of one category; scores are None when any file cannot be scored."""
    _keep_freed_memory()
    return _Evaluation(plan, reading, execution).scores()


class _Evaluation:
    """One category of one run."""

    def __init__(self, plan: CategoryPlan, reading: Reading, execution: Execution) -> None:
        self.plan = plan
        self.reading = reading
        self.execution = execution
        self.jobs = list(plan.jobs)
        self.whole = Part()

    def scores(self) -> tuple[CategoryScores | None, list[Finding]]:
        training = self._training()
        if self._kind() == FLOAT:
            return self._float_scores(training)
        self._each(partial(count_test_images, reading=self.reading), _chunks(self.jobs), "scoring")
        problems = self.whole.findings + self._mixed_kinds()
        if problems:
            return None, problems
        (tally,) = self.whole.tallies.values() or (Tally(256),)
        table = table_of(tally)
        cut = f1_cut(table)
        f1_threshold = None
        if cut is not None:
            f1_threshold = float(table.scores[cut - 1]) if cut else just_below(float(table.scores[0]))
        threshold = self._deployed(training) if training else f1_threshold
        overlaps = None if threshold is None else overlaps_of(tally, threshold)
        matrix = _bins_matrix(tally) if self.reading.keep_curves and tally.curves else None
        return self._collected(table, tally.images, training, f1_threshold, threshold, overlaps, matrix), []

    def _float_scores(self, training: dict[str, float]) -> tuple[CategoryScores | None, list[Finding]]:
        marked = [job for job in self.jobs if job.sample.masks or job.sample.regions]
        self._each(partial(collect_region_scores, reading=self.reading), _chunks(marked), "scoring, first pass")
        first, self.whole = (
            self.whole,
            Part(maxima=self.whole.maxima, kinds=self.whole.kinds, digests=self.whole.digests),
        )
        edges = first.region_scores.edges()
        weights = first.region_scores.settle(edges)
        samples = first.region_scores.samples
        total = first.region_scores.pixels // max(1, len(samples)) * len(self.jobs)
        index = EdgeIndex(edges, np.concatenate(samples) if samples else None, total)
        deployed = self._deployed(training) if training else None
        chosen = choose_edges(_all_spro(weights, edges.size)) if self.reading.keep_curves else np.zeros(0, np.int64)
        work = partial(count_negatives, reading=self.reading, index=index, threshold=deployed, chosen=chosen)
        takers = _ON_A_CLUSTER if self.execution.scheduler else self.execution.workers
        self._each(work, _shrinking(self._known(first, None), takers), "scoring, second pass")
        problems = self.whole.findings + self._mixed_kinds()
        if problems:
            return None, problems
        del index, work  # large, and no longer needed
        curves = [replace(curve, weighted=first.image_weights.get(curve.key)) for curve in self.whole.curves]
        matrix = matrix_of_edges(_by_key(curves), edges[chosen]) if curves else None
        table = float_table(edges, weights, first.region_scores.numbers, self.whole.negatives)
        cut = f1_cut(table)
        overlaps = None if deployed is None else self.whole.overlaps
        if cut is None:
            return self._collected(table, self.whole.images, training, None, deployed, overlaps, matrix), []
        f1_threshold = self._f1_threshold(table, cut, self._known(first, ()), measure=deployed is None)
        if deployed is None:
            deployed, overlaps = f1_threshold, pooled_at(table, cut, self.whole.overlaps)
        return self._collected(table, self.whole.images, training, f1_threshold, deployed, overlaps, matrix), []

    def _known(self, first: Part, otherwise: tuple[RegionMask, ...] | None) -> list[ImageJob]:
        """Return the jobs with the regions that the first pass has read."""
        return [replace(job, regions=first.regions.get(job.sample.key, otherwise)) for job in self.jobs]

    def _f1_threshold(self, table: ScoreTable, cut: int, jobs: list[ImageJob], *, measure: bool) -> float:
        """Find the largest observed score below the F1-max cut; only images that reach so high are read again."""
        lowest = float(table.scores[cut])
        known = float(table.scores[cut - 1]) if cut else -math.inf
        between = math.isnan(known)  # negative pixels lie between two edges: which is the largest was not kept
        floor = math.inf if not between else float(table.scores[cut - 2]) if cut > 1 else -math.inf
        stretch = int(np.count_nonzero(~np.isnan(table.scores[:cut])))  # edges below it
        near = {key for part in self.whole.between if part.may_hold(stretch) for key in part.keys}
        near = {key for key in near if self.whole.maxima.get(key, -math.inf) > floor}
        wanted = [job for job in jobs if job.sample.key in near or (measure and not job.sample.is_good)]
        work = partial(look_below, reading=self.reading, floor=floor, lowest_called=lowest, measure=measure)
        self._each(work, _chunks(wanted), "scoring, last pass")
        below = self.whole.below if between else known
        return below + 0.0 if below > -math.inf else just_below(lowest)

    def _collected(
        self,
        table: ScoreTable,
        images: list[ImageSummary],
        training: dict[str, float],
        f1_threshold: float | None,
        threshold: float | None,
        overlaps: Overlaps | None,
        matrix: CurveMatrix | None,
    ) -> CategoryScores:
        given = self.plan.scores
        mapped = sorted(images, key=lambda image: image.key)
        every = sorted([*images, *self.whole.unmapped], key=lambda image: image.key)
        scores = given if given is not None else {image.key: image.score for image in mapped}
        return CategoryScores(
            table=table,
            mapped=mapped,
            images=[image for image in every if image.key in scores],
            scores=scores,
            training=self._training_scores(training),
            train_images=len(self.plan.category.of_split(TRAIN)),
            f1_threshold=f1_threshold,
            threshold=threshold,
            threshold_from="train_fpr_0.01" if training else "pixel_f1_max",
            overlaps=overlaps,
            matrix=matrix,
            kind="+".join(sorted(set(self.whole.kinds.values()))) or "none",
            digests=self.whole.digests,
            predictions=self.plan.predictions,
            everything=every,
        )

    def _training_scores(self, training: dict[str, float]) -> dict[str, float]:
        if self.plan.scores is None:
            return training
        keys = [sample.key for sample in self.plan.category.of_split(TRAIN)]
        return {key: self.plan.scores[key] for key in keys if key in self.plan.scores}

    def _deployed(self, training: dict[str, float]) -> float:
        return deployed_threshold(list(training.values()), DEPLOYED_FPRS[0])

    def _training(self) -> dict[str, float]:
        """Maxima of the training maps by key; empty when there are none, or when scores.csv replaces the maximum."""
        images = {sample.key: sample.path for sample in self.plan.category.of_split(TRAIN)}
        chunks = _chunks([(key, path, images[key]) for key, path in self.plan.train_maps.items()])
        work = partial(read_training_maxima, reading=self.reading)
        for part in self.execution.map(work, chunks, f"{self.plan.category.name}: training maps"):
            self.whole.merge(part)
        if self.plan.scores is not None:
            return {}
        return {key: self.whole.maxima[key] for key in self.plan.train_maps if key in self.whole.maxima}

    def _kind(self) -> str:
        """Look at the first readable map to choose the way of counting."""
        resampled = bool(self.reading.resize) and self.reading.resize != "nearest"
        for job in self.jobs:
            try:
                scores = read_map(Path(self.reading.submission_root) / job.map_path)
            except MapError:
                continue
            return FLOAT if scores.dtype.kind == "f" or resampled else ""
        return ""

    def _each(self, work: Work, tasks: Sequence[tuple[ImageJob, ...]], title: str) -> None:
        for part in self.execution.map(work, tasks, f"{self.plan.category.name}: {title}"):
            self.whole.merge(part)

    def _mixed_kinds(self) -> list[Finding]:
        kinds = Counter(self.whole.kinds.values())
        if len(kinds) < 2:  # noqa: PLR2004 - two kinds are a mixture
            return []
        usual = min(kinds, key=lambda kind: (-kinds[kind], kind))
        return [
            found("CUR609", f"is a {kind} map, {kinds[usual]} others of this category are {usual}", path)
            for path, kind in sorted(self.whole.kinds.items())
            if kind != usual
        ]


def _keep_freed_memory() -> None:
    """Let the C library keep an image's freed buffers for the next one, instead of giving back and clearing each page.

    glibc raises the size below which it keeps memory to that of the largest block that was freed (mallopt(3),
    ``M_MMAP_THRESHOLD``); elsewhere this does nothing. Without it a tenth of the CPU time is the kernel's.
    """
    np.empty(_KEPT_BYTES, np.uint8)


def _bins_matrix(tally: Tally) -> CurveMatrix:
    spro = sum((tally.sums[key] for key in tally.sums if key[0] == "spro"), np.zeros(tally.bins, np.int64))
    negatives = sum((tally.sums[key] for key in tally.sums if key[0] == "negatives"), np.zeros(tally.bins, np.int64))
    return matrix_of_bins(_by_key(tally.curves), choose_bins(negatives, spro))


def _all_spro(weights: dict[Key, Counts], size: int) -> Counts:
    return sum((counts for key, counts in weights.items() if key[0] == "spro"), np.zeros(size, np.int64))


def _by_key(curves: Sequence[ImageCurve]) -> list[ImageCurve]:
    return sorted(curves, key=lambda curve: curve.key)


def _chunks(items: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [tuple(items[start : start + _IMAGES_A_TASK]) for start in range(0, len(items), _IMAGES_A_TASK)]


def _shrinking(items: Sequence[ImageJob], takers: int) -> list[tuple[ImageJob, ...]]:
    """Cut large tasks first and small ones last, so that all takers end at about the same time."""
    least, most = _FLOATS_A_TASK
    tasks = []
    start = 0
    while start < len(items):
        fair = (len(items) - start) // (2 * takers)
        size = min(max(fair, least), most)
        tasks.append(tuple(items[start : start + size]))
        start += size
    return tasks
