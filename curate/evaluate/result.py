"""Put the numbers of a run together into a :class:`~curate.model.result.Result`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from curate.evaluate.bootstrap import CurveMatrix, area_intervals, intervals
from curate.evaluate.classification import classification
from curate.evaluate.curve_points import drawn_images
from curate.evaluate.detection import detection, mean_of, scores_of
from curate.evaluate.images import ImageSummary, defects_of_folder
from curate.evaluate.localization import NO_MAPS, PixelCurves
from curate.evaluate.metrics.pro import PRO_LIMITS
from curate.evaluate.metrics.spro import SPRO_LIMITS
from curate.evaluate.metrics.tpr_at_tnr import TNR_TARGETS
from curate.evaluate.segmentation import Overlaps, ThresholdFrom, segmentation
from curate.model.defect import GOOD
from curate.model.evaluation_options import EvaluationOptions
from curate.model.result import (
    BootstrapIntervals,
    CategoryResult,
    Classification,
    Counts,
    ResultCurves,
    ResultMean,
    ScoredImage,
)
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


def category_result(scored: CategoryScores, options: EvaluationOptions, notes: Sequence[str] = ()) -> CategoryResult:
    """Compute one category's numbers; ``notes`` are about its dataset."""
    good = sum(image.is_good for image in scored.everything)
    places = scored.pixels.localization(scored.f1_threshold)
    overlaps = segmentation(scored.overlaps, scored.threshold, scored.threshold_from)
    if not scored.mapped:  # then nothing was seen of regions, which is not the same as that there are none
        places, overlaps = replace(places, notes=(NO_MAPS,)), replace(overlaps, notes=(NO_MAPS,))
    return CategoryResult(
        counts=Counts(
            train=scored.train_images,
            test_good=good,
            test_defective=len(scored.everything) - good,
            regions=sum(scored.pixels.totals.regions.values()),
            negative_pixels=scored.pixels.negatives,
        ),
        localization=places,
        detection=detection(scored.images, scored.scores, list(scored.training.values())),
        segmentation=overlaps,
        classification=_classification(scored),
        intervals=_intervals(scored, options) if options.bootstrap else None,
        images=_images(scored),
        curves=_curves(scored),
        notes=tuple(notes) or None,
    )


def _classification(scored: CategoryScores) -> Classification | None:
    if scored.predictions is None:
        return None
    shown = [image for image in scored.everything if image.key in scored.predictions.rows]
    return classification(shown, scored.predictions)


def _curves(scored: CategoryScores) -> ResultCurves:
    good, bad = (scores_of(scored.images, scored.scores, good=kind) for kind in (True, False))
    return ResultCurves(*scored.pixels.drawn(), *drawn_images(good, bad))


def _images(scored: CategoryScores) -> tuple[ScoredImage, ...]:
    """List the image scores, sorted by key; an image names its defects where its folder does not."""
    test = [
        ScoredImage(
            image.key,
            image.label,
            scored.scores[image.key],
            None if image.defects == defects_of_folder(image.label) else image.defects,
        )
        for image in scored.images
    ]
    train = [ScoredImage(key, GOOD, score) for key, score in scored.training.items()]
    return tuple(sorted([*test, *train], key=lambda row: (row.image, row.label)))


def _intervals(scored: CategoryScores, options: EvaluationOptions) -> BootstrapIntervals:
    chosen = (options.bootstrap, options.seed)
    if [image.key for image in scored.mapped] == [image.key for image in scored.images]:
        return intervals(scored.images, scored.scores, scored.matrix, *chosen)
    block = intervals(scored.images, scored.scores, None, *chosen)
    if scored.matrix is None:
        return block
    return replace(block, au_spro=area_intervals(scored.mapped, scored.matrix, *chosen))


def mean_over_categories(categories: Iterable[CategoryResult]) -> ResultMean:
    """Average the headline numbers over categories; those that are None in one are left out of its mean."""
    results = list(categories)
    places, images = [entry.localization for entry in results], [entry.detection for entry in results]
    return ResultMean(
        au_spro={limit: mean_of([entry.au_spro[limit] for entry in places]) for limit in SPRO_LIMITS},
        au_pro={limit: mean_of([entry.au_pro[limit] for entry in places]) for limit in PRO_LIMITS},
        pixel_auroc=mean_of([entry.pixel_auroc for entry in places]),
        pixel_ap=mean_of([entry.pixel_ap for entry in places]),
        auroc=mean_of([entry.auroc for entry in images]),
        ap=mean_of([entry.ap for entry in images]),
        f1_max=mean_of([entry.f1_max for entry in images]),
        tpr_at_tnr={target: mean_of([entry.tpr_at_tnr[target] for entry in images]) for target in TNR_TARGETS},
    )
