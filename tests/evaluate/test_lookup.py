from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from curate.evaluate.floats.lookup import COARSE_BINS, CoarseBins, EdgeTable

DRAW: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "normal": lambda rng, count: rng.normal(size=count),
    "heavy tail": lambda rng, count: np.exp(rng.normal(size=count) * 10),
    "few values": lambda rng, count: rng.integers(-5, 5, count) / 3,
    "negative": lambda rng, count: -np.exp(rng.normal(size=count) * 8),
    "zeros and denormals": lambda rng, count: rng.choice([0.0, -0.0, 1e-45, -1e-45, 1e-40, 3e38, -3e38], count),
    "one value": lambda _, count: np.zeros(count),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW.keys())
@pytest.mark.parametrize("edges", [0, 1, 5000])
def test_places_equal_bisection(dtype: Any, draw: Callable[[np.random.Generator, int], Any], edges: int) -> None:
    rng = np.random.default_rng(edges)
    sorted_edges = np.unique(draw(rng, edges).astype(dtype))
    scores = np.concatenate([draw(rng, 3000).astype(dtype), sorted_edges])
    wanted = np.searchsorted(sorted_edges, scores)
    tied = np.sort(wanted[np.isin(scores, sorted_edges)])
    for sample in (scores[::7], scores[:1], np.zeros(3, dtype), None):
        places, ties = EdgeTable(sorted_edges, sample).place(scores)
        assert (places == wanted).all()
        assert (np.sort(ties) == tied).all()


def test_scores_of_another_type_than_the_edges() -> None:
    edges = np.array([0.1, 0.2], np.float32)
    scores = np.array([0.1, float(np.float32(0.1)), 0.3])
    places, ties = EdgeTable(edges, edges).place(scores)
    assert places.tolist() == [0, 0, 2]
    assert ties.tolist() == [0]


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
