from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.geometry.affine import IDENTITY, Affine

NUMBERS = st.floats(-1000, 1000, allow_nan=False)
SCALES = st.floats(0.05, 20)
ANGLES = st.floats(-360, 360)


@st.composite
def affines(draw: st.DrawFn) -> Affine:
    turn = Affine.rotation(draw(ANGLES), draw(NUMBERS), draw(NUMBERS))
    return Affine.scale(draw(SCALES), draw(SCALES)).then(turn).then(Affine.translation(draw(NUMBERS), draw(NUMBERS)))


def test_by_hand() -> None:
    # Halve, then shift by (10, -2): (6, 8) -> (3, 4) -> (13, 2).
    assert Affine.scale(0.5, 0.5).then(Affine.translation(10, -2)).apply(6, 8) == (13, 2)
    # Shift first, then halve: (6, 8) -> (16, 6) -> (8, 3).
    assert Affine.translation(10, -2).then(Affine.scale(0.5, 0.5)).apply(6, 8) == (8, 3)


def test_a_quarter_turn_is_clockwise_on_screen() -> None:
    # y points down: from 3 o'clock, clockwise leads to 6 o'clock, below the centre.
    x, y = Affine.rotation(90, 10, 20).apply(15, 20)
    assert (x, y) == pytest.approx((10, 25))


@given(affines(), NUMBERS, NUMBERS)
def test_there_and_back(affine: Affine, x: float, y: float) -> None:
    back = affine.inverse().apply(*affine.apply(x, y))
    assert back == pytest.approx((x, y), abs=1e-5)


@given(affines(), affines(), NUMBERS, NUMBERS)
def test_then_is_one_after_the_other(first: Affine, second: Affine, x: float, y: float) -> None:
    together = first.then(second).apply(x, y)
    apart = second.apply(*first.apply(x, y))
    assert together == pytest.approx((apart[0], apart[1]), rel=1e-9, abs=1e-5)


@given(ANGLES, NUMBERS, NUMBERS)
def test_a_turn_keeps_its_centre_and_all_lengths(angle_deg: float, cx: float, cy: float) -> None:
    turn = Affine.rotation(angle_deg, cx, cy)
    assert turn.apply(cx, cy) == pytest.approx((cx, cy), abs=1e-9)
    x, y = turn.apply(cx + 3, cy + 4)
    assert math.hypot(x - cx, y - cy) == pytest.approx(5)


@given(affines(), st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4))
def test_many_points_map_like_single_ones(affine: Affine, points: list[tuple[float, float]]) -> None:
    expected = np.array([affine.apply(x, y) for x, y in points])
    np.testing.assert_allclose(affine.apply_all(points), expected, rtol=1e-9, atol=1e-6)


def test_no_points() -> None:
    assert IDENTITY.apply_all([]).shape == (0, 2)


def test_a_flattening_map_has_no_way_back() -> None:
    with pytest.raises(ZeroDivisionError):
        Affine.scale(1, 0).inverse()


def test_opencv_counts_from_pixel_centres() -> None:
    # Doubling corner-based coordinates: the centre (0.5, 0.5) of pixel 0 goes to 1.0, which is 0.5 from centres.
    np.testing.assert_allclose(Affine.scale(2, 2).as_opencv(), [[2, 0, 0.5], [0, 2, 0.5]])
    np.testing.assert_allclose(Affine.translation(3, -1).as_opencv(), [[1, 0, 3], [0, 1, -1]])
