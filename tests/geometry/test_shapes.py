"""Boxes, areas and images of shapes, by hand; bitmaps under any map, one pixel centre at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from curate.geometry.affine import IDENTITY, Affine
from curate.geometry.conics import conic_of
from curate.geometry.rasterize import rasterize, rasterize_patch
from curate.geometry.shapes import (
    area_px,
    bitmap_of,
    bounds,
    corners,
    cos_sin,
    decode_bitmap,
    is_whole_shift,
    pixel_box,
    transformed,
    turned,
)
from curate.model.region import Bitmap, Ellipse, Polygon, Rectangle, Shape

BITMAP = Bitmap(3, 5, 4, 2, (1, 2, 2, 3))
"""Two rows of four pixels: .##. and .###."""


@pytest.mark.parametrize(
    ("shape", "box", "area"),
    [
        (Polygon(((1, 2), (7, 3), (4, 9))), (1, 2, 7, 9), 19.5),
        (Polygon(((0, 0), (8, 0), (8, 6), (0, 6)), (((1, 1), (3, 1), (3, 4), (1, 4)),)), (0, 0, 8, 6), 42),
        (Rectangle(10, 20, 6, 4), (7, 18, 13, 22), 24),
        (Rectangle(10, 20, 6, 4, 90), (8, 17, 12, 23), 24),
        (Ellipse(10, 20, 5, 2), (5, 18, 15, 22), 10 * math.pi),
        (Ellipse(10, 20, 5, 2, 270), (8, 15, 12, 25), 10 * math.pi),
        (BITMAP, (3, 5, 7, 7), 5),
    ],
)
def test_boxes_and_areas(shape: Shape, box: tuple[float, ...], area: float) -> None:
    assert bounds(shape) == pytest.approx(box)
    assert area_px(shape) == pytest.approx(area)
    left, top, right, bottom = pixel_box(shape, IDENTITY)
    assert (left, top, right, bottom) == tuple(
        math.floor(value) - 1 if place < 2 else math.ceil(value) + 1 for place, value in enumerate(box)
    )


def test_a_turned_ellipse_touches_its_box() -> None:
    ellipse = Ellipse(3, 4, 5, 2, 30)
    turns = np.radians(np.arange(0, 360, 0.01))
    cos, sin = math.cos(math.radians(30)), math.sin(math.radians(30))
    x = 3 + 5 * np.cos(turns) * cos - 2 * np.sin(turns) * sin
    y = 4 + 5 * np.cos(turns) * sin + 2 * np.sin(turns) * cos
    assert bounds(ellipse) == pytest.approx((x.min(), y.min(), x.max(), y.max()), abs=1e-6)
    conic = conic_of(ellipse, IDENTITY)
    assert conic is not None
    assert conic.half_extents() == pytest.approx((x.max() - 3, y.max() - 4), abs=1e-6)
    left, top, right, bottom = pixel_box(ellipse, Affine.rotation(30))
    moved = [Affine.rotation(30).apply(float(a), float(b)) for a, b in zip(x, y, strict=True)]
    assert left <= min(a for a, _ in moved) - 1 < left + 1
    assert bottom >= max(b for _, b in moved) + 1 > bottom - 1
    assert top <= min(b for _, b in moved) - 1 < top + 1
    assert right >= max(a for a, _ in moved) + 1 > right - 1


@pytest.mark.parametrize(
    ("angle", "expected"), [(0, (1, 0)), (90, (0, 1)), (180, (-1, 0)), (270, (0, -1)), (360, (1, 0)), (-90, (0, -1))]
)
def test_quarter_turns_are_exact(angle: float, expected: tuple[float, float]) -> None:
    assert cos_sin(angle) == expected
    assert turned(2, 3, angle) == (2 * expected[0] - 3 * expected[1], 2 * expected[1] + 3 * expected[0])
    assert cos_sin(30) == pytest.approx((math.sqrt(3) / 2, 0.5))


def test_corners_run_clockwise_from_the_top_left() -> None:
    assert corners(Rectangle(10, 20, 6, 4)) == ((7, 18), (13, 18), (13, 22), (7, 22))
    assert corners(Rectangle(10, 20, 6, 4, 90)) == ((12, 17), (12, 23), (8, 23), (8, 17))


@pytest.mark.parametrize(
    ("shape", "affine", "expected"),
    [
        (Rectangle(10, 20, 6, 4, 15), Affine.scale(2, 2), Rectangle(20, 40, 12, 8, 15)),
        (Rectangle(10, 20, 6, 4), Affine(-1, 0, 30, 0, 3, 1), Rectangle(20, 61, 6, 12)),
        (Rectangle(10, 20, 6, 4, 180), Affine.scale(2, 3), Rectangle(20, 60, 12, 12)),
        (Ellipse(10, 20, 5, 2, 15), Affine.scale(2, 2), Ellipse(20, 40, 10, 4, 15)),
        (Ellipse(10, 20, 5, 2), Affine(-1, 0, 30, 0, 3, 1), Ellipse(20, 61, 5, 6)),
        (Ellipse(10, 20, 5, 2, 180), Affine.scale(2, 3), Ellipse(20, 60, 10, 6)),
        (Polygon(((1, 2), (3, 4))), Affine(2, 0, 1, 0, 3, -1), Polygon(((3, 5), (7, 11)))),
        (BITMAP, Affine.translation(-2, 4), Bitmap(1, 9, 4, 2, (1, 2, 2, 3))),
    ],
)
def test_images_of_shapes(shape: Shape, affine: Affine, expected: Shape) -> None:
    assert transformed(shape, affine) == expected


