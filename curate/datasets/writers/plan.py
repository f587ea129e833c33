"""What a writer says about each image and about its category. Data and pure functions: no file is opened here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.datasets.truth import Truth
from curate.model.dataset import Category, Sample
from curate.model.defect import GOOD, SEVERAL

Mask = NDArray[np.uint8]
LOGICAL, STRUCTURAL = "logical_anomalies", "structural_anomalies"
RESERVED = (LOGICAL, STRUCTURAL)
"""Folder names of MVTec LOCO, which the published AutoVI script refuses."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One image to be written, its regions read.

    Attributes
    ----------
    category : Category
        Of the source.
    sample : Sample
        Of the source.
    size_px : tuple of int
        Width and height, upright.
    truths : tuple of Truth
    logical : frozenset of str
        Defects that break a rule instead of a surface, for MVTec LOCO.
    """

    category: Category
    sample: Sample
    size_px: tuple[int, int]
    truths: tuple[Truth, ...]
    logical: frozenset[str] = frozenset()

    @property
    def union(self) -> Mask:
        """1 where any region is; shape (height, width)."""
        union = np.zeros((self.size_px[1], self.size_px[0]), np.bool_)
        for truth in self.truths:
            union[truth.patch.box] |= truth.patch.mask
        return union.view(np.uint8)

    @property
    def label(self) -> str:
        """The image's label; MVTec LOCO's two become the name of the defect that is there."""
        if self.sample.label not in RESERVED or not self.truths:
            return self.sample.label
        names = {truth.entry.defect_name for truth in self.truths}
        return names.pop() if len(names) == 1 else SEVERAL

    @property
    def flat_name(self) -> str:
        """A name that no other image of the split has: label and name."""
        return f"{self.label}_{self.sample.name}"


@dataclass(frozen=True, slots=True)
class Side:
    """What is written for one image, besides the image.

    Attributes
    ----------
    masks : dict
        Path relative to the category's folder, to what makes the pixels of a PNG: asked one after the other, because a
        mask is as large as its image, and an image may have many.
    texts : dict
        … to text.
    row : object
        What the category's index files need; small.
    """

    masks: Mapping[str, Callable[[], Mask]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    row: Any = None


@dataclass(frozen=True, slots=True)
class Placed:
    """One image that was written.

    Attributes
    ----------
    sample : Sample
    path : str
        Relative to the category's folder.
    sha256 : str
    size_px : tuple of int
    files : dict
        Its masks and texts, with their sha256.
    regions : tuple of (str, int)
        Defect and area in pixels.
    row : object
        Of its :class:`Side`.
    """

    sample: Sample
    path: str
    sha256: str
    size_px: tuple[int, int]
    files: dict[str, str]
    regions: tuple[tuple[str, int], ...]
    row: Any = None


@dataclass(frozen=True, slots=True)
class Writer:
    """How one layout is written.

    Attributes
    ----------
    layout : str
    image : callable
        Path of the image without its ending, relative to the category's folder.
    side : callable
        What else the image needs, given the path that it got.
    index : callable
        Files of the whole category: path to bytes.
    kept : frozenset of str
        Endings of images whose bytes stay; every other image becomes a PNG.
    packed : bool
        Whether images and masks go into archives of the index instead of lying in folders.
    """

    layout: str
    image: Callable[[Opened], str]
    side: Callable[[Opened, str], Side]
    index: Callable[[Category, Sequence[Placed]], dict[str, bytes]]
    kept: frozenset[str] = frozenset({".png"})
    packed: bool = False


def is_good(opened: Opened) -> bool:
    """Whether an image is free of defects."""
    return opened.sample.label == GOOD
