"""What every shape can be asked: its box, its outline, its image under an affine map, its pixels if it is a bitmap."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from curate.geometry.affine import Affine
from curate.geometry.outlines import outline_of
from curate.model.region import Bitmap, Ellipse, Point, Polygon, Rectangle, Shape

_QUARTER_TURNS = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}


def cos_sin(angle_deg: float) -> tuple[float, float]:
    """Cosine and sine of an angle in degrees, exact at quarter turns.

    >>> cos_sin(-270)
    (0.0, 1.0)
    """
    exact = _QUARTER_TURNS.get(angle_deg % 360.0)
    return exact or (math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg)))


def turned(dx: float, dy: float, angle_deg: float) -> Point:
    """Turn a vector clockwise as seen on screen.

    >>> turned(2.0, 0.0, 90)
    (0.0, 2.0)
    """
    cos, sin = cos_sin(angle_deg)
    return dx * cos - dy * sin, dx * sin + dy * cos


def corners(rectangle: Rectangle) -> tuple[Point, Point, Point, Point]:
    """Return the corners: what was top left first, then clockwise."""
    half_width, half_height = rectangle.width_px / 2, rectangle.height_px / 2
    offsets = (
        (-half_width, -half_height),
        (half_width, -half_height),
        (half_width, half_height),
        (-half_width, half_height),
    )
    turns = [turned(dx, dy, rectangle.angle_deg) for dx, dy in offsets]
    first, second, third, fourth = ((rectangle.cx_px + dx, rectangle.cy_px + dy) for dx, dy in turns)
    return first, second, third, fourth


def rectangle_from_corner(x_px: float, y_px: float, width_px: float, height_px: float, angle_deg: float) -> Rectangle:
    """Make a rectangle that is turned about its own top-left corner (x, y), as Label Studio has it.

    >>> rectangle_from_corner(10.0, 20.0, 4.0, 2.0, 0.0)
    Rectangle(cx_px=12.0, cy_px=21.0, width_px=4.0, height_px=2.0, angle_deg=0.0)
    """
    dx, dy = turned(width_px / 2, height_px / 2, angle_deg)
    return Rectangle(x_px + dx, y_px + dy, width_px, height_px, angle_deg)


def bounds(shape: Shape) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the box around a shape."""
    if isinstance(shape, Bitmap):
        return (shape.x_px, shape.y_px, shape.x_px + shape.width_px, shape.y_px + shape.height_px)
    if isinstance(shape, Ellipse):
        cos, sin = cos_sin(shape.angle_deg)
        half_x = math.hypot(shape.rx_px * cos, shape.ry_px * sin)
        half_y = math.hypot(shape.rx_px * sin, shape.ry_px * cos)
        return (shape.cx_px - half_x, shape.cy_px - half_y, shape.cx_px + half_x, shape.cy_px + half_y)
    points = corners(shape) if isinstance(shape, Rectangle) else shape.exterior
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs), min(ys), max(xs), max(ys))


def area_px(shape: Shape) -> float:
    """Area of a shape; of a polygon, what its outline encloses by the shoelace formula less its holes."""
    if isinstance(shape, Bitmap):
        return float(sum(shape.runs[1::2]))
    if isinstance(shape, Ellipse):
        return math.pi * abs(shape.rx_px * shape.ry_px)
    if isinstance(shape, Rectangle):
        return abs(shape.width_px * shape.height_px)
    return _shoelace(shape.exterior) - sum(_shoelace(hole) for hole in shape.holes)


def transformed(shape: Shape, affine: Affine) -> Shape:
    """Return a shape after an affine map, exactly.

    A rectangle that would be sheared becomes a polygon, and so does a bitmap that does not stay on whole pixels: the
    outline of its pixels, so that mapping it back marks the same pixels again.
    """
    if isinstance(shape, Polygon):
        return Polygon(_moved(shape.exterior, affine), tuple(_moved(hole, affine) for hole in shape.holes))
    if isinstance(shape, Ellipse):
        return _moved_ellipse(shape, affine)
    if isinstance(shape, Rectangle):
        return _moved_rectangle(shape, affine)
    if is_whole_shift(affine):
        return replace(shape, x_px=shape.x_px + int(affine.c), y_px=shape.y_px + int(affine.f))
    mask = decode_bitmap(shape)
    if not mask.any():
        return Polygon(())
    corners_px = ((float(x + shape.x_px), float(y + shape.y_px)) for x, y in outline_of(mask))
    return Polygon(_moved(tuple(corners_px), affine))


def is_whole_shift(affine: Affine) -> bool:
    """Whether a map only shifts, by whole pixels."""
    return (affine.a, affine.b, affine.d, affine.e) == (1, 0, 0, 1) and affine.c % 1 == 0 == affine.f % 1


def pixel_box(shape: Shape, affine: Affine) -> tuple[int, int, int, int]:
    """Return the whole pixels around a shape after an affine map: left, top, right, bottom, half-open."""
    if affine.b == 0 == affine.d or not isinstance(shape, Ellipse):
        left, top, right, bottom = bounds(shape)
        around: tuple[Point, ...] = ((left, top), (right, top), (right, bottom), (left, bottom))
        if isinstance(shape, Polygon):
            around = shape.exterior
        moved = [affine.apply(x, y) for x, y in around]
        left, right = min(x for x, _ in moved), max(x for x, _ in moved)
        top, bottom = min(y for _, y in moved), max(y for _, y in moved)
    else:
        left, top, right, bottom = bounds(_moved_ellipse(shape, affine))
    # One pixel more on each side: what rounding moves across a whole number is decided by the fill, not by the box.
    return math.floor(left) - 1, math.floor(top) - 1, math.ceil(right) + 1, math.ceil(bottom) + 1