def test_what_is_sheared_becomes_a_polygon() -> None:
    moved = transformed(Rectangle(10, 20, 6, 4), Affine(1, 0.5, 0, 0, 1, 0))
    assert moved == Polygon(((16, 18), (22, 18), (24, 22), (18, 22)))
    moved = transformed(Rectangle(10, 20, 6, 4, 45), Affine.scale(1, 2))
    assert isinstance(moved, Polygon)


def test_an_ellipse_under_a_turn_and_a_stretch() -> None:
    moved = transformed(Ellipse(0, 0, 4, 4), Affine(2, 0, 5, 0, 1, 6).then(Affine.rotation(90, 5, 6)))
    assert isinstance(moved, Ellipse)
    assert (moved.cx_px, moved.cy_px, moved.rx_px, moved.ry_px) == pytest.approx((5, 6, 8, 4))
    assert math.cos(2 * math.radians(moved.angle_deg)) == pytest.approx(-1)
    flat = transformed(Ellipse(0, 0, 4, 2), Affine(0, 0, 1, 0, 0, 2))
    assert isinstance(flat, Ellipse)
    assert (flat.rx_px, flat.ry_px) == (0, 0)


@pytest.mark.parametrize(
    ("affine", "whole"),
    [
        (IDENTITY, True),
        (Affine.translation(3, -7), True),
        (Affine.translation(0.5, 0), False),
        (Affine.translation(0, 0.5), False),
        (Affine.scale(2, 1), False),
        (Affine.scale(1, 2), False),
        (Affine(1, 1, 0, 0, 1, 0), False),
        (Affine(1, 0, 0, 1, 1, 0), False),
    ],
)
def test_whole_shifts(affine: Affine, whole: bool) -> None:  # noqa: FBT001 - a case
    assert is_whole_shift(affine) == whole


def by_centres(bitmap: Bitmap, affine: Affine, width: int, height: int) -> NDArray[np.bool_]:
    """Ask for every pixel centre which pixel of the bitmap it comes from."""
    pixels = decode_bitmap(bitmap)
    back = affine.inverse()
    found = np.zeros((height, width), bool)
    for row in range(height):
        for column in range(width):
            x, y = back.apply(column + 0.5, row + 0.5)
            i, j = math.floor(y) - bitmap.y_px, math.floor(x) - bitmap.x_px
            found[row, column] = 0 <= i < bitmap.height_px and 0 <= j < bitmap.width_px and pixels[i, j]
    return found


@pytest.mark.parametrize(
    "affine",
    [
        Affine.rotation(23, 9, 8),
        Affine.rotation(-107, 7, 9).then(Affine.scale(1.3, 0.8)),
        Affine(0.7, 0.31, 2.13, -0.27, 1.21, 5.07),
        Affine(-1, 0, 17, 0, 1, 0),
        Affine(1, 0, 0, 0, -1, 15),
        Affine(0, -1, 17, 1, 0, 0),
        Affine(1.7, 0, -3.1, 0, 0.6, 2.3),
        Affine.translation(0.3, -0.4),
    ],
)
def test_a_bitmap_under_any_map(affine: Affine) -> None:
    for seed in range(4):
        mask = np.random.default_rng(seed).random((7, 9)) < 0.6
        bitmap = bitmap_of(mask, 3, 4)
        assert np.array_equal(rasterize(bitmap, 18, 16, affine), by_centres(bitmap, affine, 18, 16))


def test_bitmaps_are_cut_to_what_they_mark() -> None:
    mask = np.zeros((6, 8), bool)
    mask[2:4, 3:7] = [[0, 1, 1, 0], [0, 1, 0, 1]]
    assert bitmap_of(mask, 10, 20) == Bitmap(14, 22, 3, 2, (0, 2, 1, 1, 1, 1))
    assert decode_bitmap(BITMAP).astype(int).tolist() == [[0, 1, 1, 0], [0, 1, 1, 1]]
    assert bitmap_of(np.zeros((3, 3), bool), 4, 5) == Bitmap(4, 5, 0, 0, ())
    assert transformed(Bitmap(1, 1, 2, 1, (2,)), Affine.scale(2, 2)) == Polygon(())


def test_a_patch_of_several_shapes_has_the_size_of_its_box() -> None:
    shapes: list[Shape] = [Rectangle(3, 4, 2, 2), Rectangle(6, 6, 2, 2)]
    patch = rasterize_patch(shapes, (1, 2, 9, 9))
    assert patch.area_px == 8
    whole = patch.cut(12, 10)
    assert whole.shape == (10, 12)
    assert np.array_equal(whole, rasterize(shapes, 12, 10))
