"""What a detector got wrong: images on the wrong side, and regions it did not fill."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.datasets.truth import Truth, read_truth
from curate.errors import InputError
from curate.execution import Execution
from curate.imaging.maps import image_size, read_map, resize_map
from curate.model.dataset import Category, Sample
from curate.model.defect import GOOD
from curate.model.result import CategoryResult, ScoredImage
from curate.model.submission import CategorySubmission
from curate.view.pictures import CasePictures, case_pictures, heat_scale

__all__ = ["Case", "CasePictures", "RegionScore", "case_pictures", "heat_scale", "region_scores", "worst_cases"]

Wrong: TypeAlias = Literal["false positive", "false negative"]


@dataclass(frozen=True, slots=True)
class Case:
    """One image of the test set that its score puts on the wrong side, or nearest to it.

    Attributes
    ----------
    category, key, label : str
    score : float
        The image's.
    kind : str
        ``false positive``: a good image with a high score. ``false negative``: a defective one with a low score.
    image : str
        The image, relative to the dataset's root.
    map : str
        Its map, relative to the submission's root; ``""`` when there is none.
    """

    category: str
    key: str
    label: str
    score: float
    kind: Wrong
    image: str
    map: str = ""


def worst_cases(
    entry: CategoryResult,
    category: Category,
    submission: CategorySubmission | None = None,
    *,
    count: int = 12,
) -> list[Case]:
    """Return the good test images with the highest scores, then the defective ones with the lowest.

    Parameters
    ----------
    entry : CategoryResult
        The category's numbers in a result of one run; without ``images`` there are no cases.
    category : Category
        Says where the images lie; those it does not have are left out.
    submission : CategorySubmission, optional
        Says where their maps lie.
    count : int
        Most cases of either kind. Among equal scores the first key comes first.
    """
    samples = {sample.key: sample for sample in category.of_split("test")}
    maps = submission.maps if submission else {}
    scored = [image for image in entry.images or () if image.image in samples]
    good = sorted((image for image in scored if image.label == GOOD), key=lambda row: (-row.score, row.image))
    bad = sorted((image for image in scored if image.label != GOOD), key=lambda row: (row.score, row.image))
    kinds: tuple[tuple[Wrong, list[ScoredImage]], ...] = (("false positive", good), ("false negative", bad))
    return [
        Case(
            category=category.name,
            key=row.image,
            label=row.label,
            score=float(row.score),
            kind=kind,
            image=samples[row.image].path,
            map=maps.get(row.image, ""),
        )
        for kind, rows in kinds
        for row in rows[:count]
    ]


@dataclass(frozen=True, slots=True)
class RegionScore:
    """How much of one region was found at a threshold (docs/metrics.md).

    Attributes
    ----------
    key : str
        The image's.
    mask : str
        The mask file relative to the dataset's root, or ``<image>#<region>`` of a drawn one.
    defect : str
    area_px, required_px, found_px : int
        Its pixels, those that must be found for the full score, and those that score above the threshold.
    share : float
        Found by required, at most 1: its sPRO.
    """

    key: str
    mask: str
    defect: str
    area_px: int
    required_px: int
    found_px: int
    share: float


def region_scores(
    dataset_root: Path,
    category: Category,
    submission_root: Path,
    submission: CategorySubmission,
    threshold: float,
    *,
    resize: str = "",
    execution: Execution = Execution(),
) -> list[RegionScore]:
    """Score every region of the test images that have a map.

    Parameters
    ----------
    dataset_root, submission_root : Path
    category : Category
    submission : CategorySubmission
    threshold : float
        A pixel is found when its score is greater; :func:`curate.view.curves.threshold_at` takes it from a result.
    resize : str
        How maps of another size are resampled: the ``resize`` of the result's settings; ``""`` refuses them.
    execution : Execution

    Returns
    -------
    list of RegionScore
        In the order of the dataset's images and their masks.

    Raises
    ------
    InputError
        If a map or mask cannot be read, or a map has another size than its image and ``resize`` is not given.
    """
    samples = [
        sample
        for sample in category.of_split("test")
        if (sample.masks or sample.regions) and sample.key in submission.maps
    ]

    def scores_of(sample: Sample) -> list[RegionScore]:
        size = image_size(dataset_root / sample.path)
        path = submission_root / submission.maps[sample.key]
        scores = read_map(path)
        if scores.shape != (size[1], size[0]) and not resize:
            message = f"is {scores.shape[1]}×{scores.shape[0]} (width × height), its image is {size[0]}×{size[1]}"
            raise InputError(message, path=path, hint="submit maps of the images' size")
        scores = resize_map(scores, size, resize) if resize else scores
        return [
            _scored(sample.key, truth, scores[truth.patch.box][truth.patch.mask], threshold)
            for truth in read_truth(dataset_root, category, sample, size)
        ]

    found = execution.map(scores_of, samples, f"regions of {category.name}")
    return [score for scores in found for score in scores]


def _scored(key: str, truth: Truth, inside: NDArray[Any], threshold: float) -> RegionScore:
    required = truth.entry.saturation.area_px(inside.size)
    # In double precision: compared in float32, a threshold between two of its values would move to one of them.
    found = int(np.count_nonzero(inside.astype(np.float64) > threshold))
    share = min(1.0, found / required)
    return RegionScore(key, truth.source, truth.entry.defect_name, inside.size, required, found, share)
