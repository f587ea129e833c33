"""Read DAGM 2007, both releases: a table of ellipses, or a table of mask files.

First release: ``number  semi-axis  semi-axis  turn  x  y``, in pixels and radians; the same as a CSV with a header is
in circulation. Second release (HCI): ``number defect image 0 mask``; the masks are filled ellipses.
"""

from __future__ import annotations

from math import degrees, pi
from pathlib import PurePosixPath
from typing import Any

from curate.geometry.binarise import binarise
from curate.geometry.shapes import bitmap_of
from curate.label.readers.common import attempt, drawn
from curate.label.reading import ImageRef, Notes, Reading, Surroundings, joined
from curate.model.codes import names as codes
from curate.model.region import Bitmap, Ellipse, Region

_COLUMNS = ("filename", "x", "y", "angle", "w", "h")
_ELLIPSE, _MASKED = 6, 5


def recognises(document: Any) -> bool:
    """Whether every line of a text is a row of the first release's table."""
    rows = [line.split() for line in document if line.strip()]
    return bool(rows) and all(len(row) == _ELLIPSE and row[0].isdigit() and _numbers(row) for row in rows)


def recognises_masks(document: Any) -> bool:
    """Whether a text is the second release's table of masks."""
    rows = [line.split() for line in document if line.strip()]
    rows = rows[1:] if rows and len(rows[0]) == 1 else rows
    return bool(rows) and all(len(row) == _MASKED and row[1] in {"0", "1"} and "." in row[2] for row in rows)


def recognises_csv(document: Any) -> bool:
    """Whether a table has the columns of the ellipse CSV."""
    return bool(document) and set(_COLUMNS) <= set(document[0])


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read the first release: row n is about image ``n.png`` beside the table."""
    rows = [line.split() for line in document if line.strip()]
    return _ellipses([(f"{row[0]}.png", [float(value) for value in row[1:]], "") for row in rows], name, around)


def read_csv(document: Any, name: str, around: Surroundings) -> Reading:
    """Read the CSV of ellipses."""
    header, *rows = document
    tables = [dict(zip(header, row, strict=False)) for row in rows if row]
    order = ("w", "h", "angle", "x", "y")
    return _ellipses([(table["filename"], [float(table[key]) for key in order], "") for table in tables], name, around)


def read_masks(document: Any, name: str, around: Surroundings) -> Reading:
    """Read the second release: an image without a defect is good."""
    rows = [line.split() for line in document if line.strip()]
    return joined(_masked(row, name, around) for row in rows if len(row) == _MASKED)


def _numbers(row: list[str]) -> bool:
    try:
        return [float(value) for value in row] != []
    except ValueError:
        return False


def _ellipses(rows: list[tuple[str, list[float], str]], name: str, around: Surroundings) -> Reading:
    unit = around.angle_unit
    if unit == "auto":
        unit = "deg" if any(abs(values[2]) > 2 * pi for _, values, _ in rows) else "rad"
    readings = []
    for image, (first, second, turn, x, y), _ in rows:
        notes = Notes(f"{name}#{image}")
        regions = []
        if around.defect:
            angle = degrees(turn) if unit == "rad" else turn
            regions.append(Region("1", around.defect, (Ellipse(x, y, first, second, angle),)))
        else:
            notes.lose(codes.REGION_WITHOUT_LABEL, "the table does not name the defect; give it with --defect")
        readings.append(drawn(_beside(name, image), regions, notes))
    return joined(readings)


def _masked(row: list[str], name: str, around: Surroundings) -> Reading:
    _, defective, image, _, mask = row
    notes = Notes(f"{name}#{image}")
    regions = []
    if defective == "1":
        made = attempt(notes, "1", f"mask {mask}", _bitmap, mask, around)
        if made is not None and around.defect:
            regions.append(Region("1", around.defect, (made,)))
        elif made is not None:
            notes.lose(codes.REGION_WITHOUT_LABEL, "the table does not name the defect; give it with --defect")
    return drawn(_beside(name, image), regions, notes)


def _bitmap(mask: str, around: Surroundings) -> Bitmap:
    pixels = around.pixels_of(mask)
    if pixels is None:
        raise ValueError("there is no such picture beside the table")
    return bitmap_of(binarise(pixels)[0])


def _beside(name: str, image: str) -> ImageRef:
    return ImageRef((PurePosixPath(name).parent / image).as_posix())
