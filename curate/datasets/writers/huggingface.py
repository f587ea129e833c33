"""Hugging Face image folders: ``<split>/metadata.parquet`` names each image, its masks and what they mean. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from curate.datasets.parquet import parquet_bytes
from curate.datasets.truth import Truth
from curate.datasets.writers.plan import Mask, Opened, Placed, Side
from curate.model.dataset import Category
from curate.model.defect import GOOD

_FOLDERS = {"train": "train", "val": "validation", "test": "test"}
MASKS = "masks"


def folder_image(opened: Opened) -> str:
    """``<split>/<label>_<name>``."""
    return f"{_FOLDERS[opened.sample.split]}/{opened.flat_name}"


def folder_side(opened: Opened, path: str) -> Side:
    """One mask a region, 0 and 255, in a folder beside the images."""
    where = PurePosixPath(path)
    targets = [f"{where.parent.name}/{MASKS}/{where.name}_{n:04d}.png" for n in range(len(opened.truths))]
    masks = {target: partial(_mask, truth) for target, truth in zip(targets, opened.truths, strict=True)}
    row = {
        "masks_file_names": [f"{MASKS}/{PurePosixPath(target).name}" for target in targets],
        "defects": [truth.entry.defect_name for truth in opened.truths],
        "saturation_thresholds": [float(truth.entry.saturation.value) for truth in opened.truths],
        "relative_saturations": [truth.entry.saturation.relative for truth in opened.truths],
    }
    return Side(masks, row=row)


def _mask(truth: Truth) -> Mask:
    return truth.mask * np.uint8(255)


def folder_index(category: Category, placed: Sequence[Placed]) -> dict[str, bytes]:
    """``<split>/metadata.parquet``."""
    labels = sorted({entry.sample.label for entry in placed}, key=lambda name: (name != GOOD, name))
    files = {}
    for split, folder in _FOLDERS.items():
        rows = [_row(category.name, entry) for entry in placed if entry.sample.split == split]
        if rows:
            files[f"{folder}/metadata.parquet"] = parquet_bytes(rows, labels)
    return files


def _row(category: str, entry: Placed) -> dict[str, Any]:
    return {
        "file_name": PurePosixPath(entry.path).name,
        "category": category,
        "name": entry.sample.name,
        "label": entry.sample.label,
        **entry.row,
        "specimen": entry.sample.specimen or None,
        "shot_at": entry.sample.shot_at or None,
    }
