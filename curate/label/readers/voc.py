"""Read Pascal VOC (one XML an image): boxes of whole pixels, counted from 1, both ends inside."""

from __future__ import annotations

from typing import Any

from curate.label.readers.common import attempt, box, drawn, flat_points, polygon, positive_size
from curate.label.reading import ImageRef, Notes, Reading, Surroundings
from curate.model.codes import names as codes
from curate.model.region import Region, Shape


def recognises(document: Any) -> bool:
    """Whether an XML root is VOC's."""
    return bool(document.tag == "annotation") and document.find("filename") is not None


def read(document: Any, name: str, around: Surroundings) -> Reading:
    """Read the objects of one image; without objects it is good."""
    notes = Notes(name)
    size = document.find("size")
    stated = None if size is None else positive_size(size.findtext("width"), size.findtext("height"))
    regions = []
    for index, element in enumerate(document.findall("object"), start=1):
        key, label = str(index), (element.findtext("name") or around.defect).strip()
        if element.find("bndbox") is None and element.find("polygon") is None:
            others = ", ".join(child.tag for child in element if len(child)) or "nothing"
            notes.lose(codes.UNSUPPORTED_SHAPE, f"region {key} ({label}) has no bndbox or polygon, only {others}")
            continue
        shape = attempt(notes, key, label, _shape, element)
        if shape is not None:
            regions.append(Region(key, label, (shape,)))
    return drawn(ImageRef((document.findtext("filename") or "").strip(), stated), regions, notes)


def _shape(element: Any) -> Shape:
    outline = element.find("polygon")
    if outline is not None:
        return polygon(flat_points([float(child.text) for child in outline]))
    sides = element.find("bndbox")
    left, top, right, bottom = (float(sides.findtext(key)) for key in ("xmin", "ymin", "xmax", "ymax"))
    # Pixels xmin..xmax, counted from 1, are the stretch from xmin - 1 to xmax.
    return box(left - 1, top - 1, right, bottom)
