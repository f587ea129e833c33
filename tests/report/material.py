"""Small datasets and submissions, drawn here, for the report's tests and those of its page in a browser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.disk.hashing import sha256_file
from curate.imaging.images import write_png

WIDTH_PX, HEIGHT_PX = 48, 36
TRAIN = 8
GOOD = BAD = 6


@dataclass(frozen=True)
class Names:
    """What things are called; the hostile ones try to be read as markup."""

    category: str = "part"
    label: str = "scratch"
    defect: str = "scratch"
    stem: str = "{:04d}"
    method: str = "drawn"
    title: str = "Tiny parts"


HOSTILE = Names(
    category='p"><script>pwned()<',
    label="<img src=x onerror=pwned()>",
    defect="</script><script>pwned()</script>",
    stem="javascript:pwned()'\"&{:04d}",
    method="</SCRIPT><svg onload=pwned()>{{ 7 * 7 }}<!--<script>",
    title='</title><script>pwned()</script> & "<b>',
)


def write_dataset(root: Path, names: Names = Names(), *, copies: int = 0) -> Path:
    """Write a category with times, a brightness that drifts, and one region in each defective image.

    ``copies`` good training images stand again in the test set: a finding with a code and pictures.
    """
    folder = root / names.category
    samples = []
    shots = [("train", "good", n) for n in range(TRAIN)]
    shots += [("test", label, n) for n in range(GOOD) for label in ("good", names.label)]
    for order, (split, label, number) in enumerate(shots):
        name = f"{split}/{label}/{names.stem.format(number)}.png"
        write_png(folder / name, _picture(order, -1 if label == "good" else number))
        masks = {}
        if label != "good":
            mask = f"ground_truth/{label}/{names.stem.format(number)}/0000.png"
            write_png(folder / mask, np.repeat(_mask(number)[..., None], 3, axis=2))
            masks[mask] = sha256_file(folder / mask)
        samples.append(_sample(folder, name, order, names, masks))
    for number in range(copies):
        name = f"test/good/{names.stem.format(100 + number)}.png"
        (folder / name).write_bytes((folder / f"train/good/{names.stem.format(number)}.png").read_bytes())
        samples.append(_sample(folder, name, len(samples), names, {}))
    entry = {
        "defect_name": names.defect,
        "pixel_value": 255,
        "saturation_threshold": 0.5,
        "relative_saturation": True,
    }
    (folder / "defects_config.json").write_text(json.dumps([entry]), encoding="utf-8")
    card = {
        "schema": "curate/dataset/1",
        "category": names.category,
        "name": names.title,
        "version": names.title,
        "license": names.title,
        "description": names.title,
        "layout": "autovi",
        "fingerprint": f"sha256:{'0' * 64}",
        "supervision": "none",
        "split": {},
        "statistics": {"images": {}, "regions": {}},
        "samples": samples,
    }
    (folder / "dataset.json").write_text(json.dumps(card), encoding="utf-8")
    return root


def write_maps(root: Path, names: Names = Names(), *, run: str = "1", weak: int = 0, copies: int = 0) -> Path:
    """Write 8-bit maps: 40 on good pixels, 200 in the regions, one good image with a spot of 220.

    Regions of the first ``weak`` defective images get 30: they are missed.
    """
    folder = root / names.category
    for number in (*range(GOOD), *range(100, 100 + copies)):
        scores = np.full((HEIGHT_PX, WIDTH_PX), 40, np.uint8)
        scores[:2, :2] = 220 if number == 3 else 40
        write_png(folder / f"test/good/{names.stem.format(number)}.png", scores)
    for number in range(BAD):
        scores = np.full((HEIGHT_PX, WIDTH_PX), 40, np.uint8)
        scores[_mask(number) > 0] = 30 if number < weak else 200
        write_png(folder / f"test/{names.label}/{names.stem.format(number)}.png", scores)
    for number in range(TRAIN):
        scores = np.full((HEIGHT_PX, WIDTH_PX), 40 + number, np.uint8)
        write_png(folder / f"train/good/{names.stem.format(number)}.png", scores)
    about = {"method": names.method, "run": run}
    (root / "submission.json").write_text(json.dumps(about), encoding="utf-8")
    return root


def _sample(folder: Path, name: str, order: int, names: Names, masks: dict[str, str]) -> dict[str, object]:
    return {
        "path": name,
        "sha256": sha256_file(folder / name),
        "masks": masks,
        "shot_at": f"2024-05-01T10:{order:02d}:00.250+02:00",
        "specimen": f"{names.title}{order}",
        "camera": names.title,
        "order": order,
    }


def _picture(order: int, defect: int) -> NDArray[np.uint8]:
    generator = np.random.default_rng(order)
    across = np.linspace(60 + 2 * order, 150 + 2 * order, WIDTH_PX)
    pixels = np.tile(across, (HEIGHT_PX, 1))[..., None] + generator.normal(0, 12, (HEIGHT_PX, WIDTH_PX, 3))
    if defect >= 0:
        pixels[_mask(defect) > 0] = (30, 30, 230)
    return np.asarray(np.clip(pixels, 0, 255), np.uint8)


def _mask(number: int) -> NDArray[np.uint8]:
    mask = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
    mask[10 : 18 + number, 12 : 24 + 2 * number] = 255
    return mask
