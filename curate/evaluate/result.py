"""Put the numbers of a run together into the result document of FORMATS.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from curate.evaluate.bootstrap import CurveMatrix, area_intervals, intervals
from curate.evaluate.classification import classification
from curate.evaluate.curve_points import drawn_images, listed_images
from curate.evaluate.detection import TNR_TARGETS, detection, mean_of, scores_of
from curate.evaluate.images import ImageSummary
from curate.evaluate.localization import PixelCurves
from curate.evaluate.options import EvaluationOptions
from curate.evaluate.segmentation import Overlaps, ThresholdFrom, segmentation
from curate.evaluate.streaming_curves import SPRO_LIMITS
from curate.model.defect import GOOD
from curate.model.submission import Predictions


@dataclass(frozen=True, slots=True)
class CategoryScores:
    """Everything that one category's block is computed from.

    Attributes
    ----------
    pixels : PixelCurves
    mapped, images, everything : list of ImageSummary
        Test images with a map; with a score; all. Sorted by key.
    scores : dict
        Image key to image score.
    training : dict
        Key to score of the training images; empty when there are none.
    train_images : int
        Number of training images of the dataset.
    f1_threshold, threshold : float or None
        Of the pixel F1-max; where the segmentation is compared.
    threshold_from : str
    overlaps : Overlaps or None
    matrix : CurveMatrix or None
        For the bootstrap; rows in the order of ``mapped``.
    kind : str
        Of the maps.
    digests : dict
        What was read, hashed.
    predictions : Predictions or None
    """

    pixels: PixelCurves
    mapped: list[ImageSummary]
    images: list[ImageSummary]
    everything: list[ImageSummary]
    scores: dict[str, float]
    training: dict[str, float]
    train_images: int
    f1_threshold: float | None
    threshold: float | None
    threshold_from: ThresholdFrom
    overlaps: Overlaps | None
    matrix: CurveMatrix | None
    kind: str
    digests: dict[str, str]
    predictions: Predictions | None


def category_block(scored: CategoryScores, options: EvaluationOptions) -> dict[str, Any]:
    """Compute one category's block."""
    places = scored.pixels.localization()
    places["pixel_f1_max_threshold"] = scored.f1_threshold
    good = sum(image.is_good for image in scored.everything)
    block: dict[str, Any] = {
        "counts": {
            "train": scored.train_images,
            "test_good": good,
            "test_defective": len(scored.everything) - good,
            "regions": sum(scored.pixels.totals.regions.values()),
            "negative_pixels": scored.pixels.negatives,
        },
        "localization": places,
        "detection": detection(scored.images, scored.scores, list(scored.training.values())),
        "segmentation": segmentation(scored.overlaps, scored.threshold, scored.threshold_from),
    }
    if scored.predictions is not None:
        shown = [image for image in scored.everything if image.key in scored.predictions.rows]
        block["classification"] = classification(shown, scored.predictions)
    if options.bootstrap:
        block["intervals"] = _intervals(scored, options)
    rows = [(image.key, image.label, scored.scores[image.key]) for image in scored.images]
    block["images"] = listed_images([*rows, *((key, GOOD, score) for key, score in scored.training.items())])
    block["curves"] = scored.pixels.drawn() | drawn_images(
        *(scores_of(scored.images, scored.scores, good=kind) for kind in (True, False))
    )
    return block


def _intervals(scored: CategoryScores, options: EvaluationOptions) -> dict[str, Any]:
    chosen = (options.bootstrap, options.seed)
    if [image.key for image in scored.mapped] == [image.key for image in scored.images]:
        return intervals(scored.images, scored.scores, scored.matrix, *chosen)
    block = intervals(scored.images, scored.scores, None, *chosen)
    if scored.matrix is None:
        return block
    block["au_spro"] = area_intervals(scored.mapped, scored.matrix, *chosen)
    return block


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
