"""Evaluate a submission: read it once, refuse it whole or score it whole.

The only way from folders to numbers. Everything that computes is pure and lies beside this file; what touches files is
:mod:`curate.evaluate.reading`, which threads and cluster workers run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from curate.evaluate.detection import DEPLOYED_FPRS, deployed_threshold, just_below
from curate.evaluate.floats import float_table
from curate.evaluate.images import ImageSummary
from curate.evaluate.localization import ScoreTable, f1_cut, table_of
from curate.evaluate.lookup import EdgeIndex
from curate.evaluate.plan import CategoryPlan, ImageJob, missing_categories, plan_category
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
from curate.evaluate.result import CategoryScores, result_document
from curate.evaluate.segmentation import Overlaps, overlaps_of, pooled_at
from curate.evaluate.tally import Tally
from curate.execution import Execution
from curate.files.dataset import read_dataset
from curate.files.maps import MapError, read_map
from curate.files.submission import read_submission
from curate.model.codes import found
from curate.model.dataset import Dataset
from curate.model.finding import Finding, count_by_severity, has_errors, ordered
from curate.model.submission import SubmissionRun

_IMAGES_A_TASK = 4
"""Few enough to keep the threads' ends close together, enough to make merging cheap."""

Work = Callable[[tuple[ImageJob, ...]], Part]


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What came out: a result, or the findings for which the submission was refused.

    Attributes
    ----------
    result : dict or None
        The document of FORMATS.md; None when the submission was refused.
    findings : tuple of Finding
    submission_root : str
        As the user named it; findings' paths are relative to it, or to the dataset.
    """

    result: dict[str, Any] | None
    findings: tuple[Finding, ...]
    submission_root: str

    def to_json(self) -> dict[str, Any]:
        """Return the result, or the findings of a refused submission."""
        if self.result is not None:
            return self.result
        return {
            "schema": "curate/findings/1",
            "path_root": self.submission_root,
            "checked": {},
            "counts": count_by_severity(self.findings),
            "findings": [finding.to_json() for finding in self.findings],
        }


def evaluate_submission(
    submission_root: Path,
    dataset_root: Path,
    *,
    categories: Iterable[str] = (),
    execution: Execution = Execution(),
) -> EvaluationReport:
    """Score a submission on a dataset.

    Parameters
    ----------
    submission_root, dataset_root : Path
    categories : iterable of str
        Only these; all when empty.
    execution : Execution

    Returns
    -------
    EvaluationReport
        With a result, or with the findings of every file that cannot be scored. Never with a part of a result.

    Raises
    ------
    CurateError
        If a folder does not exist or is no dataset or no submission at all.
    """
    dataset = read_dataset(dataset_root, categories=categories)
    submission = read_submission(submission_root, read_dataset(dataset_root), categories)
    findings = list(submission.findings)
    results = []
    for run in submission.runs:
        scored, problems = _evaluate_run(run, dataset, submission_root, dataset_root, execution)
        findings += problems
        results.append(result_document(dataset, run, scored))
    if has_errors(findings):
        return EvaluationReport(None, ordered(findings), str(submission_root))
    return EvaluationReport(results[0], ordered(findings), str(submission_root))


def _evaluate_run(
    run: SubmissionRun, dataset: Dataset, submission_root: Path, dataset_root: Path, execution: Execution
) -> tuple[dict[str, CategoryScores], list[Finding]]:
    parts = {part.category: part for part in run.categories}
    names = [category.name for category in dataset.categories]
    findings = missing_categories(names, parts.keys(), allow_missing=False)
    scored = {}
    for category in dataset.categories:
        if category.name not in parts:
            continue
        plan, problems = plan_category(category, parts[category.name])
        reading = Reading(str(dataset_root), str(submission_root), category.defects)
        scores, unreadable = _Evaluation(plan, reading, execution).scores()
        findings += problems + unreadable
        if scores is not None:
            scored[category.name] = scores
    return scored, findings


class _Evaluation:
    """One category of one run."""

    def __init__(self, plan: CategoryPlan, reading: Reading, execution: Execution) -> None:
        self.plan = plan
        self.reading = reading
        self.execution = execution
        self.jobs = [job for job in plan.jobs if job.map_path]
        self.whole = Part()

    def scores(self) -> tuple[CategoryScores | None, list[Finding]]:
        """Read everything; scores are None when anything is wrong."""
        training = self._training()
        if self._kind() == FLOAT:
            return self._float_scores(training)
        self._each(partial(count_test_images, reading=self.reading), self.jobs, "scoring")
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
        return self._collected(table, tally.images, training, f1_threshold, threshold, overlaps), []

    def _float_scores(self, training: list[float]) -> tuple[CategoryScores | None, list[Finding]]:
        marked = [job for job in self.jobs if job.sample.masks]
        self._each(partial(collect_region_scores, reading=self.reading), marked, "scoring, first pass")
        regions, first = self.whole.region_scores, self.whole
        self.whole = Part(maxima=first.maxima, kinds=first.kinds, digests=first.digests)
        edges = regions.edges()
        weights = regions.settle(edges)
        index = EdgeIndex(edges, np.concatenate(regions.samples) if regions.samples else None)
        deployed = self._deployed(training) if training else None
        work = partial(count_negatives, reading=self.reading, index=index, threshold=deployed)
        jobs = [replace(job, regions=first.regions.get(job.sample.key)) for job in self.jobs]
        self._each(work, jobs, "scoring, second pass")
        problems = self.whole.findings + self._mixed_kinds()
        if problems:
            return None, problems
        table = float_table(edges, weights, regions.numbers, self.whole.negatives)
        images = self.whole.images
        cut = f1_cut(table)
        if cut is None:
            overlaps = None if deployed is None else self.whole.overlaps
            return self._collected(table, images, training, None, deployed, overlaps), []
        again = [replace(job, regions=first.regions.get(job.sample.key, ())) for job in self.jobs]
        f1_threshold = self._f1_threshold(table, cut, again, measure=deployed is None)
        threshold = f1_threshold if deployed is None else deployed
        overlaps = pooled_at(table, cut, self.whole.overlaps) if deployed is None else self.whole.overlaps
        return self._collected(table, images, training, f1_threshold, threshold, overlaps), []

    def _f1_threshold(self, table: ScoreTable, cut: int, jobs: list[ImageJob], *, measure: bool) -> float:
        """Find the largest observed score below the F1-max cut; only images that reach so high are read again."""
        lowest = float(table.scores[cut])
        known = float(table.scores[cut - 1]) if cut else float("-inf")
        if np.isnan(known):  # some negative pixels lie between two edges: which one is the largest was not kept
            floor = float(table.scores[cut - 2]) if cut > 1 else float("-inf")
            chosen = [
                job for job in jobs if self.whole.maxima[job.sample.key] > floor or (measure and not job.sample.is_good)
            ]
        else:
            chosen = [job for job in jobs if measure and not job.sample.is_good]
        work = partial(look_below, reading=self.reading, lowest_called=lowest, measure=measure)
        self._each(work, chosen, "scoring, last pass")
        below = max(self.whole.below, known) if not np.isnan(known) else self.whole.below
        return below + 0.0 if below > float("-inf") else just_below(lowest)

    def _collected(
        self,
        table: ScoreTable,
        images: list[ImageSummary],
        training: list[float],
        f1_threshold: float | None,
        threshold: float | None,
        overlaps: Overlaps | None,
    ) -> CategoryScores:
        ordered_images = sorted(images, key=lambda image: image.key)
        given = self.plan.scores
        scores = given if given is not None else {image.key: image.score for image in ordered_images}
        return CategoryScores(
            table=table,
            images=ordered_images,
            scores=scores,
            training=self._training_scores(training),
            train_images=len(self.plan.category.of_split("train")),
            f1_threshold=f1_threshold,
            threshold=threshold,
            threshold_from="train_fpr_0.01" if self._uses_training(training) else "pixel_f1_max",
            overlaps=overlaps,
            digests=self.whole.digests,
        )

    def _uses_training(self, training: list[float]) -> bool:
        return bool(training)

    def _training_scores(self, training: list[float]) -> list[float]:
        if self.plan.scores is None:
            return training
        keys = [sample.key for sample in self.plan.category.of_split("train")]
        return [self.plan.scores[key] for key in keys if key in self.plan.scores]

    def _deployed(self, training: list[float]) -> float:
        return deployed_threshold(training, DEPLOYED_FPRS[0])

    def _training(self) -> list[float]:
        """Maxima of the training maps; empty when there are none, or when scores.csv replaces the maximum."""
        if self.plan.scores is not None or not self.plan.train_maps:
            return []
        images = {sample.key: sample.path for sample in self.plan.category.of_split("train")}
        chunks = _chunks([(key, path, images[key]) for key, path in self.plan.train_maps.items()])
        work = partial(read_training_maxima, reading=self.reading)
        for part in self.execution.map(work, chunks, f"{self.plan.category.name}: training maps"):
            self.whole.merge(part)
        return [self.whole.maxima[key] for key in self.plan.train_maps if key in self.whole.maxima]

    def _kind(self) -> str:
        """Look at the first readable map to choose the way of counting."""
        for job in self.jobs:
            try:
                scores = read_map(Path(self.reading.submission_root) / job.map_path)
            except MapError:
                continue
            resampled = bool(self.reading.resize) and self.reading.resize != "nearest"
            return FLOAT if scores.dtype.kind == "f" or resampled else ""
        return ""

    def _each(self, work: Work, jobs: Sequence[ImageJob], title: str) -> None:
        for part in self.execution.map(work, _chunks(jobs), f"{self.plan.category.name}: {title}"):
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


def _chunks(items: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [tuple(items[start : start + _IMAGES_A_TASK]) for start in range(0, len(items), _IMAGES_A_TASK)]
