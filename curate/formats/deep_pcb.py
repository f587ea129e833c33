"""DeepPCB's text files, one an image: a box and a type a line, ``x1 y1 x2 y2 type``, in pixels.

A region is its box: honest for finding defects, too large for judging outlines.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from curate.formats.records import ImageRef, Notes, Parsed, Surroundings, numbered
from curate.formats.shapes import box, drawn
from curate.model.region import Region

_CELLS = 5
_DEFECTS = {1: "open", 2: "short", 3: "mousebite", 4: "spur", 5: "copper", 6: "pin-hole"}
"""Numbers as the authors' file list has them; words as in their README's list for submissions."""


def recognises(document: Any) -> bool:
    """Whether a text's first line is a box of whole numbers and a type; every tested board has a defect."""
    rows = _rows(document)
    if not rows or len(rows[0]) != _CELLS or not all(cell.isdigit() for cell in rows[0]):
        return False
    left, top, right, bottom, kind = map(int, rows[0])
    return right > left and bottom > top and right + bottom > 2 and kind > 0  # noqa: PLR2004 - YOLO has fractions


def _rows(document: Any) -> list[list[str]]:
    return [line.replace(",", " ").split() for line in document if line.strip()]


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read the boxes of one image, whose name is the text file's with ``_test``."""
    del around
    notes = Notes(name)
    image = ImageRef(f"{PurePosixPath(name).with_suffix('').as_posix()}_test")
    return drawn(image, notes.take(numbered(_rows(document), "lines"), _region, "line"), notes)


def _region(key: str, row: list[str]) -> Region:
    try:
        left, top, right, bottom, kind = map(int, row)
        return Region(key, _DEFECTS[kind], (box(left, top, right, bottom),))
    except (ValueError, KeyError):
        raise ValueError(f"{' '.join(row)!r} is not x1 y1 x2 y2 type") from None
