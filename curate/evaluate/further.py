"""Metrics that are computed when asked for, in a pass of their own over the maps: AUPIMO."""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path

import numpy as np

from curate.datasets.truth import read_truth
from curate.evaluate.metrics.aupimo import Scores, aupimo, highest_scores
from curate.evaluate.plan import ImageJob, ScoringPlan
from curate.evaluate.scoring.reading import Reading
from curate.execution import Execution
from curate.imaging.images import read_file
from curate.imaging.maps import decode_map, image_size, resize_map
from curate.model.evaluation_options import FurtherMetric


def further_numbers(
    names: tuple[FurtherMetric, ...], plan: ScoringPlan, reading: Reading, execution: Execution
) -> dict[str, float | None]:
    """Return the numbers of a category whose maps and masks have been read without a finding.

    A number is None where the test set has no good image, or no region, with a map.
    """
    if "aupimo" not in names:
        return {}
    jobs = [job for job in plan.jobs if job.map_path]
    good_images = sum(_is_plain(job) for job in jobs)
    read = execution.map(partial(_scores, reading, good_images), jobs, f"AUPIMO of {plan.category.name}")
    good: list[tuple[Scores, int]] = []
    defective: list[Scores] = []
    for job, (scores, count) in zip(jobs, read, strict=True):
        if _is_plain(job):
            good.append((scores, count))
        elif scores.size:
            defective.append(scores)
    return {"aupimo": statistics.fmean(aupimo(good, defective)) if good and defective else None}


def _is_plain(job: ImageJob) -> bool:
    """Whether an image is good and shows no region: a defective image without a mask is not a good one."""
    return job.sample.is_good and not (job.sample.masks or job.sample.regions)


def _scores(reading: Reading, good_images: int, job: ImageJob) -> tuple[Scores, int]:
    """Return a good image's highest scores, or those within a defective image's regions, and the number of pixels."""
    root, path = Path(reading.dataset_root), Path(reading.submission_root) / job.map_path
    size = image_size(root / job.sample.path)
    scores = decode_map(read_file(path), path)
    if scores.shape != (size[1], size[0]) and reading.resize:
        scores = resize_map(scores, size, reading.resize)
    if _is_plain(job):
        return highest_scores(scores, good_images), scores.size
    inside = np.zeros(scores.shape, bool)
    for region in read_truth(root, reading.category, job.sample, size):
        inside |= np.asarray(region.mask) > 0
    return np.asarray(scores[inside], np.float64), scores.size
