"""Small datasets and submissions on disk, for tests of evaluate."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from curate.model.defect import Saturation

Array = Any


@dataclass
class Item:
    """One test image: its label, its scores and its regions as (mask, pixel value)."""

    label: str
    scores: Array
    regions: list[tuple[Array, int]] = field(default_factory=list)


ENTRIES = [
    {"defect_name": "scratch", "pixel_value": 255, "saturation_threshold": 0.5, "relative_saturation": True},
    {"defect_name": "hole", "pixel_value": 10, "saturation_threshold": 3, "relative_saturation": False},
]
SATURATIONS = {255: Saturation(0.5), 10: Saturation(3, relative=False)}
NAMES = {255: "scratch", 10: "hole"}


def random_items(rng: np.random.Generator, *, levels: int = 12, shape: tuple[int, int] = (9, 11)) -> list[Item]:
    """Draw good and defective images with overlapping regions and many tied scores."""
    items = []
    for label in ("good", "good", "scratch", "hole", "multiple", "good"):
        scores = rng.integers(0, levels, shape)
        regions = []
        values = {"good": [], "scratch": [255], "hole": [10, 10], "multiple": [10, 255]}[label]
        for value in values:
            mask = np.zeros(shape, bool)
            top, left = rng.integers(0, shape[0] - 2), rng.integers(0, shape[1] - 2)
            mask[top : top + rng.integers(1, 5), left : left + rng.integers(1, 5)] = True
            if rng.random() < 0.4:
                mask[rng.integers(shape[0]), rng.integers(shape[1])] = True
            scores[mask] += rng.integers(0, levels // 2)
            regions.append((mask, value))
        items.append(Item(label, scores, regions))
    return items


def write_image(path: Path, pixels: Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)


def write_map(path: Path, scores: Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, scores)
    elif path.suffix == ".npz":
        np.savez_compressed(path, map=scores)
    else:
        assert cv2.imwrite(str(path), scores)


def write_dataset(root: Path, category: str, items: list[Item], *, train: int = 3, colour: bool = False) -> Path:
    """Write a dataset in the AutoVI layout; image names count up within their label."""
    folder = root / category
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "defects_config.json").write_text(json.dumps(ENTRIES), encoding="utf-8")
    for number in range(train):
        write_image(folder / "train" / "good" / f"{number:04d}.png", np.full(items[0].scores.shape, 90, np.uint8))
    for key, item in keyed(items):
        _, label, name = key.split("/")
        write_image(folder / f"{key}.png", np.full(item.scores.shape, 90, np.uint8))
        for place, (mask, value) in enumerate(item.regions):
            grey = np.where(mask, value, 0).astype(np.uint8)
            pixels = np.dstack([grey, grey, grey, np.full_like(grey, 255)]) if colour else grey
            write_image(folder / "ground_truth" / label / name / f"{place:04d}.png", pixels)
    return root


def write_submission(
    root: Path,
    category: str,
    items: list[Item],
    *,
    dtype: Any = np.uint16,
    suffix: str = ".png",
    train: list[float] = [],  # noqa: B006
) -> Path:
    """Write the items' scores as maps."""
    for key, item in keyed(items):
        write_map(root / category / f"{key}{suffix}", item.scores.astype(dtype))
    for number, value in enumerate(train):
        write_map(root / category / f"train/good/{number:04d}{suffix}", np.full(items[0].scores.shape, value, dtype))
    return root


def keyed(items: list[Item]) -> list[tuple[str, Item]]:
    """Name the items as their images are."""
    seen: dict[str, int] = {}
    named = []
    for item in items:
        number = seen.setdefault(item.label, 0)
        seen[item.label] += 1
        named.append((f"test/{item.label}/{number:04d}", item))
    return named
