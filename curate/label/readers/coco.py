"""Read COCO instances: polygons in pixels (several of one annotation are a union), or run lengths down the columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from curate.geometry.run_lengths import decompress, mask_of_counts
from curate.geometry.shapes import bitmap_of
from curate.label.readers.common import attempt, box, drawn, flat_points, polygon, positive_size, saturation_in
from curate.label.reading import ImageRef, Notes, Reading, Surroundings, joined
from curate.model.codes import names as codes
from curate.model.region import Bitmap, Polygon, Rectangle, Region, Shape


def recognises(document: Any) -> bool:
    """Whether a JSON document holds COCO's images and annotations."""
    return isinstance(document, dict) and all(isinstance(document.get(key), list) for key in ("images", "annotations"))


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read a document; an image without annotations is good."""
    del around
    names = {entry.get("id"): str(entry.get("name", "")) for entry in document.get("categories", [])}
    by_image: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for entry in document["annotations"]:
        by_image[entry.get("image_id") if isinstance(entry, dict) else None].append(entry)
    readings = []
    for image in document["images"]:
        notes = Notes(f"{name}#image-{image.get('id')}")
        entries = by_image.pop(image.get("id"), [])
        reference = ImageRef(str(image.get("file_name", "")), positive_size(image.get("width"), image.get("height")))
        regions = [region for entry in entries if (region := _region(entry, names, notes)) is not None]
        readings.append(drawn(reference, regions, notes))
    lost = Notes(name)
    for image_id, entries in by_image.items():
        lost.lose(
            codes.MALFORMED_ANNOTATION, f"{len(entries)} annotations belong to image {image_id!r}, which is not listed"
        )
    return joined([*readings, Reading((), tuple(lost.findings))])


def _region(entry: dict[str, Any], names: Mapping[Any, str], notes: Notes) -> Region | None:
    key = str(entry.get("id", "?"))
    name = names.get(entry.get("category_id"), "")
    if not name:
        notes.lose(
            codes.REGION_WITHOUT_LABEL,
            f"region {key} has the category {entry.get('category_id')!r}, which is not listed",
        )
        return None
    shapes = _shapes(entry, key, notes)
    if not shapes:
        return None
    attributes = entry.get("attributes") or {}
    group = str(attributes.get("group_id") or entry.get("group_id") or "")
    return Region(key, name, shapes, saturation_in({**entry, **attributes}, key, notes), group)


def _shapes(entry: dict[str, Any], key: str, notes: Notes) -> tuple[Shape, ...]:
    outline = entry.get("segmentation")
    if isinstance(outline, dict):
        bitmap = attempt(notes, key, "run lengths", _bitmap, outline)
        return (bitmap,) if bitmap else ()
    if outline:
        parts = [attempt(notes, key, "polygon", _outline, part) for part in outline]
        return tuple(part for part in parts if part is not None)
    if entry.get("bbox"):
        if (entry.get("attributes") or {}).get("rotation"):
            notes.lose(codes.UNSUPPORTED_SHAPE, f"region {key} is a turned box, whose sides COCO does not tell")
            return ()
        sides = attempt(notes, key, "box", _box, entry["bbox"])
        return (sides,) if sides else ()
    kind = "key points" if entry.get("keypoints") else "no outline"
    notes.lose(codes.UNSUPPORTED_SHAPE, f"region {key} has {kind}, which encloses no area")
    return ()


def _outline(part: list[float]) -> Polygon:
    return polygon(flat_points(part))


def _box(values: list[float]) -> Rectangle:
    x, y, width, height = (float(value) for value in values)
    return box(x, y, x + width, y + height)


def _bitmap(outline: dict[str, Any]) -> Bitmap:
    height, width = (int(value) for value in outline["size"])
    counts = outline["counts"]
    return bitmap_of(mask_of_counts(decompress(counts) if isinstance(counts, str) else counts, height, width))
