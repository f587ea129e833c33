"""Read VIA 2 (VGG Image Annotator), JSON or CSV: pixels, turns in radians, labels under a key that the user chose."""

from __future__ import annotations

import json
from collections import defaultdict
from math import degrees
from typing import Any

from curate.label.readers.common import attempt, box, drawn, polygon, saturation_in
from curate.label.reading import ImageRef, Notes, Reading, Surroundings, joined
from curate.label.saturation import is_threshold_name
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
    """Whether a table is VIA 2's."""
    return bool(document) and set(_COLUMNS) <= set(document[0])


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read a JSON document; an image without regions is good."""
    return joined(_read_image(entry, name, around) for entry in _entries(document))


def read_csv(document: Any, name: str, around: Surroundings) -> Reading:
    """Read a table: one region a row, or one image without regions."""
    header, *rows = document
    by_file: dict[str, list[dict[str, Any]]] = defaultdict(list)
    notes = Notes(name)
    for number, row in enumerate(rows, start=2):
        values = dict(zip(header, row, strict=False))
        try:
            shape, attributes = (json.loads(values[key]) for key in _COLUMNS[1:])
        except (KeyError, ValueError) as error:
            notes.lose(codes.MALFORMED_ANNOTATION, f"line {number}: {error}")
            continue
        regions = by_file[values["filename"]]
        if shape:
            regions.append({"shape_attributes": shape, "region_attributes": attributes})
    readings = [_read_image({"filename": file, "regions": regions}, name, around) for file, regions in by_file.items()]
    return joined([*readings, Reading((), tuple(notes.findings))])


def _entries(document: Any) -> list[Any]:
    if not isinstance(document, dict):
        return []
    inner = document.get("_via_img_metadata", document)
    return list(inner.values()) if isinstance(inner, dict) else []


def _read_image(entry: dict[str, Any], name: str, around: Surroundings) -> Reading:
    notes = Notes(f"{name}#{entry['filename']}")
    listed = entry["regions"]
    listed = list(listed.values()) if isinstance(listed, dict) else listed  # old files number them
    regions = []
    for index, region in enumerate(listed, start=1):
        key = str(index)
        geometry, attributes = region.get("shape_attributes", {}), region.get("region_attributes", {})
        kind = geometry.get("name", "nothing")
        if kind not in _AREAS:
            notes.lose(codes.UNSUPPORTED_SHAPE, f"region {key} is a {kind}, which encloses no area")
            continue
        shape = attempt(notes, key, kind, _shape, geometry)
        label = _label(attributes, key, around.defect, notes)
        if shape is not None and label:
            regions.append(Region(key, label, (shape,), saturation_in(attributes, key, notes)))
    return drawn(ImageRef(entry["filename"]), regions, notes)


def _label(attributes: dict[str, Any], key: str, fallback: str, notes: Notes) -> str:
    names = [name for name in attributes if not is_threshold_name(name)]
    chosen = next((name for wanted in _LABEL_KEYS for name in names if name.lower() == wanted), "")
    chosen = chosen or (names[0] if len(names) == 1 else "")
    value = attributes.get(chosen, "")
    marked = [option for option, is_set in value.items() if is_set] if isinstance(value, dict) else [str(value)]
    if len(marked) > 1:
        notes.lose(codes.REGION_WITH_SEVERAL_LABELS, f"region {key} has the labels {', '.join(marked)}")
        return ""
    label = marked[0].strip() if marked else ""
    if not label and not fallback:
        notes.lose(
            codes.REGION_WITHOUT_LABEL,
            f"region {key} has no label; its attributes are {', '.join(attributes) or 'none'}",
        )
    return label or fallback


def _shape(geometry: dict[str, Any]) -> Shape:
    kind = geometry["name"]
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
