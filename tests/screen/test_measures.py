from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from curate.screen.measures import border_of, difference, look_at, noise, sharpness, shrunk, thumb_of, to_grey


def scene(seed: int = 0, side: int = 240) -> NDArray[np.uint8]:
    """Blobs of several sizes between 40 and 200, with steep edges."""
    rng = np.random.default_rng(seed)
    field = cv2.GaussianBlur(rng.standard_normal((side, side)), (0, 0), 6.0)
    return np.asarray(np.where(field > 0, 160, 80) + 20 * (cv2.GaussianBlur(field, (0, 0), 12) > 0), np.uint8)


def noisy(grey: NDArray[np.uint8], sigma: float, seed: int = 1) -> NDArray[np.uint8]:
    values = grey + np.random.default_rng(seed).normal(0.0, sigma, grey.shape)
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def test_sharpness_by_hand() -> None:
    # A step of 100 between two halves of a 4-row picture: Sobel answers 4·100 in the two columns at the step.
    step = np.zeros((8, 8), np.uint8)
    step[:, 4:] = 100
    assert sharpness(step) == pytest.approx((400.0**2 * 2 / 8) / 50.0**2)


@pytest.mark.parametrize("gain", [0.3, 0.6, 1.2])
def test_light_does_not_look_like_blur_but_blur_does(gain: float) -> None:
    sharp = scene()
    lit = np.clip(sharp * gain, 0, 255).astype(np.uint8)
    assert sharpness(lit) == pytest.approx(sharpness(sharp), rel=0.05)
    assert sharpness(noisy(cv2.GaussianBlur(lit, (0, 0), 2.0), 2.0)) < 0.6 * sharpness(noisy(sharp, 2.0))


@pytest.mark.parametrize("sigma", [3.0, 8.0, 12.0])
def test_noise_is_near_its_truth_on_a_flat_picture(sigma: float) -> None:
    flat = np.full((200, 200), 128, np.uint8)
    assert noise(noisy(flat, sigma)) == pytest.approx(sigma, rel=0.05)


def test_shares_and_brightness_by_hand() -> None:
    grey = np.full((10, 10), 100, np.uint8)
    grey[0, :] = 253
    grey[1, :5] = 2
    taken = look_at(grey)[0]
    assert taken.clipped == pytest.approx(0.10)
    assert taken.black == pytest.approx(0.05)
    assert taken.brightness == pytest.approx((10 * 253 + 5 * 2 + 85 * 100) / 100)


@pytest.mark.parametrize("shape", [(1900, 2600), (2600, 1900), (300, 9000)])
def test_shares_of_a_large_frame_are_near_the_truth(shape: tuple[int, int]) -> None:
    grey = np.full(shape, 100, np.uint8)
    cv2.circle(grey, (shape[1] // 3, shape[0] // 2), 90, 255, -1)
    assert look_at(grey)[0].clipped == pytest.approx(np.mean(grey == 255), rel=0.03)


def test_sixteen_bits_measure_like_eight() -> None:
    grey = scene()
    assert look_at(to_grey(grey.astype(np.uint16) * 257))[0].sharpness == pytest.approx(look_at(grey)[0].sharpness)


def test_colours_become_grey() -> None:
    grey = scene()
    assert np.array_equal(to_grey(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)), grey)
    assert np.array_equal(to_grey(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGRA)), grey)


@given(st.floats(0.5, 1.3))
def test_the_border_does_not_depend_on_the_light(gain: float) -> None:
    grey = scene()
    lit = np.clip(np.rint(grey * gain), 0, 255).astype(np.uint8)
    assert np.abs(border_of(lit) - border_of(grey)).max() < 0.1


def test_the_border_is_the_outer_cells_alone() -> None:
    grey = scene()
    inside = grey.copy()
    inside[60:180, 60:180] = 255
    assert len(border_of(grey)) == 30 * 30 - 24 * 24
    changed = border_of(inside) - border_of(grey)
    assert np.ptp(changed) == pytest.approx(0.0, abs=1e-6)  # only the common level moves


def test_difference_of_thumbs() -> None:
    grey, other = scene(0), scene(5)
    assert difference(thumb_of(grey), thumb_of(grey)) == 0.0
    assert difference(thumb_of(grey), thumb_of(noisy((grey * 0.9).astype(np.uint8), 4.0))) < 0.14
    assert difference(thumb_of(grey), thumb_of(other)) > 1.0


@pytest.mark.parametrize("factor", [2, 3, 4, 5, 6])
def test_a_large_frame_is_shrunk_by_averages_of_blocks(factor: int) -> None:
    grey = np.random.default_rng(factor).integers(0, 256, (factor * 40 + 1, factor * 800 + factor - 1), dtype=np.uint8)
    blocks = grey[: factor * 40, : factor * 800].reshape(40, factor, 800, factor).mean((1, 3))
    assert shrunk(grey).shape == (40, 800)
    assert np.abs(shrunk(grey) - blocks).max() <= (1.0 if factor % 2 == 0 else 0.5)  # rounded twice, rounded once


def test_a_large_frame_is_measured_shrunk_and_a_tiny_one_refused() -> None:
    assert look_at(scene(side=1700))[0].sharpness > 0
    with pytest.raises(ValueError, match="5×20 pixels is too small"):
        look_at(np.zeros((20, 5), np.uint8))
