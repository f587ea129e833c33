"""CVAT's XML 1.1 for images: pixels; boxes and ellipses turn about their centre, clockwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from math import isfinite
from typing import Any

from curate.disk.xml_text import escape, quoteattr
from curate.formats.records import ImageRef, Notes, Parsed, Surroundings, images_of, joined
from curate.formats.shapes import bounded, box, drawn, label_of, no_area, polygon, positive_size, saturation_in
from curate.formats.writing import WrittenLabels, as_pixels, has_holes
from curate.geometry.shapes import decode_bitmap
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.finding import Finding
from curate.model.region import Annotation, Bitmap, Ellipse, Polygon, Rectangle, Region, Shape

_AREAS = frozenset({"polygon", "box", "ellipse", "mask"})
_OTHERS = frozenset({"polyline", "points", "cuboid", "skeleton"})


def recognises(document: Any) -> bool:
    """Whether an XML root is CVAT's."""
    return bool(document.tag == "annotations") and any(
        document.find(tag) is not None for tag in ("image", "track", "meta")
    )


def read(document: Any, name: str, around: Surroundings) -> Parsed:
    """Read a document; an image without shapes and tags is good, tracks of videos are refused."""
    entries = ((image.get("id") or image.get("name", ""), image) for image in document.findall("image"))
    images = images_of(entries, partial(_image, name, around), name)
    notes = Notes(name)
    tracks = len(document.findall("track"))
    if tracks:
        message = f"{tracks} tracks of a video are not read; export the job as 'CVAT for images 1.1'"
        notes.lose(codes.UNSUPPORTED_SHAPE, message, tracks)
    return joined([images, notes.parsed()])


def _image(name: str, around: Surroundings, key: str, image: Any) -> Parsed:
    notes = Notes(f"{name}#image-{key}")
    subset = image.get("subset") or ""
    reference = ImageRef(image.attrib["name"], positive_size(image.get("width"), image.get("height")))
    shapes = [element for element in image if element.tag in _AREAS | _OTHERS]
    named = ((element.get("id") or f"{key}.{number}", element) for number, element in enumerate(shapes, start=1))
    regions = notes.take(named, partial(_region, around.defect, notes))
    tags = [element.get("label", "") for element in image.findall("tag")]
    if len(tags) > 1:
        notes.note(codes.UNUSED_VALUE, f"several tags of the whole image are not used: {', '.join(tags)}")
    facts = {"subset": subset} if subset else {}
    return drawn(reference, regions, notes, label=tags[0] if len(tags) == 1 else "", facts=facts)


def _region(defect: str, notes: Notes, key: str, element: Any) -> Region:
    if element.tag in _OTHERS:
        raise no_area(element.tag)
    shape = _shape(element)
    attributes = {entry.get("name", ""): entry.text or "" for entry in element.findall("attribute")}
    saturation = saturation_in(attributes, key, notes)
    return Region(key, label_of(element.get("label"), defect), (shape,), saturation, element.get("group_id") or "")


def _shape(element: Any) -> Shape:
    turn = float(element.get("rotation") or 0.0)
    if not isfinite(turn):
        raise ValueError("its rotation is no finite number")
    if element.tag == "polygon":
        return polygon(point.split(",") for point in element.attrib["points"].split(";") if point.strip())
    if element.tag == "box":
        upright = box(*(float(element.attrib[key]) for key in ("xtl", "ytl", "xbr", "ybr")))
        return Rectangle(upright.cx_px, upright.cy_px, upright.width_px, upright.height_px, turn)
    if element.tag == "ellipse":
        cx, cy, rx, ry = (float(element.attrib[key]) for key in ("cx", "cy", "rx", "ry"))
        return Ellipse(cx, cy, rx, ry, turn)
    return _mask(element)


