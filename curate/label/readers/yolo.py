"""Read YOLO's text files, one an image: fractions of width and height, boxes of five numbers, else outlines."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from curate.label.readers.common import attempt, box, drawn, flat_points, known_size, polygon
from curate.label.reading import ImageRef, Notes, Reading, Size, Surroundings
from curate.model.codes import names as codes
from curate.model.region import Region, Shape

_BOX = 5
_BOX_WITH_SCORE = 6
_NEAR_ONE = 1.5
"""Fractions may overshoot the picture a little; larger numbers are pixels of another format."""


def recognises(document: Any) -> bool:
    """Whether every line of a text is a class number and fractions; an empty text is a good image."""
    rows = [line.split() for line in document if line.strip()]
    return all(_is_row(row) for row in rows)


def _is_row(row: list[str]) -> bool:
    try:
        numbers = [float(part) for part in row]
    except ValueError:
        return False
    return len(numbers) >= _BOX and numbers[0].is_integer() and all(abs(value) <= _NEAR_ONE for value in numbers[1:])


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read the rows of one image, whose name is the text file's with another ending."""
    notes = Notes(name)
    path = PurePosixPath(name)
    image = ImageRef(path.with_suffix("").as_posix())
    size = known_size(image, around)
    regions: list[Region] = []
    rows = [line.split() for line in document if line.strip()]
    for number, row in enumerate(rows, start=1):
        key = str(number)
        if len(row) == _BOX_WITH_SCORE:
            notes.lose(
                codes.UNSUPPORTED_SHAPE,
                f"row {key} has six numbers: a box with a score is a prediction, not an annotation",
            )
        elif size is None:
            notes.lose(codes.ANNOTATED_IMAGE_UNKNOWN, f"row {key} is in fractions of a picture that is not known")
        else:
            shape = attempt(notes, key, "row", _shape, row[1:], size)
            if shape is not None:
                regions.append(Region(key, around.classes.get(int(float(row[0])), row[0]), (shape,)))
    return drawn(image, regions, notes)


def _shape(row: list[str], size: Size) -> Shape:
    width, height = size
    values = [float(value) for value in row]
    if len(values) == _BOX - 1:
        cx, cy, wide, high = values
        left, top = (cx - wide / 2) * width, (cy - high / 2) * height
        return box(left, top, (cx + wide / 2) * width, (cy + high / 2) * height)
    return polygon((x * width, y * height) for x, y in flat_points(values))
