"""Write annotations as CVAT XML 1.1 for images; the inverse of :mod:`curate.label.readers.cvat`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.sax.saxutils import escape, quoteattr

from curate.label.writing import Written, as_pixels, has_holes
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.finding import Finding
from curate.model.region import Annotation, Bitmap, Ellipse, Polygon, Rectangle, Region, Shape


def write(annotations: Iterable[Annotation], image_of: Callable[[str], str], category: CategoryConfig) -> Written:
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
            lines += _region(region, annotation, groups, findings)
        if annotation.label and not annotation.regions:
            lines.append(f"    <tag label={quoteattr(annotation.label)}></tag>")
        lines.append("  </image>")
    lines.append("</annotations>")
    return Written("\n".join(lines) + "\n", tuple(findings))


def _region(region: Region, annotation: Annotation, groups: dict[str, int], findings: list[Finding]) -> list[str]:
    key = region.group or (f"\0{region.region_id}" if len(region.shapes) > 1 else "")
    group = f' group_id="{groups.setdefault(key, len(groups) + 1)}"' if key else ""
    lines = []
    for shape in region.shapes:
        drawable = shape
        if has_holes(shape):
            drawable = as_pixels((shape,), annotation)
            message = f"region {region.region_id}: a polygon with holes is written as a mask of the same pixels"
            findings.append(found(codes.SHAPE_NOT_WRITABLE, message, annotation.frame))
        tag, place = _shape(drawable)
        lines.append(f'    <{tag} label={quoteattr(region.defect)} source="manual" {place}{group}>')
        if region.saturation is not None:
            lines.append(f'      <attribute name="saturation">{escape(str(region.saturation))}</attribute>')
        lines.append(f"    </{tag}>")
    return lines


def _shape(shape: Shape) -> tuple[str, str]:
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
    return "mask", _mask(shape)


def _mask(bitmap: Bitmap) -> str:
    runs = ", ".join(map(str, bitmap.runs))
    place = f'left="{bitmap.x_px}" top="{bitmap.y_px}" width="{bitmap.width_px}" height="{bitmap.height_px}"'
    return f'rle="{runs}" {place}'
