from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curate.drawing.outlines import draw_regions, outlines_of
from curate.drawing.pictures import as_colour, fit_into, heat, heat_over
from curate.geometry.rasterize import rasterize
from curate.model.region import Polygon


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.array([[0, 255]], np.uint8), [0, 255]),
        (np.array([[False, True]]), [0, 255]),
        (np.array([[0, 255]], np.uint16), [0, 255]),
        (np.array([[0, 1023]], np.uint16), [0, 255]),
        (np.array([[2048, 4095]], np.uint16), [128, 255]),
        (np.array([[0, 65535]], np.uint16), [0, 255]),
        (np.array([[-1.0, 3.0]], np.float32), [0, 255]),
        (np.array([[np.nan, 2.0]], np.float64), [0, 255]),
        (np.array([[7.0, 7.0]], np.float32), [0, 0]),
        (np.array([[-5, 5]], np.int32), [0, 255]),
    ],
)
def test_every_depth_becomes_8_bits(pixels: Any, expected: list[int]) -> None:
    shown = as_colour(pixels)
    assert shown.dtype == np.uint8
    assert shown.shape == (1, 2, 3)
    assert shown[0, :, 0].tolist() == shown[0, :, 2].tolist() == expected


def test_colours_keep_their_order_and_alpha_goes() -> None:
    assert as_colour(np.array([[[1, 2, 3, 255]]], np.uint8)).tolist() == [[[1, 2, 3]]]
    assert as_colour(np.array([[[9, 0]]], np.uint8)).tolist() == [[[9, 9, 9]]]
    assert as_colour(np.array([[[9]]], np.uint8)).tolist() == [[[9, 9, 9]]]


def test_pictures_are_shrunk_and_never_enlarged() -> None:
    picture = np.zeros((100, 50, 3), np.uint8)
    assert fit_into(picture, 20).shape == (20, 10, 3)
    assert fit_into(picture, 100) is picture
    assert fit_into(np.zeros((1, 999, 3), np.uint8), 9).shape == (1, 9, 3)


def test_heat_rises_in_brightness_and_stays_within_its_scale() -> None:
    line = heat(np.linspace(-1, 2, 31)[None], 0.0, 1.0)[0].astype(float)
    luminance = line @ np.array([0.0722, 0.7152, 0.2126])
    assert (np.diff(luminance) >= 0).all()
    assert (line[:11] == line[0]).all()
    assert (line[20:] == line[20]).all()
    assert heat(np.array([[3.0]]), 3.0, 3.0).tolist() == heat(np.array([[0.0]]), 0.0, 1.0).tolist()


def test_heat_leaves_the_picture_alone_where_nothing_scores() -> None:
    picture = np.full((1, 2, 3), 80, np.uint8)
    laid = heat_over(picture, np.array([[0.0, 1.0]]), 0.0, 1.0, strength=1.0)
    assert laid[0, 0].tolist() == [80, 80, 80]
    assert laid[0, 1].tolist() == heat(np.array([[1.0]]), 0.0, 1.0)[0, 0].tolist()


@given(arrays(np.bool_, (6, 7)))
def test_outlines_give_their_mask_back(mask: Any) -> None:
    rings = outlines_of(mask)
    if not mask.any():
        assert rings == []
        return
    # Joined to one walk that returns to its start after each ring, as non-zero winding needs it.
    walk = [corner for ring in rings for corner in (*ring, ring[0], rings[0][0])]
    assert (rasterize([Polygon(tuple(walk))], 7, 6) == mask).all()


def test_outlines_of_a_thumbnail_have_few_corners() -> None:
    rows, columns = np.ogrid[:400, :400]
    disc = (rows - 200) ** 2 + (columns - 200) ** 2 < 150**2
    (fine,), (coarse,) = outlines_of(disc), outlines_of(disc, 0.1)
    assert len(coarse) < len(fine) / 10
    assert all(abs(np.hypot(x - 20, y - 20) - 15) < 0.7 for x, y in coarse)


@given(st.integers(0, 255))
def test_outlines_show_on_any_ground(level: int) -> None:
    picture = np.full((20, 20, 3), level, np.uint8)
    draw_regions(picture, [((5.0, 5.0), (15.0, 5.0), (15.0, 15.0), (5.0, 15.0))], (0, 159, 230))
    assert (picture[0] == level).all()
    assert (picture[10] == level).all(axis=1)[9:12].all()
    assert np.abs(picture[10].astype(int) - level).max() > 60
