"""Layouts whose images stand in a list: Real-IAD's JSON, and the CSV tables that anomalib's ``Tabular`` takes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from curate.datasets.layouts.building import LayoutPicture, label_of, region, split_named
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.datasets.layouts.rows import Table, cells_of, csv_rows, flat_name, reading_of_rows, table_of
from curate.errors import InputError
from curate.formats.documents import parsed_content
from curate.formats.shapes import box, mapping, text_of
from curate.imaging.images import read_file
from curate.imaging.maps import image_size
from curate.model.account import LeftOut
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
    bases = _real_iad_bases(folder)
    lists = folder.matching(_REAL_IAD_BASE) or folder.matching(r"[^/]+\.json")
    reading, pictures = reading_of_rows(layout, folder, [_real_iad_list(folder, path, bases) for path in lists])
    taken = {path for picture in pictures for path in (picture.path, *picture.masks)}
    taken |= {out.place for out in reading.left_out} | set(reading.documents)
    others = [path for path in folder.matching(_REAL_IAD_IMAGES) if not path.startswith(tuple(bases)) or not bases[0]]
    sizes = [LeftOut(path, "of another size than the images that are used") for path in others if path not in taken]
    return replace(reading, left_out=(*reading.left_out, *sizes))


def _real_iad_list(folder: Folder, path: str, bases: list[str]) -> Table:
    document = folder.document(path)
    if not isinstance(document, dict) or not {"train", "test"} & document.keys():
        raise InputError("has neither a train nor a test list", path=folder.root / path)
    known, category = set(folder.paths), PurePosixPath(path).stem
    prefix = text_of(mapping(document.get("meta"), "meta").get("prefix"), "prefix")

    def file_of(row: Any, column: str) -> str:
        """Return the file that a row names: where it lies, or below the category, where it should."""
        text = row.get(column) if isinstance(row, dict) else None
        if not text or not isinstance(text, str):
            return ""
        candidates = [base + part + text for base in bases for part in (prefix, f"{category}/", "")]
        return next((path for path in candidates if path in known), f"{category}/{text}")

    def make(image: str, entry: Any) -> LayoutPicture:
        split, row = entry
        label = text_of(row["anomaly_class"], "anomaly_class")
        if not image or not label:
            raise ValueError("it lacks image_path or anomaly_class")
        mask, where = file_of(row, "mask_path"), PurePosixPath(image)
        return LayoutPicture(
            category,
            split,
            GOOD if is_good_word(label) else label,
            where.stem,
            image,
            (mask,) if mask else (),
            specimen=f"{label}/{where.parent.name}",  # items are numbered anew for each class
        )

    rows = [
        (f"{split}[{number}]", (file_of(row, "image_path"), file_of(row, "mask_path")), (split, row))
        for split in ("train", "test")
        for number, row in enumerate(document.get(split) or [])
    ]
    return table_of(path, rows, make)


def _real_iad_bases(folder: Folder) -> list[str]:
    sizes: dict[str, str] = {}
    for path in folder.matching(_REAL_IAD_IMAGES):
        parts = PurePosixPath(path).parts
        place = next(i for i, part in enumerate(parts) if part.startswith("realiad_") and part[8:] in _SIZES)
        sizes.setdefault(parts[place][8:], "/".join(parts[: place + 1]) + "/")
    # Images may also lie in category folders beside the lists.
    return [sizes[size] for size in _SIZES if size in sizes][:1] or [""]


ELPV_TABLE = r"(?:.*/)?labels\.csv"
_ELPV_LABELS = {0.0: GOOD, 0.33: "defective_33", 0.67: "defective_67", 1.0: "defective"}
"""The experts' probabilities that a cell is defective; what lies between is a label of its own, not a guess."""


def read_elpv(layout: Layout, folder: Folder) -> LayoutReading:
    """Read ``images/cell0001.png  1.0  mono``: path, probability of a defect, kind of cell."""

    def make(image: str, cells: list[str]) -> LayoutPicture:
        _, share, _ = cells
        label = _ELPV_LABELS[min(_ELPV_LABELS, key=lambda known: abs(known - float(share)))]
        if not image or not 0 <= float(share) <= 1:
            raise ValueError(f"{share} is no probability")
        return LayoutPicture(layout.category, "test", label, PurePosixPath(image).stem, image)

    tables = []
    for path in folder.matching(ELPV_TABLE):
        base = PurePosixPath(path).parent
        lines = [line.replace(",", " ").split() for line in folder.text(path).splitlines() if line.strip()]
        rows = [(str(number), (str(base / cells[0]) if cells else "",), cells) for number, cells in enumerate(lines, 1)]
        tables.append(table_of(path, rows, make))
    return reading_of_rows(layout, folder, tables)[0]


