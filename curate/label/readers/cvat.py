"""Read CVAT's XML 1.1 for images: pixels; boxes and ellipses turn about their centre, clockwise."""

from __future__ import annotations

from typing import Any

from curate.geometry.shapes import decode_bitmap
from curate.label.readers.common import attempt, drawn, polygon, positive_size, saturation_in
from curate.label.reading import ImageRef, Notes, Reading, Surroundings, joined
from curate.model.codes import names as codes
from curate.model.region import Bitmap, Ellipse, Rectangle, Region, Shape

_AREAS = frozenset({"polygon", "box", "ellipse", "mask"})
_OTHERS = frozenset({"polyline", "points", "cuboid", "skeleton"})


def recognises(document: Any) -> bool:
    """Whether an XML root is CVAT's."""
    return bool(document.tag == "annotations") and (
        document.find("image") is not None or document.find("track") is not None or document.find("meta") is not None
    )


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read a document; an image without shapes and tags is good, tracks of videos are refused."""
    del around
    readings = [_read_image(image, name) for image in document.findall("image")]
    notes = Notes(name)
    tracks = document.findall("track")
    if tracks:
        notes.lose(
            codes.UNSUPPORTED_SHAPE,
            f"{len(tracks)} tracks of a video are not read; export the job as 'CVAT for images 1.1'",
        )
    return joined([*readings, Reading((), tuple(notes.findings))])


def _read_image(image: Any, name: str) -> Reading:
    notes = Notes(f"{name}#image-{image.get('id')}")
    reference = ImageRef(image.get("name", ""), positive_size(image.get("width"), image.get("height")))
    regions = []
    for index, element in enumerate(image, start=1):
        key = element.get("id") or f"{image.get('id')}.{index}"
        if element.tag in _OTHERS:
            notes.lose(codes.UNSUPPORTED_SHAPE, f"region {key} is a {element.tag}, which encloses no area")
        elif element.tag in _AREAS:
            shape = attempt(notes, key, element.tag, _shape, element)
            if shape is not None:
                attributes = {entry.get("name", ""): entry.text or "" for entry in element.findall("attribute")}
                saturation = saturation_in(attributes, key, notes)
                group = element.get("group_id") or ""
                regions.append(Region(key, element.get("label", ""), (shape,), saturation, group))
    tags = [element.get("label", "") for element in image.findall("tag")]
    if len(tags) > 1:
        notes.note(codes.UNUSED_VALUE, f"several tags of the whole image are not used: {', '.join(tags)}")
    return drawn(reference, regions, notes, label=tags[0] if len(tags) == 1 else "")


def _shape(element: Any) -> Shape:
    turn = float(element.get("rotation") or 0.0)
    if element.tag == "polygon":
        return polygon(point.split(",") for point in element.get("points").split(";"))
    if element.tag == "box":
        left, top, right, bottom = (float(element.get(key)) for key in ("xtl", "ytl", "xbr", "ybr"))
        return Rectangle((left + right) / 2, (top + bottom) / 2, right - left, bottom - top, turn)
    if element.tag == "ellipse":
        cx, cy, rx, ry = (float(element.get(key)) for key in ("cx", "cy", "rx", "ry"))
        return Ellipse(cx, cy, rx, ry, turn)
    return _mask(element)


def _mask(element: Any) -> Bitmap:
    left, top, width, height = (int(float(element.get(key))) for key in ("left", "top", "width", "height"))
    runs = tuple(int(part) for part in element.get("rle").split(","))
    extra = len(runs) > 4 and sum(runs[:-4]) == width * height  # noqa: PLR2004 - the SDK appends the box
    bitmap = Bitmap(left, top, width, height, runs[:-4] if extra else runs)
    if sum(bitmap.runs) != width * height or min(bitmap.runs) < 0:
        raise ValueError(f"its runs cover {sum(bitmap.runs)} pixels, its box {width}×{height}")
    decode_bitmap(bitmap)
    return bitmap
