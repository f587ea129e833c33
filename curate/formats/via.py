"""VIA 1 and 2 (VGG Image Annotator), JSON or CSV: pixels, turns in radians, labels under a key that the user chose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from math import degrees
from typing import Any

from curate.formats.records import (
    ImageRef,
    LeftOutError,
    Notes,
    Parsed,
    Surroundings,
    images_of,
    joined,
    none_good,
    numbered,
)
from curate.formats.saturation import is_threshold_name
from curate.formats.shapes import box, drawn, label_of, mapping, no_area, polygon, saturation_in, text_of
from curate.model.codes import names as codes
from curate.model.region import Ellipse, Region, Shape

_LABEL_KEYS = ("label", "defect", "class", "type", "name", "category")
_AREAS = frozenset({"polygon", "rect", "circle", "ellipse"})
_COLUMNS = ("filename", "region_shape_attributes", "region_attributes")


def recognises(document: Any) -> bool:
    """Whether a JSON document is a VIA 2 project or its annotations."""
    entries = _entries(document)
    return bool(entries) and all(
        isinstance(entry, dict) and {"filename", "regions"} <= entry.keys() for entry in entries
    )


def recognises_csv(document: Any) -> bool:
    """Whether a table is VIA's; version 1 writes its header as a comment."""
    return bool(document) and set(_COLUMNS) <= {column.removeprefix("#") for column in document[0]}


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read a JSON document; an image without regions is good."""
    entries = ((text_of(entry["filename"], "filename"), entry) for entry in _entries(document))
    return images_of(entries, partial(_image, name, around), name)


def read_csv(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read a table: one region a row, or one image without regions."""
    header = [column.removeprefix("#") for column in document[0]]
    by_file: dict[tuple[str, str], list[dict[str, str]]] = {}
    notes = Notes(name)
    for line, row in enumerate(document[1:], start=2):
        values = dict(zip(header, row, strict=False))
        if len(row) == len(header):
            regions = by_file.setdefault((values["filename"], values.get("file_size", "")), [])
            regions += [values] if values[_COLUMNS[1]].strip() not in {"", "{}"} else []
        elif row:
            notes.lose(codes.MALFORMED_ANNOTATION, f"line {line} has {len(row)} columns, the header {len(header)}")
    entries = ((file, rows) for (file, _), rows in by_file.items())
    images = joined([images_of(entries, partial(_of_rows, name, around), name), notes.parsed()])
    return none_good(images) if notes.lost else images


def _of_rows(name: str, around: Surroundings, file: str, rows: list[dict[str, str]]) -> Parsed:
    notes = Notes(f"{name}#{file}")
    regions = notes.take(numbered(rows, "rows"), partial(_of_row, around.defect, notes))
    return drawn(ImageRef(file), regions, notes)


def _of_row(defect: str, notes: Notes, key: str, values: dict[str, str]) -> Region:
    shape, attributes = (json.loads(values[column]) for column in _COLUMNS[1:])
    return _region(defect, notes, key, {"shape_attributes": shape, "region_attributes": attributes})


def _entries(document: Any) -> list[Any]:
    if not isinstance(document, dict):
        return []
    inner = document.get("_via_img_metadata", document)
    return list(inner.values()) if isinstance(inner, dict) else []


def _image(name: str, around: Surroundings, key: str, entry: Any) -> Parsed:
    notes = Notes(f"{name}#{key}")
    listed = entry["regions"]
    listed = list(listed.values()) if isinstance(listed, dict) else listed  # old files number them
    regions = notes.take(numbered(listed), partial(_region, around.defect, notes))
    return drawn(ImageRef(key), regions, notes)


def _region(defect: str, notes: Notes, key: str, region: Any) -> Region:
    geometry = mapping(region.get("shape_attributes"), "shape_attributes")
    attributes = mapping(region.get("region_attributes"), "region_attributes")
    kind = text_of(geometry.get("name"), "name") or "nothing"
    if kind not in _AREAS:
        raise no_area(kind)
    shape = _shape(geometry, kind)
    return Region(key, _label(attributes, defect), (shape,), saturation_in(attributes, key, notes))


def _label(attributes: Mapping[str, Any], fallback: str) -> str:
    names = [name for name in attributes if not is_threshold_name(name)]
    chosen = next((name for wanted in _LABEL_KEYS for name in names if name.lower() == wanted), "")
    value = attributes.get(chosen or (names[0] if len(names) == 1 else ""), "")
    marked = [option for option, is_set in value.items() if is_set] if isinstance(value, dict) else [value]
    if len(marked) > 1:
        raise LeftOutError(codes.REGION_WITH_SEVERAL_LABELS, f"has the labels {', '.join(map(str, marked))}")
    label = text_of(marked[0], "label") if marked else ""
    if not label and not fallback:
        attributes_named = ", ".join(attributes) or "none"
        raise LeftOutError(codes.REGION_WITHOUT_LABEL, f"has no label; its attributes are {attributes_named}")
    return label_of(label, fallback)


def _shape(geometry: Mapping[str, Any], kind: str) -> Shape:
    if kind == "polygon":
        return polygon(zip(geometry["all_points_x"], geometry["all_points_y"], strict=True))
    if kind == "rect":
        x, y, width, height = (float(geometry[key]) for key in ("x", "y", "width", "height"))
        return box(x, y, x + width, y + height)
    cx, cy = float(geometry["cx"]), float(geometry["cy"])
    if kind == "circle":
        return Ellipse(cx, cy, float(geometry["r"]), float(geometry["r"]))
    turn = degrees(float(geometry.get("theta", 0.0)))
    return Ellipse(cx, cy, float(geometry["rx"]), float(geometry["ry"]), turn)
