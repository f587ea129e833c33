"""Label Studio's JSON export (docs/label-sources.md).

Values are percent of the width (x, width, radiusX) or height (y, height, radiusY) of the upright picture; they
become pixels *before* anything is turned. Rectangles turn about their top-left corner, ellipses about their centre,
clockwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from curate.formats.groups import group_names
from curate.formats.label_studio_brush import decode_brush
from curate.formats.records import (
    Drawn,
    ImageRef,
    LeftOutError,
    Notes,
    Parsed,
    Size,
    Surroundings,
    images_of,
    joined,
    numbered,
)
from curate.formats.saturation import is_threshold_name, threshold, unit_in
from curate.formats.shapes import polygon
from curate.geometry.affine import Affine
from curate.geometry.shapes import rectangle_from_corner
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD, Saturation, is_good_word
from curate.model.region import Ellipse, Region, Shape

_IMAGE_KEYS = ("image", "img", "picture", "frame")
_CONTROLS = frozenset({"choices", "number", "textarea", "rating", "taxonomy", "datetime", "pairwise"})
_PICTURE_ENDINGS = frozenset({"png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp"})


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


def read_min(document: Any, name: str, around: Surroundings) -> Parsed:
    """Refuse JSON_MIN: what belongs to which region cannot be told."""
    del around
    notes = Notes(name)
    message = "is a JSON_MIN export, which loses the regions' ids, relations and skipped tasks"
    hint = "export the project as JSON instead"
    notes.findings.append(found(codes.MALFORMED_ANNOTATION, message, name, hint=hint))
    notes.leave(message, len(document))
    return notes.parsed()


def read(document: Any, name: str, around: Surroundings) -> Parsed:
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
    return images_of(_named(tasks), partial(_task, name, around), name)


def _named(entries: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    for number, entry in enumerate(entries, start=1):
        yield str(entry.get("id", number) if isinstance(entry, dict) else number), entry


def _task(name: str, around: Surroundings, key: str, task: Any) -> Parsed:
    notes = Notes(f"{name}#task-{key}")
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        raise TypeError("a task must be an object with 'data' and 'annotations'")
    annotations = task.get("annotations", task.get("completions")) or []
    if not annotations:
        if task.get("drafts"):
            notes.note(codes.SKIPPED_TASK, "has a draft that nobody submitted yet")
        notes.leave("is not annotated yet")
        return notes.parsed()
    reference = _image(task)
    entries = ((str(number), entry) for number, entry in _named(annotations))
    parts = notes.take(entries, partial(_annotation, reference, notes.path, around), "annotation")
    return joined([notes.parsed(), *parts])


def _image(task: dict[str, Any]) -> ImageRef:
    values = task["data"]
    ours = values.get("curate")
    texts = {key: value for key, value in values.items() if isinstance(value, str)}
    pictures = [key for key, text in texts.items() if _looks_like_image(text)]
    name = next((texts[key] for key in _IMAGE_KEYS if key in texts), "") or next(
        (texts[key] for key in pictures), str(task.get("file_upload") or "")
    )
    if isinstance(ours, dict) and isinstance(ours.get("frame"), str):
        return _pushed(name, ours)
    if len(pictures) > 1:
        drawn_on = {item.get("to_name") for item in _items_of(task)}
        chosen = [key for key in pictures if drawn_on == {key}]
        if not chosen:
            raise LeftOutError(codes.UNSUPPORTED_SHAPE, f"shows several images at once: {', '.join(pictures)}")
        return ImageRef(texts[chosen[0]])
    if name:
        return ImageRef(name)
    if any(isinstance(value, list) for value in values.values()):
        raise LeftOutError(codes.UNSUPPORTED_SHAPE, "shows a list of images at once, which curate does not read")
    raise LeftOutError(codes.MALFORMED_ANNOTATION, "names no image in its data")


def _items_of(task: dict[str, Any]) -> list[dict[str, Any]]:
    annotations = task.get("annotations", task.get("completions")) or []
    results = [entry.get("result") or [] for entry in annotations if isinstance(entry, dict)]
    return [item for result in results for item in result if isinstance(item, dict) and item.get("type") != "relation"]


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
    return text.partition("?")[0].rpartition(".")[2].lower() in _PICTURE_ENDINGS


@dataclass
class _RegionItems:
    """The items of a result that share one id and one geometry: the shape, its labels, and what was attached to it."""

    items: list[dict[str, Any]] = field(default_factory=list)

    def shape_item(self) -> dict[str, Any] | None:
        """Return the item that holds the geometry: the one whose type draws."""
        return next((item for item in self.items if item.get("type") not in _CONTROLS), None)

    def controls(self) -> list[dict[str, Any]]:
        return [item for item in self.items if item.get("type") in _CONTROLS]

    def labels(self) -> list[str]:
        names: dict[str, None] = {}
        for item in self.items:
            for key, value in item.get("value", {}).items():
                if key.endswith("labels") and isinstance(value, list):
                    names.update(dict.fromkeys(map(str, value)))
        return list(names)


def _annotation(image: ImageRef, path: str, around: Surroundings, key: str, entry: Any) -> Parsed:
    notes = Notes(path)
    if not isinstance(entry, dict) or not isinstance(entry.get("result", []), list):
        raise TypeError("it must be an object with a 'result' list")
    who = _annotator(entry)
    if entry.get("was_cancelled"):
        notes.note(codes.SKIPPED_TASK, f"was skipped by annotator {who or 'unknown'}")
        notes.leave("was skipped")
        return notes.parsed()
    items = notes.take(numbered(entry.get("result", [])), _sound_item, "item")
    notes.used = 0  # items are counted as the regions that they make up
    size = _stated_size(items, notes)
    image = replace(image, size_px=size or image.size_px)
    true_size = around.size_of(image) or size
    by_id = _by_id(items, key)
    links = [(str(i.get("from_id")), str(i.get("to_id"))) for i in items if i.get("type") == "relation"]
    links += [(key, str(i["parentID"])) for key, parts in by_id.items() for i in parts.items if i.get("parentID")]
    groups = group_names(links, by_id)
    labels = [_image_label(parts, notes) for parts in by_id.values() if parts.shape_item() is None]
    drawing = ((key, parts) for key, parts in by_id.items() if parts.shape_item() is not None)
    regions = notes.take(drawing, partial(_region, true_size, around.defect, groups, notes))
    label = next((label for label in reversed(labels) if label), "")
    if not regions and not label and not notes.lost:
        label = GOOD
    source = f"{path} annotation {entry.get('id', '')}".strip()
    when = str(entry.get("updated_at") or entry.get("created_at") or "")
    return notes.parsed(Drawn(image, tuple(regions), label, source, who, when, notes.lost))


def _sound_item(key: str, item: Any) -> dict[str, Any]:
    """Return an item that has a value or is a relation; the server stores anything that it is sent."""
    del key
    if isinstance(item, dict) and (item.get("type") == "relation" or isinstance(item.get("value"), dict)):
        hash(item.get("type"))
        return item
    raise LeftOutError(codes.MALFORMED_ANNOTATION, "of the result is neither a region nor a relation")


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


def _by_id(items: list[dict[str, Any]], annotation: str) -> dict[str, _RegionItems]:
    """Put the items of each region together; copied regions may share an id, and differ in their geometry."""
    parts: dict[str, _RegionItems] = {}
    geometry: dict[str, str] = {}
    for index, item in enumerate(items):
        if item.get("type") == "relation":
            continue
        name = key = str(item.get("id") or f"{annotation}.{index}")
        if item.get("type") not in _CONTROLS:
            drawn = _geometry(item)
            number = 1
            while geometry.setdefault(key, drawn) != drawn:
                number += 1
                key = f"{name}~{number}"
        parts.setdefault(key, _RegionItems()).items.append(item)
    return parts


def _geometry(item: dict[str, Any]) -> str:
    """Return where an item lies, as a text: everything in its value but what it is called."""
    value = {key: part for key, part in item["value"].items() if not key.endswith("labels")}
    return json.dumps(value, sort_keys=True, default=str)


def _region(
    size: Size | None, defect: str, groups: dict[str, str], notes: Notes, key: str, parts: _RegionItems
) -> Region:
    item = parts.shape_item() or {}
    if item.get("item_index"):
        raise LeftOutError(
            codes.UNSUPPORTED_SHAPE, f"lies on image {item['item_index']} of a list, which curate does not read"
        )
    name = _defect(key, parts, defect, notes)
    shape = _shape(str(item.get("type", "")), item["value"], size)
    if any(isinstance(one.get("meta"), dict) and one["meta"].get("text") for one in parts.items):
        notes.note(codes.UNUSED_VALUE, f"region {key}: its note is not used")
    return Region(key, name, (shape,), _saturation(key, parts, notes), groups.get(key, ""))


def _defect(key: str, parts: _RegionItems, fallback: str, notes: Notes) -> str:
    labels = parts.labels()
    choices = [
        (str(control.get("from_name", "")), str(choice))
        for control in parts.controls()
        for choice in control["value"].get("choices", [])
        if not unit_in(str(choice))
    ]
    if not labels:
        labels, choices = [choice for _, choice in choices], []
    for control, choice in choices:
        if choice not in labels:
            notes.note(codes.UNUSED_VALUE, f"region {key}: {control} = {choice!r} is not used")
    if len(labels) > 1:
        raise LeftOutError(codes.REGION_WITH_SEVERAL_LABELS, f"has the labels {', '.join(labels)}")
    if not labels and not fallback:
        raise LeftOutError(codes.REGION_WITHOUT_LABEL, "has no label")
    return labels[0] if labels else fallback


def _shape(kind: str, value: dict[str, Any], size: Size | None) -> Shape:
    reader = _SHAPES.get(kind.removesuffix("labels")) or _by_value(value)
    if reader is None:
        raise LeftOutError(codes.UNSUPPORTED_SHAPE, f"is of type {kind!r}, which encloses no area that curate can read")
    if size is None:
        raise LeftOutError(codes.MALFORMED_ANNOTATION, "is in percent of a picture whose size is not known")
    return reader(value, size)


def _polygon(value: dict[str, Any], size: Size) -> Shape:
    outline = polygon((float(x) * size[0] / 100, float(y) * size[1] / 100) for x, y in value["points"])
    if value.get("closed") is False:
        raise LeftOutError(codes.UNFINISHED_POLYGON, "is an outline that was never closed")
    return outline


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


def _saturation(key: str, parts: _RegionItems, notes: Notes) -> Saturation | None:
    controls = parts.controls()
    stated = [unit_in(str(c)) for control in controls for c in control["value"].get("choices", [])]
    choice = next((unit for unit in stated if unit), "")
    chosen = None
    for control in controls:
        name = str(control.get("from_name", ""))
        for entry in _written(control):
            if not is_threshold_name(name):
                notes.note(codes.UNUSED_VALUE, f"region {key}: {name} = {entry!r} is not used")
                continue
            try:
                chosen = threshold(entry, unit_in(name) or choice)
            except ValueError as error:
                notes.note(codes.UNPARSED_SATURATION, f"region {key}: {name}: {error}")
    return chosen


def _written(control: dict[str, Any]) -> list[Any]:
    """Return what a control says, but for choices, which may name the defect."""
    value = control["value"]
    said: list[Any] = []
    for name in ("number", "text", "rating", "taxonomy", "datetime"):
        if name in value:
            said += value[name] if isinstance(value[name], list) else [value[name]]
    return said


def _image_label(parts: _RegionItems, notes: Notes) -> str:
    choices = [str(choice) for item in parts.items for choice in item["value"].get("choices", [])]
    for item in parts.items:
        if "choices" not in item["value"]:
            notes.note(codes.UNUSED_VALUE, f"{item.get('from_name')} of the whole image is not used")
    if len(choices) == 1:
        return GOOD if is_good_word(choices[0]) else choices[0]
    if choices:
        notes.note(codes.UNUSED_VALUE, f"several choices for the whole image are not used: {', '.join(choices)}")
    return ""
