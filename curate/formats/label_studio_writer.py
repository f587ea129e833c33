"""Write annotations as Label Studio tasks; the inverse of :mod:`curate.formats.label_studio`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from curate.formats.label_studio_brush import encode_brush
from curate.formats.label_studio_names import GOOD_CHOICE, QUALITY, SATURATION, TOOLS
from curate.formats.writing import WrittenLabels, as_pixels, has_holes
from curate.geometry.shapes import corners
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.region import Annotation, Bitmap, Ellipse, Polygon, Rectangle, Region, Shape


def write(annotations: Iterable[Annotation], image_of: Callable[[str], str], category: CategoryConfig) -> WrittenLabels:
    """Write one task a frame, finished annotations; ``image_of`` gives the image's path or URL for a frame."""
    del category
    return _tasks(annotations, image_of, "annotations")


def write_predictions(
    annotations: Iterable[Annotation], image_of: Callable[[str], str], category: CategoryConfig
) -> WrittenLabels:
    """Write one task a frame, with suggestions to start from."""
    del category
    return _tasks(annotations, image_of, "predictions")


def _tasks(annotations: Iterable[Annotation], image_of: Callable[[str], str], kind: str) -> WrittenLabels:
    tasks: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for annotation in annotations:
        result, said = result_of(annotation)
        findings += said
        data = {"image": image_of(annotation.frame), "curate": {"frame": annotation.frame, "window": ""}}
        tasks.append({"data": data, kind: [{"result": result}]})
    return WrittenLabels(tasks, tuple(findings))


def result_of(annotation: Annotation) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Return the result list of one picture, and what had to be said about it."""
    items: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for region in annotation.regions:
        items += _region_items(region, annotation, findings)
    items += _relations(annotation.regions)
    if annotation.label and not annotation.regions:
        choice = GOOD_CHOICE if annotation.label == GOOD else annotation.label
        value = {"choices": [choice]}
        items.append({"id": "label", "type": "choices", "from_name": QUALITY, "to_name": "image", "value": value})
    return items, findings


def _region_items(region: Region, annotation: Annotation, findings: list[Finding]) -> list[dict[str, Any]]:
    size = (annotation.width_px, annotation.height_px)
    items = []
    for index, shape in enumerate(region.shapes):
        drawable = shape
        if has_holes(shape):
            drawable = as_pixels((shape,), annotation)
            message = f"region {region.region_id}: a polygon with holes became a brush stroke of the same pixels"
            findings.append(found(codes.SHAPE_NOT_WRITABLE, message, annotation.frame))
        kind, value = _value(drawable, size)
        item = {
            "id": region.region_id if index == 0 else f"{region.region_id}.{index}",
            "type": f"{kind}labels",
            "from_name": TOOLS[kind],
            "to_name": "image",
            "original_width": size[0],
            "original_height": size[1],
            "image_rotation": 0,
            "value": {**value, f"{kind}labels": [region.defect]},
        }
        # The parts of one region hang together as children of the first.
        items.append(item if index == 0 else {**item, "parentID": region.region_id})
    if region.saturation is not None:
        text = {"text": [str(region.saturation)]}
        items.append({**items[0], "type": "textarea", "from_name": SATURATION, "value": text})
    return items


def _relations(regions: Iterable[Region]) -> list[dict[str, Any]]:
    first: dict[str, str] = {}
    items = []
    for region in regions:
        if region.group and region.group in first:
            link = {"from_id": first[region.group], "to_id": region.region_id}
            items.append({"type": "relation", **link, "direction": "right", "labels": []})
        elif region.group:
            first[region.group] = region.region_id
    return items


def _value(shape: Shape, size: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    width, height = size
    if isinstance(shape, Polygon):
        points = [[x * 100 / width, y * 100 / height] for x, y in shape.exterior]
        return "polygon", {"points": points, "closed": True}
    if isinstance(shape, Ellipse):
        place = {"x": shape.cx_px * 100 / width, "y": shape.cy_px * 100 / height}
        radii = {"radiusX": shape.rx_px * 100 / width, "radiusY": shape.ry_px * 100 / height}
        return "ellipse", {**place, **radii, "rotation": shape.angle_deg}
    if isinstance(shape, Rectangle):
        x, y = corners(shape)[0]  # its pivot is the corner that was top left before it was turned
        place = {"x": x * 100 / width, "y": y * 100 / height}
        extent = {"width": shape.width_px * 100 / width, "height": shape.height_px * 100 / height}
        return "rectangle", {**place, **extent, "rotation": shape.angle_deg}
    return "brush", _brush(shape, size)


def _brush(bitmap: Bitmap, size: tuple[int, int]) -> dict[str, Any]:
    return {"format": "rle", "rle": encode_brush(bitmap, size)}
