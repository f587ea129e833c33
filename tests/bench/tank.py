"""Draw a category of the size of AutoVI's tank_screw, and a submission for it: for measuring, not for judging."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

GOOD, DEFECTIVE, SIZE = 318, 95, (1000, 750)
KINDS = {"8-bit": ("u8", ".png"), "16-bit": ("u16", ".png"), "float32": ("f32", ".tiff")}


def draw_tank(root: Path, *, good: int = GOOD, defective: int = DEFECTIVE, size: tuple[int, int] = SIZE) -> Path:
    """Write ``root/data`` and ``root/{u8,u16,f32}``, the same scores in three types."""
    folder = root / "data" / "tank"
    folder.mkdir(parents=True, exist_ok=True)
    entry = {"defect_name": "missing", "pixel_value": 255, "saturation_threshold": 0.7, "relative_saturation": True}
    (folder / "defects_config.json").write_text(json.dumps([entry]), encoding="utf-8")
    jobs = [("good", number) for number in range(good)] + [("missing", number) for number in range(defective)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda job: _draw(root, job[0], job[1], size), jobs))
    _write(folder / "train" / "good" / "0000.png", np.zeros(size[::-1], np.uint8))
    return root


def _draw(root: Path, label: str, number: int, size: tuple[int, int]) -> None:
    rng = np.random.default_rng([number, label == "good"])
    width, height = size
    coarse = rng.normal(size=(height // 12, width // 12)).astype(np.float32)
    scores = 9 + 2 * cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC) + 0.02 * rng.normal(size=(height, width))
    name = f"{label}/{number:04d}"
    _write(root / "data" / "tank" / "test" / f"{name}.png", np.zeros((height, width), np.uint8))
    if label != "good":
        mask = np.zeros((height, width), np.uint8)
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(20, width // 10 + 21)), int(rng.integers(20, width // 12 + 21)))
        cv2.ellipse(mask, centre, axes, float(rng.integers(180)), 0, 360, 255, -1)
        scores += 9 * cv2.GaussianBlur(mask, (0, 0), 9) / 255
        pixels = np.dstack([mask, mask, mask, np.full_like(mask, 255)])
        _write(root / "data" / "tank" / "ground_truth" / f"{name}/0000.png", pixels)
    scores = np.clip(scores / 30, 0, 1).astype(np.float32)
    _write(root / "f32" / "tank" / "test" / f"{name}.tiff", scores)
    _write(root / "u16" / "tank" / "test" / f"{name}.png", np.rint(scores * 65535).astype(np.uint16))
    _write(root / "u8" / "tank" / "test" / f"{name}.png", np.rint(scores * 255).astype(np.uint8))


def _write(path: Path, pixels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    options = [cv2.IMWRITE_TIFF_COMPRESSION, 1] if path.suffix == ".tiff" else []
    assert cv2.imwrite(str(path), pixels, options)
