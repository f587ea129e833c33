"""Hugging Face image folders as curate writes them: ``<split>/metadata.parquet`` beside images and masks."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import Any

from curate.datasets.layouts.building import LayoutPicture, label_of, region, split_of
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.datasets.layouts.rows import reading_of_rows, table_of
from curate.datasets.parquet import parquet_rows
from curate.errors import InputError
from curate.formats.shapes import text_of
from curate.geometry.shapes import bitmap_of
from curate.imaging.images import read_file, read_pixels
from curate.model.defect import GOOD, Saturation, is_good_word
from curate.model.region import Region

FILE = r"(?:.*/)?(?:train|validation|test)/metadata\.parquet"


def read_hugging_face(layout: Layout, folder: Folder) -> LayoutReading:
    """Read every table; a mask is one region, with its own defect and saturation threshold."""
    tables, masks = [], list[str]()
    for path in folder.matching(FILE):
        where = PurePosixPath(path).parent
        listed = parquet_rows(read_file(folder.root / path), folder.root / path)
        if listed and "file_name" not in listed[0]:
            raise InputError("has no column file_name", path=folder.root / path)
        rows = [
            (str(number), (str(where / (row["file_name"] or "")),), row) for number, row in enumerate(listed, start=1)
        ]
        masks += [str(where / name) for row in listed for name in row.get("masks_file_names") or []]
        tables.append(table_of(path, rows, partial(_picture, folder, where)))
    return reading_of_rows(layout, folder, tables, documents=masks)[0]


def _picture(folder: Folder, where: PurePosixPath, image: str, row: dict[str, Any]) -> LayoutPicture:
    names = row.get("masks_file_names") or []
    regions = tuple(_region(folder, where, row, number, name) for number, name in enumerate(names))
    label = text_of(row.get("label"), "label") or label_of(regions, "")
    if not label or (regions and is_good_word(label)):
        raise ValueError(f"its label is {label!r}, and it has {len(regions)} masks")
    return LayoutPicture(
        where.parent.name or folder.root.resolve().name,
        split_of(where.name),
        GOOD if is_good_word(label) else label,
        text_of(row.get("name"), "name") or PurePosixPath(image).stem,
        image,
        regions=regions,
        specimen=text_of(row.get("specimen"), "specimen"),
        shot_at=text_of(row.get("shot_at"), "shot_at"),
    )


def _region(folder: Folder, where: PurePosixPath, row: dict[str, Any], number: int, name: str) -> Region:
    defect = (row.get("defects") or {number: row.get("label")})[number]
    threshold = (row.get("saturation_thresholds") or {number: 1.0})[number]
    relative = (row.get("relative_saturations") or {number: True})[number]
    saturation = Saturation(threshold if relative else int(threshold), relative=bool(relative))
    return region(
        number, text_of(defect, "defect"), [bitmap_of(read_pixels(folder.root / where / name) > 0)], saturation
    )
