"""The limits of likeness, met from both sides by drawn pictures whose residual is known beforehand."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from curate.validate.fine_match import CLOSE_SIDE, details_agree
from curate.validate.likeness import Twins, find_twins, has_contrast, shrink
from tests.reference_likeness import at_rank, explained_by, standardised

SIDE = 64
Floats = NDArray[np.float64]


def texture(seed: int, cells: float = 3.0, side: int = SIDE) -> Floats:
    """A smooth pattern of mean 0 and deviation 1."""
    noise = np.random.default_rng(seed).normal(size=(side, side))
    smooth = cv2.GaussianBlur(noise, (0, 0), cells)
    return np.asarray((smooth - smooth.mean()) / smooth.std(), dtype=np.float64)


def written(picture: Floats) -> bytes:
    """A signature of a picture of deviation 1, four deviations either way."""
    return bytes(np.rint(np.clip(picture * 32 + 128, 0, 255)).astype(np.uint8).tobytes())


def beside(picture: Floats, seed: int) -> Floats:
    """A pattern that no gain, tone, shift, turn or stretch of a picture explains any part of."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2
    down, right = np.gradient(picture)
    terms = [np.ones_like(picture), picture, picture**2, picture**3, right, down, x * down - y * right]
    matrix = np.stack([term.ravel() for term in [*terms, x * right + y * down]], axis=1)
    own = texture(seed).ravel()
    own = own - matrix @ np.linalg.lstsq(matrix, own, rcond=None)[0]
    return np.asarray((own / own.std()).reshape(SIDE, SIDE), dtype=np.float64)


def mixed(picture: Floats, residual: float, seed: int) -> Floats:
    """The picture again, with so much of it (as a share of its deviation) being something else."""
    return np.asarray(picture * np.sqrt(1 - residual**2) + beside(picture, seed) * residual, dtype=np.float64)


def background(count: int, own: float) -> list[Floats]:
    """Items before one background: alike but for so much of each one's own, as a share of the deviation."""
    shared = texture(999, 5.0)
    return [shared * np.sqrt(1 - own**2) + texture(seed) * own for seed in range(count)]


def pair_of(pictures: list[Floats], ratio: float) -> tuple[list[bytes], float]:
    """Signatures, the last one like the fourth but for such a ratio of the typical residual; and the typical one.

    The pattern that is mixed in is blurred with the picture, so its amount is found by halving: what the reference
    says is left must come to the ratio.
    """
    known = [standardised(written(picture)) for picture in pictures]
    typical = at_rank([*known, standardised(written(mixed(pictures[3], ratio, 5_000)))], 0.1)
    low, high = 0.0, 1.0
    for _ in range(12):
        residual = (low + high) / 2
        signature = written(mixed(pictures[3], residual, 5_000))
        last = standardised(signature)
        left = max(explained_by(known[3], last), explained_by(last, known[3]))
        low, high = (residual, high) if left < ratio * typical else (low, residual)
    return [*map(written, pictures), signature], typical


def places(found: list[Twins]) -> list[tuple[int, int]]:
    return [(twins.first, twins.second) for twins in found]


@pytest.mark.parametrize(("ratio", "found"), [(0.066, [(3, 24)]), (0.084, [])])
def test_without_a_closer_look_twins_have_less_than_0_075_of_the_typical_residual(
    ratio: float, found: list[tuple[int, int]]
) -> None:
    signatures, _ = pair_of(background(24, 0.8), ratio)
    twins = find_twins(signatures)
    assert places(twins) == found
    assert all(pair.ratio == pytest.approx(ratio, abs=0.006) and pair.sure for pair in twins)


@pytest.mark.parametrize(("ratio", "found"), [(0.27, [(3, 24)]), (0.33, [])])
def test_a_closer_look_is_taken_below_0_3_of_the_typical_residual(ratio: float, found: list[tuple[int, int]]) -> None:
    signatures, _ = pair_of(background(24, 0.8), ratio)
    close = [texture(seed, 1.2, CLOSE_SIDE).astype(np.float32) * 30 + 128 for seed in range(25)]
    close[24] = close[3]
    twins = find_twins(signatures, (), close.__getitem__)
    assert places(twins) == found
    assert all(pair.sure for pair in twins)


def blended(share: float) -> list[NDArray[np.float32]]:
    """Close pictures without anything in common, but for the last and the fourth, whose details correlate so much."""
    close = [texture(seed, 1.2, CLOSE_SIDE) for seed in range(25)]
    other = texture(700, 1.2, CLOSE_SIDE)
    other = other - (other * close[3]).mean() * close[3]
    close[24] = close[3] * share + other / other.std() * np.sqrt(1 - share**2)
    return [(picture * 25 + 128).astype(np.float32) for picture in close]


@pytest.mark.parametrize(("correlation", "sure"), [(0.93, True), (0.87, False)])
def test_details_agree_from_a_correlation_of_0_9(correlation: float, sure: bool) -> None:  # noqa: FBT001 - a case
    signatures, _ = pair_of(background(24, 0.8), 0.05)
    close = blended(correlation)
    assert details_agree(close[3], close[24]) == pytest.approx(correlation, abs=0.02)
    (pair,) = find_twins(signatures, (), close.__getitem__)
    assert (pair.first, pair.second, pair.sure) == (3, 24, sure)


