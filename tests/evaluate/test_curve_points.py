"""Drawn curves against sorting everything, and the image scores beside them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.evaluate import MapMetrics
from curate.evaluate.curve_points import MOST, RATES, drawn_images
from tests import reference

Array = Any
Point = tuple[Fraction, Fraction]


def interpolated(points: list[Point], x: Fraction) -> Fraction:
    """The highest point of a polyline at x."""
    heights = [y for place, y in points if place == x]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 < x < x1:
            heights.append(y0 + (y1 - y0) * (x - x0) / (x1 - x0))
    return max(heights)


def pixel_roc(maps: list[Array], unions: list[Array]) -> list[Point]:
    inside = [v for scores, union in zip(maps, unions, strict=True) for v in scores[union].tolist()]
    outside = [v for scores, union in zip(maps, unions, strict=True) for v in scores[~union].tolist()]
    return [
        (
            Fraction(sum(v > threshold for v in outside), len(outside)),
            Fraction(sum(v > threshold for v in inside), len(inside)),
        )
        for threshold in reference.thresholds(inside + outside)
    ]


def drawn(seed: int, levels: int, dtype: Any) -> tuple[list[Array], list[list[tuple[Array, int]]], dict[str, Any]]:
    rng = np.random.default_rng(seed)
    maps = [rng.integers(0, levels, (6, 7)).astype(dtype) for _ in range(4)]
    if np.dtype(dtype).kind == "f":
        maps = [(scores - levels / 2) / 3 for scores in maps]
    regions: list[list[tuple[Array, int]]] = [[], []]
    metrics = MapMetrics(0.5)
    for place, scores in enumerate(maps):
        planes = []
        if place > 1:
            for _ in range(2):
                plane = np.zeros(scores.shape, bool)
                top, left = rng.integers(0, 5, 2)
                plane[top : top + 3, left : left + rng.integers(1, 4)] = True
                planes.append(plane)
            regions.append([(plane, max(1, int(0.5 * plane.sum()))) for plane in planes])
        metrics.update(scores, planes)
    return maps, regions, metrics.compute()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2, 5, 40, 250]), st.sampled_from([np.uint8, np.uint16, np.float32]))
def test_points_lie_on_the_sort_everything_curve(seed: int, levels: int, dtype: Any) -> None:
    maps, regions, result = drawn(seed, levels, dtype)
    unions = [reference.union(some, scores.shape) for scores, some in zip(maps, regions, strict=True)]
    outside = [v for scores, union in zip(maps, unions, strict=True) for v in scores[~union].tolist()]
    curves = result["curves"]
    for name, rising, points in (
        ("spro", "spro", reference.spro_curve(maps, regions)),
        ("pixel_roc", "tpr", pixel_roc(maps, unions)),
    ):
        curve = curves[name]
        assert curve["fpr"] == [float(rate) for rate in RATES]
        assert len(curve["fpr"]) <= MOST
        for rate, height, threshold in zip(RATES, curve[rising], curve["threshold"], strict=True):
            x = Fraction(rate)
            assert height == pytest.approx(float(interpolated(points, x)), abs=1e-12)
            if threshold is None:  # the smallest score lies outside all regions of float maps: it was not kept
                assert dtype == np.float32
                assert x == 1
                continue
            called = Fraction(sum(v > threshold for v in outside), len(outside))
            assert called <= x
            lower = [v for scores in maps for v in scores.ravel().tolist() if v < threshold]
            if dtype != np.float32 and lower:  # the next lower threshold would call too many
                assert Fraction(sum(v > max(lower) for v in outside), len(outside)) > x


def test_limits_are_points_and_the_curve_never_falls() -> None:
    assert {"0", "0.01", "0.05", "0.1", "0.3", "1"} <= set(RATES)
    _, _, result = drawn(3, 200, np.uint8)
    for name, rising in (("spro", "spro"), ("pixel_roc", "tpr")):
        curve = result["curves"][name]
        assert np.all(np.diff(curve["fpr"]) > 0)
        assert np.all(np.diff(curve[rising]) >= 0)
        assert np.all(np.diff(curve["threshold"]) <= 0)
        assert curve[rising][-1] == 1.0


def test_the_area_under_the_drawn_curve_is_near_the_exact_one() -> None:
    rng = np.random.default_rng(1)
    metrics = MapMetrics(0.5)
    for number in range(6):
        scores = rng.normal(100, 20, (60, 80))
        mask = np.zeros(scores.shape, bool)
        mask[10 : 20 + number, 30:45] = number > 2
        scores[mask] += 30
        metrics.update(np.clip(scores * 100, 0, 65535).astype(np.uint16), mask)
    result = metrics.compute()
    x, y = (np.array(result["curves"]["spro"][name]) for name in ("fpr", "spro"))
    for limit, exact in result["localization"]["au_spro"].items():
        kept = x <= float(limit)
        area = float(np.sum(np.diff(x[kept]) * (y[kept][1:] + y[kept][:-1]))) / 2 / float(limit)
        assert area == pytest.approx(exact, abs=2e-3)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=20),
    st.lists(st.integers(0, 9), min_size=1, max_size=20),
)
def test_image_curves_have_the_exact_areas(good: list[int], bad: list[int]) -> None:
    passed, failed = [float(v) for v in good], [float(v) for v in bad]
    roc, pr = drawn_images(np.array(passed), np.array(failed))
    assert roc is not None
    assert pr is not None
    points = list(zip(map(Fraction, roc.fpr), map(Fraction, roc.tpr), strict=True))
    area = float(reference.polyline_area(points, Fraction(1)))
    assert area == pytest.approx(reference.pairs_auroc(passed, failed), abs=1e-12)
    steps = np.diff([0.0, *pr.recall])
    assert np.dot(steps, pr.precision) == pytest.approx(reference.average_precision(passed, failed), abs=1e-12)
    for x, y, threshold in zip(roc.fpr, roc.tpr, roc.threshold, strict=True):
        assert threshold is not None
        assert x == pytest.approx(np.mean(np.array(passed) > threshold), abs=1e-15)
        assert y == pytest.approx(np.mean(np.array(failed) > threshold), abs=1e-15)
    for recall, precision, threshold in zip(pr.recall, pr.precision, pr.threshold, strict=True):
        assert threshold is not None
        found = [v > threshold for v in failed]
        assert recall == pytest.approx(np.mean(found), abs=1e-15)
        assert precision == pytest.approx(sum(found) / (sum(found) + sum(v > threshold for v in passed)), abs=1e-15)


def test_many_images_are_thinned_evenly_and_keep_their_ends() -> None:
    rng = np.random.default_rng(2)
    good, bad = rng.normal(0, 1, 4000), rng.normal(1, 1, 3000)
    roc, pr = drawn_images(good, bad)
    assert roc is not None
    assert pr is not None
    assert len(roc.fpr) <= MOST
    assert len(pr.recall) <= MOST
    assert (roc.fpr[0], roc.tpr[0], roc.fpr[-1], roc.tpr[-1]) == (0, 0, 1, 1)
    assert roc.threshold[0] == max(good.max(), bad.max())
    x, y = np.array(roc.fpr), np.array(roc.tpr)
    area = float(np.sum(np.diff(x) * (y[1:] + y[:-1]))) / 2
    assert area == pytest.approx(np.mean(good[:, None] < bad[None]), abs=1e-3)


def test_what_a_curve_needs_may_be_absent() -> None:
    bare = MapMetrics()
    bare.update(np.array([[1, 2]], np.uint8))
    assert bare.compute()["curves"] == {"spro": None, "pixel_roc": None, "roc": None, "pr": None}
    full = MapMetrics()
    full.update(np.array([[1, 2]], np.uint8), np.array([[1, 1]]))
    curves = full.compute()["curves"]
    assert (curves["spro"], curves["pixel_roc"], curves["roc"]) == (None, None, None)
    assert curves["pr"] == {"recall": [1.0], "precision": [1.0], "threshold": [pytest.approx(2.0)]}
    assert curves["pr"]["threshold"][0] < 2.0  # the only score: called when it is greater
