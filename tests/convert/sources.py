"""A small dataset that has everything a layout may lose."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from curate.datasets.card import CARD_NAME, format_card
from curate.datasets.defects_config import format_defects_config
from curate.model.card import Card, SampleOrigin
from curate.model.defect import DefectEntry, Saturation
from tests.datasets.trees import array, marks, text

ENTRIES = (
    DefectEntry("scratch", 255, Saturation(1.0)),
    DefectEntry("missing", 254, Saturation(5, relative=False)),
    DefectEntry("missing", 253, Saturation(0.5)),
)
SIZE = (16, 12)
IMAGES = (
    "train/good/0000",
    "train/good/0001",
    "val/good/0000",
    "test/good/0000",
    "test/scratch/0000",
    "test/multiple/0000",
)


def rich_dataset(root: Path, category: str = "part") -> Path:
    """Write an AutoVI dataset: overlapping regions, holes, several pieces, thresholds, validation, specimens, times."""
    base = root / category
    generator = np.random.default_rng(3)
    for image in IMAGES:
        array(base / f"{image}.png", generator.integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8))
    ring = marks((1, 1, 7, 7, 255), size=SIZE)
    ring[3:5, 3:5] = 0  # a hole
    ring[10:12, 12:16] = 255  # a second piece
    touching = marks((8, 2, 9, 3, 254), (9, 3, 10, 4, 254), size=SIZE)  # pieces that touch at a corner
    over = marks((4, 4, 12, 9, 253), size=SIZE)  # lies over the ring
    for path, mask in (
        ("scratch/0000/0000", ring),
        ("multiple/0000/0000", ring),
        ("multiple/0000/0001", touching),
        ("multiple/0000/0002", over),
    ):
        array(base / f"ground_truth/{path}.png", np.dstack([mask] * 3))
    text(base / "defects_config.json", format_defects_config(ENTRIES))
    samples = tuple(
        SampleOrigin(
            f"{image}.png",
            "0" * 64,
            frame=f"main/{number}.jpg",
            shot_at=f"2024-05-01T10:0{number}:00",
            specimen=f"s{number // 2}",
            order=number,
        )
        for number, image in enumerate(IMAGES)
    )
    card = Card(
        category,
        "line",
        "1.2",
        "CC0",
        "",
        "autovi",
        "sha256:" + "0" * 64,
        "none",
        {},
        {"images": {}, "regions": {}},
        samples,
    )
    text(base / CARD_NAME, format_card(card))
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def photo(path: Path, orientation: int) -> Path:
    """Write a JPEG of 8×4 pixels whose upper half is white, and an EXIF orientation."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[:2] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)).save(path, "JPEG", exif=exif)
    return path
