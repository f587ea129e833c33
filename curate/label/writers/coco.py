"""Write annotations as COCO instances; what COCO has no outline for is written as run lengths of the same pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from curate.geometry.rasterize import rasterize
from curate.geometry.run_lengths import counts_of
from curate.geometry.shapes import corners
from curate.label.writing import Written, has_holes
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.finding import Finding
from curate.model.region import Annotation, Bitmap, Ellipse, Polygon, Rectangle, Region


def write(annotations: Iterable[Annotation], image_of: Callable[[str], str], category: CategoryConfig) -> Written:
    """Write a document; categories are numbered from 1 in the order of ``curate.toml``."""
    numbers = {name: index for index, name in enumerate(category.defects, start=1)}
    images: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for image_id, annotation in enumerate(annotations, start=1):
        size = {"width": annotation.width_px, "height": annotation.height_px}
        images.append({"id": image_id, "file_name": image_of(annotation.frame), **size})
        for region in annotation.regions:
            entry, pixels = _entry(region, annotation)
            key = {"id": len(entries) + 1, "image_id": image_id, "category_id": numbers[region.defect]}
            entries.append({**key, **entry})
            if pixels:
                message = f"region {region.region_id} is written as pixels: COCO has no outline for {pixels}"
                findings.append(found(codes.SHAPE_NOT_WRITABLE, message, annotation.frame))
    categories = [{"id": number, "name": name} for name, number in numbers.items()]
    document = {"images": images, "annotations": entries, "categories": categories}
    return Written(document, tuple(findings))


def _entry(region: Region, annotation: Annotation) -> tuple[dict[str, Any], str]:
    mask = rasterize(region.shapes, annotation.width_px, annotation.height_px)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = [0, 0, 0, 0]
    if rows.size:
        box = [
            int(columns[0]),
            int(rows[0]),
            int(columns[-1] - columns[0]) + 1,
            int(rows[-1] - rows[0]) + 1,
        ]
    kinds = _without_outline(region)
    outline: Any = {"size": [annotation.height_px, annotation.width_px], "counts": counts_of(mask)}
    if not kinds:
        outline = [[value for point in ring for value in point] for ring in _rings(region)]
    attributes = {"region_id": region.region_id}
    if region.saturation is not None:
        attributes["saturation"] = str(region.saturation)
    if region.group:
        attributes["group_id"] = region.group
    entry = {"segmentation": outline, "bbox": box, "area": int(mask.sum()), "iscrowd": int(bool(kinds))}
    return {**entry, "attributes": attributes}, kinds


def _without_outline(region: Region) -> str:
    kinds = {
        "an ellipse" if isinstance(shape, Ellipse) else "holes" if has_holes(shape) else "a bitmap"
        for shape in region.shapes
        if isinstance(shape, Ellipse | Bitmap) or has_holes(shape)
    }
    return ", ".join(sorted(kinds))


def _rings(region: Region) -> list[tuple[tuple[float, float], ...]]:
    return [
        corners(shape) if isinstance(shape, Rectangle) else shape.exterior
        for shape in region.shapes
        if isinstance(shape, Rectangle | Polygon)
    ]
