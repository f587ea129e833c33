"""Segmentation at one threshold: Dice, IoU, Boundary IoU, precision and recall (docs/metrics.md).

Pooled numbers count all test pixels; ``mean_dice`` and ``mean_iou`` are means over the defective images; Boundary IoU
(Cheng et al., CVPR 2021) is pooled over the defective images.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.histograms import BAND_BOTH, BAND_CALLED, DICE, IOU, POSITIVES, Tally
from curate.evaluate.images import RegionMask, union_of
from curate.evaluate.outline import band, band_width
from curate.evaluate.regions import UNIT
from curate.evaluate.streaming_curves import Cut

Mask: TypeAlias = NDArray[np.bool_]
ThresholdFrom = Literal["train_fpr_0.01", "pixel_f1_max"]


@dataclass(frozen=True, slots=True)
class Overlaps:
    """What segmentation metrics are computed from, at one threshold.

    Attributes
    ----------
    true_called, called, truth : int
        Pixels inside a region and called; called; inside a region. Over all test images.
    dice, iou : int
        Sums over the defective images, in units of :data:`~curate.evaluate.regions.UNIT`.
    defective : int
        Number of defective images.
    band_both, band_called, band_truth : int
        Pixels of the boundary bands, over the defective images.
    """

    true_called: int = 0
    called: int = 0
    truth: int = 0
    dice: int = 0
    iou: int = 0
    defective: int = 0
    band_both: int = 0
    band_called: int = 0
    band_truth: int = 0

    def __add__(self, other: Overlaps) -> Overlaps:
        return Overlaps(*(getattr(self, entry.name) + getattr(other, entry.name) for entry in fields(self)))


def measure_overlaps(called: Mask, regions: Sequence[RegionMask], *, defective: bool) -> Overlaps:
    """Compare one image's predicted mask with its regions.

    Parameters
    ----------
    called : ndarray of bool, shape (height, width)
    regions : sequence of RegionMask
    defective : bool
        Only defective images count in the means and the bands.
    """
    area = int(np.count_nonzero(called))
    if not defective:
        return Overlaps(called=area)
    truth = union_of(regions, called.shape)
    both = int(np.count_nonzero(called & truth))
    size = int(np.count_nonzero(truth))
    either = area + size - both
    width = band_width(called.shape)
    band_called, band_truth = band(called, width), band(truth, width)
    return Overlaps(
        true_called=both,
        called=area,
        truth=size,
        dice=_units(2 * both, area + size),
        iou=_units(both, either),
        defective=1,
        band_both=int(np.count_nonzero(band_called & band_truth)),
        band_called=int(np.count_nonzero(band_called)),
        band_truth=int(np.count_nonzero(band_truth)),
    )


def overlaps_of(tally: Tally, threshold: float) -> Overlaps:
    """Read off a tally what is called above a threshold."""
    cut = max(0, min(math.floor(threshold) + 1, tally.bins))
    negatives = sum(int(counts[cut:].sum()) for key, counts in tally.sums.items() if key[0] == "negatives")
    positives = tally.get(POSITIVES)
    both = int(positives[cut:].sum())
    has = DICE in tally.sums
    return Overlaps(
        true_called=both,
        called=both + negatives,
        truth=int(positives.sum()),
        dice=int(tally.sums[DICE][cut]) if has else 0,
        iou=int(tally.sums[IOU][cut]) if has else 0,
        defective=tally.numbers["defective",],
        band_both=int(tally.get(BAND_BOTH)[cut:].sum()),
        band_called=int(tally.get(BAND_CALLED)[cut:].sum()),
        band_truth=tally.numbers["band",],
    )


def pooled_at(cut: Cut, truth: int, overlaps: Overlaps) -> Overlaps:
    """Replace the pooled counts by those of all images at a cut; ``truth`` counts all pixels inside regions."""
    return replace(overlaps, true_called=cut.true_called, called=cut.called, truth=truth)


def segmentation(overlaps: Overlaps | None, threshold: float | None, threshold_from: ThresholdFrom) -> dict[str, Any]:
    """Compute the ``segmentation`` block of a result; all null without a threshold.

    >>> segmentation(Overlaps(3, 4, 6, UNIT, UNIT, 2, 1, 2, 2), 0.5, "pixel_f1_max")["dice"]
    0.6
    """
    if overlaps is None or threshold is None:
        names = ("dice", "iou", "boundary_iou", "precision", "recall", "mean_dice", "mean_iou")
        return {
            "threshold": None,
            "threshold_from": threshold_from,
            **dict.fromkeys(names),
            "notes": ["no region in the test set: no threshold can be chosen and nothing compared"],
        }
    counts = overlaps
    block: dict[str, Any]
    either = counts.called + counts.truth - counts.true_called
    band_either = counts.band_called + counts.band_truth - counts.band_both
    block = {
        "threshold": threshold,
        "threshold_from": threshold_from,
        "dice": _ratio(2 * counts.true_called, counts.called + counts.truth),
        "iou": _ratio(counts.true_called, either),
        "boundary_iou": _ratio(counts.band_both, band_either),
        "precision": _ratio(counts.true_called, counts.called),
        "recall": _ratio(counts.true_called, counts.truth),
        "mean_dice": _ratio(counts.dice, counts.defective * UNIT),
        "mean_iou": _ratio(counts.iou, counts.defective * UNIT),
    }
    empty = [name for name, value in block.items() if value is None]
    return {**block, "notes": [f"{', '.join(empty)}: nothing to divide by at this threshold"]} if empty else block


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _units(part: int, whole: int) -> int:
    """A share in units; nothing of nothing is everything, because both masks are empty."""
    return round(part / whole * UNIT) if whole else UNIT
