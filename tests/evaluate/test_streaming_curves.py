"""Curves in parts against the same curves computed with fractions, whole."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.evaluate.curve import auroc, average_precision, f1_max
from curate.evaluate.floats.positives import RegionScores
from curate.evaluate.histograms import POSITIVES, PRO, spro_key
from curate.evaluate.images import RegionMask, union_of
from curate.evaluate.regions import saturated
from curate.evaluate.streaming_curves import SPRO_LIMITS, RunningAreas, RunningRates, vertices
from curate.model.defect import Saturation

ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30)
CUTS = st.lists(st.integers(1, 29), max_size=5)


def parts_of(rows: list[tuple[int, int]], cuts: list[int]) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Ascending rows as parts, the highest first: negatives, positives and scores of each."""
    bounds = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    columns = np.array(rows, np.int64)
    places = np.arange(len(rows), dtype=np.float64)
    return [(columns[a:b, 0], columns[a:b, 1], places[a:b]) for a, b in pairwise(bounds)][::-1]


def area(rows: list[tuple[int, int]], limit: Fraction) -> Fraction:
    """Area under the polyline up to a limit, divided by it."""
    negatives, positives = (sum(column) for column in zip(*rows, strict=True))
    total = x = y = Fraction(0)
    for negative, positive in reversed(rows):
        step, rise = Fraction(negative, negatives), Fraction(positive, positives)
        within = min(step, limit - x)
        if step:
            total += within * (y + y + rise * within / step) / 2
        x, y = x + step, y + rise
        if x >= limit and step:
            break
    return total / limit


@given(ROWS, CUTS)
def test_areas(rows: list[tuple[int, int]], cuts: list[int]) -> None:
    negatives, positives = (sum(column) for column in zip(*rows, strict=True))
    areas, reached = RunningAreas(negatives, positives, SPRO_LIMITS), 0
    for mine, weights, _ in parts_of(rows, cuts):
        called = vertices(mine, reached)
        reached = int(called[-1])
        areas.add(called, weights)
    for limit, share in areas.shares().items():
        if negatives and positives:
            assert share == pytest.approx(float(area(rows, Fraction(limit))), abs=1e-14)
        else:
            assert share is None


@given(ROWS, CUTS)
def test_rates_and_the_cut(rows: list[tuple[int, int]], cuts: list[int]) -> None:
    negatives, positives = np.array(rows, np.int64).T
    rates, reached = RunningRates(int(negatives.sum()), int(positives.sum())), 0
    for mine, its, scores in parts_of(rows, cuts):
        called = vertices(mine, reached)
        reached = int(called[-1])
        rates.add(called, its, scores)
    assert rates.auroc() == pytest.approx(auroc(negatives, positives), abs=1e-14)
    assert rates.average_precision() == pytest.approx(average_precision(negatives, positives), abs=1e-14)
    best = f1_max(negatives, positives)
    if best is None:
        assert rates.cut is None
        return
    assert rates.cut is not None
    assert rates.cut.f1 == pytest.approx(best[0], abs=1e-15)
    assert rates.cut.lowest == best[1]
    assert rates.cut.below == [float(place) for place in (best[1] - 1, best[1] - 2) if place >= 0]
    assert rates.cut.true_called == positives[best[1] :].sum()
    assert rates.cut.called == negatives[best[1] :].sum() + positives[best[1] :].sum()


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 3), st.lists(st.integers(0, 39), max_size=4))
def test_weights_of_any_part_of_the_scores(seed: int, levels: int, count: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, levels, (9, 11)).astype(np.float32)
    regions = []
    for number in range(count):
        mask = np.zeros(scores.shape, np.uint8)
        top, left = (int(value) for value in rng.integers(0, 7, 2))
        mask[top : top + int(rng.integers(1, 5)), left : left + int(rng.integers(1, 6))] = 1
        regions.append(RegionMask.cut(mask, f"d{number % 2}", Saturation(float(rng.uniform(0.1, 1)))))
    held = RegionScores()
    held.add_image("image", scores, regions)
    wanted = {POSITIVES: np.zeros(levels, np.int64), PRO: np.zeros(levels, np.int64)}
    for value in scores[union_of(regions, scores.shape)].astype(int):
        wanted[POSITIVES][value] += 1
    for region in regions:
        picked = region.pick(scores)
        values, weights = saturated(picked, region.saturation.area_px(picked.size))
        sums = wanted.setdefault(spro_key(region.defect), np.zeros(levels, np.int64))
        sums[values.astype(int)] += weights
    bounds = [-np.inf, *sorted({float(cut) for cut in cuts}), np.inf]
    for low, high in pairwise(bounds):
        for mine in (held, held.within(low, high)):
            edges = mine.edges((low, high))
            for key, sums in mine.weights_on(edges).items() if edges.size else ():
                if key != PRO:
                    assert sums.tolist() == wanted[key][edges.astype(int)].tolist(), key
            inside = [value for value in range(levels) if low < value <= high and wanted[POSITIVES][value]]
            assert edges.tolist() == inside
