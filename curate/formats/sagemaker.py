"""SageMaker's augmented manifests (JSON lines): colour masks of semantic segmentation, boxes, image labels.

The colours of a mask are soft at the edges and arbitrary where it is transparent: first alpha decides what is marked,
then the nearest colour of the map decides which class it is.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from curate.formats.mask_values import nearest, pieces
from curate.formats.records import ImageRef, LeftOutError, Notes, Parsed, Surroundings, images_of, numbered
from curate.formats.shapes import box, drawn, key_number, label_of, mapping, positive_size, text_of
from curate.geometry.binarise import binarise
from curate.geometry.shapes import bitmap_of
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.region import Region

_BACKGROUND = "background"


def recognises(document: Any) -> bool:
    """Whether JSON lines are a manifest."""
    return bool(document) and all(isinstance(line, dict) and "source-ref" in line for line in document)


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read a manifest; a label of class number 0 means good."""
    return images_of(numbered(document, "lines"), partial(_line, name, around), name)


def _line(name: str, around: Surroundings, number: str, line: Any) -> Parsed:
    notes = Notes(f"{name}#line-{number}")
    regions: list[Region] = []
    label, size = "", None
    for key, details in line.items():
        kind = details.get("type", "") if isinstance(details, dict) and key.endswith("-metadata") else ""
        attribute = key.removesuffix("-metadata")
        if kind == "groundtruth/image-classification":
            label = _label(line.get(attribute), details)
        elif kind == "groundtruth/semantic-segmentation":
            path = text_of(line.get(attribute), attribute)
            regions += [
                one
                for listed in notes.take([(path, details)], partial(_masked, around, notes), "mask")
                for one in listed
            ]
        elif kind == "groundtruth/object-detection":
            value = mapping(line.get(attribute), attribute)
            names = mapping(details.get("class-map"), "class-map")
            regions += notes.take(numbered(value.get("annotations") or []), partial(_box, names), "box")
            sizes = numbered(value.get("image_size") or [{}])
            size = positive_size(sizes[0][1].get("width"), sizes[0][1].get("height"))
        elif kind:
            notes.lose(codes.UNSUPPORTED_SHAPE, f"{attribute} is of type {kind!r}, which curate does not read")
    return drawn(ImageRef(text_of(line["source-ref"], "source-ref"), size), regions, notes, label=label)


def _label(value: Any, details: dict[str, Any]) -> str:
    return GOOD if key_number(value) == 0 else text_of(details.get("class-name"), "class-name")


def _masked(around: Surroundings, notes: Notes, path: str, details: Any) -> list[Region]:
    pixels = around.pixels_of(path)
    if pixels is None:
        raise LeftOutError(codes.UNUSABLE_MASK_IMAGE, "does not exist beside the manifest, or cannot be decoded")
    entries = list(mapping(details.get("internal-color-map"), "internal-color-map").values())
    names = [text_of(entry.get("class-name"), "class-name") for entry in entries]
    try:
        colours = np.array([_bgr(str(entry.get("hex-color", ""))) for entry in entries], dtype=np.int64).reshape(-1, 3)
        marked, said = binarise(pixels, all_mark=True)
    except ValueError as error:
        raise LeftOutError(codes.UNUSABLE_MASK_IMAGE, str(error)) from error
    if said:
        notes.note(codes.SHAPE_ALTERED, f"the mask {path} {said}")
    wanted = [index for index, name in enumerate(names) if name.lower() != _BACKGROUND]
    if marked.any() and not wanted:
        raise LeftOutError(codes.REGION_WITHOUT_LABEL, "is marked, and its colour map names no class")
    classes = nearest(pixels, colours[wanted]) if len(wanted) > 1 else np.zeros(marked.shape, np.int64)
    return [
        Region(f"{names[index]}-{count}", names[index], (bitmap_of(piece),))
        for position, index in enumerate(wanted)
        for count, piece in enumerate(pieces(marked & (classes == position)), start=1)
    ]


def _bgr(text: str) -> tuple[int, int, int]:
    digits = text.removeprefix("#")
    if len(digits) != 6:  # noqa: PLR2004 - rrggbb
        raise ValueError(f"has the colour {text!r} in its map, expected #rrggbb")
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return blue, green, red


def _box(names: Any, key: str, entry: Any) -> Region:
    left, top, width, height = (float(entry[side]) for side in ("left", "top", "width", "height"))
    label = label_of(names[str(key_number(entry["class_id"]))], "")
    return Region(f"box-{key}", label, (box(left, top, left + width, top + height),))