def decode_bitmap(bitmap: Bitmap) -> NDArray[np.bool_]:
    """Expand the runs of a bitmap; shape (height_px, width_px)."""
    values = np.arange(len(bitmap.runs)) % 2 == 1
    return np.repeat(values, bitmap.runs).reshape(bitmap.height_px, bitmap.width_px)


def bitmap_of(mask: NDArray[np.bool_], x_px: int = 0, y_px: int = 0) -> Bitmap:
    """Cut a mask to the box of its foreground and store it as runs; an empty mask gives a bitmap of no pixels.

    >>> bitmap_of(np.array([[0, 0, 0], [0, 1, 0]], bool), 10, 20)
    Bitmap(x_px=11, y_px=21, width_px=1, height_px=1, runs=(0, 1))
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return Bitmap(x_px, y_px, 0, 0, ())
    cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    runs = runs_of(cut.ravel())
    return Bitmap(x_px + int(columns[0]), y_px + int(rows[0]), cut.shape[1], cut.shape[0], runs)


def runs_of(flat: NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the run lengths of a flat mask, background first.

    >>> runs_of(np.array([1, 1, 0, 1], bool)), runs_of(np.array([0, 0], bool)), runs_of(np.array([], bool))
    ((0, 2, 1, 1), (2,), ())
    """
    if not flat.size:
        return ()
    changes = np.flatnonzero(np.diff(flat.view(np.int8))) + 1
    ends = [0, *changes.tolist(), flat.size]
    lengths = [second - first for first, second in pairwise(ends)]
    return (0, *lengths) if flat[0] else tuple(lengths)


def sample_bitmap(bitmap: Bitmap, affine: Affine, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Look up, for each pixel centre of a box, the pixel of the bitmap that it comes from.

    Returns
    -------
    ndarray of bool, shape (bottom - top, right - left)
    """
    left, top, right, bottom = box
    source = np.zeros((bitmap.height_px + 2, bitmap.width_px + 2), bool)  # a rim of background for what lies outside
    source[1:-1, 1:-1] = decode_bitmap(bitmap)
    x, y = np.arange(left, right) + 0.5, (np.arange(top, bottom) + 0.5)[:, None]
    if affine.b == 0 == affine.d and affine.a > 0 < affine.e:
        # Compare with the mapped edges of the pixels, as polygons do: mapping the centre back would round across them.
        columns = np.searchsorted(affine.a * (bitmap.x_px + np.arange(bitmap.width_px + 1)) + affine.c, x, "right")
        rows = np.searchsorted(affine.e * (bitmap.y_px + np.arange(bitmap.height_px + 1)) + affine.f, y, "right")
        return np.asarray(source[rows, columns])
    back = affine.inverse()
    columns = np.floor(back.a * x + back.b * y + back.c) - bitmap.x_px + 1
    rows = np.floor(back.d * x + back.e * y + back.f) - bitmap.y_px + 1
    columns = np.clip(columns, 0, bitmap.width_px + 1).astype(np.int64)
    rows = np.clip(rows, 0, bitmap.height_px + 1).astype(np.int64)
    return np.asarray(source[np.broadcast_to(rows, columns.shape), columns])


def _moved(points: tuple[Point, ...], affine: Affine) -> tuple[Point, ...]:
    return tuple(affine.apply(x, y) for x, y in points)


def _moved_ellipse(ellipse: Ellipse, affine: Affine) -> Ellipse:
    cx, cy = affine.apply(ellipse.cx_px, ellipse.cy_px)
    if affine.b == 0 == affine.d and affine.a == affine.e > 0:
        return Ellipse(cx, cy, ellipse.rx_px * affine.a, ellipse.ry_px * affine.a, ellipse.angle_deg)
    if affine.b == 0 == affine.d and ellipse.angle_deg % 180.0 == 0:
        return Ellipse(cx, cy, abs(ellipse.rx_px * affine.a), abs(ellipse.ry_px * affine.e), 0.0)
    cos, sin = cos_sin(ellipse.angle_deg)
    m00, m01 = (affine.a * cos + affine.b * sin) * ellipse.rx_px, (affine.b * cos - affine.a * sin) * ellipse.ry_px
    m10, m11 = (affine.d * cos + affine.e * sin) * ellipse.rx_px, (affine.e * cos - affine.d * sin) * ellipse.ry_px
    # Axes of the image of the unit circle: eigenvectors of M Mᵀ.
    p, q, r = m00 * m00 + m01 * m01, m00 * m10 + m01 * m11, m10 * m10 + m11 * m11
    longer = math.sqrt((p + r) / 2 + math.hypot((p - r) / 2, q))
    shorter = abs(m00 * m11 - m01 * m10) / longer if longer else 0.0
    return Ellipse(cx, cy, longer, shorter, math.degrees(0.5 * math.atan2(2 * q, p - r)))


def _moved_rectangle(rectangle: Rectangle, affine: Affine) -> Rectangle | Polygon:
    cx, cy = affine.apply(rectangle.cx_px, rectangle.cy_px)
    if affine.b == 0 == affine.d and affine.a == affine.e > 0:
        size = (rectangle.width_px * affine.a, rectangle.height_px * affine.a)
        return Rectangle(cx, cy, *size, rectangle.angle_deg)
    if affine.b == 0 == affine.d and rectangle.angle_deg % 180.0 == 0:
        return Rectangle(cx, cy, abs(rectangle.width_px * affine.a), abs(rectangle.height_px * affine.e), 0.0)
    return Polygon(_moved(corners(rectangle), affine))


def _shoelace(points: tuple[Point, ...]) -> float:
    following = (*points[1:], *points[:1])
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, following, strict=True))) / 2
