"""Annotation records: JSON lines, one frame a line, in frame pixels, as ``schemas/annotation.schema.json`` says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from curate.disk.atomic import write_text
from curate.disk.json_text import parse_json
from curate.disk.reading import read_text
from curate.disk.schema import schema_problems
from curate.errors import InputError, MissingError, RecordError
from curate.model.defect import Saturation
from curate.model.region import Annotation, Bitmap, Ellipse, Point, Polygon, Rectangle, Region, Shape
from curate.workspace.config import parse_saturation

_HINT = "correct the line, or delete the file and run `curate label import` again"


def read_annotations(path: Path) -> dict[str, Annotation]:
    """Read a record of annotations; the keys are frames, in file order.

    Raises
    ------
    MissingError
        If there is no such file.
    RecordError
        If a line is no annotation, or a frame stands there twice; the message names the line.
    """
    try:
        lines = read_text(path).splitlines()
    except MissingError as error:
        raise MissingError("there is no such record file", path=path, hint="run `curate label import FILE`") from error
    except InputError as error:
        raise RecordError(error.message, path=path, hint=_HINT) from error
    annotations: dict[str, Annotation] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        annotation = _parse_line(path, number, line)
        if annotation.frame in annotations:
            raise RecordError(f"line {number}: the frame {annotation.frame} stands there twice", path=path, hint=_HINT)
        annotations[annotation.frame] = annotation
    return annotations


def write_annotations(path: Path, annotations: Iterable[Annotation]) -> None:
    """Write a record of annotations, one frame a line, whole or not at all."""
    write_text(path, "".join(f"{format_annotation(annotation)}\n" for annotation in annotations))


def format_annotation(annotation: Annotation) -> str:
    """Render one line; numbers keep every digit, so reading gives back the same shapes."""
    document = {
        "frame": annotation.frame,
        "width": annotation.width_px,
        "height": annotation.height_px,
        "label": annotation.label,
        "source": annotation.source,
        "regions": [_region_json(region) for region in annotation.regions],
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _parse_line(path: Path, number: int, line: str) -> Annotation:
    try:
        document = parse_json(line)
    except ValueError as error:
        raise RecordError(f"line {number} is not JSON: {error}", path=path, hint=_HINT) from error
    try:
        return Annotation(
            frame=document["frame"],
            width_px=document["width"],
            height_px=document["height"],
            label=document.get("label", ""),
            regions=tuple(_region(region) for region in document["regions"]),
            source=document.get("source", ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # Checking every line against the schema costs more than reading it: only broken ones are explained by it.
        problems = [
            f"{'.'.join(map(str, place)) or 'the line'}: {text}"
            for place, text in schema_problems(document, "annotation")
        ]
        raise RecordError(f"line {number}: {'; '.join(problems) or error}", path=path, hint=_HINT) from error


def _region_json(region: Region) -> dict[str, Any]:
    document: dict[str, Any] = {"id": region.region_id, "defect": region.defect}
    if region.group:
        document["group"] = region.group
    if region.saturation is not None:
        saturation = region.saturation
        document["saturation"] = float(saturation.value) if saturation.relative else str(saturation)
    document["shapes"] = [_shape_json(shape) for shape in region.shapes]
    return document


def _shape_json(shape: Shape) -> dict[str, Any]:
    if isinstance(shape, Polygon):
        document: dict[str, Any] = {"type": "polygon", "points": shape.exterior}
        return {**document, "holes": shape.holes} if shape.holes else document
    if isinstance(shape, Ellipse):
        place = {"cx": shape.cx_px, "cy": shape.cy_px, "rx": shape.rx_px, "ry": shape.ry_px}
        return {"type": "ellipse", **place, "angle": shape.angle_deg}
    if isinstance(shape, Rectangle):
        place = {"cx": shape.cx_px, "cy": shape.cy_px, "width": shape.width_px, "height": shape.height_px}
        return {"type": "rectangle", **place, "angle": shape.angle_deg}
    box = {"x": shape.x_px, "y": shape.y_px, "width": shape.width_px, "height": shape.height_px}
    return {"type": "bitmap", **box, "runs": shape.runs}


def _region(document: dict[str, Any]) -> Region:
    threshold = document.get("saturation")
    saturation: Saturation | None = None if threshold is None else parse_saturation(threshold)
    return Region(
        region_id=document["id"],
        defect=document["defect"],
        shapes=tuple(_shape(shape) for shape in document["shapes"]),
        saturation=saturation,
        group=document.get("group", ""),
    )


def _shape(document: dict[str, Any]) -> Shape:
    kind = document["type"]
    if kind == "polygon":
        return Polygon(_ring(document["points"]), tuple(_ring(hole) for hole in document.get("holes", ())))
    if kind == "ellipse":
        return Ellipse(*_floats(document, "cx", "cy", "rx", "ry"), float(document.get("angle", 0.0)))
    if kind == "rectangle":
        return Rectangle(*_floats(document, "cx", "cy", "width", "height"), float(document.get("angle", 0.0)))
    if kind == "bitmap":
        x, y, width, height = (int(document[key]) for key in ("x", "y", "width", "height"))
        bitmap = Bitmap(x, y, width, height, tuple(document["runs"]))
        if sum(bitmap.runs) != bitmap.width_px * bitmap.height_px:
            raise ValueError(
                f"the runs of a bitmap cover {sum(bitmap.runs)} pixels, expected {bitmap.width_px * bitmap.height_px}"
            )
        return bitmap
    raise ValueError(f"unknown shape {kind!r}, expected polygon, ellipse, rectangle or bitmap")


def _ring(points: list[list[float]]) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in points)


def _floats(document: dict[str, Any], *keys: str) -> tuple[float, float, float, float]:
    first, second, third, fourth = (float(document[key]) for key in keys)
    return first, second, third, fourth
