"""Read Label Studio's JSON export (docs/label-sources.md).

Values are per cent of the width (x, width, radiusX) or height (y, height, radiusY) of the upright picture; they
become pixels *before* anything is turned. Rectangles turn about their top-left corner, ellipses about their centre,
clockwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from curate.geometry.affine import Affine
from curate.geometry.shapes import rectangle_from_corner
from curate.label.groups import group_names
from curate.label.readers.label_studio_brush import decode_brush
from curate.label.reading import Drawn, ImageRef, Notes, Reading, Size, Surroundings, joined
from curate.label.saturation import is_threshold_name, threshold, unit_in
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD, Saturation
from curate.model.region import Ellipse, Polygon, Region, Shape

_IMAGE_KEYS = ("image", "img", "picture", "frame")
_CONTROLS = frozenset({"choices", "number", "textarea", "rating", "taxonomy", "datetime", "pairwise"})
_MIN_POINTS = 3
_GOOD_WORDS = frozenset({"good", "ok", "okay", "normal", "no defect", "none"})


def recognises(document: Any) -> bool:
    """Whether a JSON document is an export of Label Studio, or one task of it."""
    task = document[0] if isinstance(document, list) and document else document
    if not isinstance(task, dict):
        return False
    annotations = task.get("annotations", task.get("completions"))
    if not isinstance(annotations, list):
        return False
    return isinstance(task.get("data"), dict) or any(isinstance(a, dict) and "result" in a for a in annotations)


def recognises_min(document: Any) -> bool:
    """Whether a JSON document is Label Studio's JSON_MIN, whose tasks have neither regions' ids nor relations."""
    task = document[0] if isinstance(document, list) and document else None
    return isinstance(task, dict) and {"annotation_id", "annotator", "lead_time"} <= task.keys() and "data" not in task


def read_min(document: Any, name: str, around: Surroundings) -> Reading:
    """Refuse JSON_MIN: what belongs to which region cannot be told."""
    del document, around
    message = "is a JSON_MIN export, which loses the regions' ids, relations and skipped tasks"
    return Reading((), (found(codes.MALFORMED_ANNOTATION, message, name, hint="export the project as JSON instead"),))


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read an export.

    Parameters
    ----------
    document : list of tasks, or one task
    name : str
        Of the file, for findings.
    around : Surroundings
        Its ``size_of`` gives the true size of a picture; the one in the document is only a check.
    """
    tasks = document if isinstance(document, list) else [document]
    return joined(_read_task(task, index, name, around) for index, task in enumerate(tasks, start=1))


def _read_task(task: Any, index: int, name: str, around: Surroundings) -> Reading:
    number = task.get("id", index) if isinstance(task, dict) else index
    notes = Notes(f"{name}#task-{number}")
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        notes.lose(codes.MALFORMED_ANNOTATION, "a task must be an object with 'data' and 'annotations'")
        return Reading((), tuple(notes.findings))
    annotations = task.get("annotations", task.get("completions")) or []
    if not annotations:
        if task.get("drafts"):
            notes.note(codes.SKIPPED_TASK, "has a draft that nobody submitted yet")
        return Reading((), tuple(notes.findings))  # not annotated yet
    reference = _image(task, notes)
    if reference is None:
        return Reading((), tuple(notes.findings))
    readings = [_read_annotation(entry, reference, notes.path, around) for entry in annotations]
    return joined([Reading((), tuple(notes.findings)), *readings])


def _image(task: dict[str, Any], notes: Notes) -> ImageRef | None:
    values = task["data"]
    ours = values.get("curate")
    texts = {key: value for key, value in values.items() if isinstance(value, str)}
    name = next((texts[key] for key in _IMAGE_KEYS if key in texts), "") or next(
        (text for text in texts.values() if _looks_like_image(text)), str(task.get("file_upload") or "")
    )
    if isinstance(ours, dict) and isinstance(ours.get("frame"), str):
        return _pushed(name, ours)
    if name:
        return ImageRef(name)
    several = any(isinstance(value, list) for value in values.values())
    notes.lose(
        codes.UNSUPPORTED_SHAPE if several else codes.MALFORMED_ANNOTATION,
        "shows a list of images at once, which curate does not read" if several else "names no image in its data",
    )
    return None


def _pushed(name: str, ours: dict[str, Any]) -> ImageRef:
    """Read the keys that ``curate label push`` put into a task."""
    numbers, size = ours.get("from_frame"), ours.get("size")
    affine = Affine(*(float(value) for value in numbers)) if isinstance(numbers, list) and len(numbers) == 6 else None  # noqa: PLR2004 - a 2×3 matrix
    return ImageRef(
        name,
        (int(size[0]), int(size[1])) if isinstance(size, list) and len(size) == 2 else None,  # noqa: PLR2004
        ours["frame"],
        str(ours.get("window", "")),
        str(ours.get("sha256", "")),
        affine,
    )


