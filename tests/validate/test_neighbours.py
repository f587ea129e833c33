from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from curate.validate.neighbours import as_it_may_lie, nearest_pairs, turned_pairs

Floats = NDArray[np.float32]


def rows(pictures: list[Floats]) -> Floats:
    return np.stack([picture.ravel() for picture in pictures])


def nearest_by_hand(points: Floats, reach: float) -> dict[int, list[int]]:
    """Compare everything with everything: the four nearest of each, if near enough, each pair once."""
    pairs = set()
    for place, point in enumerate(points):
        distances = np.sqrt(((points - point) ** 2).mean(axis=1))
        distances[place] = np.inf
        for other in np.argsort(distances)[:4].tolist():
            if distances[other] <= reach:
                pairs.add((min(place, other), max(place, other)))
    found: dict[int, list[int]] = {}
    for first, second in sorted(pairs):
        found.setdefault(first, []).append(second)
    return found


@pytest.mark.parametrize("count", [5, 60, 700])
def test_the_nearest_are_those_of_comparing_everything(count: int) -> None:
    rng = np.random.default_rng(count)
    # Behind one camera: a common picture, and far less of each item's own.
    points = (rng.normal(size=64) + 0.3 * rng.normal(size=(count, 64))).astype(np.float32)
    points[count // 2] = points[1] + 0.01
    found = nearest_pairs(points)
    assert found == nearest_by_hand(points, 0.45)
    assert count // 2 in found[1]


def test_far_ones_are_nobodys_neighbours() -> None:
    assert nearest_pairs(np.random.default_rng(1).normal(size=(40, 64)).astype(np.float32)) == {}


@pytest.mark.parametrize("turn", range(1, 8))
@pytest.mark.parametrize("planted", [0, 7])
def test_a_turned_copy_is_found_with_its_turn(turn: int, planted: int) -> None:
    rng = np.random.default_rng(2)
    pictures = [rng.normal(size=(8, 8)).astype(np.float32) for _ in range(8)]
    other = 7 - planted
    pictures[other] = as_it_may_lie(pictures[planted], turn)
    sides = ["train"] * 5 + ["test"] * 3
    ((first, second, found),) = turned_pairs(rows(pictures), sides)
    assert (first, second) == (0, 7)
    assert as_it_may_lie(pictures[first], found).tolist() == pictures[second].tolist()


def test_copies_on_one_side_are_not_looked_for() -> None:
    rng = np.random.default_rng(3)
    pictures = [rng.normal(size=(8, 8)).astype(np.float32) for _ in range(6)]
    pictures[1] = as_it_may_lie(pictures[0], 4)
    assert list(turned_pairs(rows(pictures), ["train"] * 4 + ["test"] * 2)) == []
    assert list(turned_pairs(rows(pictures), ["train"] * 6)) == []


@pytest.mark.parametrize("places", [(0, 4), (0, 7), (4, 7)])
def test_any_two_of_three_sides_are_compared(places: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    pictures = [rng.normal(size=(8, 8)).astype(np.float32) for _ in range(8)]
    pictures[places[1]] = as_it_may_lie(pictures[places[0]], 5)
    sides = ["train"] * 4 + ["val"] * 2 + ["test"] * 2
    assert {pair[:2] for pair in turned_pairs(rows(pictures), sides)} == {places}


@pytest.mark.parametrize(("factor", "expected"), [(1.0, 1), (1.02, 1), (1.05, 0)])
def test_a_turned_copy_is_near_by_its_distance(factor: float, expected: int) -> None:
    # Values of ±10: the copy is off by 0.2 in each at a factor of 1.02, by 0.5 at 1.05; up to 0.25 is near.
    picture = np.where(np.random.default_rng(0).random((4, 4)) < 0.5, -10, 10).astype(np.float32)
    other = factor * np.ascontiguousarray(as_it_may_lie(picture, 1))
    found = list(turned_pairs(rows([picture, other]), ["train", "test"]))
    assert [(first, second) for first, second, _ in found] == [(0, 1)] * expected
