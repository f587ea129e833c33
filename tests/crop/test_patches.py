from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.crop.patches import Movement, agree, cut_patches, locate_patches
from tests.crop.workspaces import texture

GRID = np.array([complex(x, y) for x in range(0, 100, 20) for y in range(0, 100, 20)])


@given(st.floats(-4.5, 4.5), st.floats(-9, 9), st.floats(-9, 9), st.integers(0, 12), st.integers(0, 99))
def test_most_patches_decide(angle_deg: float, dx: float, dy: float, astray: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = Movement(math.radians(angle_deg), complex(dx, dy), 1.0)
    after = truth.apply(GRID)
    lost = rng.permutation(len(GRID))[:astray]
    # Up to 12 of 25 patches went astray, each in a direction of its own.
    after[lost] += (8 + 15 * rng.random(astray)) * np.exp(2j * np.pi * rng.random(astray))
    moved = agree(GRID, after, np.ones(len(GRID)))
    assert moved.angle_rad == pytest.approx(truth.angle_rad, abs=0.02)
    assert abs(moved.shift - truth.shift) < 1.5
    assert 1 - astray / 25 <= moved.agreement <= 1 - astray / 25 + 0.04 * 3


def test_patches_that_went_anywhere_do_not_agree() -> None:
    rng = np.random.default_rng(4)
    shares = []
    for _ in range(200):
        after = GRID + rng.uniform(-8, 8, 25) + 1j * rng.uniform(-8, 8, 25)
        shares.append(agree(GRID, after, rng.uniform(0.1, 0.4, 25)).agreement)
    assert max(shares) <= 0.32


def test_weights_below_zero_count_nothing() -> None:
    after = GRID + np.where(np.arange(25) < 8, 5 + 0j, -5 + 0j)
    weights = np.where(np.arange(25) < 8, 0.5, -1.0)
    assert agree(GRID, after, weights).shift == pytest.approx(5 + 0j, abs=1e-9)


def test_a_movement_turns_clockwise_on_screen() -> None:
    # From 3 o'clock, a quarter turn clockwise leads down, to +y.
    assert Movement(math.pi / 2, 0j, 1.0).apply(np.array([1 + 0j]))[0] == pytest.approx(1j)


def test_flat_and_masked_patches_are_left_out() -> None:
    pixels = texture(100, 100, 1, channels=1).astype(np.float32)
    pixels[:40, :40] = 128
    mask = np.ones((100, 100), np.float32)
    mask[60:, 60:] = 0
    corners = cut_patches(pixels, mask, grid=5, side=20).corners
    assert (0, 0) not in corners
    assert (20, 20) not in corners
    assert (80, 80) not in corners
    assert (80, 0) in corners
    assert len(corners) == 25 - 4 - 4


def test_patches_are_found_where_they_went() -> None:
    scene = texture(200, 200, 2, channels=1).astype(np.float32)
    patches = cut_patches(scene[50:150, 50:150], None, grid=4, side=20)
    image = scene[50 - 8 - 3 : 150 + 8 - 3, 50 - 8 + 5 : 150 + 8 + 5]  # the part lies 5 left and 3 down
    centres, scores = locate_patches(image, patches, 8)
    np.testing.assert_allclose(centres - patches.centres, -5 + 3j, atol=0.1)
    assert scores.min() > 0.99


@pytest.mark.parametrize("reach", [2, 5])
def test_scores_are_pearsons_correlation(reach: int) -> None:
    scene = texture(90, 90, 3, channels=1).astype(np.float32)
    patches = cut_patches(scene[20:70, 20:70], None, grid=3, side=12)
    noise = np.random.default_rng(6).normal(0, 30, scene.shape).astype(np.float32)
    image = (0.5 * scene + noise)[20 - reach : 70 + reach, 20 - reach : 70 + reach]
    centres, scores = locate_patches(image, patches, reach)
    for (x, y), centre, score in zip(patches.corners, centres, scores, strict=True):
        patch = scene[20 + y : 32 + y, 20 + x : 32 + x].ravel()
        places = [(row, column) for row in range(2 * reach + 1) for column in range(2 * reach + 1)]
        by_hand = [np.corrcoef(image[y + r : y + r + 12, x + c : x + c + 12].ravel(), patch)[0, 1] for r, c in places]
        row, column = places[int(np.argmax(by_hand))]
        assert score == pytest.approx(max(by_hand), abs=1e-4)
        assert abs(centre.real - (x + 6 + column - reach)) <= 0.5
        assert abs(centre.imag - (y + 6 + row - reach)) <= 0.5


def test_on_flat_ground_patches_score_nothing() -> None:
    scene = texture(100, 100, 2, channels=1).astype(np.float32)
    patches = cut_patches(scene, None, grid=4, side=20)
    image = np.full((108, 108), 200, np.float32)
    assert np.abs(locate_patches(image, patches, 4)[1]).max() < 1e-3
    image[:, :50] += np.random.default_rng(1).normal(0, 10, (108, 50)).astype(np.float32)
    centres, scores = locate_patches(image, patches, 4)
    assert np.isfinite(scores).all()
    assert np.abs(scores).max() <= 1.0
    assert np.isfinite(centres).all()
