from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curate.geometry.affine import IDENTITY, Affine
from curate.geometry.rasterize import rasterize, rasterize_patch
from curate.geometry.shapes import area_px, bitmap_of, bounds, corners, rectangle_from_corner, transformed
from curate.model.region import Bitmap, Ellipse, Polygon, Rectangle, Shape
from tests.reference_geometry import exact_mask, grid_ellipse, grid_polygon

WIDTH, HEIGHT = 11, 8
MANY = 1000

# Coordinates on pixel centres, on pixel corners, on a fine grid, and anywhere; some outside the image.
NUMBERS = st.one_of(
    st.integers(-4, 16).map(float),
    st.integers(-4, 16).map(lambda n: n + 0.5),
    st.integers(-64, 256).map(lambda n: n / 16),
    st.integers(-40, 160).map(lambda n: n / 10),  # no doubles: rounding tells
    st.floats(-4, 16, allow_nan=False, width=64),
)
POINTS = st.tuples(NUMBERS, NUMBERS)
RADII = st.one_of(
    st.integers(0, 6).map(float), st.integers(0, 72).map(lambda n: n / 8), st.integers(0, 90).map(lambda n: n / 10)
)
ANGLES = st.one_of(st.sampled_from([0.0, 90.0, 180.0, 270.0]), st.integers(0, 360 * 64).map(lambda n: n / 64))


@settings(max_examples=150, deadline=None)
@given(st.lists(POINTS, min_size=3, max_size=7), st.lists(POINTS, min_size=3, max_size=4) | st.none())
def test_polygon_is_exact(exterior: list[tuple[float, float]], hole: list[tuple[float, float]] | None) -> None:
    polygon = Polygon(tuple(exterior), (tuple(hole),) if hole else ())
    assert np.array_equal(rasterize(polygon, WIDTH, HEIGHT), exact_mask(polygon, WIDTH, HEIGHT))


@settings(max_examples=150, deadline=None)
@given(NUMBERS, NUMBERS, RADII, RADII, ANGLES)
def test_ellipse_is_exact(cx: float, cy: float, rx: float, ry: float, angle: float) -> None:
    ellipse = Ellipse(cx, cy, rx, ry, angle)
    assert np.array_equal(rasterize(ellipse, WIDTH, HEIGHT), exact_mask(ellipse, WIDTH, HEIGHT))


GRID_POINTS = st.tuples(st.integers(-64, 256), st.integers(-64, 256)).map(lambda p: (p[0] / 16, p[1] / 16))


@settings(max_examples=100, deadline=None)
@given(GRID_POINTS, st.lists(GRID_POINTS, max_size=6), st.sampled_from([0.5, 1, 2, 3]), st.integers(-9, 9))
def test_a_fan_of_triangles_covers_its_polygon_once(
    centre: tuple[float, float], rim: list[tuple[float, float]], scale: float, shift: int
) -> None:
    square = {(-5.0, -5.0), (17.0, -5.0), (17.0, 17.0), (-5.0, 17.0)}
    around = sorted({*rim, *square} - {centre}, key=lambda p: math.atan2(p[1] - centre[1], p[0] - centre[0]))
    affine = Affine.scale(scale, scale).then(Affine.translation(shift + 0.5, -shift))
    count = np.zeros((60, 60), int)
    for first, second in zip(around, [*around[1:], around[0]], strict=True):
        count += rasterize(Polygon((centre, first, second)), 60, 60, affine)
    assert np.array_equal(count, rasterize(Polygon(tuple(around)), 60, 60, affine))


def test_abutting_polygons_share_no_pixel_and_leave_no_gap() -> None:
    random = np.random.default_rng(7)
    for _ in range(200):
        cut = [(float(x), float(y)) for x, y in zip(random.uniform(2, 18, 5), [0, 4, 9.5, 15, 20], strict=True)]
        left, right = Polygon((*cut, (0, 20), (0, 0))), Polygon((*cut, (20, 20), (20, 0)))
        affine = Affine.rotation(float(random.uniform(0, 360)), 10, 10).then(Affine.scale(1.3, 0.7))
        both = Polygon(((0, 0), cut[0], (20, 0), (20, 20), cut[-1], (0, 20)))
        masks = [rasterize(shape, 40, 30, affine) for shape in (left, right, both)]
        assert not np.any(masks[0] & masks[1])
        assert np.array_equal(masks[0] | masks[1], masks[2])