WOOD_BOXES = r"(?:.*/)?Bou(?:n)?ding Boxes\d*/(?P<name>[^/]+)_anno\.txt"
_WOOD_IMAGE = r"(?:.*/)?Images\d*/(?P<name>[^/]+)\.(?:bmp|png|jpe?g)"


def read_wood(layout: Layout, folder: Folder) -> LayoutReading:
    """Read the wood surfaces of Kodytek et al.: ``Live_Knot 0.1 0.1 0.3 0.4``, sides as fractions of the image."""
    images = {PurePosixPath(path).stem: path for path in folder.matching(_WOOD_IMAGE)}

    def make(image: str, path: str) -> LayoutPicture:
        width, height = image_size(folder.root / image)
        regions = []
        for number, line in enumerate(filter(str.strip, folder.text(path).splitlines())):
            defect, *sides = line.replace(",", ".").rsplit(maxsplit=4)
            left, top, right, bottom = map(float, sides)
            regions.append(region(number, defect, [box(left * width, top * height, right * width, bottom * height)]))
        name = PurePosixPath(image).stem
        return LayoutPicture(layout.category, "test", label_of(regions), name, image, regions=tuple(regions))

    tables = [
        table_of(path, [("its image", (images.get(PurePosixPath(path).stem.removesuffix("_anno"), ""),), path)], make)
        for path in folder.matching(WOOD_BOXES)
    ]
    return reading_of_rows(layout, folder, tables)[0]


def is_tabular(folder: Folder, path: str) -> bool:
    """Whether a CSV file has the columns of anomalib's tables."""
    file = folder.root / path
    columns = {name.strip() for name in next(iter(parsed_content(read_file(file), "csv", file)), [])}
    return "image_path" in columns and bool(columns & {"label", "label_index", "split"})


def read_tabular(layout: Layout, folder: Folder) -> LayoutReading:
    """Read the tables of anomalib's ``Tabular``: what a row does not say follows from what it does, as there.

    ``label_index`` 0 is normal, 1 abnormal; ``label`` is ``normal``, ``normal_test``, ``abnormal`` or a defect.
    """
    tables = []
    for path in folder.matching(r"[^/]+\.csv"):
        if is_tabular(folder, path):
            rows = [
                (line, tuple(_below(cells.get(name, ""), folder) for name in ("image_path", "mask_path")), cells)
                for line, cells in csv_rows(folder, path)
            ]
            tables.append(table_of(path, rows, partial(_tabular_picture, folder, PurePosixPath(path).stem)))
    return reading_of_rows(layout, folder, tables, "marked")[0]


def _tabular_picture(folder: Folder, category: str, image: str, row: dict[str, str]) -> LayoutPicture:
    cells = cells_of(row)
    split, label, index = cells.get("split", ""), cells.get("label", ""), cells.get("label_index", "")
    if not image or not (split or label or index):
        raise ValueError("it names no image, or neither split nor label")
    said = is_good_word(label) or label == "normal_test"
    good = not float(index) if index else said if label else split == "train"
    if index and float(index) not in {0.0, 1.0}:
        raise ValueError(f"its label_index is {index!r}, expected 0 or 1")
    if index and label and good != said:
        raise ValueError(f"its label is {label!r} and its label_index {index}")
    defect = label if label and not said else "abnormal"
    where = split_named(split) if split else ("train" if good and label != "normal_test" else "test")
    mask = _below(cells.get("mask_path", ""), folder)
    return LayoutPicture(category, where, GOOD if good else defect, flat_name(image), image, (mask,) if mask else ())


def _below(text: str, folder: Folder) -> str:
    path = text.replace("\\", "/")
    root = folder.root.resolve().as_posix()
    inside = path.removeprefix(f"{root}/") if path.startswith(_ABSOLUTE) else path
    return str(PurePosixPath(inside)) if inside else ""
