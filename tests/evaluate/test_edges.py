from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from curate.evaluate.floats.edges import EdgeIndex
from curate.evaluate.floats.negatives import NegativeCounts, Waiting

DRAW: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "normal": lambda rng, count: rng.normal(size=count),
    "heavy tail": lambda rng, count: np.exp(rng.normal(size=count) * 10),
    "few values": lambda rng, count: rng.integers(-5, 5, count) / 3,
    "negative": lambda rng, count: -np.exp(rng.normal(size=count) * 8),
    "zeros and denormals": lambda rng, count: rng.choice([0.0, -0.0, 1e-45, -1e-45, 1e-40, 3e38, -3e38], count),
    "one value": lambda _, count: np.zeros(count),
}


def counted(index: EdgeIndex, parts: list[Any]) -> tuple[Any, Any]:
    """How many scores are less than each edge; how many are less or equal."""
    negatives = NegativeCounts()
    waiting = Waiting(index, negatives)
    for part in parts:
        waiting.add((), part)
    waiting.count()
    up_to = np.cumsum(negatives.reached[()].astype(np.int64))
    assert up_to[-1] == sum(part.size for part in parts) == negatives.totals[()]
    return up_to[:-1] - negatives.tied[()], up_to[:-1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW.keys())
@pytest.mark.parametrize("edges", [0, 1, 5000])
def test_counts_equal_bisection(dtype: Any, draw: Callable[[np.random.Generator, int], Any], edges: int) -> None:
    rng = np.random.default_rng(edges)
    sorted_edges = np.unique(draw(rng, edges).astype(dtype))
    parts = [draw(rng, 3000).astype(dtype), sorted_edges, draw(rng, 70_000).astype(dtype)]
    scores = np.sort(np.concatenate(parts))
    for sample in (scores[::7], scores[:1], np.zeros(3, dtype), None):
        index = EdgeIndex.of(sorted_edges, sample)
        below, up_to = counted(index, parts)
        assert (below == np.searchsorted(scores, sorted_edges)).all()
        assert (up_to == np.searchsorted(scores, sorted_edges, side="right")).all()


def test_edges_that_share_leading_bits_with_thousands_of_scores() -> None:
    rng = np.random.default_rng(0)
    scores = (1 + rng.integers(0, 1 << 18, 100_000) / (1 << 23)).astype(np.float32)  # two groups, many ties
    edges = np.unique(scores[:5000])
    index = EdgeIndex.of(edges, scores)
    below, up_to = counted(index, [scores[:60_000], scores[60_000:]])
    in_order = np.sort(scores)
    assert (below == np.searchsorted(in_order, edges)).all()
    assert (up_to == np.searchsorted(in_order, edges, side="right")).all()


def test_scores_of_a_wider_type_than_the_edges() -> None:
    edges = np.array([0.1, 0.2], np.float32)
    index = EdgeIndex.of(edges, edges)
    below, up_to = counted(index, [np.array([0.1, float(np.float32(0.1)), 0.3]), edges])
    assert (below.tolist(), up_to.tolist()) == ([1, 3], [3, 4])


def test_scores_of_a_narrower_type_than_the_edges() -> None:
    edges = np.array([float(np.float32(0.1)), 0.2])
    index = EdgeIndex.of(edges, edges)
    below, up_to = counted(index, [np.array([0.1, 0.2, 0.3], np.float32)])
    assert (below.tolist(), up_to.tolist()) == ([0, 1], [1, 1])
