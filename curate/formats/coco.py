"""COCO instances: polygons in pixels (several of one annotation are a union), or run lengths down the columns.

curate's datasets add to images ``name``, ``label``, ``specimen`` and ``shot_at``, and to annotations
``saturation_threshold`` with ``relative_saturation``; label exports write ``attributes``. Both are read alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from curate.formats.records import (
    ImageRef,
    LeftOutError,
    Notes,
    Parsed,
    Size,
    Surroundings,
    images_of,
    joined,
    none_good,
)
from curate.formats.shapes import (
    agree,
    box,
    drawn,
    flat_points,
    key_number,
    mapping,
    polygon,
    positive_size,
    saturation_in,
    text_of,
)
from curate.formats.writing import WrittenLabels, has_holes
from curate.geometry.patch import Patch
from curate.geometry.rasterize import rasterize_patch
from curate.geometry.run_lengths import compress, counts_of_patch, decompress, mask_of_counts
from curate.geometry.shapes import bitmap_of, corners
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.defect import SEVERAL, Saturation
from curate.model.finding import Finding
from curate.model.region import Annotation, Bitmap, Ellipse, Polygon, Rectangle, Region, Shape

FACTS = ("name", "specimen", "shot_at")
"""What curate's datasets say about an image besides its label."""


def recognises(document: Any) -> bool:
    """Whether a JSON document holds COCO's images and annotations."""
    return isinstance(document, dict) and all(isinstance(document.get(key), list) for key in ("images", "annotations"))