def _looks_like_image(text: str) -> bool:
    return text.rpartition(".")[2].lower() in {"png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp"}


@dataclass
class _Parts:
    """The items of a result that share one id: the shape, its labels, and what was attached to it."""

    items: list[dict[str, Any]] = field(default_factory=list)

    def shape_item(self) -> dict[str, Any] | None:
        """Return the item that holds the geometry: the one whose type draws, or any with geometry in its value."""
        drawing = [item for item in self.items if item.get("type") not in _CONTROLS]
        return next(iter(drawing), None)

    def controls(self) -> list[dict[str, Any]]:
        return [item for item in self.items if item.get("type") in _CONTROLS]

    def labels(self) -> list[str]:
        found: dict[str, None] = {}
        for item in self.items:
            for key, value in item.get("value", {}).items():
                if key.endswith("labels") and isinstance(value, list):
                    found.update(dict.fromkeys(map(str, value)))
        return list(found)


def _read_annotation(entry: Any, image: ImageRef, path: str, around: Surroundings) -> Reading:
    notes = Notes(path)
    if not isinstance(entry, dict) or not isinstance(entry.get("result", []), list):
        notes.lose(codes.MALFORMED_ANNOTATION, "an annotation must be an object with a 'result' list")
        return Reading((), tuple(notes.findings))
    who = _annotator(entry)
    if entry.get("was_cancelled"):
        notes.note(codes.SKIPPED_TASK, f"was skipped by annotator {who or 'unknown'}")
        return Reading((), tuple(notes.findings))
    items = _sound_items(entry.get("result", []), notes)
    size = _stated_size(items, notes)
    image = replace(image, size_px=size or image.size_px)
    true_size = around.size_of(image) or size
    by_id = _by_id(items, str(entry.get("id", "0")))
    links = [(str(i.get("from_id")), str(i.get("to_id"))) for i in items if i.get("type") == "relation"]
    links += [(key, str(i["parentID"])) for key, parts in by_id.items() for i in parts.items if i.get("parentID")]
    groups = group_names(links, by_id)
    label, regions = "", []
    for key, parts in by_id.items():
        shape_item = parts.shape_item()
        if shape_item is None:
            label = _image_label(parts, notes) or label
            continue
        region = _region(key, shape_item, parts, true_size, around.defect, notes)
        if region is not None:
            regions.append(Region(key, region[0], (region[1],), region[2], groups.get(key, "")))
    if not regions and not label and not notes.lost:
        label = GOOD
    source = f"{path} annotation {entry.get('id', '')}".strip()
    when = str(entry.get("updated_at") or entry.get("created_at") or "")
    drawn = Drawn(image, tuple(regions), label, source, who, when, notes.lost)
    return Reading((drawn,), tuple(notes.findings))


def _sound_items(result: list[Any], notes: Notes) -> list[dict[str, Any]]:
    """Keep the items that have a value or are relations; the server stores anything that it is sent."""
    items = []
    for number, item in enumerate(result, start=1):
        if isinstance(item, dict) and (item.get("type") == "relation" or isinstance(item.get("value"), dict)):
            items.append(item)
        else:
            notes.lose(codes.MALFORMED_ANNOTATION, f"item {number} of the result is neither a region nor a relation")
    return items


def _annotator(entry: dict[str, Any]) -> str:
    who = entry.get("completed_by")
    if isinstance(who, dict):
        return str(who.get("email") or who.get("id") or "")
    return "" if who is None else str(who)


def _stated_size(items: list[dict[str, Any]], notes: Notes) -> Size | None:
    sizes = {
        (int(item["original_width"]), int(item["original_height"]))
        for item in items
        if item.get("original_width") and item.get("original_height")
    }
    if any(item.get("image_rotation") for item in items):
        notes.note(
            codes.IMAGE_TURNED_IN_EDITOR, "the picture was turned in the editor; its coordinates are used unturned"
        )
    if len(sizes) > 1:
        listed = ", ".join(f"{width}×{height}" for width, height in sorted(sizes))
        notes.note(
            codes.SHAPE_ALTERED, f"its regions state several picture sizes ({listed}); the picture's own size is used"
        )
        return None
    return next(iter(sizes), None)


def _by_id(items: list[dict[str, Any]], annotation: str) -> dict[str, _Parts]:
    parts: dict[str, _Parts] = defaultdict(_Parts)
    for index, item in enumerate(items):
        if item.get("type") != "relation":
            parts[str(item.get("id") or f"{annotation}.{index}")].items.append(item)
    return parts


def _region(
    key: str, item: dict[str, Any], parts: _Parts, size: Size | None, defect: str, notes: Notes
) -> tuple[str, Shape, Saturation | None] | None:
    kind = str(item.get("type", ""))
    if item.get("item_index"):
        notes.lose(
            codes.UNSUPPORTED_SHAPE,
            f"region {key} lies on image {item['item_index']} of a list, which curate does not read",
        )
        return None
    name = _defect(key, parts, defect, notes)
    shape = _shape(key, kind, item["value"], size, notes)
    if shape is None or name is None:
        return None
    return name, shape, _saturation(key, parts, notes)


