"""Read SageMaker's augmented manifests (JSON lines): colour masks of semantic segmentation, boxes, image labels.

The colours of a mask are soft at the edges and arbitrary where it is transparent: first alpha decides what is marked,
then the nearest colour of the map decides which class it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.geometry.binarise import binarise
from curate.geometry.shapes import bitmap_of
from curate.label.merge import pieces
from curate.label.readers.common import box, drawn, positive_size
from curate.label.reading import ImageRef, Notes, Reading, Surroundings, joined
from curate.model.codes import names as codes
from curate.model.region import Region

_BACKGROUND = "background"


def recognises(document: Any) -> bool:
    """Whether JSON lines are a manifest."""
    return bool(document) and all(isinstance(line, dict) and "source-ref" in line for line in document)


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read a manifest; a label of class number 0 means good."""
    return joined(_read_line(line, number, name, around) for number, line in enumerate(document, start=1))


def _read_line(line: dict[str, Any], number: int, name: str, around: Surroundings) -> Reading:
    notes = Notes(f"{name}#line-{number}")
    regions: list[Region] = []
    label, size = "", None
    for key, details in line.items():
        kind = details.get("type", "") if isinstance(details, dict) and key.endswith("-metadata") else ""
        attribute = key.removesuffix("-metadata")
        if kind == "groundtruth/image-classification":
            label = _label(line.get(attribute), details)
        elif kind == "groundtruth/semantic-segmentation":
            regions += _masked(str(line.get(attribute, "")), details, notes, around)
        elif kind == "groundtruth/object-detection":
            found, size = _boxes(line.get(attribute) or {}, details, notes)
            regions += found
        elif kind:
            notes.lose(codes.UNSUPPORTED_SHAPE, f"{attribute} is of type {kind!r}, which curate does not read")
    return drawn(ImageRef(str(line["source-ref"]), size), regions, notes, label=label)


def _label(value: Any, details: dict[str, Any]) -> str:
    if value in {0, "0"}:
        return "good"
    return str(details.get("class-name", ""))


def _masked(path: str, details: dict[str, Any], notes: Notes, around: Surroundings) -> list[Region]:
    pixels = around.pixels_of(path)
    if pixels is None:
        notes.lose(
            codes.UNUSABLE_MASK_IMAGE, f"the mask {path} does not exist beside the manifest, or cannot be decoded"
        )
        return []
    entries = list(details.get("internal-color-map", {}).values())
    names = [str(entry.get("class-name", "")) for entry in entries]
    try:
        colours = np.array([_bgr(str(entry.get("hex-color", ""))) for entry in entries], dtype=np.int64).reshape(-1, 3)
        marked, said = binarise(pixels)
    except ValueError as error:
        notes.lose(codes.UNUSABLE_MASK_IMAGE, f"the mask {path} {error}")
        return []
    if said:
        notes.note(codes.SHAPE_ALTERED, f"the mask {path} {said}")
    wanted = [index for index, name in enumerate(names) if name.lower() != _BACKGROUND]
    classes = _nearest(pixels, colours[wanted]) if len(wanted) > 1 else np.zeros(marked.shape, np.int64)
    regions = []
    for position, index in enumerate(wanted):
        for count, piece in enumerate(pieces(marked & (classes == position)), start=1):
            regions.append(Region(f"{names[index]}-{count}", names[index], (bitmap_of(piece),)))
    if marked.any() and not wanted:
        notes.lose(codes.REGION_WITHOUT_LABEL, f"the colour map of {path} names no class")
    return regions


def _bgr(text: str) -> tuple[int, int, int]:
    digits = text.removeprefix("#")
    if len(digits) != 6:  # noqa: PLR2004 - rrggbb
        raise ValueError(f"has the colour {text!r} in its map, expected #rrggbb")
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return blue, green, red


def _nearest(pixels: NDArray[Any], colours: NDArray[np.int64]) -> NDArray[np.int64]:
    picture = pixels[..., None].repeat(3, axis=2) if pixels.ndim == 2 else pixels[..., :3]  # noqa: PLR2004 - grey
    distance = ((picture.astype(np.int64)[:, :, None, :] - colours) ** 2).sum(axis=3)
    return np.asarray(distance.argmin(axis=2), dtype=np.int64)


def _boxes(value: dict[str, Any], details: dict[str, Any], notes: Notes) -> tuple[list[Region], tuple[int, int] | None]:
    names = details.get("class-map", {})
    regions = []
    for index, entry in enumerate(value.get("annotations", []), start=1):
        try:
            left, top, width, height = (float(entry[key]) for key in ("left", "top", "width", "height"))
            label = str(names[str(entry["class_id"])])
        except (KeyError, TypeError, ValueError) as error:
            notes.lose(codes.MALFORMED_ANNOTATION, f"box {index} is malformed: {error}")
            continue
        regions.append(Region(f"box-{index}", label, (box(left, top, left + width, top + height),)))
    sizes = value.get("image_size") or [{}]
    return regions, positive_size(sizes[0].get("width"), sizes[0].get("height"))
