"""DAGM 2007, first release: ``Class1`` holds good images, ``Class1_def`` defective ones and a table of ellipses."""

from __future__ import annotations

import math
from pathlib import PurePosixPath

from curate.datasets.layouts.building import Picture, categories_of, leftover, region, unofficial
from curate.datasets.layouts.description import Folder, Layout, Read
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.region import Ellipse, Region

IMAGE = r"(?:.*/)?(?P<category>Class\d+?)(?P<bad>_def)?/(?P<name>\d+)\.png"
TABLE = r"(?:.*/)?Class\d+_def/labels\.txt"
_COLUMNS = 6


def read_dagm_ellipses(layout: Layout, folder: Folder) -> Read:
    """Read the first release; an ellipse is a coarse, weak label that may leave the image."""
    findings: list[Finding] = []
    ellipses: dict[str, list[Region]] = {}
    for table in folder.matching(TABLE):
        ellipses |= _table(folder, table, findings)
    pictures, unlabelled = [], []
    for path in folder.matching(IMAGE):
        where = PurePosixPath(path)
        bad = where.parent.name.lower().endswith("_def")
        category = where.parent.name[: -len("_def")] if bad else where.parent.name
        regions = tuple(ellipses.get(f"{where.parent}/{int(where.stem)}", ()))
        if bad and not regions:
            unlabelled.append(path)
            continue
        label = layout.defect if bad else GOOD
        pictures.append(Picture(category, "test", label, where.stem, path, regions=regions))
    findings += leftover(codes.LISTED_FILE_MISSING, "{} defective images have no row in labels.txt", unlabelled)
    findings += unofficial(pictures, layout.title)
    return Read(categories_of(pictures), tuple(findings))


def _table(folder: Folder, table: str, findings: list[Finding]) -> dict[str, list[Region]]:
    found_here: dict[str, list[Region]] = {}
    for number, line in enumerate(folder.text(table).splitlines(), start=1):
        parts = line.split()
        if not parts:
            continue
        try:
            index, first, second, turn, x, y = (float(part) for part in parts[:_COLUMNS])
        except ValueError:
            findings.append(
                found(
                    codes.UNREADABLE_ANNOTATION, f"line {number}: expected index, two semi-axes, rotation, x, y", table
                )
            )
            continue
        shape = Ellipse(x, y, first, second, math.degrees(turn))
        regions = found_here.setdefault(f"{PurePosixPath(table).parent}/{int(index)}", [])
        regions.append(region(len(regions), "defect", [shape]))
    return found_here
