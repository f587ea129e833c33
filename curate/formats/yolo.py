"""YOLO's text files, one an image: rows of fractions of width and height; and DOTA's, turned boxes in pixels.

A row is ``class x y width height`` (a box, perhaps with the number of a track), ``class x1 y1 x2 y2 …`` (an outline;
four corners may be a turned box) or a box followed by key points (a pose, of which the box is read). A box with a
score is a prediction and refused. DOTA's row is ``x1 y1 … x4 y4 name difficulty``.
"""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import Any

from curate.formats.records import ImageRef, LeftOutError, Notes, Parsed, Size, Surroundings, numbered
from curate.formats.shapes import box, drawn, flat_points, known_size, label_of, polygon
from curate.model.codes import names as codes
from curate.model.region import Region, Shape

_BOX, _WITH_ONE, _WITH_TWO = 5, 6, 7
_OUTLINE_LEAST = 7
_DOTA_CORNERS, _DOTA = 8, 10
_NEAR_ONE = 1.5
"""Fractions may overshoot the picture a little; larger numbers are pixels of another format."""
_SEEN = frozenset({0.0, 1.0, 2.0})
"""How well a key point is seen."""


def recognises(document: Any) -> bool:
    """Whether every line of a text is a class number and fractions; an empty text is a good image."""
    return all(_is_row(row) for row in _rows(document))


def recognises_dota(document: Any) -> bool:
    """Whether every line of a text is four corners, a name and a difficulty."""
    rows = _rows(document)
    return bool(rows) and all(_is_dota(row) for row in rows)


def _rows(document: Any) -> list[list[str]]:
    lines = [line.split() for line in document if line.strip()]
    return [row for row in lines if not row[0].startswith(("imagesource:", "gsd:"))]


def _is_row(row: list[str]) -> bool:
    try:
        numbers = [float(part) for part in row]
    except ValueError:
        return False
    if len(numbers) < _BOX or not numbers[0].is_integer():
        return False
    fractions = numbers[1:_BOX] if len(numbers) in {_WITH_ONE, _WITH_TWO} or _is_pose(numbers, None) else numbers[1:]
    return all(abs(value) <= _NEAR_ONE for value in fractions)


def _is_dota(row: list[str]) -> bool:
    try:
        corners = [float(part) for part in row[:_DOTA_CORNERS]]
    except ValueError:
        return False
    return len(corners) == _DOTA_CORNERS and len(row) in {_DOTA - 1, _DOTA}


def _is_pose(numbers: list[float], key_points: Size | None) -> bool:
    """Whether a row's numbers are a box and key points: as ``kpt_shape`` says, else by how well each is seen."""
    extra = numbers[_BOX:]
    if key_points is not None:
        return len(extra) == key_points[0] * key_points[1]
    return bool(extra) and len(extra) % 3 == 0 and all(seen in _SEEN for seen in extra[2::3])


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read the rows of one image, whose name is the text file's with another ending."""
    notes = Notes(name)
    image = ImageRef(PurePosixPath(name).with_suffix("").as_posix())
    make = partial(_region, known_size(image, around), around)
    return drawn(image, notes.take(numbered(_rows(document), "rows"), make, "row"), notes)


def read_dota(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read the rows of one image, in pixels."""
    del around
    notes = Notes(name)
    image = ImageRef(PurePosixPath(name).with_suffix("").as_posix())
    return drawn(image, notes.take(numbered(_rows(document), "rows"), _dota, "row"), notes)


def _dota(key: str, row: list[str]) -> Region:
    return Region(key, row[_DOTA_CORNERS], (polygon(flat_points([float(part) for part in row[:_DOTA_CORNERS]])),))


def _region(size: Size | None, around: Surroundings, key: str, row: list[str]) -> Region:
    if size is None:
        raise LeftOutError(codes.ANNOTATED_IMAGE_UNKNOWN, "is in fractions of a picture that is not known")
    number = int(float(row[0]))
    if around.classes and number not in around.classes:
        known = ", ".join(map(str, sorted(around.classes)))
        raise LeftOutError(codes.REGION_WITHOUT_LABEL, f"is of class {number}, and the list of classes names {known}")
    label = label_of(around.classes.get(number, str(number)), around.defect)
    return Region(key, label, (_shape(row, size, around.key_points),))


def _shape(row: list[str], size: Size, key_points: Size | None) -> Shape:
    width, height = size
    numbers = [float(part) for part in row]
    scored = len(row) == _WITH_ONE and not _is_whole(row[-1])
    if scored or (len(row) == _WITH_TWO and _is_whole(row[-1])):
        more = " and the number of a track" if not scored else ""
        raise LeftOutError(
            codes.UNSUPPORTED_SHAPE, f"is a box with a score{more}: a prediction, or an ambiguous outline"
        )
    if len(row) in {_BOX, _WITH_ONE} or _is_pose(numbers, key_points):
        cx, cy, wide, high = numbers[1:_BOX]
        left, top = (cx - wide / 2) * width, (cy - high / 2) * height
        return box(left, top, (cx + wide / 2) * width, (cy + high / 2) * height)
    return polygon((x * width, y * height) for x, y in flat_points(numbers[1:]))


def _is_whole(text: str) -> bool:
    return text.isdigit()
