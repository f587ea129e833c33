from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from curate.imaging.images import read_pixels
from curate.validate.fine_match import enlarge
from curate.validate.likeness import LIES, Twins, find_twins, shrink

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
    if kind == "dark":
        return np.clip(picture * 0.6, 0, 255).astype(np.uint8)
    if kind == "half":
        height, width = picture.shape
        return np.asarray(cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    if kind == "shift":
        return np.roll(picture, (1, 2), axis=(0, 1))
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 1.0, 1.0)
    return cv2.warpAffine(picture, turn, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)


def turned(picture: np.ndarray, turn: int) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(picture[:, ::-1] if turn >= 4 else picture, turn % 4))


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


@pytest.mark.parametrize("lies", [place for place in LIES if place])
def test_turned_and_mirrored_copies_are_found_between_splits(lies: str) -> None:
    pictures = [scene(seed) for seed in range(12)]
    pictures.append(turned(pictures[4], LIES.index(lies)))
    signatures = [shrink(picture)[0] for picture in pictures]
    (pair,) = find_twins(signatures, ["train"] * 10 + ["test"] * 3)
    assert (pair.first, pair.second, pair.lies) == (4, 12, lies)
    assert find_twins(signatures, ["train"] * 13) == []


def test_details_overrule_a_likeness_in_outline() -> None:
    pictures = [scene(seed) for seed in range(12)]
    pictures.append(again(pictures[4], "lamp"))
    close = [enlarge(picture) for picture in pictures]
    signatures = [shrink(picture)[0] for picture in pictures]
    (pair,) = find_twins(signatures, (), close.__getitem__)
    assert (pair.first, pair.second, pair.sure) == (4, 12, True)
    close[12] = enlarge(scene(99))
    (pair,) = find_twins(signatures, (), close.__getitem__)
    assert not pair.sure
    (pair,) = find_twins(signatures, (), dict[int, np.ndarray]().get)
    assert pair.sure


REAL = {
    "autovi_pipe_staple/pipe_staple/t*/*/*.png": set(),
    "mvtec_ad_screw/screw/t*/*/*.png": set(),
    "otx_hazelnut_toy/t*/*/*.jpg": set(),
    "neu_det/IMAGES/*.jpg": set(),
    "dagm_samples/class1/*.PNG": set(),
    "dagm_samples/class3/*.PNG": set(),
    "kolektorsdd/*/*.jpg": set(),
    # One item taken twice, as looking at the pictures shows.
    "aws_cookie/cookie-dataset/dataset-files/training-images/*.jpg": {("normal-1.jpg", "normal-2.jpg")},
    "magnetic_tile/*/Imgs/*.jpg": {
        ("exp1_num_108719.jpg", "exp1_num_108889.jpg"),
        ("exp1_num_135544.jpg", "exp2_num_135572.jpg"),
    },
}
"""Real sets, and the pictures in them that show the same shot."""

EDITS = ("noise", "lamp", "jpeg", "dark", "half", "mirrored", "quarter")


@pytest.mark.parametrize("pattern", REAL)
def test_only_repeats_are_found_in_real_sets_and_planted_ones_are(shared: Path, pattern: str) -> None:
    paths = sorted((shared / "data").glob(pattern))[:60]
    pictures = [np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8) for path in paths]
    count = len(pictures)
    planted = {(place % count, count + place): edit for place, edit in enumerate(EDITS)}
    for (place, _), edit in planted.items():
        turns = {"mirrored": 4, "quarter": 1}
        picture = pictures[place]
        pictures.append(turned(picture, turns[edit]) if edit in turns else again(picture, edit))
    close = [enlarge(picture) for picture in pictures]
    signatures = [shrink(picture)[0] for picture in pictures]
    own = find_twins(signatures[:count], (["train", "test"] * count)[:count], close.__getitem__)
    assert {(paths[pair.first].name, paths[pair.second].name) for pair in own} <= REAL[pattern]
    found = {(pair.first, pair.second) for pair in find_twins(signatures, _sides(planted, count), close.__getitem__)}
    assert set(planted) <= found


def _sides(planted: dict[tuple[int, int], str], count: int) -> list[str]:
    """Put every picture into training and every planted one into the test set."""
    return ["train"] * count + ["test"] * len(planted)


def test_real_neighbours_are_not_flagged_and_real_repeats_are(shared: Path) -> None:
    folder = shared / "data/autovi_pipe_staple/pipe_staple"
    pictures = [cv2.cvtColor(read_pixels(path), cv2.COLOR_BGRA2GRAY) for path in sorted(folder.glob("t*/*/*.png"))]
    assert twins(pictures) == []
    repeated = [
        again(pictures[index], kind) for index, kind in ((5, "noise"), (50, "lamp"), (80, "jpeg"), (120, "shift"))
    ]
    found = {(pair.first, pair.second) for pair in twins([*pictures, *repeated])}
    assert found == {(5, 130), (50, 131), (80, 132), (120, 133)}


def test_one_defect_drawn_on_independent_surfaces_is_no_repeat() -> None:
    """The kind of 163-flat-surfaces-false-repeats: what is alike is the defect, every surface is noise of its own."""
    rng = np.random.default_rng(12)
    y, x = np.mgrid[0:128, 0:128]
    defect = 60.0 * np.exp(-((x - 35) ** 2 + (y - 45) ** 2) / 200.0)
    surfaces = [rng.normal(128, 3, (128, 128)) + defect * (place < 4) for place in range(24)]
    pictures = [np.clip(np.rint(surface), 0, 255).astype(np.uint8) for surface in surfaces]
    close = [enlarge(picture) for picture in pictures]
    signatures = [shrink(picture)[0] for picture in pictures]
    assert find_twins(signatures) != []  # by their outline alone they are twins
    assert find_twins(signatures, (), close.__getitem__) == []