def _defect(key: str, parts: _Parts, fallback: str, notes: Notes) -> str | None:
    labels = parts.labels()
    if not labels:
        labels = [
            str(choice)
            for control in parts.controls()
            for choice in control["value"].get("choices", [])
            if not unit_in(str(choice))
        ]
    if len(labels) > 1:
        notes.lose(codes.REGION_WITH_SEVERAL_LABELS, f"region {key} has the labels {', '.join(labels)}")
        return None
    if not labels and not fallback:
        notes.lose(codes.REGION_WITHOUT_LABEL, f"region {key} has no label")
        return None
    return labels[0] if labels else fallback


def _shape(key: str, kind: str, value: dict[str, Any], size: Size | None, notes: Notes) -> Shape | None:
    reader = _SHAPES.get(kind.removesuffix("labels")) or _by_value(value)
    if reader is None:
        notes.lose(
            codes.UNSUPPORTED_SHAPE, f"region {key} is of type {kind!r}, which encloses no area that curate can read"
        )
        return None
    if size is None:
        notes.lose(codes.MALFORMED_ANNOTATION, f"region {key} is in per cent of a picture whose size is not known")
        return None
    try:
        return reader(value, size)
    except _UnfinishedError:
        notes.lose(codes.UNFINISHED_POLYGON, f"region {key} is an outline that was never closed")
    except (KeyError, TypeError, ValueError) as error:
        notes.lose(codes.MALFORMED_ANNOTATION, f"region {key} of type {kind!r} is malformed: {_reason(error)}")
    return None


class _UnfinishedError(Exception):
    """An outline that the annotator did not close."""


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _polygon(value: dict[str, Any], size: Size) -> Shape:
    points = tuple((float(x) * size[0] / 100, float(y) * size[1] / 100) for x, y in value["points"])
    if value.get("closed") is False:
        raise _UnfinishedError
    if len(points) < _MIN_POINTS:
        raise ValueError(f"an outline of {len(points)} points encloses nothing")
    return Polygon(points)


def _ellipse(value: dict[str, Any], size: Size) -> Shape:
    x, y, rx, ry = (float(value[key]) for key in ("x", "y", "radiusX", "radiusY"))
    width, height = size
    turn = float(value.get("rotation") or 0.0)
    return Ellipse(x * width / 100, y * height / 100, rx * width / 100, ry * height / 100, turn)


def _rectangle(value: dict[str, Any], size: Size) -> Shape:
    x, y, wide, high = (float(value[key]) for key in ("x", "y", "width", "height"))
    width, height = size
    place = (x * width / 100, y * height / 100, wide * width / 100, high * height / 100)
    return rectangle_from_corner(*place, float(value.get("rotation") or 0.0))


_SHAPES: dict[str, Callable[[dict[str, Any], Size], Shape]] = {
    "polygon": _polygon,
    "ellipse": _ellipse,
    "rectangle": _rectangle,
    "brush": decode_brush,
}


def _by_value(value: dict[str, Any]) -> Callable[[dict[str, Any], Size], Shape] | None:
    """Tell the shape of a generic ``labels`` item by what its value holds."""
    if "rle" in value:
        return decode_brush
    if "points" in value and "closed" in value:
        return _polygon
    if "radiusX" in value:
        return _ellipse
    return _rectangle if {"x", "y", "width", "height"} <= value.keys() else None


def _saturation(key: str, parts: _Parts, notes: Notes) -> Saturation | None:
    controls = parts.controls()
    stated = [unit_in(str(c)) for control in controls for c in control["value"].get("choices", [])]
    choice = next((unit for unit in stated if unit), "")
    chosen = None
    for control in controls:
        name, value = str(control.get("from_name", "")), control["value"]
        text = value.get("text", [])
        written = [value["number"]] if "number" in value else [text] if isinstance(text, str) else list(text)
        for entry in written:
            if not is_threshold_name(name):
                notes.note(codes.UNUSED_VALUE, f"region {key}: {name} = {entry!r} is not used")
                continue
            try:
                chosen = threshold(entry, unit_in(name) or choice)
            except ValueError as error:
                notes.note(codes.UNPARSED_SATURATION, f"region {key}: {name}: {error}")
    return chosen


def _image_label(parts: _Parts, notes: Notes) -> str:
    choices = [str(choice) for item in parts.items for choice in item["value"].get("choices", [])]
    for item in parts.items:
        if "choices" not in item["value"]:
            notes.note(codes.UNUSED_VALUE, f"{item.get('from_name')} of the whole image is not used")
    if len(choices) == 1:
        return GOOD if choices[0].lower() in _GOOD_WORDS else choices[0]
    if choices:
        notes.note(codes.UNUSED_VALUE, f"several choices for the whole image are not used: {', '.join(choices)}")
    return ""
