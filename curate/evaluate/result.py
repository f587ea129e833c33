"""Put the numbers of a run together into the result document of FORMATS.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from curate import __version__
from curate.evaluate.detection import TNR_TARGETS, detection, mean_of
from curate.evaluate.images import ImageSummary
from curate.evaluate.localization import SPRO_LIMITS, ScoreTable, localization
from curate.evaluate.segmentation import Overlaps, ThresholdFrom, segmentation
from curate.model.dataset import Dataset
from curate.model.submission import SubmissionRun

SCHEMA = "curate/result/1"


@dataclass(frozen=True, slots=True)
class CategoryScores:
    """Everything that one category's block is computed from.

    Attributes
    ----------
    table : ScoreTable
        Counted pixels.
    images : list of ImageSummary
        Test images, sorted by key.
    scores : dict
        Image key to image score.
    training : list of float
        Scores of the training images; empty when there are none.
    train_images : int
        Number of training images of the dataset.
    f1_threshold, threshold : float or None
        Of the pixel F1-max; where the segmentation is compared.
    threshold_from : str
    overlaps : Overlaps or None
    digests : dict
        What was read, hashed.
    """

    table: ScoreTable
    images: list[ImageSummary]
    scores: dict[str, float]
    training: list[float]
    train_images: int
    f1_threshold: float | None
    threshold: float | None
    threshold_from: ThresholdFrom
    overlaps: Overlaps | None
    digests: dict[str, str]


def category_block(scored: CategoryScores) -> dict[str, Any]:
    """Compute one category's block."""
    places = localization(scored.table)
    places["pixel_f1_max_threshold"] = scored.f1_threshold
    good = sum(image.is_good for image in scored.images)
    return {
        "counts": {
            "train": scored.train_images,
            "test_good": good,
            "test_defective": len(scored.images) - good,
            "regions": sum(scored.table.regions.values()),
            "negative_pixels": int(scored.table.all_negatives().sum()),
        },
        "localization": places,
        "detection": detection(scored.images, scored.scores, scored.training),
        "segmentation": segmentation(scored.overlaps, scored.threshold, scored.threshold_from),
    }


def result_document(dataset: Dataset, run: SubmissionRun, scored: dict[str, CategoryScores]) -> dict[str, Any]:
    """Compute the whole document of one run."""
    categories = {name: category_block(scores) for name, scores in sorted(scored.items())}
    return {
        "schema": SCHEMA,
        "curate_version": __version__,
        "dataset": {"name": dataset.name, "layout": dataset.layout},
        "submission": {"method": run.method, "run": run.run},
        "categories": categories,
        "mean": mean_block(list(categories.values())),
    }


def mean_block(blocks: list[dict[str, Any]]) -> dict[str, Any]:
    """Average the headline numbers over categories; those that are null in one are left out of its mean."""
    places = [block["localization"] for block in blocks]
    images = [block["detection"] for block in blocks]
    return {
        "au_spro": {limit: mean_of([block["au_spro"][limit] for block in places]) for limit in SPRO_LIMITS},
        "au_pro": {"0.3": mean_of([block["au_pro"]["0.3"] for block in places])},
        "pixel_auroc": mean_of([block["pixel_auroc"] for block in places]),
        "pixel_ap": mean_of([block["pixel_ap"] for block in places]),
        "auroc": mean_of([block["auroc"] for block in images]),
        "ap": mean_of([block["ap"] for block in images]),
        "f1_max": mean_of([block["f1_max"] for block in images]),
        "tpr_at_tnr": {target: mean_of([block["tpr_at_tnr"][target] for block in images]) for target in TNR_TARGETS},
    }
