"""What is kept of each test image: enough for every image-level number, and for saying which defects it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.model.defect import GOOD, Saturation

Scores: TypeAlias = NDArray[Any]
Group: TypeAlias = tuple[str, ...]
"""The defects whose regions an image holds, sorted: images of one group share their negative pixels' histogram."""

GOOD_GROUP: Group = ()
UNMARKED_GROUP: Group = ("",)
"""Defective images without a region: their pixels are negative for the category, but belong to no defect's curve."""


@dataclass(frozen=True, slots=True)
class RegionMask:
    """One region of an image, cut out: small enough to be kept between passes.

    Attributes
    ----------
    inside : ndarray of bool, shape (h, w)
        The region within its bounding box; at least one pixel.
    top, left : int
        Where the bounding box begins in the image.
    defect : str
    saturation : Saturation
    """

    inside: NDArray[np.bool_]
    top: int
    left: int
    defect: str
    saturation: Saturation

    @classmethod
    def cut(cls, mask: NDArray[Any], defect: str, saturation: Saturation) -> RegionMask:
        """Cut a region out of a mask of the image's size, not zero inside; ValueError when it is empty.

        >>> region = RegionMask.cut(np.array([[0, 0, 0], [0, 7, 7]]), "scratch", Saturation(1.0))
        >>> region.inside.tolist(), region.top, region.left, region.area_px
        ([[True, True]], 1, 1, 2)
        """
        left, top, width, height = cv2.boundingRect((mask != 0).view(np.uint8))
        if width == 0:
            raise ValueError("a region must have at least one pixel")
        return cls(mask[top : top + height, left : left + width] != 0, top, left, defect, saturation)

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the bounding box in the image."""
        height, width = self.inside.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    @property
    def area_px(self) -> int:
        """Number of pixels."""
        return int(np.count_nonzero(self.inside))

    def pick(self, scores: Scores) -> Scores:
        """Return the scores of the region's pixels, flat."""
        picked: Scores = scores[self.box][self.inside]
        return picked


@dataclass(frozen=True, slots=True)
class ImageSummary:
    """One test image after its map was read.

    Attributes
    ----------
    key : str
        ``test/<label>/<stem>``.
    label : str
        Its folder.
    defects : tuple of str
        Names of the regions it holds, sorted; its folder's name when it is defective and holds none.
    score : float
        The map's maximum.
    regions : int
    """

    key: str
    label: str
    defects: tuple[str, ...]
    score: float
    regions: int

    @property
    def is_good(self) -> bool:
        """Whether the image is free of defects."""
        return not self.defects

    @property
    def group(self) -> Group:
        """Which negative pixels its own are counted with."""
        if self.regions:
            return self.defects
        return GOOD_GROUP if self.is_good else UNMARKED_GROUP


def defects_of_folder(label: str) -> tuple[str, ...]:
    """Return the defects of an image without regions: what its folder is called, unless that is ``good``."""
    return () if label == GOOD else (label,)


def summarize(key: str, label: str, score: float, regions: Sequence[RegionMask]) -> ImageSummary:
    """Name an image's defects by its regions, or by its folder when it holds none.

    >>> summarize("test/scratch/0", "scratch", 1.0, []).defects
    ('scratch',)
    """
    defects = tuple(sorted({region.defect for region in regions})) or defects_of_folder(label)
    return ImageSummary(key, label, defects, score, len(regions))


def union_of(regions: Sequence[RegionMask], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return True where any region is."""
    union = np.zeros(shape, np.bool_)
    for region in regions:
        union[region.box] |= region.inside
    return union
