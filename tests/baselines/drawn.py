"""A small dataset that takes no time to train on: a ring on a noisy ground; the defect is a bright block."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.imaging.images import write_png

SIZE = (72, 64)
"""Width and height."""


def picture(number: int, *, block: bool = False) -> NDArray[np.uint8]:
    generator = np.random.default_rng(number)
    pixels = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    centre = (36 + int(generator.integers(-1, 2)), 32 + int(generator.integers(-1, 2)))
    cv2.circle(pixels, centre, 18, (150, 120, 60), 4)
    noise = generator.normal(0.0, 4.0, pixels.shape)
    if block:
        pixels[mask_of(number) > 0] = (40, 40, 230)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def mask_of(number: int) -> NDArray[np.uint8]:
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    top, left = 8 + 5 * (number % 4), 8 + 7 * (number % 6)
    mask[top : top + 14, left : left + 14] = 255
    return mask


def draw_dataset(root: Path, *, train: int = 6, good: int = 3, defective: int = 3, category: str = "ring") -> Path:
    """Write the dataset in AutoVI's layout and return its folder."""
    base = root / category
    for number in range(train):
        write_png(base / "train" / "good" / f"{number:04d}.png", picture(number))
    for number in range(good):
        write_png(base / "test" / "good" / f"{number:04d}.png", picture(100 + number))
    for number in range(defective):
        write_png(base / "test" / "block" / f"{number:04d}.png", picture(200 + number, block=True))
        mask = np.repeat(mask_of(200 + number)[..., None], 3, axis=2)
        write_png(base / "ground_truth" / "block" / f"{number:04d}" / "0000.png", mask)
    entry = {"defect_name": "block", "pixel_value": 255, "saturation_threshold": 1.0, "relative_saturation": True}
    (base / "defects_config.json").write_text(json.dumps([entry]))
    return root


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every map and table, by name."""
    kept = {".npy", ".csv"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in kept
    }
