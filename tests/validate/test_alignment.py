from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from curate.validate.alignment import align, inner

SIDE = 64


def texture(seed: int) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).normal(size=(12, 12)).astype(np.float32)
    picture = cv2.resize(values, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray((picture - picture.mean()) / picture.std(), np.float32)


def placed(picture: NDArray[np.float32], x: float = 0, y: float = 0, degrees: float = 0) -> NDArray[np.float32]:
    """Move a picture right and down and turn it about its centre, clockwise on screen."""
    matrix = cv2.getRotationMatrix2D(((SIDE - 1) / 2, (SIDE - 1) / 2), -degrees, 1.0)
    matrix[:, 2] += np.array([x, y])
    moved = cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def test_the_same_picture_leaves_nothing() -> None:
    found = align(texture(1), texture(1), steps=0)
    assert found.residual == pytest.approx(0, abs=1e-4)
    assert found.placing.tolist() == np.eye(3).tolist()


@pytest.mark.parametrize(("x", "y", "degrees"), [(1.5, 0, 0), (-0.7, 1.9, 0), (0, 0, 2), (1, -1, -2)])
def test_a_small_move_is_measured(x: float, y: float, degrees: float) -> None:
    picture = texture(2)
    target = placed(picture, x, y, degrees)
    found = align(picture, target, steps=3)
    # A place in the second picture came from the place that is moved back and turned back.
    angle = np.radians(degrees)
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    assert found.placing[:2, :2] == pytest.approx(back, abs=0.004)
    assert found.placing[:2, 2] == pytest.approx(back @ [-x, -y], abs=0.1)
    assert found.residual < 0.05
    assert found.residual < align(picture, target, steps=0).residual / 4


def test_other_pictures_stay_different() -> None:
    assert align(texture(3), texture(4), steps=3).residual > 0.8


def test_a_bent_tone_curve_leaves_nothing() -> None:
    picture = texture(5)
    bent = np.asarray(picture + 0.2 * picture**2 + 0.1 * picture**3, np.float32)
    assert np.corrcoef(picture.ravel(), bent.ravel())[0, 1] < 0.97
    assert align(picture, bent, steps=0).residual < 0.001


def test_a_flat_picture_has_nothing_to_align() -> None:
    flat = np.zeros((SIDE, SIDE), np.float32)
    assert align(flat, texture(6), steps=2).residual == pytest.approx(1.0)


def test_the_border_is_left_out_at_any_side() -> None:
    assert [inner(side).start for side in (32, 64, 256)] == [2, 2, 8]
