"""Pascal VOC (one XML an image): boxes of whole pixels, counted from 1, both ends inside; LabelMe's XML polygons."""

from __future__ import annotations

from functools import partial
from typing import Any

from curate.formats.records import ImageRef, LeftOutError, Notes, Parsed, Surroundings, numbered
from curate.formats.shapes import box, drawn, flat_points, label_of, polygon, positive_size
from curate.model.codes import names as codes
from curate.model.region import Region, Shape


def recognises(document: Any) -> bool:
    """Whether an XML root is VOC's."""
    return bool(document.tag == "annotation") and document.find("filename") is not None


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read the objects of one image; without objects it is good."""
    notes = Notes(name)
    size = document.find("size") if document.find("size") is not None else document.find("imagesize")
    stated = (
        None
        if size is None
        else positive_size(
            size.findtext("width") or size.findtext("ncols"), size.findtext("height") or size.findtext("nrows")
        )
    )
    objects = [element for element in document.findall("object") if (element.findtext("deleted") or "0").strip() != "1"]
    regions = notes.take(numbered(objects), partial(_region, around.defect))
    image = ImageRef((document.findtext("filename") or "").strip(), stated, file=name)
    return drawn(image, regions, notes)


def _region(defect: str, key: str, element: Any) -> Region:
    label = label_of(element.findtext("name"), defect)
    return Region(key, label, (_shape(element, label),))


def _shape(element: Any, label: str) -> Shape:
    outline, sides = element.find("polygon"), element.find("bndbox")
    if outline is not None and outline.find("pt") is not None:  # LabelMe of MIT: pixels from 0
        return polygon((point.findtext("x"), point.findtext("y")) for point in outline.findall("pt"))
    if outline is not None:
        return polygon(flat_points([float(child.text) for child in outline]))
    if sides is None:
        others = ", ".join(child.tag for child in element if len(child)) or "nothing"
        raise LeftOutError(codes.UNSUPPORTED_SHAPE, f"({label}) has no bndbox or polygon, only {others}")
    left, top, right, bottom = (float(sides.findtext(key)) for key in ("xmin", "ymin", "xmax", "ymax"))
    if right < left or bottom < top:
        raise ValueError(f"its box runs from {left:g},{top:g} back to {right:g},{bottom:g}")
    # Pixels xmin..xmax, counted from 1, are the stretch from xmin - 1 to xmax.
    return box(left - 1, top - 1, right, bottom)
