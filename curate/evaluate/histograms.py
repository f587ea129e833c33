"""Counts of one category's 8- or 16-bit maps: one pass, a fixed number of bins, merged by addition.

Everything is a whole number in a bin of its own score, so any order of images, on any number of threads or machines,
gives the same bits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.evaluate.images import Group, ImageCurve, ImageSummary, RegionMask, Scores, pack, union_of
from curate.evaluate.outline import band, band_width, eroded
from curate.evaluate.regions import Weighted, combined, components, saturated, to_units

Counts = NDArray[np.int64]
Key = tuple[str, ...]

_EXACT_FLOAT32 = 1 << 24
"""OpenCV returns histograms as float32, which counts exactly up to here."""

POSITIVES: Key = ("positives",)
PRO: Key = ("pro",)
DICE: Key = ("dice",)
IOU: Key = ("iou",)
BAND_CALLED: Key = ("band called",)
BAND_BOTH: Key = ("band both",)


def negatives_key(group: Group) -> Key:
    """Key of the negative pixels of all images that hold the same defects."""
    return ("negatives", *group)


def spro_key(defect: str) -> Key:
    """Key of the saturated weights of one defect's regions."""
    return ("spro", defect)


def histogram(scores: Scores, bins: int) -> Counts:
    """Count each value of an 8- or 16-bit array.

    >>> histogram(np.array([[1, 1], [0, 3]], np.uint8), 256)[:4].tolist()
    [1, 2, 0, 1]
    """
    if scores.size == 0:
        return np.zeros(bins, np.int64)
    if scores.size < _EXACT_FLOAT32:
        flat = np.ascontiguousarray(scores).reshape(1, -1)
        counted: Counts = cv2.calcHist([flat], [0], None, [bins], [0, bins]).ravel().astype(np.int64)
        return counted
    return np.bincount(scores.ravel(), minlength=bins)


@dataclass(slots=True)
class Tally:
    """Mergeable counts.

    Attributes
    ----------
    bins : int
        256 or 65536.
    sums : dict
        One int64 array of shape (bins,) a key; ``dice`` and ``iou`` have bins + 1 entries: the sum over the defective
        images, in units of :data:`~curate.evaluate.regions.UNIT`, when scores from that bin upwards are called.
    numbers : Counter
        ``("regions", defect)``, ``("components",)``, ``("band",)`` (pixels of the truth's bands), ``("defective",)``
        (images).
    images : list of ImageSummary
    keeps_curves : bool
        Whether each image's own part of the curve is kept too, for the bootstrap.
    curves : list of ImageCurve
    """

    bins: int
    sums: dict[Key, Counts] = field(default_factory=dict)
    numbers: Counter[Key] = field(default_factory=Counter)
    images: list[ImageSummary] = field(default_factory=list)
    keeps_curves: bool = False
    curves: list[ImageCurve] = field(default_factory=list)

    def add_image(self, summary: ImageSummary, scores: Scores, regions: Sequence[RegionMask]) -> None:
        """Count one image.

        Parameters
        ----------
        summary : ImageSummary
        scores : ndarray of uint8 or uint16, shape (height, width)
        regions : sequence of RegionMask
            Of the same shape.
        """
        self.images.append(summary)
        every = histogram(scores, self.bins)
        if summary.is_good:
            self._add(negatives_key(summary.group), every)
            self._keep_curve(summary, every, [])
            return
        union = union_of(regions, scores.shape)
        positives = histogram(scores[union], self.bins)
        self._add(negatives_key(summary.group), every - positives)
        self._add(POSITIVES, positives)
        self._keep_curve(summary, every - positives, self._add_regions(scores, union, regions))
        self._add_overlaps(every, positives)
        self._add_bands(scores, union, every)

    def merge(self, other: Tally) -> None:
        """Add another tally of the same number of bins to this one."""
        for key, counts in other.sums.items():
            self._add(key, counts)
        self.numbers.update(other.numbers)
        self.images += other.images
        self.curves += other.curves

    def get(self, key: Key) -> Counts:
        """Return the counts of a key; zeros when there are none."""
        counts = self.sums.get(key)
        return np.zeros(self.bins, np.int64) if counts is None else counts

    def _add(self, key: Key, counts: Counts) -> None:
        mine = self.sums.get(key)
        if mine is None:
            self.sums[key] = counts.copy()
        else:
            mine += counts

    def _at(self, key: Key) -> Counts:
        if key not in self.sums:
            self.sums[key] = np.zeros(self.bins, np.int64)
        return self.sums[key]

    def _keep_curve(self, summary: ImageSummary, negatives: Counts, weighted: list[Weighted]) -> None:
        if self.keeps_curves:
            self.curves.append(ImageCurve(summary.key, summary.regions, pack(negatives), combined(weighted)))

    def _add_regions(self, scores: Scores, union: NDArray[np.bool_], regions: Sequence[RegionMask]) -> list[Weighted]:
        every = []
        for region in regions:
            picked = region.pick(scores)
            values, weights = saturated(picked, region.saturation.area_px(picked.size))
            self._at(spro_key(region.defect))[values] += weights
            every.append((values, weights))
            self.numbers["regions", region.defect] += 1
        if regions:
            pieces = components(scores, union)
            for piece in pieces:
                values, weights = saturated(piece, piece.size)
                self._at(PRO)[values] += weights
            self.numbers["components",] += len(pieces)
        return every

    def _add_overlaps(self, every: Counts, positives: Counts) -> None:
        """Dice and IoU of this image at every threshold at once."""
        called, both = _called(every), _called(positives)
        truth = int(positives.sum())
        either = called + truth - both
        empty = either == 0
        either[empty] = 1  # both empty counts as 1
        both[empty] = 1
        iou = both / either
        self._add(IOU, to_units(iou))
        called += truth
        called[empty] = 2
        self._add(DICE, to_units(2 * both / called))
        self.numbers["defective",] += 1

    def _add_bands(self, scores: Scores, union: NDArray[np.bool_], every: Counts) -> None:
        """Boundary bands: a pixel enters the prediction's band at its own score and leaves it at the eroded map's."""
        width = band_width(scores.shape)
        truth = band(union, width)
        called, both = every.copy(), histogram(scores[truth], self.bins)
        core = eroded(scores, width)
        if core.size:
            called -= histogram(core, self.bins)
            both -= histogram(core[truth[width:-width, width:-width]], self.bins)
        self._add(BAND_CALLED, called)
        self._add(BAND_BOTH, both)
        self.numbers["band",] += int(np.count_nonzero(truth))


def _called(counts: Counts) -> Counts:
    """Return how many have at least the i-th score, for i from 0 to the number of bins."""
    sums = np.zeros(counts.size + 1, np.int64)
    sums[:-1] = np.cumsum(counts[::-1])[::-1]
    return sums
