from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from curate.files.images import read_pixels
from curate.validate.likeness import Twins, find_twins, shrink

SIDE = 160


def scene(seed: int) -> np.ndarray:
    """One item before a background that all share: alike to the eye, each with a texture and a place of its own."""
    background = np.random.default_rng(0).integers(60, 190, (10, 10)).astype(np.uint8)
    picture = cv2.resize(background, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    generator = np.random.default_rng(seed)
    item = cv2.resize(generator.normal(0, 25, (12, 12)).astype(np.float32), (80, 80), interpolation=cv2.INTER_CUBIC)
    x, y = generator.integers(34, 46, 2)
    picture[y : y + 80, x : x + 80] += item
    return np.asarray(np.clip(picture + generator.normal(0, 2, picture.shape), 0, 255), dtype=np.uint8)


def again(picture: np.ndarray, kind: str) -> np.ndarray:
    generator = np.random.default_rng(99)
    if kind == "noise":
        return np.clip(picture + generator.normal(0, 5, picture.shape), 0, 255).astype(np.uint8)
    if kind == "lamp":
        return np.clip(picture * 1.06 + 3, 0, 255).astype(np.uint8)
    if kind == "jpeg":
        return np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 0))
    if kind == "shift":
        return np.roll(picture, (1, 2), axis=(0, 1))
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 1.0, 1.0)
    return cv2.warpAffine(picture, turn, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)


def twins(pictures: list[np.ndarray]) -> list[Twins]:
    return find_twins([shrink(picture)[0] for picture in pictures])


def test_items_that_only_look_alike_are_no_twins() -> None:
    assert twins([scene(seed) for seed in range(40)]) == []


@pytest.mark.parametrize("kind", ["noise", "lamp", "jpeg", "shift", "turn"])
def test_the_same_shot_again_is_a_twin(kind: str) -> None:
    pictures = [scene(seed) for seed in range(40)]
    found = twins([*pictures, again(pictures[7], kind)])
    assert [(pair.first, pair.second) for pair in found] == [(7, 40)]


def test_identical_pictures_have_the_ratio_zero() -> None:
    pictures = [scene(seed) for seed in range(8)]
    (pair,) = twins([*pictures, pictures[3]])
    assert (pair.first, pair.second) == (3, 8)
    assert pair.ratio == pytest.approx(0, abs=1e-3)


def test_every_picture_twice_is_found_although_twins_are_then_the_rule() -> None:
    pictures = [scene(seed) for seed in range(20)]
    found = twins([*pictures, *(again(picture, "noise") for picture in pictures)])
    assert [(pair.first, pair.second) for pair in found] == [(index, index + 20) for index in range(20)]


def test_long_bursts_of_few_items_are_found() -> None:
    items = [scene(seed) for seed in range(5)]
    generator = np.random.default_rng(4)
    shots = [
        np.clip(item + generator.normal(0, 3, item.shape), 0, 255).astype(np.uint8) for item in items for _ in range(20)
    ]
    found = twins(shots)
    assert found
    assert all(pair.first // 20 == pair.second // 20 for pair in found)
    assert {place for pair in found for place in (pair.first, pair.second)} == set(range(100))


def test_two_products_do_not_make_each_other_twins() -> None:
    light = [scene(seed) for seed in range(20)]
    dark = [255 - scene(seed) for seed in range(20, 40)]
    assert twins([*light, *dark]) == []


def test_few_pictures_say_nothing() -> None:
    assert twins([scene(1)] * 4) == []


def test_the_order_of_the_pictures_does_not_matter() -> None:
    pictures = [scene(seed) for seed in range(30)]
    pictures += [again(pictures[7], "lamp"), again(pictures[2], "noise")]
    order = np.random.default_rng(3).permutation(len(pictures)).tolist()
    straight = {(pair.first, pair.second) for pair in twins(pictures)}
    shuffled = {
        tuple(sorted((order[pair.first], order[pair.second]))) for pair in twins([pictures[place] for place in order])
    }
    assert straight == shuffled == {(7, 30), (2, 31)}


def test_real_neighbours_are_not_flagged_and_real_repeats_are(shared: Path) -> None:
    folder = shared / "data/autovi_pipe_staple/pipe_staple"
    pictures = [cv2.cvtColor(read_pixels(path), cv2.COLOR_BGRA2GRAY) for path in sorted(folder.glob("t*/*/*.png"))]
    assert twins(pictures) == []
    repeated = [
        again(pictures[index], kind) for index, kind in ((5, "noise"), (50, "lamp"), (80, "jpeg"), (120, "shift"))
    ]
    found = {(pair.first, pair.second) for pair in twins([*pictures, *repeated])}
    assert found == {(5, 130), (50, 131), (80, 132), (120, 133)}
