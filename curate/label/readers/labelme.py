"""Read LabelMe's JSON (one file an image), in pixels of the upright picture."""

from __future__ import annotations

import base64
from math import hypot
from typing import Any

import numpy as np

from curate.geometry.binarise import binarise
from curate.geometry.shapes import bitmap_of
from curate.label.readers.common import attempt, box, drawn, polygon, positive_size, saturation_in, saturation_in_text
from curate.label.reading import ImageRef, Notes, Reading, Surroundings
from curate.model.codes import names as codes
from curate.model.region import Ellipse, Region, Shape

_AREAS = frozenset({"polygon", "rectangle", "circle", "mask", "oriented_rectangle"})


def recognises(document: Any) -> bool:
    """Whether a JSON document is LabelMe's."""
    return isinstance(document, dict) and isinstance(document.get("shapes"), list) and "imagePath" in document


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read the shapes of one image; a single flag that is set is the image's label."""
    notes = Notes(name)
    size = positive_size(document.get("imageWidth"), document.get("imageHeight"))
    reference = ImageRef(str(document["imagePath"]), size)
    regions = []
    for index, entry in enumerate(document["shapes"], start=1):
        key = str(index)
        kind = entry.get("shape_type") or "polygon"
        if kind not in _AREAS:
            notes.lose(codes.UNSUPPORTED_SHAPE, f"region {key} is a {kind}, which encloses no area")
            continue
        shape = attempt(notes, key, kind, _shape, entry, kind, around)
        if shape is not None:
            group = "" if entry.get("group_id") is None else str(entry["group_id"])
            saturation = saturation_in_text(str(entry.get("description") or ""), key, notes)
            saturation = saturation or saturation_in(entry.get("attributes") or {}, key, notes)
            regions.append(Region(key, str(entry.get("label") or around.defect), (shape,), saturation, group))
    flags = [flag for flag, is_set in (document.get("flags") or {}).items() if is_set is True]
    return drawn(reference, regions, notes, label=flags[0] if len(flags) == 1 else "")


def _shape(entry: dict[str, Any], kind: str, around: Surroundings) -> Shape:
    points = [(float(x), float(y)) for x, y in entry["points"]]
    if kind == "rectangle":
        (left, top), (right, bottom) = points
        return box(left, top, right, bottom)
    if kind == "circle":
        (cx, cy), (x, y) = points
        radius = hypot(x - cx, y - cy)
        return Ellipse(cx, cy, radius, radius)
    if kind == "mask":
        (left, top), (right, bottom) = points
        marked, _ = binarise(around.decode(base64.b64decode(entry["mask"], validate=True)))
        expected = (round(bottom) - round(top) + 1, round(right) - round(left) + 1)  # both corners are pixels of it
        if marked.shape != expected:
            raise ValueError(f"its picture has {marked.shape[::-1]} pixels, its corners span {expected[::-1]}")
        return bitmap_of(np.asarray(marked), round(left), round(top))
    return polygon(points)
