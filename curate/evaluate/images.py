"""What is kept of each test image: enough for every image-level number, and for saying which defects it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

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
    """One region of an image.

    Attributes
    ----------
    mask : ndarray of uint8, shape (height, width)
        Not zero inside the region; at least one pixel.
    defect : str
    saturation : Saturation
    """

    mask: NDArray[np.uint8]
    defect: str
    saturation: Saturation


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


def summarize(key: str, label: str, score: float, regions: list[RegionMask]) -> ImageSummary:
    """Name an image's defects by its regions, or by its folder when it holds none.

    >>> summarize("test/scratch/0", "scratch", 1.0, []).defects
    ('scratch',)
    """
    defects = {region.defect for region in regions} or ({label} - {GOOD})
    return ImageSummary(key, label, tuple(sorted(defects)), score, len(regions))


def union_of(regions: list[RegionMask], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return 1 where any region is, 0 elsewhere."""
    union = np.zeros(shape, np.bool_)
    for region in regions:
        union |= region.mask != 0
    return union.view(np.uint8)