@pytest.mark.parametrize(("correlation", "sure"), [(0.96, True), (0.93, False)])
def test_behind_a_fixture_details_must_agree_better(correlation: float, sure: bool) -> None:  # noqa: FBT001 - a case
    # All share so much that far pairs correlate by 0.8: a twin may lack a quarter of what they lack, 0.05.
    signatures, _ = pair_of(background(24, 0.8), 0.05)
    fixture = texture(800, 1.2, CLOSE_SIDE)
    close = []
    for seed in range(25):
        own = texture(seed, 1.2, CLOSE_SIDE)
        own = own - (own * fixture).mean() * fixture
        close.append(fixture * np.sqrt(0.8) + own / own.std() * np.sqrt(0.2))
    third = close[3]
    other = texture(700, 1.2, CLOSE_SIDE)
    other = other - (other * third).mean() / (third**2).mean() * third
    close[24] = third / third.std() * correlation + other / other.std() * np.sqrt(1 - correlation**2)
    looks = [(picture * 25 + 128).astype(np.float32) for picture in close]
    (pair,) = find_twins(signatures, (), looks.__getitem__)
    assert (pair.first, pair.second, pair.sure) == (3, 24, sure)


def bursts(residual: float, apart: float) -> list[bytes]:
    """Four items, ten shots each, so that the neighbour at a tenth is of the same burst; steps of such a residual."""
    signatures = []
    shared = texture(999, 5.0)
    for item in range(4):
        picture = shared * np.sqrt(1 - apart**2) + texture(item) * apart
        extra = [texture(1_000 + 50 * item + shot, 3.0) for shot in range(10)]
        # Two independent parts make the difference of two shots: each has the residual by the square root of two.
        signatures += [written(picture + part * residual / np.sqrt(2)) for part in extra]
    return signatures


@pytest.mark.parametrize(("residual", "found"), [(0.034, True), (0.07, False)])
def test_in_long_bursts_the_residual_itself_decides(residual: float, found: bool) -> None:  # noqa: FBT001 - a case
    signatures = bursts(residual, 0.9)
    pictures = [standardised(signature) for signature in signatures]
    within = [explained_by(first, second) for first, second in pairwise(pictures[:10])]
    assert (max(within) < 0.04) == found
    assert (min(within) > 0.04) == (not found)
    twins = places(find_twins(signatures))
    assert bool(twins) == found
    assert all(first // 10 == second // 10 for first, second in twins)


@pytest.mark.parametrize(("apart", "found"), [(0.75, True), (0.2, False)])
def test_in_long_bursts_items_must_lie_far_apart(apart: float, found: bool) -> None:  # noqa: FBT001 - a case
    signatures = bursts(0.03, apart)
    pictures = [standardised(signature) for signature in signatures]
    overall = at_rank(pictures, 0.5)
    within = [explained_by(first, second) for first, second in pairwise(pictures[:10])]
    assert (max(within) < 0.06 * overall) == found
    assert (min(within) > 0.06 * overall) == (not found)
    assert bool(find_twins(signatures)) == found


@pytest.mark.parametrize("count", [4, 5])
def test_five_pictures_are_needed_to_say_anything(count: int) -> None:
    signatures = [written(texture(seed)) for seed in range(count - 1)]
    assert places(find_twins([*signatures, signatures[0]])) == ([(0, count - 1)] if count == 5 else [])


def test_contrast_is_four_grey_values() -> None:
    assert has_contrast(10.0, 14.0)
    assert not has_contrast(10.0, 13.9)


@pytest.mark.parametrize("side", [64, 100, 191, 192, 200, 384, 500])
def test_a_signature_is_the_mean_of_what_each_cell_covers(side: int) -> None:
    grey = np.clip(texture(3, side / 16, side) * 40 + 120, 0, 255).astype(np.uint8)
    content, low, high = shrink(grey)
    small = cv2.resize(grey.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    assert low == pytest.approx(small.min(), abs=1.5)
    assert high == pytest.approx(small.max(), abs=1.5)
    cells = np.frombuffer(content, np.uint8).reshape(SIDE, SIDE) * (high - low) / 255 + low
    assert np.abs(cells - small).max() < 3.5
    assert (min(content), max(content)) == (0, 255)


def test_the_signature_of_nothing() -> None:
    content, low, high = shrink(np.full((300, 200), 7, np.uint8))
    assert (set(content), low, high) == ({0}, 7, 7)


@pytest.mark.parametrize(("shift_px", "found"), [(1, True), (2, True), (6, False)])
def test_shifts_are_followed_as_far_as_a_trigger_bounces(shift_px: int, found: bool) -> None:  # noqa: FBT001 - a case
    wide = texture(40, 4.0, SIDE + 20)
    pictures = [texture(seed, 4.0) for seed in range(12)]
    pictures += [wide[10:74, 10:74], wide[10:74, 10 + shift_px : 74 + shift_px]]
    assert places(find_twins(list(map(written, pictures)))) == ([(12, 13)] if found else [])
