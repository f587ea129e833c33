from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from curate.evaluate import floats
from curate.evaluate.edges import EdgeIndex, Grouped
from curate.evaluate.floats import Between, NegativeCounts

DRAW: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "normal": lambda rng, count: rng.normal(size=count),
    "heavy tail": lambda rng, count: np.exp(rng.normal(size=count) * 10),
    "few values": lambda rng, count: rng.integers(-5, 5, count) / 3,
    "negative": lambda rng, count: -np.exp(rng.normal(size=count) * 8),
    "zeros and denormals": lambda rng, count: rng.choice([0.0, -0.0, 1e-45, -1e-45, 1e-40, 3e38, -3e38], count),
    "one value": lambda _, count: np.zeros(count),
}


def counted(index: EdgeIndex, parts: list[Grouped]) -> tuple[Any, Any]:
    """How many scores are less than each edge; how many are less or equal."""
    reached, tied = index.count(parts)
    up_to = np.cumsum(reached)
    assert up_to[-1] == sum(len(part[0] if isinstance(part, tuple) else part) for part in parts)
    return up_to[:-1] - tied, up_to[:-1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW.keys())
@pytest.mark.parametrize("edges", [0, 1, 5000])
def test_counts_equal_bisection(dtype: Any, draw: Callable[[np.random.Generator, int], Any], edges: int) -> None:
    rng = np.random.default_rng(edges)
    sorted_edges = np.unique(draw(rng, edges).astype(dtype))
    parts = [draw(rng, 3000).astype(dtype), sorted_edges, draw(rng, 70_000).astype(dtype)]
    scores = np.sort(np.concatenate(parts))
    for sample in (scores[::7], scores[:1], np.zeros(3, dtype), None):
        index = EdgeIndex(sorted_edges, sample)
        below, up_to = counted(index, [run for part in parts for run in index.group(part)])
        assert (below == np.searchsorted(scores, sorted_edges)).all()
        assert (up_to == np.searchsorted(scores, sorted_edges, side="right")).all()


def test_edges_that_share_leading_bits_with_thousands_of_scores() -> None:
    rng = np.random.default_rng(0)
    scores = (1 + rng.integers(0, 1 << 18, 100_000) / (1 << 23)).astype(np.float32)  # two groups, many ties
    edges = np.unique(scores[:5000])
    index = EdgeIndex(edges, scores)
    below, up_to = counted(index, index.group(scores[:60_000]) + index.group(scores[60_000:]))
    in_order = np.sort(scores)
    assert (below == np.searchsorted(in_order, edges)).all()
    assert (up_to == np.searchsorted(in_order, edges, side="right")).all()


def test_scores_of_a_wider_type_than_the_edges() -> None:
    edges = np.array([0.1, 0.2], np.float32)
    index = EdgeIndex(edges, edges)
    below, up_to = counted(index, index.group(np.array([0.1, float(np.float32(0.1)), 0.3])) + index.group(edges))
    assert (below.tolist(), up_to.tolist()) == ([1, 3], [3, 4])


def test_scores_of_a_narrower_type_than_the_edges() -> None:
    edges = np.array([float(np.float32(0.1)), 0.2])
    index = EdgeIndex(edges, edges)
    below, up_to = counted(index, index.group(np.array([0.1, 0.2, 0.3], np.float32)))
    assert (below.tolist(), up_to.tolist()) == ([0, 1], [1, 1])


@pytest.mark.parametrize("known", [3, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_images_are_read_again_only_where_a_pixel_may_lie(
    monkeypatch: pytest.MonkeyPatch, known: int, seed: int
) -> None:
    monkeypatch.setattr(floats, "_KNOWN", known)
    rng = np.random.default_rng(seed)
    edges = np.unique(rng.integers(0, 60, 20)).astype(np.float32)
    parts = {("a",): rng.integers(0, 60, 8).astype(np.float32), (): rng.integers(10, 70, 5).astype(np.float32)}
    index, negatives = EdgeIndex(edges, edges), NegativeCounts()
    for group, scores in parts.items():
        negatives.add_scores(group, index.group(scores), scores.size, index)
    between = Between.of(["x"], negatives)
    scores = np.concatenate(list(parts.values()))
    bounds = [-np.inf, *edges.tolist(), np.inf]
    for stretch in range(edges.size + 1):
        holds = bool(((scores > bounds[stretch]) & (scores < bounds[stretch + 1])).any())
        sure = stretch >= edges.size + 1 - known
        assert between.may_hold(stretch) == (holds if sure else True)


def test_images_without_a_pixel_outside_regions_hold_none() -> None:
    assert not Between.of(["x"], NegativeCounts()).may_hold(0)
