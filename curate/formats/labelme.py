"""LabelMe's and X-AnyLabeling's JSON (one file an image), in pixels of the upright picture."""

from __future__ import annotations

import base64
from functools import partial
from math import hypot
from typing import Any

import numpy as np

from curate.formats.records import ImageRef, Notes, Parsed, Surroundings, numbered
from curate.formats.shapes import (
    box,
    drawn,
    label_of,
    mapping,
    no_area,
    polygon,
    positive_size,
    saturation_in,
    saturation_in_text,
    text_of,
)
from curate.geometry.binarise import binarise
from curate.geometry.shapes import bitmap_of
from curate.model.codes import names as codes
from curate.model.region import Ellipse, Point, Region, Shape

_AREAS = frozenset({"polygon", "rectangle", "circle", "mask", "oriented_rectangle", "rotation"})
_CORNERS = 4
_IGNORED = "__ignore__"


def recognises(document: Any) -> bool:
    """Whether a JSON document is LabelMe's."""
    return isinstance(document, dict) and isinstance(document.get("shapes"), list) and "imagePath" in document


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read the shapes of one image; a single flag that is set is the image's label."""
    notes = Notes(name)
    size = positive_size(document.get("imageWidth"), document.get("imageHeight"))
    reference = ImageRef(text_of(document["imagePath"], "imagePath"), size, file=name)
    regions = notes.take(numbered(document["shapes"]), partial(_region, around, notes))
    flags = [str(flag) for flag, is_set in mapping(document.get("flags"), "flags").items() if is_set is True]
    if _IGNORED in flags:
        notes.note(codes.UNUSED_VALUE, f"the flag {_IGNORED} of the whole image is not used")
    labels = [flag for flag in flags if flag != _IGNORED]
    return drawn(reference, regions, notes, label=labels[0] if len(labels) == 1 else "")


def _region(around: Surroundings, notes: Notes, key: str, entry: Any) -> Region:
    kind = text_of(entry.get("shape_type"), "shape_type") or "polygon"
    if kind not in _AREAS:
        raise no_area(kind)
    shape = _shape(entry, kind, around)
    group = text_of(entry.get("group_id"), "group_id")
    saturation = saturation_in_text(text_of(entry.get("description"), "description"), key, notes)
    saturation = saturation or saturation_in(mapping(entry.get("attributes"), "attributes"), key, notes)
    return Region(key, label_of(entry.get("label"), around.defect), (shape,), saturation, group)


def _shape(entry: Any, kind: str, around: Surroundings) -> Shape:
    points = [(float(x), float(y)) for x, y in entry["points"]]
    if kind == "rectangle":
        return _rectangle(points)
    if kind == "circle":
        (cx, cy), (x, y) = points
        radius = hypot(x - cx, y - cy)
        return Ellipse(cx, cy, radius, radius)
    if kind == "mask":
        return _mask(points, around.decode(base64.b64decode(entry["mask"], validate=True)))
    return polygon(points)


def _rectangle(points: list[Point]) -> Shape:
    """Read two corners across from each other, or all four."""
    if len(points) != _CORNERS:
        (left, top), (right, bottom) = points
        return box(left, top, right, bottom)
    outline = polygon(points)
    xs, ys = {x for x, _ in outline.exterior}, {y for _, y in outline.exterior}
    upright = len(xs) == len(ys) == 2 and len(outline.exterior) == _CORNERS  # noqa: PLR2004 - left and right
    return box(min(xs), min(ys), max(xs), max(ys)) if upright else outline


def _mask(points: list[Point], picture: Any) -> Shape:
    (left, top), (right, bottom) = points
    marked = np.asarray(binarise(picture)[0])
    height, width = round(bottom) - round(top) + 1, round(right) - round(left) + 1  # both corners are pixels of it
    dragged = any(not side.is_integer() for side in (left, top, right, bottom))
    # A mask that was dragged has corners between pixels, which may round to one pixel more or less than it has.
    if max(abs(marked.shape[0] - height), abs(marked.shape[1] - width)) > (1 if dragged else 0):
        raise ValueError(f"its picture has {marked.shape[::-1]} pixels, its corners span {(width, height)}")
    return bitmap_of(marked, round(left), round(top))
