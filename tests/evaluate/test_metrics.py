"""Metrics of curves that come in parts, against the same computed with fractions, whole."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.evaluate.images import RegionMask, union_of
from curate.evaluate.metrics.areas import AreaUpTo
from curate.evaluate.metrics.average_precision import AveragePrecision
from curate.evaluate.metrics.counting import RunningCount
from curate.evaluate.metrics.f1 import F1Max
from curate.evaluate.metrics.roc import Auroc
from curate.evaluate.metrics.spro import SPRO_LIMITS, saturated
from curate.evaluate.scoring.region_scores import EVERYTHING, RegionScores
from curate.model.defect import Saturation
from tests import reference

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
    areas, fp, tp = AreaUpTo(negatives, positives, SPRO_LIMITS), RunningCount(), RunningCount()
    for mine, weights, _ in parts_of(rows, cuts):
        areas.add(fp.add(mine), tp.add(weights))
    for limit, share in areas.values().items():
        if negatives and positives:
            assert share == pytest.approx(float(area(rows, Fraction(limit))), abs=1e-14)
        else:
            assert share is None


@given(ROWS, CUTS)
def test_rates_and_the_cut(rows: list[tuple[int, int]], cuts: list[int]) -> None:
    good = [float(place) for place, (count, _) in enumerate(rows) for _ in range(count)]
    bad = [float(place) for place, (_, count) in enumerate(rows) for _ in range(count)]
    auroc, ap, best = Auroc(len(good), len(bad)), AveragePrecision(len(bad)), F1Max(len(bad))
    counted = RunningCount(), RunningCount()
    for mine, its, scores in parts_of(rows, cuts):
        fp, tp = counted[0].add(mine), counted[1].add(its)
        auroc.add(fp, tp)
        ap.add(fp, tp)
        best.add(fp, tp, scores[::-1])
    if not bad:
        assert (auroc.value(), ap.value(), best.cut) == (None, None, None)
        return
    assert auroc.value() == (pytest.approx(reference.pairs_auroc(good, bad), abs=1e-14) if good else None)
    assert ap.value() == pytest.approx(reference.average_precision(good, bad), abs=1e-14)
    assert best.cut is not None
    assert best.cut.f1 == pytest.approx(reference.f1_max(good, bad), abs=1e-15)
    lowest = int(best.cut.lowest)
    assert best.cut.below == [float(place) for place in (lowest - 1, lowest - 2) if place >= 0]
    assert best.cut.tp == sum(score >= lowest for score in bad)
    assert best.cut.predicted == sum(score >= lowest for score in good + bad)
    # The highest of the best cuts; rows that nothing has are scores, too.
    observed = reference.f1_threshold(good, bad)
    assert best.cut.threshold == observed or lowest == min(score for score in good + bad if score > observed)


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
    positives = np.zeros(levels, np.int64)
    for value in scores[union_of(regions, scores.shape)].astype(int):
        positives[value] += 1
    wanted: dict[str, np.ndarray] = {}
    for region in regions:
        picked = region.pick(scores)
        values, weights = saturated(picked, region.saturation.area_px(picked.size))
        wanted.setdefault(region.defect, np.zeros(levels, np.int64))[values.astype(int)] += weights
    bounds = [-np.inf, *sorted({float(cut) for cut in cuts}), np.inf]
    for low, high in pairwise(bounds):
        mine = held if (low, high) == EVERYTHING else held.within(low, high)
        edges = mine.edges()
        inside = [value for value in range(levels) if low < value <= high and positives[value]]
        assert edges.tolist() == inside
        if edges.size:
            sums = mine.weights_on(edges)
            assert sums.positives.tolist() == positives[inside].tolist()
            for defect, weights in sums.spro.items():
                assert weights.tolist() == wanted[defect][inside].tolist(), defect