def test_a_centre_on_an_edge_belongs_to_the_right_and_below() -> None:
    square = Polygon(((1.5, 1.5), (3.5, 1.5), (3.5, 3.5), (1.5, 3.5)))
    expected = np.zeros((5, 5), bool)
    expected[1:3, 1:3] = True
    assert np.array_equal(rasterize(square, 5, 5), expected)
    # The diagonal of a square passes through centres: they belong to the triangle on its right.
    upper, lower = Polygon(((0, 0), (4, 0), (4, 4))), Polygon(((0, 0), (4, 4), (0, 4)))
    assert rasterize(upper, 4, 4).sum() == 10
    assert rasterize(lower, 4, 4).sum() == 6


def test_a_circle_through_centres_keeps_its_left_side() -> None:
    circle = rasterize(Ellipse(10.5, 10.5, 5, 5), 21, 21)
    assert circle[10, 5]
    assert not circle[10, 15]
    assert circle[14, 7]  # (-3, 4) from the centre, exactly on the circle
    assert not circle[14, 13]
    assert not circle[5, 10]  # the topmost point: nothing of the row is inside


def test_bow_tie_is_filled_as_the_canvas_does_and_holes_are_cut() -> None:
    bow_tie = Polygon(((0, 0), (8, 8), (8, 0), (0, 8)))
    assert rasterize(bow_tie, 8, 8).sum() == 32
    twice = Polygon(((0, 0), (6, 0), (6, 6), (0, 6), (0, 0), (6, 0), (6, 6), (0, 6)))
    assert rasterize(twice, 8, 8).sum() == 36
    ring = Polygon(((0, 0), (6, 0), (6, 6), (0, 6)), (((2, 2), (4, 2), (4, 4), (2, 4)),))
    assert rasterize(ring, 8, 8).sum() == 32
    assert area_px(ring) == 32


def test_a_thousand_random_shapes_of_each_kind_equal_the_grid() -> None:
    random = np.random.default_rng(1)
    for _ in range(MANY):
        width, height = random.integers(20, 60, 2)
        points = random.uniform(-10, 70, (random.integers(3, 12), 2))
        polygon = Polygon(tuple(map(tuple, points.tolist())))
        assert np.array_equal(rasterize(polygon, width, height), grid_polygon(points, width, height))
        cx, cy, rx, ry, angle = random.uniform([-5, -5, 0.2, 0.2, -400], [65, 65, 30, 30, 400])
        ellipse = Ellipse(cx, cy, rx, ry, angle)
        assert np.array_equal(rasterize(ellipse, width, height), grid_ellipse(ellipse, width, height))
        rectangle = Rectangle(cx, cy, 2 * rx, 2 * ry, angle)
        expected = grid_polygon(np.array(corners(rectangle)), width, height)
        assert np.array_equal(rasterize(rectangle, width, height), expected)


def test_areas_agree_within_the_boundary() -> None:
    random = np.random.default_rng(2)
    for _ in range(200):
        cx, cy, rx, ry, angle = random.uniform([60, 60, 1, 1, 0], [90, 90, 50, 50, 360])
        for shape in (Ellipse(cx, cy, rx, ry, angle), Rectangle(cx, cy, 2 * rx, 2 * ry, angle)):
            boundary = 2 * math.pi * max(rx, ry) if isinstance(shape, Ellipse) else 4 * (rx + ry)
            mask = rasterize(shape, 150, 150)
            assert abs(mask.sum() - area_px(shape)) <= boundary


def test_label_studio_rectangle_turns_about_its_corner() -> None:
    # docs/label-sources.md: x 450, y 60, 120 × 50, 35° -> these corners.
    found = corners(rectangle_from_corner(450, 60, 120, 50, 35))
    expected = [(450, 60), (548.3, 128.8), (519.6, 169.8), (421.3, 101.0)]
    assert np.allclose(found, expected, atol=0.05)


def test_areas_of_the_agreement_table() -> None:
    # docs/label-sources.md, column of pixel centres.
    assert rasterize(Polygon(((4, 2), (10, 2), (10, 6), (4, 6))), 20, 10).sum() == 24


