"""Slow, obvious answers to "is this pixel inside?", to compare the rasteriser with.

Exactly: in rational arithmetic, one pixel at a time. A centre on an outline belongs to the shape on its right, then
below, so every centre is moved right by a step smaller than anything a double can tell, and down by a far smaller
one; then nothing is on an outline. Fast: one numpy expression over the whole grid, good wherever no centre is on an
outline.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from curate.model.region import Ellipse, Point, Polygon

RIGHT = Fraction(1, 2**4000)
DOWN = RIGHT**3


def exact_mask(shape: Polygon | Ellipse, width: int, height: int) -> NDArray[np.bool_]:
    """Decide every pixel in rational arithmetic."""
    rows = [
        [
            _inside(shape, Fraction(2 * column + 1, 2) + RIGHT, Fraction(2 * row + 1, 2) + DOWN)
            for column in range(width)
        ]
        for row in range(height)
    ]
    return np.array(rows, dtype=bool).reshape(height, width)


def _inside(shape: Polygon | Ellipse, x: Fraction, y: Fraction) -> bool:
    return _in_polygon(shape, x, y) if isinstance(shape, Polygon) else _in_ellipse(shape, x, y)


def _in_polygon(polygon: Polygon, x: Fraction, y: Fraction) -> bool:
    return winding(polygon.exterior, x, y) != 0 and all(winding(hole, x, y) == 0 for hole in polygon.holes)


def winding(points: tuple[Point, ...], x: Fraction, y: Fraction) -> int:
    """Count how often the outline runs around a point, along a ray straight down."""
    turns = 0
    for (ax, ay), (bx, by) in pairwise((*points, points[0])):
        if (Fraction(ax) < x) == (Fraction(bx) < x):
            continue
        meets = Fraction(ay) + (x - Fraction(ax)) * (Fraction(by) - Fraction(ay)) / (Fraction(bx) - Fraction(ax))
        if meets > y:
            turns += 1 if bx > ax else -1
    return turns


def _in_ellipse(ellipse: Ellipse, x: Fraction, y: Fraction) -> bool:
    quarter: dict[float, tuple[float, float]] = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}
    angle = math.radians(ellipse.angle_deg)
    cos, sin = quarter.get(ellipse.angle_deg % 360.0, (math.cos(angle), math.sin(angle)))
    if ellipse.rx_px == ellipse.ry_px:
        cos, sin = 1.0, 0.0  # a circle has no angle
    dx, dy = x - Fraction(ellipse.cx_px), y - Fraction(ellipse.cy_px)
    along = dx * Fraction(cos) + dy * Fraction(sin)
    across = dy * Fraction(cos) - dx * Fraction(sin)
    rx, ry = Fraction(ellipse.rx_px), Fraction(ellipse.ry_px)
    return rx * ry != 0 and (along * ry) ** 2 + (across * rx) ** 2 < (rx * ry) ** 2


def grid_polygon(points: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """Fill by non-zero winding: every edge against every pixel centre."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    turns = np.zeros((height, width), int)
    for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0), strict=True):
        side = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
        turns += (ay <= y) & (by > y) & (side > 0)
        turns -= (by <= y) & (ay > y) & (side < 0)
    return np.asarray(turns != 0)


def grid_ellipse(ellipse: Ellipse, width: int, height: int) -> NDArray[np.bool_]:
    """Put every pixel centre into the ellipse's equation."""
    x, y = np.meshgrid(np.arange(width) + 0.5 - ellipse.cx_px, np.arange(height) + 0.5 - ellipse.cy_px)
    angle = math.radians(ellipse.angle_deg)
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    return np.asarray((along / ellipse.rx_px) ** 2 + (across / ellipse.ry_px) ** 2 < 1)
