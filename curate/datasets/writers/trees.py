"""AutoVI, MVTec LOCO, MVTec AD and VisA: folders of images and of masks. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath

import numpy as np

from curate.datasets.layout import MASK_FOLDERS
from curate.datasets.truth import Truth
from curate.datasets.writers.plan import LOGICAL, STRUCTURAL, Mask, Opened, Placed, Side, is_good
from curate.model.dataset import Category
from curate.model.defect import GOOD

_LOCO_SPLITS = {"train": "train", "val": "validation", "test": "test"}
VISA_COLUMNS = ("object", "split", "label", "image", "mask")


def autovi_image(opened: Opened) -> str:
    """``<split>/<label>/<name>``."""
    return f"{opened.sample.split}/{opened.label}/{opened.sample.name}"


def autovi_side(opened: Opened, path: str) -> Side:
    """One mask a region with three equal channels: the published script indexes the first of three."""
    where = PurePosixPath(path)
    folder = f"{MASK_FOLDERS[opened.sample.split]}/{where.parent.name}/{where.name}"
    return Side({f"{folder}/{n:04d}.png": partial(_valued, truth, channels=3) for n, truth in enumerate(opened.truths)})


def loco_image(opened: Opened) -> str:
    """``<split>/<good or kind of anomaly>/<defect>_<name>``; defects share a folder, so they are in the name."""
    split = _LOCO_SPLITS[opened.sample.split]
    if is_good(opened):
        return f"{split}/{GOOD}/{opened.sample.name}"
    if opened.sample.label in {LOGICAL, STRUCTURAL}:
        return f"{split}/{opened.sample.label}/{opened.sample.name}"
    kind = LOGICAL if {truth.entry.defect_name for truth in opened.truths} & opened.logical else STRUCTURAL
    return f"{split}/{kind}/{opened.flat_name}"


def loco_side(opened: Opened, path: str) -> Side:
    """One single-channel mask a region."""
    where = PurePosixPath(path)
    folder = f"{MASK_FOLDERS[opened.sample.split]}/{where.parent.name}/{where.name}"
    return Side({f"{folder}/{n:03d}.png": partial(_valued, truth) for n, truth in enumerate(opened.truths)})


def mvtec_image(opened: Opened) -> str:
    """``<split>/<label>/<name>``; validation images lie in ``validation``, where MVTec AD's readers do not look."""
    return f"{_LOCO_SPLITS[opened.sample.split]}/{opened.label}/{opened.sample.name}"


def mvtec_side(opened: Opened, path: str) -> Side:
    """One mask an image, 0 and 255, all regions in it."""
    if not opened.truths:
        return Side()
    where = PurePosixPath(path)
    target = f"{MASK_FOLDERS[opened.sample.split]}/{where.parent.name}/{where.name}_mask.png"
    return Side({target: partial(_union, opened)})


def visa_image(opened: Opened) -> str:
    """``Data/Images/<Normal or Anomaly>/<split>_<label>_<name>``."""
    kind = "Normal" if is_good(opened) else "Anomaly"
    return f"Data/Images/{kind}/{opened.sample.split}_{opened.flat_name}"


def visa_side(opened: Opened, path: str) -> Side:
    """One mask an image whose values are numbers of defects, from 1 in the order of their names."""
    numbers = visa_numbers(opened.category)
    row = (opened.sample.split, [truth.entry.defect_name for truth in opened.truths])
    if not opened.truths:
        return Side(row=(*row, ""))
    target = f"Data/Masks/Anomaly/{PurePosixPath(path).name}.png"
    return Side({target: partial(_numbered, opened, numbers)}, row=(*row, target))


def visa_numbers(category: Category) -> dict[str, int]:
    """Return the mask value of each defect."""
    names = sorted({entry.defect_name for entry in category.defects})
    return {name: number for number, name in enumerate(names, start=1)}


def visa_index(category: Category, placed: Sequence[Placed]) -> dict[str, bytes]:
    """``image_anno.csv``, and the rows of the split table that all categories share."""
    annotations = io.StringIO()
    table = csv.writer(annotations, lineterminator="\n")
    table.writerow(("image", "label", "mask"))
    splits = io.StringIO()
    rows = csv.writer(splits, lineterminator="\n")
    rows.writerow(VISA_COLUMNS)
    for entry in placed:
        split, defects, mask = entry.row
        good = entry.sample.is_good
        image = f"{category.name}/{entry.path}"
        shown = f"{category.name}/{mask}" if mask else ""
        table.writerow((image, "normal" if good else ",".join(sorted(set(defects))), shown))
        rows.writerow(
            (category.name, "test" if split == "test" else "train", "normal" if good else "anomaly", image, shown)
        )
    names = {str(number): name for name, number in visa_numbers(category).items()}
    classes = json.dumps({category.name: {"0": "BACKGROUND", **names}}, indent=2, ensure_ascii=False) + "\n"
    return {
        "image_anno.csv": annotations.getvalue().encode(),
        "1cls.csv": splits.getvalue().encode(),
        "id2class.json": classes.encode(),
    }


def _valued(truth: Truth, channels: int = 1) -> Mask:
    """Return a region's mask with the value of its entry, in one or several equal channels."""
    shape = (truth.size_px[1], truth.size_px[0])
    mask = np.zeros(shape if channels == 1 else (*shape, channels), np.uint8)
    mask[truth.patch.box][truth.patch.mask] = truth.entry.pixel_value or 255
    return mask


def _union(opened: Opened) -> Mask:
    return opened.union * np.uint8(255)


def _numbered(opened: Opened, numbers: Mapping[str, int]) -> Mask:
    mask = np.zeros((opened.size_px[1], opened.size_px[0]), np.uint8)
    for truth in opened.truths:
        mask[truth.patch.box][truth.patch.mask] = numbers[truth.entry.defect_name]
    return mask
