"""Severstal steel: a table of run lengths, in the three shapes that circulate, and images of 1600×256 pixels."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from curate.datasets.layouts.building import Picture, categories_of, label_of, leftover, region, unofficial
from curate.datasets.layouts.description import Folder, Layout, Read
from curate.errors import InputError
from curate.geometry.run_lengths import mask_of_pairs
from curate.geometry.shapes import bitmap_of
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding
from curate.model.region import Region

TABLE = r"(?:.*/)?train[^/]*\.csv"
WIDTH_PX, HEIGHT_PX = 1600, 256
_IMAGE = r"(?:.*/)?(?P<folder>[^/]+)/[^/]+\.jpg"


def read_severstal(layout: Layout, folder: Folder) -> Read:
    """Read the training images and their runs; a class of an image is one region. Test images have no labels."""
    tables = folder.matching(TABLE)
    by_image: dict[str, dict[str, str]] = defaultdict(dict)
    for table in tables:
        for image, defect, runs in _rows(folder, table):
            if runs:
                by_image[image][defect] = runs
    findings: list[Finding] = []
    pictures = []
    for path in folder.matching(_IMAGE):
        where = PurePosixPath(path)
        if where.parent.name.lower().startswith("test"):
            continue
        regions = tuple(_regions(path, by_image.pop(where.name, {}), findings))
        pictures.append(Picture(layout.category, "test", label_of(regions), where.stem, path, regions=regions))
    findings += leftover(codes.LISTED_FILE_MISSING, "{} images of the table are not there", sorted(by_image))
    findings += unofficial(pictures, layout.title)
    return Read(categories_of(pictures), tuple(findings))


def _regions(path: str, runs: dict[str, str], findings: list[Finding]) -> Iterator[Region]:
    for number, (defect, text) in enumerate(sorted(runs.items())):
        try:
            mask = mask_of_pairs([int(part) for part in text.split()], HEIGHT_PX, WIDTH_PX)
        except ValueError as error:
            findings.append(found(codes.UNREADABLE_ANNOTATION, f"class {defect}: {error}", path))
            continue
        yield region(number, defect, [bitmap_of(mask)])


def _rows(folder: Folder, table: str) -> Iterator[tuple[str, str, str]]:
    """Yield image, class and runs of each row, whatever the table's shape."""
    rows = csv.DictReader(io.StringIO(folder.text(table)))
    columns = set(rows.fieldnames or ())
    for row in rows:
        if {"ImageId", "ClassId", "EncodedPixels"} <= columns:
            yield row["ImageId"], row["ClassId"].strip(), row["EncodedPixels"].strip()
        elif {"ImageId_ClassId", "EncodedPixels"} <= columns:
            image, _, defect = row["ImageId_ClassId"].rpartition("_")
            yield image, defect, row["EncodedPixels"].strip()
        elif {"1", "2", "3", "4"} <= columns and columns & {"img", "ImageId"}:
            image = row.get("img") or row.get("ImageId") or ""
            yield from ((image, defect, (row[defect] or "").strip()) for defect in ("1", "2", "3", "4"))
        else:
            raise InputError(
                f"has the columns {', '.join(sorted(columns))}; expected ImageId, ClassId, EncodedPixels",
                path=folder.root / table,
            )
