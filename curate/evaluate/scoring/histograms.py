"""Counts of one category's 8- or 16-bit maps: one pass, a fixed number of bins, merged by addition.

Everything is a whole number in a bin of its own score, so any order of images, on any number of threads or machines,
gives the same bits.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.evaluate.bootstrap import ImageCurve, pack
from curate.evaluate.images import Group, ImageSummary, RegionMask, Scores, union_of
from curate.evaluate.localization import PixelCurves, ScoreRows, Totals
from curate.evaluate.metrics.boundary_iou import band, band_width, eroded
from curate.evaluate.metrics.counting import Counts
from curate.evaluate.metrics.pro import components
from curate.evaluate.metrics.spro import Weighted, combined, saturated, to_units
from curate.evaluate.segmentation import Overlaps

_OF_DEFECTIVE = ("positives", "pro", "dice", "iou", "band_predicted", "band_tp")

Key = TypeVar("Key")

_BINS_PAY = 4
"""OpenCV counts faster than NumPy, but makes and converts bins of its own: worth it from so many pixels per bin."""

_EXACT_FLOAT32 = 1 << 24
"""OpenCV returns histograms as float32, which counts exactly up to here."""


def histogram(scores: Scores, bins: int) -> Counts:
    """Count each value of an 8- or 16-bit array.

    >>> histogram(np.array([[1, 1], [0, 3]], np.uint8), 256)[:4].tolist()
    [1, 2, 0, 1]
    """
    if _BINS_PAY * bins < scores.size < _EXACT_FLOAT32:
        flat = np.ascontiguousarray(scores).reshape(1, -1)
        counted: Counts = cv2.calcHist([flat], [0], None, [bins], [0, bins]).ravel().astype(np.int64)
        return counted
    return np.bincount(scores.ravel(), minlength=bins)


@dataclass(slots=True)
class Tally:
    """Mergeable counts; arrays are int64 of shape (bins,) where nothing else is said.

    Attributes
    ----------
    bins : int
        256 or 65536.
    keeps_curves : bool
        Whether each image's own part of the curve is kept too, for the bootstrap.
    negatives : dict
        Pixels inside no region, by the defects of their image.
    positives : ndarray
        Pixels inside any region.
    spro : dict
        Saturated weights of each defect's regions.
    pro : ndarray
        Weights of the union masks' components.
    dice, iou : ndarray, shape (bins + 1,)
        Sums over the defective images, in units of :data:`~curate.evaluate.metrics.spro.UNIT`, when scores from that
        bin upwards are predicted positive.
    band_predicted, band_tp : ndarray
        Pixels that enter the predictions' bands at each score, less those that leave them; those in the truth's bands.
    band_truth : int
        Pixels of the truth's bands.
    regions : Counter
        Number of regions of each defect.
    components, defective : int
        Number of components; of defective images.
    has_room : bool
        Whether the arrays of what only defective images have are arrays of their own, and not one of zeros.
    images : list of ImageSummary
    curves : list of ImageCurve
    """

    bins: int
    keeps_curves: bool = False
    negatives: dict[Group, Counts] = field(default_factory=dict)
    spro: dict[str, Counts] = field(default_factory=dict)
    positives: Counts = field(init=False)
    pro: Counts = field(init=False)
    dice: Counts = field(init=False)
    iou: Counts = field(init=False)
    band_predicted: Counts = field(init=False)
    band_tp: Counts = field(init=False)
    band_truth: int = 0
    regions: Counter[str] = field(default_factory=Counter)
    components: int = 0
    defective: int = 0
    has_room: bool = False
    images: list[ImageSummary] = field(default_factory=list)
    curves: list[ImageCurve] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Zeros that take no memory, until the first defective image brings others.
        nothing = np.broadcast_to(np.int64(0), self.bins + 1)
        self.dice = self.iou = nothing
        self.positives = self.pro = self.band_predicted = self.band_tp = nothing[:-1]

    def add_image(
        self,
        summary: ImageSummary,
        scores: Scores,
        regions: Sequence[RegionMask],
        left_out: NDArray[np.bool_] | None = None,
    ) -> None:
        """Count one image.

        Parameters
        ----------
        summary : ImageSummary
        scores : ndarray of uint8 or uint16, shape (height, width)
        regions : sequence of RegionMask
            Of the same shape.
        left_out : ndarray of bool, optional
            Pixels outside all regions that are not counted.
        """
        self.images.append(summary)
        every = histogram(scores, self.bins)
        if left_out is not None:
            every -= histogram(scores[left_out], self.bins)
        if summary.is_good:
            _add(self.negatives, summary.group, every)
            self._keep_curve(summary, every, [])
            return
        union = union_of(regions, scores.shape)
        positives = histogram(scores[union], self.bins)
        _add(self.negatives, summary.group, every - positives)
        self._make_room()
        self.positives += positives
        self._keep_curve(summary, every - positives, self._add_regions(scores, union, regions))
        self._add_overlaps(every, positives)
        self._add_bands(scores, union, every)

    def merge(self, other: Tally) -> None:
        """Add another tally of the same number of bins to this one."""
        for group, counts in other.negatives.items():
            _add(self.negatives, group, counts)
        for defect, weights in other.spro.items():
            _add(self.spro, defect, weights)
        if other.defective:  # else they are zeros
            self._make_room()
            for name in _OF_DEFECTIVE:
                mine: Counts = getattr(self, name)
                mine += getattr(other, name)
        self.band_truth += other.band_truth
        self.regions.update(other.regions)
        self.components += other.components
        self.defective += other.defective
        self.images += other.images
        self.curves += other.curves

    def pixel_curves(self, place: str = "") -> PixelCurves:
        """Return the curves, from the scores that were observed; ``place`` names the category in messages."""
        negatives = dict(sorted(self.negatives.items()))
        seen = np.flatnonzero(sum(negatives.values(), self.positives))
        totals = Totals(
            negatives={group: int(counts.sum()) for group, counts in negatives.items()},
            positives=int(self.positives.sum()),
            regions=dict(sorted(self.regions.items())),
            components=self.components,
            highest=max((image.score for image in self.images), default=None),
        )
        curves = PixelCurves(totals, place)
        curves.add(
            ScoreRows(
                scores=seen.astype(np.float64),
                positives=self.positives[seen],
                negatives={group: counts[seen] for group, counts in negatives.items()},
                spro={defect: weights[seen] for defect, weights in sorted(self.spro.items())},
                pro=self.pro[seen],
            )
        )
        return curves

    def overlaps(self, threshold: float) -> Overlaps:
        """Read off what is predicted positive above a threshold."""
        cut = max(0, min(math.floor(threshold) + 1, self.bins))
        tp = int(self.positives[cut:].sum())
        return Overlaps(
            tp=tp,
            predicted=tp + sum(int(counts[cut:].sum()) for counts in self.negatives.values()),
            truth=int(self.positives.sum()),
            dice=int(self.dice[cut]),
            iou=int(self.iou[cut]),
            defective=self.defective,
            band_tp=int(self.band_tp[cut:].sum()),
            band_predicted=int(self.band_predicted[cut:].sum()),
            band_truth=self.band_truth,
        )

    def _make_room(self) -> None:
        """Make the arrays of what only defective images have writable."""
        if not self.has_room:
            for name in _OF_DEFECTIVE:
                setattr(self, name, getattr(self, name).copy())
            self.has_room = True

    def _keep_curve(self, summary: ImageSummary, negatives: Counts, weighted: Iterable[Weighted]) -> None:
        if self.keeps_curves:
            self.curves.append(ImageCurve(summary.key, summary.regions, pack(negatives), combined(list(weighted))))

    def _add_regions(self, scores: Scores, union: NDArray[np.bool_], regions: Sequence[RegionMask]) -> list[Weighted]:
        every = []
        for region in regions:
            picked = region.pick(scores)
            values, weights = saturated(picked, region.saturation.area_px(picked.size))
            self.spro.setdefault(region.defect, np.zeros(self.bins, np.int64))[values] += weights
            every.append((values, weights))
            self.regions[region.defect] += 1
        if regions:
            pieces = components(scores, union)
            for piece in pieces:
                values, weights = saturated(piece, piece.size)
                self.pro[values] += weights
            self.components += len(pieces)
        return every

    def _add_overlaps(self, every: Counts, positives: Counts) -> None:
        """Dice and IoU of this image at every threshold at once."""
        predicted, tp = _at_least(every), _at_least(positives)
        truth = int(positives.sum())
        either = predicted + truth - tp
        empty = either == 0
        either[empty] = 1  # both empty counts as 1
        tp[empty] = 1
        self.iou += to_units(tp / either)
        predicted += truth
        predicted[empty] = 2
        self.dice += to_units(2 * tp / predicted)
        self.defective += 1

    def _add_bands(self, scores: Scores, union: NDArray[np.bool_], every: Counts) -> None:
        """Boundary bands: a pixel enters the prediction's band at its own score and leaves it at the eroded map's."""
        width = band_width(scores.shape)
        truth = band(union, width)
        predicted, tp = every.copy(), histogram(scores[truth], self.bins)
        core = eroded(scores, width)
        if core.size:
            predicted -= histogram(core, self.bins)
            tp -= histogram(core[truth[width:-width, width:-width]], self.bins)
        self.band_predicted += predicted
        self.band_tp += tp
        self.band_truth += int(np.count_nonzero(truth))


def _add(sums: dict[Key, Counts], key: Key, counts: Counts) -> None:
    mine = sums.get(key)
    if mine is None:
        sums[key] = counts.copy()
    else:
        mine += counts


def _at_least(counts: Counts) -> Counts:
    """Return how many have at least the i-th score, for i from 0 to the number of bins."""
    sums = np.zeros(counts.size + 1, np.int64)
    sums[:-1] = np.cumsum(counts[::-1])[::-1]
    return sums