SHAPES: list[Shape] = [
    Polygon(((3.2, 4.1), (20.7, 6.3), (15.1, 22.9)), (((10.0, 9.0), (14.0, 9.5), (13.0, 13.0)),)),
    Ellipse(15.3, 14.8, 9.2, 4.1, 33.0),
    Rectangle(15.3, 14.8, 17.0, 6.5, -21.0),
]
MAPS = [
    IDENTITY,
    Affine.translation(-3.3, 2.8),
    Affine.scale(1.7, 1.7),
    Affine.scale(0.6, 1.9).then(Affine.translation(4, 1)),
    Affine.rotation(25, 15, 15),
    Affine(0.8, 0.3, 1.0, -0.2, 1.1, 6.0),
    Affine(-1.0, 0.0, 30.0, 0.0, 1.0, 0.0),
]


@pytest.mark.parametrize("affine", MAPS)
@pytest.mark.parametrize("shape", SHAPES)
def test_filling_under_a_map_equals_mapping_and_filling(shape: Shape, affine: Affine) -> None:
    moved = transformed(shape, affine)
    assert np.array_equal(rasterize(shape, 50, 50, affine), rasterize(moved, 50, 50))
    left, top, right, bottom = bounds(moved)
    rows, columns = np.nonzero(rasterize(shape, 50, 50, affine))
    assert left <= columns.min() + 0.5
    assert columns.max() + 0.5 <= right
    assert top <= rows.min() + 0.5
    assert rows.max() + 0.5 <= bottom


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-6, 6), st.integers(-6, 6))
def test_bitmaps_survive(seed: int, dx: int, dy: int) -> None:
    random = np.random.default_rng(seed)
    mask = random.random(random.integers(1, 9, 2)) < random.choice([0.1, 0.5, 0.9, 1.1])
    bitmap = bitmap_of(mask)
    assert sum(bitmap.runs) == bitmap.width_px * bitmap.height_px
    assert np.array_equal(rasterize(bitmap, mask.shape[1], mask.shape[0]), mask)
    expected = np.zeros((30, 30), bool)
    expected[10 + dy : 10 + dy + mask.shape[0], 10 + dx : 10 + dx + mask.shape[1]] = mask
    shift = Affine.translation(10 + dx, 10 + dy)
    assert np.array_equal(rasterize(bitmap, 30, 30, shift), expected)
    assert np.array_equal(rasterize(transformed(bitmap, shift), 30, 30), expected)
    doubled = np.kron(mask, np.ones((2, 2), bool))
    assert np.array_equal(rasterize(bitmap, doubled.shape[1], doubled.shape[0], Affine.scale(2, 2)), doubled)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 3), st.floats(0.3, 3), st.floats(-9, 9), st.floats(-9, 9))
@example(seed=0, sx=0.375, sy=1.0, dx=1.0, dy=0.0)  # a centre that rounding would move across an edge
def test_bitmaps_come_back_from_any_scale(seed: int, sx: float, sy: float, dx: float, dy: float) -> None:
    mask = np.random.default_rng(seed).random((9, 12)) < 0.6
    affine = Affine.scale(sx, sy).then(Affine.translation(dx, dy))
    bitmap = bitmap_of(mask)
    there = transformed(bitmap, affine)
    assert np.array_equal(rasterize(transformed(there, affine.inverse()), 12, 9), mask)
    assert np.array_equal(rasterize(there, 40, 40), rasterize(bitmap, 40, 40, affine))


def test_union_clipping_and_nothing() -> None:
    empty: list[Shape] = [Ellipse(7, 7, 0.0, 3.0), Polygon(()), Bitmap(0, 0, 0, 0, ())]
    both: list[Shape] = [Rectangle(1, 1, 2, 2), Rectangle(2, 1, 2, 2), *empty]
    assert rasterize(both, 8, 8).sum() == 6
    assert not rasterize([], 3, 3).any()
    assert not rasterize(Rectangle(100, 100, 4, 4), 8, 8).any()
    patch = rasterize_patch(Rectangle(0, 0, 4, 4), (-10, -10, 10, 10))
    assert patch.area_px == 16
    assert patch.cut(8, 8).sum() == 4
