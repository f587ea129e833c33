"""Layouts whose images stand in a list: Real-IAD's JSON, and the CSV tables that anomalib's ``Tabular`` takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from curate.datasets.layouts.building import LayoutPicture, categories_of, leftover, split_of
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.disk.reading import every_row
from curate.errors import InputError
from curate.model.account import LeftOut
from curate.model.codes import names as codes
from curate.model.defect import GOOD, is_good_word

REAL_IAD_LIST = r"(?:.*/)?[^/]+\.json"
_REAL_IAD_BASE = r"(?:.*/)?realiad_jsons(?:/realiad_jsons)?/[^/]+\.json"
"""The lists of the paper's own setting; those of single views and of noisy training lie beside it."""
_REAL_IAD_IMAGES = r"(?:.*/)?realiad_(?P<size>256|512|1024|raw)/.*"
_SIZES = ("1024", "512", "256", "raw")
"""The first that is there is taken: 1024 is what the paper's figures were computed on."""
_ABSOLUTE = "/"


def read_real_iad(layout: Layout, folder: Folder) -> LayoutReading:
    """Read Real-IAD by its JSON lists: ``anomaly_class`` is ``OK`` or the defect, paths are below the category."""
    del layout
    known = set(folder.paths)
    bases = _real_iad_bases(folder)
    pictures, absent = [], []
    lists = folder.matching(_REAL_IAD_BASE) or folder.matching(r"[^/]+\.json")
    for path in lists:
        document = folder.document(path)
        category = PurePosixPath(path).stem
        prefix = str(document.get("meta", {}).get("prefix", "")) if isinstance(document, dict) else ""
        for split, row in _real_iad_rows(document, folder, path):
            image = _existing(str(row["image_path"]), prefix, category, bases, known)
            mask = _existing(str(row.get("mask_path") or ""), prefix, category, bases, known)
            if not image:
                absent.append(f"{category}/{row['image_path']}")
                continue
            good = is_good_word(str(row["anomaly_class"]))
            where = PurePosixPath(image)
            pictures.append(
                LayoutPicture(
                    category,
                    split,
                    GOOD if good else str(row["anomaly_class"]),
                    where.stem,
                    image,
                    () if good or not mask else (mask,),
                    specimen=where.parent.name,
                )
            )
    taken = {path for picture in pictures for path in (picture.path, *picture.masks)}
    others = [path for path in folder.matching(_REAL_IAD_IMAGES) if not path.startswith(tuple(bases)) or not bases[0]]
    left_out = [LeftOut(path, "of another size than the images that are used") for path in others if path not in taken]
    missing = leftover(codes.LISTED_FILE_MISSING, "{} listed images are not there", absent)
    return LayoutReading(categories_of(pictures), tuple(missing), tuple(lists), tuple(left_out))


def _real_iad_bases(folder: Folder) -> list[str]:
    sizes: dict[str, str] = {}
    for path in folder.matching(_REAL_IAD_IMAGES):
        parts = PurePosixPath(path).parts
        place = next(i for i, part in enumerate(parts) if part.startswith("realiad_") and part[8:] in _SIZES)
        sizes.setdefault(parts[place][8:], "/".join(parts[: place + 1]) + "/")
    # Images may also lie in category folders beside the lists.
    return [sizes[size] for size in _SIZES if size in sizes][:1] or [""]


def _real_iad_rows(document: Any, folder: Folder, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(document, dict) or not {"train", "test"} & document.keys():
        raise InputError("has neither a train nor a test list", path=folder.root / path)
    for split in ("train", "test"):
        for number, row in enumerate(document.get(split, [])):
            if not isinstance(row, dict) or not {"image_path", "anomaly_class"} <= row.keys():
                raise InputError(f"{split}[{number}] lacks image_path or anomaly_class", path=folder.root / path)
            yield split, row


def _existing(text: str, prefix: str, category: str, bases: list[str], known: set[str]) -> str:
    candidates = [base + part + text for base in bases for part in (prefix, f"{category}/", "")] if text else []
    return next((path for path in candidates if path in known), "")


def is_tabular(folder: Folder, path: str) -> bool:
    """Whether a CSV file has the columns of anomalib's tables."""
    header = folder.text(path).partition("\n")[0]
    columns = {name.strip().strip('"') for name in header.split(",")}
    return "image_path" in columns and bool(columns & {"label", "label_index", "split"})


def read_tabular(layout: Layout, folder: Folder) -> LayoutReading:
    """Read the tables of anomalib's ``Tabular``: what a row does not say follows from what it does, as there.

    ``label_index`` 0 is normal, 1 abnormal; ``label`` is ``normal``, ``normal_test``, ``abnormal`` or a defect.
    """
    del layout
    known = set(folder.paths)
    pictures, absent = [], []
    tables = [path for path in folder.matching(r"[^/]+\.csv") if is_tabular(folder, path)]
    for path in tables:
        header, *rows = (row for _, row in every_row(folder.text(path), folder.root / path, skip_blanks=True) if row)
        for row in rows:
            cells = {name.strip(): text.strip() for name, text in zip(header, row, strict=False)}
            image, mask = (_below(cells.get(name, ""), folder) for name in ("image_path", "mask_path"))
            if image not in known or (mask and mask not in known):
                absent.append(image if image not in known else mask)
            if image in known:
                pictures.append(_tabular_picture(PurePosixPath(path).stem, cells, image, mask if mask in known else ""))
    return LayoutReading(
        categories_of(pictures, "marked"),
        tuple(leftover(codes.LISTED_FILE_MISSING, "{} listed files are not there", absent)),
        tuple(tables),
    )


def _tabular_picture(category: str, cells: dict[str, str], image: str, mask: str) -> LayoutPicture:
    split, label, index = cells.get("split", ""), cells.get("label", ""), cells.get("label_index", "")
    said = is_good_word(label) or label == "normal_test"
    good = index in {"0", "0.0"} if index else said if label else split == "train"
    defect = label if label and not said else "abnormal"
    where = split_of(split) if split else ("train" if good and label != "normal_test" else "test")
    name = "_".join(PurePosixPath(image).with_suffix("").parts)
    return LayoutPicture(category, where, GOOD if good else defect, name, image, (mask,) if mask and not good else ())


def _below(text: str, folder: Folder) -> str:
    path = text.replace("\\", "/")
    root = folder.root.resolve().as_posix()
    inside = path.removeprefix(f"{root}/") if path.startswith(_ABSOLUTE) else path
    return str(PurePosixPath(inside)) if inside else ""