@dataclass(frozen=True, slots=True)
class _Tables:
    """A document by its keys: how often an image id is there, the annotations of each, the names of categories."""

    images: Counter[Any]
    annotations: dict[Any, list[tuple[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    names: dict[Any, str] = field(default_factory=dict)


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read a document; an image without annotations is good, unless some annotation cannot be assigned."""
    tables = _Tables(Counter(_key(image, "id") for image in document["images"]))
    orphans = Notes(name)
    for number, entry in enumerate(document["annotations"], start=1):
        tables.annotations[_key(entry, "image_id")].append((_named(entry, number), entry))
    for key in [key for key in tables.annotations if key is None or tables.images[key] != 1]:
        lost = tables.annotations.pop(key)
        why = "is listed more than once" if tables.images[key] and key is not None else "is not listed"
        orphans.lose(
            codes.MALFORMED_ANNOTATION, f"{len(lost)} annotations belong to image {key!r}, which {why}", len(lost)
        )
    categories = document.get("categories") or []
    orphans.take(((_named(entry, n), entry) for n, entry in enumerate(categories, 1)), partial(_category, tables.names))
    entries = ((_named(image, number), image) for number, image in enumerate(document["images"], start=1))
    whole = joined([images_of(entries, partial(_image, tables, name, around), name), orphans.parsed()])
    return none_good(whole) if orphans.lost else whole


def _key(entry: Any, field_name: str) -> Any:
    try:
        return key_number(entry[field_name])
    except (KeyError, TypeError, ValueError):
        return None


def _named(entry: Any, number: int) -> str:
    return str(entry.get("id", number)) if isinstance(entry, dict) else str(number)


def _category(names: dict[Any, str], key: str, entry: Any) -> None:
    number, name = key_number(entry["id"]), text_of(entry["name"], "name")
    if names.setdefault(number, name) != name:
        names[number] = ""
        raise ValueError(f"the category {key} has two names")


def _image(tables: _Tables, name: str, around: Surroundings, key: str, image: Any) -> Parsed:
    number = key_number(image["id"])
    if tables.images[number] > 1:
        raise LeftOutError(codes.ANNOTATION_CONTRADICTS_ITSELF, "has the id of another image")
    notes = Notes(f"{name}#image-{key}")
    stated = positive_size(image.get("width"), image.get("height"))
    reference = ImageRef(text_of(image["file_name"], "file name"), stated)
    size = stated or around.size_of(reference)
    regions = notes.take(tables.annotations.get(number, ()), partial(_region, tables.names, size, notes))
    label = text_of(image.get("label"), "label")
    facts = {fact: text for fact in FACTS if (text := text_of(image.get(fact), fact))}
    return drawn(reference, regions, notes, label="" if label == SEVERAL else label, facts=facts)


def _region(names: Mapping[Any, str], size: Size | None, notes: Notes, key: str, entry: Any) -> Region:
    name = names.get(_key(entry, "category_id"), "")
    if not name:
        message = f"has the category {entry.get('category_id')!r}, which is not listed"
        raise LeftOutError(codes.REGION_WITHOUT_LABEL, message)
    attributes = mapping(entry.get("attributes"), "attributes")
    shapes = _shapes(entry, attributes, size)
    agree(shapes, entry.get("bbox"), size)
    group = text_of(attributes.get("group_id") or entry.get("group_id"), "group")
    return Region(key, name, shapes, saturation_in({**entry, **attributes}, key, notes), group)


def _shapes(entry: Mapping[str, Any], attributes: Mapping[Any, Any], size: Size | None) -> tuple[Shape, ...]:
    outline = entry.get("segmentation")
    if isinstance(outline, dict):
        return (_run_lengths(outline, size),)
    parts = [part for part in outline or () if part != []]  # tools write [[]] beside a box
    if parts and all(isinstance(part, int | float) for part in parts):
        parts = [parts]  # one outline that is not in a list of its own
    if parts:
        return tuple(polygon(flat_points(part)) for part in parts)
    if entry.get("keypoints"):
        raise LeftOutError(codes.UNSUPPORTED_SHAPE, "has key points, which enclose no area")
    if not entry.get("bbox"):
        raise LeftOutError(codes.UNSUPPORTED_SHAPE, "has neither an outline nor a box")
    if attributes.get("rotation"):
        raise LeftOutError(codes.UNSUPPORTED_SHAPE, "is a turned box, whose sides COCO does not tell")
    x, y, width, height = (float(value) for value in entry["bbox"])
    if width < 0 or height < 0:
        raise ValueError(f"its box is {width:g}×{height:g} px")
    return (box(x, y, x + width, y + height),)


def _run_lengths(outline: Mapping[str, Any], size: Size | None) -> Bitmap:
    height, width = (int(value) for value in outline.get("size") or (size or ())[::-1])
    if size is not None and (width, height) != size:
        message = f"has run lengths of {width}×{height} pixels (width × height), its image has {size[0]}×{size[1]}"
        raise LeftOutError(codes.ANNOTATION_CONTRADICTS_ITSELF, message)
    counts = outline["counts"]
    return bitmap_of(mask_of_counts(decompress(counts) if isinstance(counts, str) else counts, height, width))


def patch_entry(patch: Patch, size_px: Size, *, packed: bool = True) -> dict[str, Any]:
    """Write a region as run lengths, with its box and area; ``packed`` chooses the compressed form of the counts."""
    counts = counts_of_patch(patch.mask, (patch.x_px, patch.y_px), size_px)
    tight = patch.trimmed()
    height, width = tight.mask.shape
    return {
        "segmentation": {"size": [size_px[1], size_px[0]], "counts": compress(counts) if packed else counts},
        "area": patch.area_px,
        "bbox": [tight.x_px, tight.y_px, width, height],
        "iscrowd": 0 if packed else 1,
    }


def threshold_entry(saturation: Saturation) -> dict[str, Any]:
    """Write a threshold as ``defects_config.json`` does: a float when relative, an integer when absolute."""
    value = float(saturation.value) if saturation.relative else int(saturation.value)
    return {"saturation_threshold": value, "relative_saturation": saturation.relative}


def write(annotations: Iterable[Annotation], image_of: Callable[[str], str], category: CategoryConfig) -> WrittenLabels:
    """Write a document; categories are numbered from 1 in the order of ``curate.toml``.

    What COCO has no outline for is written as run lengths of the same pixels.
    """
    numbers = {name: index for index, name in enumerate(category.defects, start=1)}
    images: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for image_id, annotation in enumerate(annotations, start=1):
        size = {"width": annotation.width_px, "height": annotation.height_px}
        images.append({"id": image_id, "file_name": image_of(annotation.frame), **size})
        if annotation.label and not annotation.regions:
            images[-1]["label"] = annotation.label
        for region in annotation.regions:
            entry, pixels = _entry(region, annotation)
            key = {"id": len(entries) + 1, "image_id": image_id, "category_id": numbers[region.defect]}
            entries.append({**key, **entry})
            if pixels:
                message = f"region {region.region_id} is written as pixels: COCO has no outline for {pixels}"
                findings.append(found(codes.SHAPE_NOT_WRITABLE, message, annotation.frame))
    categories = [{"id": number, "name": name} for name, number in numbers.items()]
    document = {"images": images, "annotations": entries, "categories": categories}
    return WrittenLabels(document, tuple(findings))


def _entry(region: Region, annotation: Annotation) -> tuple[dict[str, Any], str]:
    size = (annotation.width_px, annotation.height_px)
    entry = patch_entry(rasterize_patch(region.shapes, (0, 0, *size)), size, packed=False)
    kinds = _without_outline(region)
    if not kinds:
        rings = [[value for point in ring for value in point] for ring in _rings(region)]
        entry |= {"segmentation": rings, "iscrowd": 0}
    attributes = {"region_id": region.region_id}
    if region.saturation is not None:
        attributes["saturation"] = str(region.saturation)
    if region.group:
        attributes["group_id"] = region.group
    return {**entry, "attributes": attributes}, kinds


def _without_outline(region: Region) -> str:
    kinds = {
        "an ellipse" if isinstance(shape, Ellipse) else "holes" if has_holes(shape) else "a bitmap"
        for shape in region.shapes
        if isinstance(shape, Ellipse | Bitmap) or has_holes(shape)
    }
    return ", ".join(sorted(kinds))


def _rings(region: Region) -> list[Sequence[tuple[float, float]]]:
    return [
        corners(shape) if isinstance(shape, Rectangle) else shape.exterior
        for shape in region.shapes
        if isinstance(shape, Rectangle | Polygon)
    ]
