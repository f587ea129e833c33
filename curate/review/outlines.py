"""What experts drew and where windows lie, as paths over a frame's picture. Pure.

A path is the ``d`` of an SVG path in upright frame pixels; the picture's own size is its ``viewBox``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from curate.crop.place import Place
from curate.geometry.affine import affine_of
from curate.geometry.outlines import rings_of
from curate.geometry.shapes import corners, decode_bitmap, turned
from curate.model.capture import Window
from curate.model.region import Annotation, Bitmap, Ellipse, Point, Polygon, Shape

_STEPS = 64
"""Corners of an ellipse's outline: less than a pixel off for axes up to 800 px."""


@dataclass(frozen=True, slots=True)
class DrawnOutline:
    """One region of an annotation: its defect, and its outline as an SVG path in frame pixels."""

    defect: str
    path: str


def drawn_outlines(annotation: Annotation | None) -> list[DrawnOutline]:
    """Return what an expert drew in a frame, one outline for each region."""
    regions = annotation.regions if annotation else ()
    return [DrawnOutline(region.defect, " ".join(map(shape_path, region.shapes))) for region in regions]


def shape_path(shape: Shape) -> str:
    """Return a shape's outline as an SVG path.

    >>> shape_path(Polygon(((0.0, 0.0), (4.5, 0.0), (4.0, 3.0))))
    'M0 0L4.5 0L4 3Z'
    """
    return "".join(f"M{'L'.join(f'{x:.7g} {y:.7g}' for x, y in ring)}Z" for ring in _rings(shape))


def _rings(shape: Shape) -> list[tuple[Point, ...]]:
    if isinstance(shape, Polygon):
        return [shape.exterior, *shape.holes]
    if isinstance(shape, Bitmap):
        return [
            tuple((float(x + shape.x_px), float(y + shape.y_px)) for x, y in ring)
            for ring in rings_of(decode_bitmap(shape))
        ]
    if isinstance(shape, Ellipse):
        angles = (2 * math.pi * step / _STEPS for step in range(_STEPS))
        offsets = (turned(shape.rx_px * math.cos(a), shape.ry_px * math.sin(a), shape.angle_deg) for a in angles)
        return [tuple((shape.cx_px + dx, shape.cy_px + dy) for dx, dy in offsets)]
    return [corners(shape)]


def window_path(row: Window) -> str:
    """Return where a window lies in its frame, as an SVG path."""
    left, top, right, bottom = Place(affine_of(row), row.width_px, row.height_px).box_px()
    return f"M{left:g} {top:g}H{right:g}V{bottom:g}H{left:g}Z"
