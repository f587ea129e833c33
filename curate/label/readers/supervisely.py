"""Read Supervisely's JSON (one an image, ``ann/<image>.json``): pixels, polygons with holes, bitmaps as packed PNG."""

from __future__ import annotations

import base64
import zlib
from pathlib import PurePosixPath
from typing import Any

from curate.geometry.binarise import binarise
from curate.geometry.shapes import bitmap_of
from curate.label.readers.common import attempt, box, drawn, polygon, positive_size, saturation_in
from curate.label.reading import ImageRef, Notes, Reading, Surroundings
from curate.model.codes import names as codes
from curate.model.region import Polygon, Region, Shape

_AREAS = frozenset({"polygon", "rectangle", "bitmap"})


def recognises(document: Any) -> bool:
    """Whether a JSON document is Supervisely's."""
    return isinstance(document, dict) and isinstance(document.get("objects"), list) and "size" in document


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read the objects of one image, whose name is the file's without ``.json``; without objects it is good."""
    notes = Notes(name)
    size = positive_size(document["size"].get("width"), document["size"].get("height"))
    path = PurePosixPath(name)
    reference = ImageRef((path.parent / path.name.removesuffix(".json")).as_posix(), size)
    regions = []
    for index, entry in enumerate(document["objects"], start=1):
        key, kind = str(entry.get("id", index)), str(entry.get("geometryType", "nothing"))
        if kind not in _AREAS:
            notes.lose(codes.UNSUPPORTED_SHAPE, f"region {key} is a {kind}, which encloses no area")
            continue
        shape = attempt(notes, key, kind, _shape, entry, kind, around)
        if shape is not None:
            tags = {tag.get("name", ""): tag.get("value") for tag in entry.get("tags") or []}
            saturation = saturation_in(tags, key, notes)
            regions.append(Region(key, str(entry.get("classTitle") or around.defect), (shape,), saturation))
    labels = [str(tag.get("name")) for tag in document.get("tags") or [] if tag.get("value") is None]
    return drawn(reference, regions, notes, label=labels[0] if len(labels) == 1 else "")


def _shape(entry: dict[str, Any], kind: str, around: Surroundings) -> Shape:
    if kind == "bitmap":
        packed = entry["bitmap"]
        left, top = (int(value) for value in packed["origin"])
        try:
            picture = zlib.decompress(base64.b64decode(packed["data"], validate=True))
        except zlib.error as error:
            raise ValueError(f"its picture cannot be unpacked ({error})") from error
        return bitmap_of(binarise(around.decode(picture))[0], left, top)
    points = entry["points"]
    if kind == "rectangle":
        (left, top), (right, bottom) = points["exterior"]
        return box(float(left), float(top), float(right), float(bottom))
    holes = tuple(polygon(hole).exterior for hole in points.get("interior") or [])
    return Polygon(polygon(points["exterior"]).exterior, holes)
