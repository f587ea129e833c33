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
from curate.evaluate.metrics.average_precision import AveragePrecision, average_precision
from curate.evaluate.metrics.boundary_iou import band, band_width
from curate.evaluate.metrics.counting import RunningCount
from curate.evaluate.metrics.deployed import confusion, deployed_threshold
from curate.evaluate.metrics.dice_iou import dice, iou, precision, recall
from curate.evaluate.metrics.f1 import F1Max, f1_max
from curate.evaluate.metrics.multiclass import aql, one_vs_rest_auroc, recalls
from curate.evaluate.metrics.roc import Auroc, auroc
from curate.evaluate.metrics.spro import SPRO_LIMITS, saturated
from curate.evaluate.metrics.tpr_at_tnr import tpr_at_tnr
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


def test_among_equal_f1_in_different_parts_the_highest_threshold_is_kept() -> None:
    # Two positives, two negatives: TP 1, FP 0 gives 2/3, and so does TP 2, FP 2.
    best = F1Max(2)
    best.add(np.array([0, 0]), np.array([0, 1]), np.array([9.0]))
    best.add(np.array([0, 2]), np.array([1, 2]), np.array([4.0]))
    assert best.cut is not None
    assert (best.cut.f1, best.cut.lowest, best.cut.threshold) == (2 / 3, 9.0, 4.0)


SCORES = st.lists(st.integers(-3, 6).map(float), max_size=12)


@given(SCORES, SCORES, st.sampled_from(["0.01", "0.25", "0.10", "0.99"]))
def test_metrics_of_image_scores(good: list[float], bad: list[float], share: str) -> None:
    values = np.array(good), np.array(bad)
    assert auroc(*values) == (pytest.approx(reference.pairs_auroc(good, bad), abs=1e-14) if good and bad else None)
    assert average_precision(*values) == (
        pytest.approx(reference.average_precision(good, bad), abs=1e-14) if bad else None
    )
    best = f1_max(*values)
    if bad:
        assert best is not None
        assert best[0] == pytest.approx(reference.f1_max(good, bad), abs=1e-15)
        assert best[1] == reference.f1_threshold(good, bad)
    else:
        assert best is None
    tnr = str(1 - Fraction(share))
    assert tpr_at_tnr(*values, tnr) == (reference.tpr_at_tnr(good, bad, tnr) if good and bad else None)
    if good:
        threshold = deployed_threshold(good, share)
        assert threshold == reference.deployed_threshold(good, share)
        matrix = confusion(*values, threshold)
        tp, fp = sum(score > threshold for score in bad), sum(score > threshold for score in good)
        assert (matrix.tp, matrix.fp, matrix.fn, matrix.tn) == (tp, fp, len(bad) - tp, len(good) - fp)
        assert matrix.fpr == fp / len(good)
        assert matrix.fnr == ((len(bad) - tp) / len(bad) if bad else None)
        assert matrix.recall == (tp / len(bad) if bad else None)
        assert matrix.precision == (tp / (tp + fp) if tp + fp else None)
        assert matrix.f_score == (2 * tp / (tp + fp + len(bad)) if bad or fp else None)


@given(st.lists(st.lists(st.booleans(), min_size=12, max_size=12), min_size=2, max_size=2))
def test_overlap_of_two_masks(rows: list[list[bool]]) -> None:
    predicted, truth = (set(np.flatnonzero(row).tolist()) for row in rows)
    tp, either = len(predicted & truth), len(predicted | truth)
    assert iou(tp, len(predicted), len(truth)) == (tp / either if either else None)
    assert dice(tp, len(predicted), len(truth)) == (2 * tp / (len(predicted) + len(truth)) if either else None)
    assert precision(tp, len(predicted)) == (tp / len(predicted) if predicted else None)
    assert recall(tp, len(truth)) == (tp / len(truth) if truth else None)


@given(st.integers(0, 10_000), st.sampled_from([(3, 3), (9, 14), (40, 60), (70, 90)]))
def test_bands_are_what_erosions_remove(seed: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    mask = np.zeros(shape, bool)
    for _ in range(3):
        top, left = (int(rng.integers(size)) for size in shape)
        mask[top : top + int(rng.integers(1, shape[0])), left : left + int(rng.integers(1, shape[1]))] = True
    assert (band(mask, band_width(shape)) == reference.outline(mask)).all()


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(0, 9))
def test_classes_of_defects(seed: int, count: int, images: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 3, (images, count)).astype(np.float64)  # many ties
    members = rng.random((images, count)) < 0.5
    for column, value in enumerate(one_vs_rest_auroc(table, members)):
        others, own = (table[members[:, column] == shows, column].tolist() for shows in (False, True))
        wanted = reference.pairs_auroc(others, own) if others and own else None
        assert value == (None if wanted is None else pytest.approx(wanted, abs=1e-14))
    chosen = [row.index(max(row)) for row in table.tolist()]
    good = int(rng.integers(-1, count))  # -1: no column is the good class
    found = recalls(table, members, good)
    assert good not in found
    for column in set(range(count)) - {good}:
        answers = [answer for answer, shows in zip(chosen, members[:, column], strict=True) if shows]
        if answers:
            correct = sum(answer == column for answer in answers) / len(answers)
            noticed = sum(answer != good for answer in answers) / len(answers)
            assert found[column] == (correct, noticed)
            assert aql(found[column][1]) == pytest.approx(100 * (1 - noticed))
        else:
            assert column not in found


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
