from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from curate.validate.fine_match import CLOSE_SIDE, details_agree, enlarge


def surface(seed: int, side: int = CLOSE_SIDE) -> NDArray[np.uint8]:
    """A surface with details of a few pixels on a coarse pattern that all surfaces share."""
    rng = np.random.default_rng(seed)
    shared = np.random.default_rng(0).uniform(80, 150, (8, 8)).astype(np.float32)
    coarse = cv2.resize(shared, (side, side), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 60, (side, side)).astype(np.float32), (0, 0), 1.5)
    return np.asarray(np.clip(coarse + fine, 5, 240), np.uint8)


def test_the_same_surface_agrees_with_itself() -> None:
    assert details_agree(enlarge(surface(1)), enlarge(surface(1))) == pytest.approx(1.0)


def test_another_surface_of_the_same_shape_does_not() -> None:
    assert abs(details_agree(enlarge(surface(1)), enlarge(surface(2)))) < 0.1


def test_light_noise_and_depth_change_little() -> None:
    picture = surface(3)
    noise = np.random.default_rng(9).normal(0, 3, picture.shape)
    assert details_agree(enlarge(picture), enlarge(np.asarray(np.clip(picture * 0.6 + noise, 0, 255), np.uint8))) > 0.9
    assert details_agree(enlarge(picture), enlarge(picture.astype(np.uint16) * 257)) > 0.999


def test_a_shift_is_followed_from_nearby() -> None:
    picture = surface(4, CLOSE_SIDE + 8)
    first, second = enlarge(picture[4:-4, 4:-4].copy()), enlarge(picture[4:-4, 2:-6].copy())
    assert details_agree(first, second) < 0.6
    assert details_agree(first, second, np.eye(3)) > 0.95


def test_saturated_parts_are_left_out() -> None:
    picture = surface(5)
    burnt = picture.copy()
    burnt[:, : CLOSE_SIDE // 2] = 255
    agreement = details_agree(enlarge(picture), enlarge(burnt))
    assert agreement > 0.95


def test_an_enlarged_picture_has_one_size_and_one_range() -> None:
    for side in (100, 600):
        assert enlarge(surface(6, side)).shape == (CLOSE_SIDE, CLOSE_SIDE)
    assert enlarge(np.full((300, 300), 65535, np.uint16)).max() == pytest.approx(255)
