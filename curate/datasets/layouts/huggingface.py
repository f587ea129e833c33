"""Hugging Face image folders as curate writes them: ``<split>/metadata.parquet`` beside images and masks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from curate.datasets.layouts.building import LayoutPicture, categories_of, leftover, region, split_of
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.datasets.parquet import parquet_rows
from curate.errors import CurateError, InputError
from curate.geometry.shapes import bitmap_of
from curate.imaging.images import read_file, read_pixels
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD, Saturation
from curate.model.finding import Finding
from curate.model.region import Region

FILE = r"(?:.*/)?(?:train|validation|test)/metadata\.parquet"


def read_hugging_face(layout: Layout, folder: Folder) -> LayoutReading:
    """Read every table; a mask is one region, with its own defect and saturation threshold."""
    del layout
    known = set(folder.paths)
    findings: list[Finding] = []
    pictures, absent, masks = [], [], []
    for path in folder.matching(FILE):
        where = PurePosixPath(path).parent
        category = where.parent.name or folder.root.resolve().name
        for row in parquet_rows(read_file(folder.root / path)):
            if "file_name" not in row:
                raise InputError("has no column file_name", path=folder.root / path)
            image = str(where / row["file_name"])
            if image not in known:
                absent.append(image)
                continue
            regions = tuple(_regions(folder, where, row, findings))
            masks += [str(where / name) for name in row.get("masks_file_names") or []]
            pictures.append(
                LayoutPicture(
                    category,
                    split_of(where.name),
                    str(row.get("label") or GOOD),
                    str(row.get("name") or PurePosixPath(image).stem),
                    image,
                    regions=regions,
                    specimen=row.get("specimen") or "",
                    shot_at=row.get("shot_at") or "",
                )
            )
    findings += leftover(codes.LISTED_FILE_MISSING, "{} listed images are not there", absent)
    return LayoutReading(categories_of(pictures), tuple(findings), (*folder.matching(FILE), *masks))


def _regions(folder: Folder, where: PurePosixPath, row: dict[str, Any], findings: list[Finding]) -> Iterator[Region]:
    masks = row.get("masks_file_names") or []
    defects = row.get("defects") or [row.get("label")] * len(masks)
    thresholds = row.get("saturation_thresholds") or [1.0] * len(masks)
    relative = row.get("relative_saturations") or [True] * len(masks)
    for number, name in enumerate(masks):
        path = str(where / name)
        try:
            pixels = read_pixels(folder.root / path)
            threshold = thresholds[number] if relative[number] else int(thresholds[number])
            saturation = Saturation(threshold, relative=relative[number])
            yield region(number, str(defects[number]), [bitmap_of(pixels > 0)], saturation)
        except (CurateError, ValueError, IndexError) as error:
            findings.append(found(codes.UNREADABLE_ANNOTATION, str(getattr(error, "message", error)), path))
