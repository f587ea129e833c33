"""Supervisely's JSON (one an image, ``ann/<image>.json``): pixels, polygons with holes, bitmaps as packed PNG."""

from __future__ import annotations

import base64
import zlib
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from curate.formats.records import ImageRef, Notes, Parsed, Surroundings, numbered
from curate.formats.shapes import box, drawn, label_of, mapping, no_area, polygon, positive_size, saturation_in, text_of
from curate.geometry.binarise import binarise
from curate.geometry.run_lengths import MAX_MASK_PIXELS
from curate.geometry.shapes import bitmap_of
from curate.model.region import Polygon, Region, Shape

_AREAS = frozenset({"polygon", "rectangle", "bitmap"})


def recognises(document: Any) -> bool:
    """Whether a JSON document is Supervisely's."""
    return isinstance(document, dict) and isinstance(document.get("objects"), list) and "size" in document


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read the objects of one image, whose name is the file's without ``.json``; without objects it is good."""
    notes = Notes(name)
    stated = mapping(document["size"], "size")
    size = positive_size(stated.get("width"), stated.get("height"))
    path = PurePosixPath(name)
    reference = ImageRef((path.parent / path.name.removesuffix(".json")).as_posix(), size)
    regions = notes.take(numbered(document["objects"]), partial(_region, around, notes))
    tags = numbered(document.get("tags") or [], "tags")
    labels = [text_of(tag["name"], "name") for _, tag in tags if tag.get("value") is None]
    return drawn(reference, regions, notes, label=labels[0] if len(labels) == 1 else "")


def _region(around: Surroundings, notes: Notes, key: str, entry: Any) -> Region:
    key, kind = str(entry.get("id", key)), text_of(entry.get("geometryType"), "geometryType") or "nothing"
    if kind not in _AREAS:
        raise no_area(kind)
    shape = _shape(entry, kind, around)
    tags = {tag.get("name", ""): tag.get("value") for _, tag in numbered(entry.get("tags") or [], "tags")}
    label = label_of(entry.get("classTitle"), around.defect)
    return Region(key, label, (shape,), saturation_in(tags, key, notes))


def _shape(entry: Any, kind: str, around: Surroundings) -> Shape:
    if kind == "bitmap":
        packed = entry["bitmap"]
        left, top = (int(value) for value in packed["origin"])
        picture = around.decode(_unpacked(base64.b64decode(packed["data"], validate=True)))
        return bitmap_of(binarise(picture)[0], left, top)
    points = entry["points"]
    if kind == "rectangle":
        (left, top), (right, bottom) = points["exterior"]
        return box(float(left), float(top), float(right), float(bottom))
    holes = tuple(polygon(hole).exterior for hole in points.get("interior") or [])
    return Polygon(polygon(points["exterior"]).exterior, holes)


def _unpacked(content: bytes) -> bytes:
    """Unpack a picture, of which no more than it may have is ever held."""
    try:
        unpacking = zlib.decompressobj()
        picture = unpacking.decompress(content, MAX_MASK_PIXELS)
    except zlib.error as error:
        raise ValueError(f"its picture cannot be unpacked ({error})") from error
    if unpacking.unconsumed_tail or not picture:
        raise ValueError("its picture is too large" if picture else "its picture is empty")
    return picture