def _mask(element: Any) -> Bitmap:
    left, top, width, height = (int(float(element.attrib[key])) for key in ("left", "top", "width", "height"))
    runs = tuple(int(part) for part in element.attrib["rle"].split(",") if part.strip())
    extra = len(runs) > 4 and sum(runs[:-4]) == width * height  # noqa: PLR2004 - the SDK appends the box
    bounded(width, height)
    bitmap = Bitmap(left, top, width, height, runs[:-4] if extra else runs)
    if sum(bitmap.runs) != width * height or min(bitmap.runs, default=-1) < 0:
        raise ValueError(f"its runs cover {sum(bitmap.runs)} pixels, its box {width}×{height}")
    decode_bitmap(bitmap)
    return bitmap


def write(annotations: Iterable[Annotation], image_of: Callable[[str], str], category: CategoryConfig) -> WrittenLabels:
    """Write a document; the shapes of one region, and the regions of one group, share a ``group_id``."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<annotations>", "  <version>1.1</version>"]
    lines += ["  <meta><task><labels>"]
    lines += [f"    <label><name>{escape(name)}</name></label>" for name in category.defects]
    lines += ["  </labels></task></meta>"]
    findings: list[Finding] = []
    for index, annotation in enumerate(annotations):
        size = f'width="{annotation.width_px}" height="{annotation.height_px}"'
        lines.append(f'  <image id="{index}" name={quoteattr(image_of(annotation.frame))} {size}>')
        groups: dict[str, int] = {}
        for region in annotation.regions:
            lines += _region_lines(region, annotation, groups, findings)
        if annotation.label and not annotation.regions:
            lines.append(f"    <tag label={quoteattr(annotation.label)}></tag>")
        lines.append("  </image>")
    lines.append("</annotations>")
    return WrittenLabels("\n".join(lines) + "\n", tuple(findings))


def _region_lines(region: Region, annotation: Annotation, groups: dict[str, int], findings: list[Finding]) -> list[str]:
    key = region.group or (f"\0{region.region_id}" if len(region.shapes) > 1 else "")
    group = f' group_id="{groups.setdefault(key, len(groups) + 1)}"' if key else ""
    lines = []
    for shape in region.shapes:
        drawable = shape
        if has_holes(shape):
            drawable = as_pixels((shape,), annotation)
            message = f"region {region.region_id}: a polygon with holes is written as a mask of the same pixels"
            findings.append(found(codes.SHAPE_NOT_WRITABLE, message, annotation.frame))
        tag, place = _shape_text(drawable)
        lines.append(f'    <{tag} label={quoteattr(region.defect)} source="manual" {place}{group}>')
        if region.saturation is not None:
            lines.append(f'      <attribute name="saturation">{escape(str(region.saturation))}</attribute>')
        lines.append(f"    </{tag}>")
    return lines


def _shape_text(shape: Shape) -> tuple[str, str]:
    if isinstance(shape, Polygon):
        return "polygon", f'points="{";".join(f"{x!r},{y!r}" for x, y in shape.exterior)}"'
    if isinstance(shape, Ellipse):
        place = f'cx="{shape.cx_px!r}" cy="{shape.cy_px!r}" rx="{shape.rx_px!r}" ry="{shape.ry_px!r}"'
        return "ellipse", f'{place} rotation="{shape.angle_deg!r}"'
    if isinstance(shape, Rectangle):
        half_width, half_height = shape.width_px / 2, shape.height_px / 2
        left, right = shape.cx_px - half_width, shape.cx_px + half_width
        top, bottom = shape.cy_px - half_height, shape.cy_px + half_height
        sides = f'xtl="{left!r}" ytl="{top!r}" xbr="{right!r}" ybr="{bottom!r}"'
        return "box", f'{sides} rotation="{shape.angle_deg!r}"'
    return "mask", _mask_text(shape)


def _mask_text(bitmap: Bitmap) -> str:
    runs = ", ".join(map(str, bitmap.runs))
    place = f'left="{bitmap.x_px}" top="{bitmap.y_px}" width="{bitmap.width_px}" height="{bitmap.height_px}"'
    return f'rle="{runs}" {place}'
