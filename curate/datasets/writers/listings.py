"""COCO and YOLO: one document a split, one text file an image. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from curate.datasets.truth import Truth
from curate.datasets.writers.plan import Opened, Placed, Side
from curate.formats.coco import patch_entry, threshold_entry
from curate.geometry.outlines import outline_of
from curate.model.dataset import Category

_DIGITS = 9
"""Decimals of YOLO's shares: a corner comes back within a millionth of a pixel."""


def listed_image(opened: Opened) -> str:
    """``images/<split>/<label>_<name>``."""
    return f"images/{opened.sample.split}/{opened.flat_name}"


def coco_side(opened: Opened, path: str) -> Side:
    """Run lengths and box of each region: outlines would change pixels."""
    del path
    return Side(row=[_coco_region(truth) for truth in opened.truths])


def _coco_region(truth: Truth) -> dict[str, Any]:
    drawn = patch_entry(truth.patch, truth.size_px)
    return {"defect": truth.entry.defect_name, **drawn, **threshold_entry(truth.entry.saturation)}


def coco_index(category: Category, placed: Sequence[Placed]) -> dict[str, bytes]:
    """``annotations/instances_<split>.json``; image and annotation numbers run through all splits."""
    numbers = _class_numbers(category, start=1)
    files = {}
    annotation_id = 0
    for split in ("train", "val", "test"):
        images, annotations = [], []
        for image_id, entry in enumerate(placed, start=1):
            if entry.sample.split != split:
                continue
            images.append(_coco_image(image_id, entry))
            for region in entry.row:
                annotation_id += 1
                drawn = {key: value for key, value in region.items() if key != "defect"}
                head = {"id": annotation_id, "image_id": image_id, "category_id": numbers[region["defect"]]}
                annotations.append(head | drawn)
        if images:
            document = {
                "info": {"description": category.name},
                "licenses": [],
                "images": images,
                "annotations": annotations,
                "categories": [
                    {"id": number, "name": name, "supercategory": "defect"} for name, number in numbers.items()
                ],
            }
            text = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
            files[f"annotations/instances_{split}.json"] = text.encode()
    return files


def _coco_image(image_id: int, entry: Placed) -> dict[str, Any]:
    image: dict[str, Any] = {
        "id": image_id,
        "file_name": PurePosixPath(entry.path).name,
        "width": entry.size_px[0],
        "height": entry.size_px[1],
        "name": entry.sample.name,
        "label": entry.sample.label,
    }
    known = {"specimen": entry.sample.specimen, "shot_at": entry.sample.shot_at}
    return image | {key: value for key, value in known.items() if value}


def yolo_side(opened: Opened, path: str) -> Side:
    """One row a region: its outline, pieces and holes joined by bridges of no width; an empty file is a good image."""
    numbers = _class_numbers(opened.category, start=0)
    width, height = opened.size_px
    lines = []
    for truth in opened.truths:
        corners = [(x + truth.patch.x_px, y + truth.patch.y_px) for x, y in outline_of(truth.patch.mask)]
        shares = " ".join(f"{_share(x, width)} {_share(y, height)}" for x, y in corners)
        lines.append(f"{numbers[truth.entry.defect_name]} {shares}\n")
    where = PurePosixPath(path)
    return Side(texts={f"labels/{where.parent.name}/{where.name}.txt": "".join(lines)})


def yolo_index(category: Category, placed: Sequence[Placed]) -> dict[str, bytes]:
    """``data.yaml``; JSON strings are YAML strings, so any name is safe."""
    splits = {entry.sample.split for entry in placed}
    # Trainers insist on both keys: without a validation side they are shown the test side.
    val = "val" if "val" in splits else "test"
    lines = [f"train: images/{'train' if 'train' in splits else 'test'}", f"val: images/{val}"]
    lines += ["test: images/test"] if "test" in splits else []
    names = _class_numbers(category, start=0)
    lines += [
        "names:" if names else "names: []",
        *(f"  {number}: {json.dumps(name, ensure_ascii=False)}" for name, number in names.items()),
    ]
    return {"data.yaml": ("\n".join(lines) + "\n").encode()}


def _class_numbers(category: Category, start: int) -> dict[str, int]:
    names = sorted({entry.defect_name for entry in category.defects})
    return {name: number for number, name in enumerate(names, start=start)}


def _share(corner: int, side: int) -> str:
    return f"{corner / side:.{_DIGITS}f}".rstrip("0").rstrip(".") or "0"
