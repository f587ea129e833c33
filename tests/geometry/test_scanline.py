"""Coordinates in tenths, which no double is: rounding would decide about centres on an outline unless it is doubted."""

from __future__ import annotations

import random

import numpy as np
import pytest

from curate.geometry.affine import Affine
from curate.geometry.rasterize import rasterize
from curate.geometry.scanline import fill_rings
from curate.model.region import Ellipse, Polygon
from tests.reference_geometry import exact_mask

WIDTH, HEIGHT = 11, 8

# Each differs from its exact mask in a pixel or two when crossings are rounded and nothing is doubted.
TRIANGLES = [
    ((10.0, 2.2), (4.8, 5.7), (12.4, 8.1)),
    ((3.7, 2.5), (5.7, 0.5), (-0.5, 6.0)),
    ((1.1, 6.0), (4.7, 1.5), (2.3, 6.4)),
    ((1.5, -1.5), (7.1, 2.4), (3.7, 4.0)),
    ((-2.0, 3.6), (11.0, -0.6), (1.9, 0.3)),
    ((-1.3, 1.5), (11.9, -0.6), (3.5, 6.0)),
]
ELLIPSES = [
    Ellipse(8.5, 1.9, 1.7, 4.6),
    Ellipse(8.4, 7.5, 2.9, 1.0),
    Ellipse(0.5, 2.9, 4.2, 1.4),
    Ellipse(4.9, 0.5, 4.4, 2.6),
    Ellipse(3.1, 3.6, 2.0, 1.5),
]


@pytest.mark.parametrize("corners", TRIANGLES)
def test_triangles_in_tenths_are_exact(corners: tuple[tuple[float, float], ...]) -> None:
    polygon = Polygon(corners)
    assert np.array_equal(rasterize(polygon, WIDTH, HEIGHT), exact_mask(polygon, WIDTH, HEIGHT))


@pytest.mark.parametrize("ellipse", ELLIPSES)
def test_ellipses_in_tenths_are_exact(ellipse: Ellipse) -> None:
    assert np.array_equal(rasterize(ellipse, WIDTH, HEIGHT), exact_mask(ellipse, WIDTH, HEIGHT))


def test_three_hundred_polygons_in_tenths_are_exact() -> None:
    chance = random.Random(11)
    for _ in range(300):
        corners = tuple((chance.randrange(-20, 130) / 10, chance.randrange(-20, 110) / 10) for _ in range(4))
        polygon = Polygon(corners)
        assert np.array_equal(rasterize(polygon, WIDTH, HEIGHT), exact_mask(polygon, WIDTH, HEIGHT))


@pytest.mark.parametrize("power", [10, 14, 16, 20])
def test_coordinates_on_a_fine_grid_far_out_are_exact(power: int) -> None:
    # Whole 1024ths below 2**15 are decided in doubles, others in fractions: both must come to the same.
    step, far = 1 / 1024, float(1 << power)
    corners = ((0.5 - far, 0.5 - far), (4.5 + far, 4.5 + far), (0.5 - far + step, 9.5 + far))
    polygon = Polygon(corners)
    assert np.array_equal(rasterize(polygon, WIDTH, HEIGHT), exact_mask(polygon, WIDTH, HEIGHT))


@pytest.mark.parametrize("steep", [0.25, 1.0, 3.0, 1 / 3])
def test_an_edge_through_centres_gives_each_to_one_side(steep: float) -> None:
    # The line passes exactly through the centre of pixel (3, 2) and of those that its slope meets.
    top, bottom = (2.5 - 2.5 * steep, 0.0), (2.5 + 5.5 * steep, 8.0)
    far = 1000.0
    left = Polygon((top, bottom, (-far, 8.0), (-far, 0.0)))
    right = Polygon((top, bottom, (far, 8.0), (far, 0.0)))
    both = rasterize(left, WIDTH, HEIGHT).astype(int) + rasterize(right, WIDTH, HEIGHT)
    assert (both == 1).all()
    for polygon in (left, right):
        assert np.array_equal(rasterize(polygon, WIDTH, HEIGHT), exact_mask(polygon, WIDTH, HEIGHT))


def test_only_the_box_is_filled() -> None:
    square = np.array([[-50.0, -50.0], [50.0, -50.0], [50.0, 50.0], [-50.0, 50.0]])
    assert fill_rings([square], (-3, 2, 4, 5)).shape == (3, 7)
    assert fill_rings([square], (-3, 2, 4, 5)).all()
    assert fill_rings([square], (40, 40, 60, 60)).sum() == 100
    assert fill_rings([square], (4, 4, 4, 9)).shape == (5, 0)
    assert fill_rings([square], (9, 9, 4, 4)).shape == (0, 0)
    assert not fill_rings([], (0, 0, 4, 4)).any()


def test_windings_add_up_and_cancel() -> None:
    outer = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 7.0], [0.0, 7.0]])
    inner = np.array([[2.0, 2.0], [5.0, 2.0], [5.0, 5.0], [2.0, 5.0]])
    box = (0, 0, 10, 8)
    assert fill_rings([outer, inner], box).sum() == 63  # both clockwise: the inner one counts twice
    assert fill_rings([outer, inner[::-1]], box).sum() == 54  # against each other: a hole of 3 by 3
    assert fill_rings([outer, outer[::-1]], box).sum() == 0


def test_a_turned_map_keeps_tenths_exact() -> None:
    # A quarter turn about a pixel centre maps centres on centres.
    turn = Affine(0.0, -1.0, 9.0, 1.0, 0.0, 0.0)
    polygon = Polygon(((1.5, 1.5), (5.1, 2.7), (2.3, 6.9)))
    turned = Polygon(tuple(turn.apply(x, y) for x, y in polygon.exterior))
    assert np.array_equal(rasterize(polygon, 9, 9, turn), exact_mask(turned, 9, 9))
