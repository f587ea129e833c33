"""Counts of pixels outside regions among edges, against bisection of all of them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.evaluate.scoring.coarse_bins import COARSE_BINS, CoarseBins
from curate.evaluate.scoring.memory import Memory
from curate.evaluate.scoring.negative_counts import NegativeCounter, NegativeCounts

Draw = Callable[[np.random.Generator, int], Any]
DRAW: dict[str, Draw] = {
    "normal": lambda rng, count: rng.normal(size=count),
    "heavy tail": lambda rng, count: np.exp(rng.normal(size=count) * 10),
    "few values": lambda rng, count: rng.integers(-5, 5, count) / 3,
    "negative": lambda rng, count: -np.exp(rng.normal(size=count) * 8),
    "clipped at zero": lambda rng, count: np.maximum(rng.normal(size=count), 0),
    "zeros and denormals": lambda rng, count: rng.choice([0.0, -0.0, 1e-45, -1e-45, 1e-40, 3e38, -3e38], count),
    "one value": lambda _, count: np.zeros(count),
}


def assert_counted(edges: Any, parts: list[Any], memory: Memory) -> NegativeCounts:
    counter = NegativeCounter(edges, memory)
    for part in parts:
        counter.add((), part)
    counts = counter.finish()
    scores = np.sort(np.concatenate(parts))
    assert counts.totals[()] == scores.size
    assert (counts.below[()] == np.searchsorted(scores, edges)).all()
    assert (counts.up_to[()] == np.searchsorted(scores, edges, side="right")).all()
    return counts


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW.keys())
@pytest.mark.parametrize("count", [0, 1, 5000])
def test_counts_equal_bisection(dtype: Any, draw: Draw, count: int) -> None:
    rng = np.random.default_rng(count)
    edges = np.unique(draw(rng, count).astype(dtype))
    parts = [draw(rng, 3000).astype(dtype), edges, draw(rng, 70_000).astype(dtype)]
    for memory in (Memory(), Memory(waiting_bytes=50_000), Memory(upper_bits=0), Memory(upper_bits=100_000)):
        assert_counted(edges, parts, memory)


@pytest.mark.parametrize("upper_bits", [2048, 0])
def test_edges_that_share_leading_bits_with_thousands_of_scores(upper_bits: int) -> None:
    rng = np.random.default_rng(0)
    scores = (1 + rng.integers(0, 1 << 18, 100_000) / (1 << 23)).astype(np.float32)  # two groups, many ties
    assert_counted(np.unique(scores[:5000]), [scores[:60_000], scores[60_000:]], Memory(upper_bits=upper_bits))


def test_scores_of_a_wider_type_than_the_edges_and_of_a_narrower_one() -> None:
    single = np.array([0.1, 0.2], np.float32)
    assert_counted(single, [np.array([0.1, float(np.float32(0.1)), 0.3]), single], Memory())
    assert_counted(np.array([float(np.float32(0.1)), 0.2]), [np.array([0.1, 0.2, 0.3], np.float32)], Memory())


def test_counts_above_what_uint32_holds() -> None:
    counts = NegativeCounts()
    for _ in range(2):
        counts.add((), np.array([0, 3_000_000_000]), np.array([1, 3_000_000_000]), 3_000_000_001)
    assert counts.below[()].tolist() == [0, 6_000_000_000]
    assert counts.up_to[()].tolist() == [2, 6_000_000_000]
    again = pickle.loads(pickle.dumps(counts))  # noqa: S301
    assert (again.below[()] == counts.below[()]).all()


@pytest.mark.parametrize("upper_bits", [2048, 0])
def test_threads_count_together(upper_bits: int) -> None:
    rng = np.random.default_rng(0)
    maps = [np.round(rng.uniform(1, 9, 700), 3).astype(np.float32) for _ in range(120)]
    scores = np.sort(np.concatenate(maps))
    edges = np.unique(scores[::9])
    counter = NegativeCounter(edges, Memory(waiting_bytes=4000, upper_bits=upper_bits))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda part: counter.add((), part), maps))
    counts = counter.finish()
    assert (counts.below[()] == np.searchsorted(scores, edges)).all()
    assert (counts.up_to[()] == np.searchsorted(scores, edges, side="right")).all()
    for place in range(1, edges.size):
        wanted = float(scores[np.searchsorted(scores, edges[place]) - 1])
        known = upper_bits and _upper(wanted) == _upper(float(edges[place]))
        assert counts.largest_below(float(edges[place])) == (wanted if known else None)


FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(FLOATS, min_size=1, max_size=30), FLOATS, st.integers(0, 30))
def test_the_largest_score_below(scores: list[float], edge: float, cut: int) -> None:
    edges = np.array([edge], np.float32)
    parts = [NegativeCounter(edges), NegativeCounter(edges)]
    for place, score in enumerate(scores):
        parts[place < cut].add((), np.array([score], np.float32))
    counts = NegativeCounts()
    for part in parts:
        counts.merge(part.finish())
    seen = counts.largest_below(edge)
    # It is known where it shares its sign, its exponent and seven more bits with the edge, and never wrong.
    near = [score for score in scores if score < edge and _upper(score) == _upper(edge)]
    assert seen == (max(near) if near else None)


def _upper(score: float) -> int:
    return int((np.array([score], np.float32) + np.float32(0)).view(np.uint32)[0]) >> 16


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ends", [(2.0, 5.0), (-5.0, 5.0), (-3e38, 3e38), (-5.0, -2.0), (0.0, 0.0), (1.0, 1.0000001)])
def test_coarse_bins_never_put_a_larger_score_lower(ends: tuple[float, float], dtype: Any) -> None:
    rng = np.random.default_rng(0)
    scores = np.concatenate([rng.normal(0, 4, 2000), ends, [0.0, -3.3e38, 3.3e38, -1e-40, 1e-40]]).astype(dtype)
    scores.sort()
    low, high = np.array(ends, dtype)
    bins = CoarseBins.over(np.array(ends, dtype)).of(scores).astype(int)
    assert (np.diff(bins) >= 0).all()
    assert (bins[scores < low] == 0).all()
    assert (bins[scores >= low] >= 1).all()
    assert (bins[scores > high] <= COARSE_BINS - 1).all()
    assert (bins[scores == high].min() > bins[scores == low].max()) == (high > low)
