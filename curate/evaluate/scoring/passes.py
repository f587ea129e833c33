"""Read one category of one run, in as few passes as its maps allow, and collect what its numbers follow from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from curate.errors import CurateError
from curate.evaluate.bootstrap import CurveMatrix, matrix_of
from curate.evaluate.images import ImageSummary
from curate.evaluate.localization import PixelCurves
from curate.evaluate.metrics.deployed import DEPLOYED_FPRS, deployed_threshold
from curate.evaluate.plan import TRAIN, ImageJob, ScoringPlan, in_parts
from curate.evaluate.result import CategoryScores
from curate.evaluate.scoring.histograms import Tally
from curate.evaluate.scoring.reading import FLOAT, Part, Reading, count_test_images, problems_of, read_training_maxima
from curate.evaluate.segmentation import Overlaps
from curate.execution import Execution
from curate.imaging.images import keep_freed_memory
from curate.imaging.maps import read_map
from curate.model.finding import Finding

Work = Callable[[tuple[ImageJob, ...]], Part]


def score_category(
    plan: ScoringPlan, reading: Reading, execution: Execution
) -> tuple[CategoryScores | None, list[Finding]]:
    """Read and count everything of one category; scores are None when any file cannot be scored."""
    keep_freed_memory()
    return _Evaluation(plan, reading, execution).scores()


class _Evaluation:
    """One category of one run."""

    def __init__(self, plan: ScoringPlan, reading: Reading, execution: Execution) -> None:
        self.plan = plan
        self.reading = reading
        self.execution = execution
        self.jobs = list(plan.jobs)
        self.whole = Part()

    def scores(self) -> tuple[CategoryScores | None, list[Finding]]:
        training = self._training()
        if self._kind() == FLOAT:
            return self._float_scores(training)
        self._each(partial(count_test_images, reading=self.reading), in_parts(self.jobs), "scoring")
        problems = problems_of(self.whole)
        if problems:
            return None, problems
        (tally,) = self.whole.tallies.values() or (Tally(256),)
        curves = tally.pixel_curves(self.plan.category.name)
        cut = curves.cut()
        f1_threshold = None if cut is None else cut.threshold
        threshold = self._deployed(training) if training else f1_threshold
        overlaps = None if threshold is None else tally.overlaps(threshold)
        each = sorted(tally.curves, key=lambda curve: curve.key)
        matrix = matrix_of(each, tally.bins) if each else None
        return self._collected(curves, tally.images, training, f1_threshold, threshold, overlaps, matrix), []

    def _float_scores(self, training: dict[str, float]) -> tuple[CategoryScores | None, list[Finding]]:
        from curate.evaluate.scoring.float_passes import FloatPasses  # integer maps need none of it

        deployed = self._deployed(training) if training else None
        passes = FloatPasses(self.plan.category.name, self.jobs, self.reading, self.execution, self.whole, deployed)
        curves = passes.curves()
        if curves is None:
            return None, problems_of(self.whole)
        found_at = (passes.f1_threshold, passes.threshold, passes.overlaps, passes.matrix)
        return self._collected(curves, self.whole.images, training, *found_at), []

    def _collected(
        self,
        curves: PixelCurves,
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
            pixels=curves,
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
        chunks = in_parts([(key, path, images[key]) for key, path in self.plan.train_maps.items()])
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
            except CurateError:  # whatever it is, the pass names it
                continue
            return FLOAT if scores.dtype.kind == "f" or resampled else ""
        return ""

    def _each(self, work: Work, tasks: Sequence[tuple[ImageJob, ...]], title: str) -> None:
        for part in self.execution.map(work, tasks, f"{self.plan.category.name}: {title}"):
            self.whole.merge(part)
