"""Segmentation at one threshold: what is counted, and the ``segmentation`` block of a result.

Pooled numbers count all test pixels; ``mean_dice`` and ``mean_iou`` are means over the defective images; Boundary IoU
is pooled over the defective images. The metrics are :mod:`~curate.evaluate.metrics.dice_iou`'s and
:mod:`~curate.evaluate.metrics.boundary_iou`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.images import RegionMask, union_of
from curate.evaluate.metrics.boundary_iou import band, band_width, boundary_iou
from curate.evaluate.metrics.counting import ratio, undefined
from curate.evaluate.metrics.dice_iou import dice, iou, precision, recall
from curate.evaluate.metrics.f1 import F1Cut
from curate.evaluate.metrics.spro import UNIT
from curate.model.result import Segmentation

Mask: TypeAlias = NDArray[np.bool_]
ThresholdFrom = Literal["train_fpr_0.01", "pixel_f1_max"]

NO_THRESHOLD = "no region in the test set: no threshold can be chosen and nothing compared"
_MEASURES = ("dice", "iou", "boundary_iou", "precision", "recall", "mean_dice", "mean_iou")


@dataclass(frozen=True, slots=True)
class Overlaps:
    """What segmentation metrics are computed from, at one threshold.

    Attributes
    ----------
    tp, predicted, truth : int
        Pixels inside a region and predicted; predicted; inside a region. Over all test images.
    dice, iou : int
        Sums over the defective images, in units of :data:`~curate.evaluate.metrics.spro.UNIT`.
    defective : int
        Number of defective images.
    band_tp, band_predicted, band_truth : int
        Pixels of the boundary bands, over the defective images.
    """

    tp: int = 0
    predicted: int = 0
    truth: int = 0
    dice: int = 0
    iou: int = 0
    defective: int = 0
    band_tp: int = 0
    band_predicted: int = 0
    band_truth: int = 0

    def __add__(self, other: Overlaps) -> Overlaps:
        return Overlaps(*(getattr(self, entry.name) + getattr(other, entry.name) for entry in fields(self)))


def measure_overlaps(predicted: Mask, regions: Sequence[RegionMask], *, defective: bool) -> Overlaps:
    """Compare one image's predicted mask with its regions.

    Parameters
    ----------
    predicted : ndarray of bool, shape (height, width)
    regions : sequence of RegionMask
    defective : bool
        Only defective images count in the means and the bands.
    """
    area = int(np.count_nonzero(predicted))
    if not defective:
        return Overlaps(predicted=area)
    union = union_of(regions, predicted.shape)
    tp, truth = int(np.count_nonzero(predicted & union)), int(np.count_nonzero(union))
    width = band_width(predicted.shape)
    band_predicted, band_truth = band(predicted, width), band(union, width)
    return Overlaps(
        tp=tp,
        predicted=area,
        truth=truth,
        dice=_units(dice(tp, area, truth)),
        iou=_units(iou(tp, area, truth)),
        defective=1,
        band_tp=int(np.count_nonzero(band_predicted & band_truth)),
        band_predicted=int(np.count_nonzero(band_predicted)),
        band_truth=int(np.count_nonzero(band_truth)),
    )


def pooled_at(cut: F1Cut, truth: int, overlaps: Overlaps) -> Overlaps:
    """Replace the pooled counts by those of all images at a cut; ``truth`` counts all pixels inside regions."""
    return replace(overlaps, tp=cut.tp, predicted=cut.predicted, truth=truth)


def segmentation(overlaps: Overlaps | None, threshold: float | None, threshold_from: ThresholdFrom) -> Segmentation:
    """Compute the ``segmentation`` block of a result; all None without a threshold.

    >>> segmentation(Overlaps(3, 4, 6, UNIT, UNIT, 2, 1, 2, 2), 0.5, "pixel_f1_max").dice
    0.6
    """
    if overlaps is None or threshold is None:
        return Segmentation(None, threshold_from, None, None, None, None, None, None, None, (NO_THRESHOLD,))
    pooled = overlaps.tp, overlaps.predicted, overlaps.truth
    found = Segmentation(
        threshold=threshold,
        threshold_from=threshold_from,
        dice=dice(*pooled),
        iou=iou(*pooled),
        boundary_iou=boundary_iou(overlaps.band_tp, overlaps.band_predicted, overlaps.band_truth),
        precision=precision(overlaps.tp, overlaps.predicted),
        recall=recall(overlaps.tp, overlaps.truth),
        mean_dice=ratio(overlaps.dice, overlaps.defective * UNIT),
        mean_iou=ratio(overlaps.iou, overlaps.defective * UNIT),
    )
    return replace(found, notes=undefined(found, _MEASURES))


def _units(share: float | None) -> int:
    """A share in units; nothing of nothing is everything, because both masks are empty."""
    return UNIT if share is None else round(share * UNIT)
