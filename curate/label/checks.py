"""Check what was drawn on one picture and bring it into frame pixels."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from math import isfinite

from curate.formats.pairing import KnownPicture
from curate.formats.records import Drawn, Notes
from curate.geometry.affine import IDENTITY
from curate.geometry.rasterize import rasterize_patch
from curate.geometry.shapes import bounds, transformed
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.region import Bitmap, Polygon, Region, Shape

_SLACK_PX = 0.5
"""Outlines drawn to the very edge of a picture overshoot it by rounding; less than this is not worth a word."""


def checked(drawn: Drawn, target: KnownPicture, defects: Iterable[str], notes: Notes) -> Drawn | None:
    """Check what was drawn on a picture and return it in frame pixels; None when its size is another picture's."""
    known = tuple(defects)
    said = drawn.image.size_px
    if said is not None and said != target.size_px:
        notes.lose(
            codes.ANNOTATED_SIZE_DIFFERS,
            f"the document says {_size(said)}, the picture is {_size(target.size_px)}{_turned(said, target)}",
        )
        return None
    regions = [region for region in drawn.regions if _is_usable(region, target, known, notes)]
    moved = tuple(_in_frame(region, target) for region in regions)
    _warn_about_groups(moved, notes)
    label = _label(drawn, moved, known, notes)
    return replace(drawn, regions=moved, label=label, lost=drawn.lost or notes.lost)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, or which there are."""
    names = list(known)
    near = difflib.get_close_matches(name.lower(), [entry.lower() for entry in names], n=1)
    if near:
        return f"did you mean {next(entry for entry in names if entry.lower() == near[0])!r}?"
    return f"known: {', '.join(names)}" if names else "curate.toml names no defect of this category yet"


def _is_usable(region: Region, target: KnownPicture, known: tuple[str, ...], notes: Notes) -> bool:
    if region.defect not in known:
        where = f"region {region.region_id} is called {region.defect!r}"
        notes.lose(
            codes.UNKNOWN_DEFECT_NAME, f"{where}, which is no defect in curate.toml; {suggestion(region.defect, known)}"
        )
        return False
    if not all(_is_finite(shape) for shape in region.shapes):
        notes.lose(codes.MALFORMED_ANNOTATION, f"region {region.region_id} has coordinates that are no finite numbers")
        return False
    width, height = target.size_px
    if rasterize_patch(region.shapes, (0, 0, width, height)).area_px == 0:
        notes.lose(
            codes.SHAPE_WITHOUT_PIXELS,
            f"region {region.region_id} ({region.defect}) marks no pixel of the {width}×{height} picture",
        )
        return False
    _warn(region, (width, height), notes)
    return True


def _warn(region: Region, size: tuple[int, int], notes: Notes) -> None:
    boxes = [bounds(shape) for shape in region.shapes]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    beyond = max(-left, -top, right - size[0], bottom - size[1])
    if beyond > _SLACK_PX:
        notes.note(
            codes.SHAPE_OUTSIDE_IMAGE,
            f"region {region.region_id} ({region.defect}) reaches {beyond:.1f} px outside the picture",
        )
    if any(isinstance(shape, Polygon) and crosses_itself(shape) for shape in region.shapes):
        notes.note(
            codes.SELF_CROSSING_OUTLINE, f"the outline of region {region.region_id} ({region.defect}) crosses itself"
        )


def crosses_itself(polygon: Polygon) -> bool:
    """Whether an outline or a hole of a polygon crosses or touches itself.

    >>> crosses_itself(Polygon(((0, 0), (8, 8), (8, 0), (0, 8))))
    True
    """
    from shapely import LinearRing

    return not all(LinearRing(ring).is_simple for ring in (polygon.exterior, *polygon.holes))


def _is_finite(shape: Shape) -> bool:
    if isinstance(shape, Bitmap):
        return True
    if isinstance(shape, Polygon):
        return all(isfinite(value) for ring in (shape.exterior, *shape.holes) for point in ring for value in point)
    return all(isfinite(value) for value in bounds(shape)) and isfinite(shape.angle_deg)


def _in_frame(region: Region, target: KnownPicture) -> Region:
    if target.to_frame == IDENTITY:
        return region
    return replace(region, shapes=tuple(transformed(shape, target.to_frame) for shape in region.shapes))


def _warn_about_groups(regions: tuple[Region, ...], notes: Notes) -> None:
    names: dict[str, set[str]] = {}
    for region in regions:
        if region.group:
            names.setdefault(region.group, set()).add(region.defect)
    for group, found in sorted(names.items()):
        if len(found) > 1:
            notes.note(codes.LINKED_REGIONS_DIFFER, f"group {group} links regions of {', '.join(sorted(found))}")


def _label(drawn: Drawn, regions: tuple[Region, ...], known: tuple[str, ...], notes: Notes) -> str:
    label, names = drawn.label, sorted({region.defect for region in regions})
    if label and label != GOOD and label not in known:
        if names:
            notes.note(
                codes.UNUSED_VALUE, f"the image is called {label!r}, which is no defect; its regions say what it is"
            )
        else:
            advice = suggestion(label, known)
            notes.lose(
                codes.UNKNOWN_DEFECT_NAME, f"the image is called {label!r}, which is no defect in curate.toml; {advice}"
            )
        return ""
    if label and names and label not in names:
        notes.note(
            codes.LABEL_CONTRADICTS_REGIONS, f"the image is called {label!r} and has regions of {', '.join(names)}"
        )
        return ""
    return label


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def _turned(said: tuple[int, int], target: KnownPicture) -> str:
    if said == target.size_px[::-1] != target.size_px:
        return "; it seems to have been annotated without its EXIF orientation"
    return ""
