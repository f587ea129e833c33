"""Tiny trees of pictures for the tests of layouts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.datasets.dataset import read_dataset
from curate.datasets.truth import Truth, read_truth
from curate.imaging.maps import image_size
from curate.model.dataset import Dataset

WIDTH_PX, HEIGHT_PX = 12, 8


def picture(path: Path, size: tuple[int, int] = (WIDTH_PX, HEIGHT_PX)) -> Path:
    """Write a grey picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((size[1], size[0]), 90, np.uint8))
    return path


def marks(*boxes: tuple[int, int, int, int, int], size: tuple[int, int] = (WIDTH_PX, HEIGHT_PX)) -> NDArray[np.uint8]:
    """Return a mask with boxes (left, top, right, bottom, value), half-open."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for left, top, right, bottom, value in boxes:
        mask[top:bottom, left:right] = value
    return mask


def mask(path: Path, *boxes: tuple[int, int, int, int, int], size: tuple[int, int] = (WIDTH_PX, HEIGHT_PX)) -> Path:
    """Write a mask with boxes; see :func:`marks`."""
    return array(path, marks(*boxes, size=size))


def array(path: Path, pixels: NDArray[Any]) -> Path:
    """Write pixels as OpenCV has them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def text(path: Path, content: str) -> Path:
    """Write a text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    """Count a dataset's images by category and ``split/label``."""
    result: dict[str, dict[str, int]] = {}
    for category in dataset.categories:
        own = result.setdefault(category.name, {})
        for sample in category.samples:
            own[f"{sample.split}/{sample.label}"] = own.get(f"{sample.split}/{sample.label}", 0) + 1
    return result


def truths(root: Path, dataset: Dataset | None = None) -> dict[str, list[Truth]]:
    """Read every region of a dataset by ``category/key``."""
    read = dataset or read_dataset(root)
    return {
        f"{category.name}/{sample.key}": read_truth(root, category, sample, image_size(root / sample.path))
        for category in read.categories
        for sample in category.samples
        if sample.masks or sample.regions
    }


def areas(root: Path, dataset: Dataset | None = None) -> dict[str, list[tuple[str, int]]]:
    """Return defect and area in pixels of every region by ``category/key``."""
    return {
        key: [(truth.entry.defect_name, int(np.count_nonzero(truth.mask))) for truth in found]
        for key, found in truths(root, dataset).items()
    }
