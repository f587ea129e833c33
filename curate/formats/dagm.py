"""DAGM 2007, both releases: a table of ellipses, or a table of mask files.

First release: ``number  semi-axis  semi-axis  turn  x  y``, in pixels and radians; the same as a CSV with a header is
in circulation. Second release (HCI): ``number defect image 0 mask``; the masks are filled ellipses.
"""

from __future__ import annotations

from functools import partial
from math import degrees, isfinite, pi
from pathlib import PurePosixPath
from typing import Any

from curate.formats.records import AngleUnit, ImageRef, LeftOutError, Notes, Parsed, Surroundings, images_of, numbered
from curate.formats.shapes import drawn
from curate.geometry.binarise import binarise
from curate.geometry.shapes import bitmap_of
from curate.model.codes import names as codes
from curate.model.region import Bitmap, Ellipse, Region, Shape

_COLUMNS = ("filename", "x", "y", "angle", "w", "h")
_ORDER = ("filename", "w", "h", "angle", "x", "y")
_ELLIPSE, _MASKED = 6, 5
_TURN = 3
_FRACTION = 1.5


def recognises(document: Any) -> bool:
    """Whether every line of a text is a row of the first release's table."""
    rows = _rows(document)
    if not rows or not all(len(row) == _ELLIPSE and row[0].isdigit() and _numbers(row) for row in rows):
        return False
    # A box of YOLO with a score or a track has six numbers, too: fractions where an ellipse has pixels.
    return any(abs(float(row[place])) > _FRACTION for row in rows for place in (1, 2, 4))


def recognises_masks(document: Any) -> bool:
    """Whether a text is the second release's table of masks."""
    rows = _rows(document)
    rows = rows[1:] if rows and len(rows[0]) == 1 else rows
    return bool(rows) and all(len(row) == _MASKED and row[1] in {"0", "1"} and "." in row[2] for row in rows)


def recognises_csv(document: Any) -> bool:
    """Whether a table has the columns of the ellipse CSV."""
    return bool(document) and set(_COLUMNS) <= set(document[0])


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read the first release: row n is about image ``n.png`` beside the table."""
    return _ellipses([[f"{row[0]}.png", *row[1:]] for row in _rows(document)], name, around)


def read_csv(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read the CSV of ellipses."""
    header, *rows = document
    tables = [dict(zip(header, row, strict=False)) for row in rows if row]
    return _ellipses([[table.get(key, "") for key in _ORDER] for table in tables], name, around)


def read_masks(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read the second release: an image without a defect is good."""
    rows = [(row[2], row) for row in _rows(document) if len(row) == _MASKED]
    return images_of(rows, partial(_masked, name, around), name)


def _rows(document: Any) -> list[list[str]]:
    return [line.split() for line in document if line.strip()]


def _numbers(row: list[str]) -> bool:
    try:
        return all(isfinite(float(value)) for value in row)
    except ValueError:
        return False


def _ellipses(rows: list[list[str]], name: str, around: Surroundings) -> Parsed:
    unit = around.angle_unit
    if unit == "auto":
        turns = [float(row[_TURN]) for row in rows if _numbers(row[_TURN : _TURN + 1])]
        unit = "deg" if any(abs(turn) > 2 * pi for turn in turns) else "rad"
    by_image: dict[str, list[list[str]]] = {}
    for row in rows:
        by_image.setdefault(row[0], []).append(row)
    return images_of(by_image.items(), partial(_with_ellipses, name, around.defect, unit), name)


def _with_ellipses(name: str, defect: str, unit: AngleUnit, image: str, rows: list[list[str]]) -> Parsed:
    notes = Notes(f"{name}#{image}")
    regions = notes.take(numbered(rows, "rows"), partial(_ellipse, defect, unit))
    return drawn(_beside(name, image), regions, notes)


def _ellipse(defect: str, unit: AngleUnit, key: str, row: list[str]) -> Region:
    first, second, turn, x, y = (float(value) for value in row[1:])
    shape = Ellipse(x, y, first, second, degrees(turn) if unit == "rad" else turn)
    return _nameless(defect, key, shape)


def _nameless(defect: str, key: str, shape: Shape) -> Region:
    if not defect:
        raise LeftOutError(codes.REGION_WITHOUT_LABEL, "has no name in the table; give it with --defect")
    return Region(key, defect, (shape,))


def _masked(name: str, around: Surroundings, image: str, row: list[str]) -> Parsed:
    notes = Notes(f"{name}#{image}")
    masks = [("1", row[-1])] if row[1] == "1" else []
    regions = notes.take(masks, lambda key, mask: _nameless(around.defect, key, _bitmap(mask, around)), "mask")
    return drawn(_beside(name, image), regions, notes)


def _bitmap(mask: str, around: Surroundings) -> Bitmap:
    pixels = around.pixels_of(mask)
    if pixels is None:
        raise ValueError("there is no such picture beside the table")
    return bitmap_of(binarise(pixels)[0])


def _beside(name: str, image: str) -> ImageRef:
    return ImageRef((PurePosixPath(name).parent / image).as_posix())
