from __future__ import annotations

import math

import pytest

from curate.view.curves import Curve, curves_of, interpolated, score_histogram, threshold_at
from tests.results import confusion_document
from tests.view.documents import CURVES, SPRO, block, entry, result, several


def test_every_curve_comes_with_its_area() -> None:
    curves = curves_of(result("pca", "", bolt=block(curves=CURVES)))
    assert [(curve.category, curve.method, curve.kind, curve.area) for curve in curves] == [
        ("bolt", "pca", "spro", 0.5),
        ("bolt", "pca", "roc", 0.8),
        ("bolt", "pca", "pr", 0.7),
        ("bolt", "pca", "pixel-roc", 0.9),
    ]
    assert (curves[0].x, curves[0].y, curves[0].threshold[0]) == ((0.0, 0.01, 0.05, 0.1, 0.3), tuple(SPRO["spro"]), 9.0)
    assert (curves[2].x, curves[2].y) == ((0.5, 1.0), (1.0, 0.5))


def test_a_result_without_curves_gives_none() -> None:
    assert curves_of(result(bolt=block())) == []
    assert curves_of(result(bolt=block(curves={"spro": None, "roc": None, "pr": None, "pixel_roc": None}))) == []


def test_several_runs_give_a_curve_each_and_the_averaged_block_is_not_read() -> None:
    whole = several(*(result("pca", name, bolt=block(curves=CURVES)) for name in ("1", "2")))
    curves = curves_of(whole, kinds=("spro",))
    assert [(curve.run, curve.y) for curve in curves] == [("1", tuple(SPRO["spro"])), ("2", tuple(SPRO["spro"]))]
    assert threshold_at(whole.categories["bolt"]) is None


@pytest.mark.parametrize(
    ("fpr", "threshold"), [(0.0, 9.0), (0.009, 9.0), (0.01, 7.0), (0.05, 5.0), (0.2, 3.0), (1.0, 1.0)]
)
def test_the_threshold_keeps_the_false_positive_rate(fpr: float, threshold: float) -> None:
    assert threshold_at(entry(curves=CURVES), fpr) == threshold


def test_points_without_a_threshold_are_passed_over() -> None:
    curve = {"fpr": [0.0, 0.05], "spro": [0.0, 1.0], "threshold": [4.0, None]}
    none = {"pixel_roc": None, "roc": None, "pr": None}
    assert threshold_at(entry(curves={"spro": curve, **none})) == 4.0
    assert threshold_at(entry(curves={"spro": {**curve, "threshold": [None, None]}, **none})) is None
    assert threshold_at(entry(curves={"spro": None, **none})) is None
    assert threshold_at(entry()) is None


@pytest.mark.parametrize(("x", "y"), [(-0.1, math.nan), (0.0, 0.5), (0.25, 0.625), (1.0, 1.0), (1.1, math.nan)])
def test_a_curve_is_straight_between_its_points(x: float, y: float) -> None:
    curve = Curve("bolt", "pca", "", "roc", (0.0, 0.0, 1.0), (0.0, 0.5, 1.0), (None, None, None))
    assert interpolated(curve, x) == pytest.approx(y, nan_ok=True)


def test_scores_are_counted_by_kind_of_image() -> None:
    images = [
        {"image": "test/good/0", "label": "good", "score": 0.0},
        {"image": "test/good/1", "label": "good", "score": 1.0},
        {"image": "test/dent/0", "label": "dent", "score": 2.0},
        {"image": "test/dent/1", "label": "dent", "score": 4.0},
        {"image": "train/good/0", "label": "good", "score": 0.5},
    ]
    thresholds = {"0.01": 1.5, "0.05": None, "0.10": None}
    deployed = {rate: confusion_document(threshold=value) for rate, value in thresholds.items()}
    histogram = score_histogram(entry(images=images, detection={"deployed": deployed}), bins=4)
    assert histogram is not None
    assert histogram.edges == (0.0, 1.0, 2.0, 3.0, 4.0)
    assert (histogram.good, histogram.defective, histogram.train) == ((1, 1, 0, 0), (0, 0, 1, 1), (1, 0, 0, 0))
    assert histogram.deployed == {"0.01": 1.5}


def test_equal_scores_share_one_bin_and_no_scores_give_no_histogram() -> None:
    images = [{"image": f"test/good/{number}", "label": "good", "score": 0.5} for number in range(3)]
    histogram = score_histogram(entry(images=images))
    assert histogram is not None
    assert histogram.good == (3,)
    assert histogram.edges[0] <= 0.5 < histogram.edges[1]
    assert score_histogram(entry()) is None
    assert score_histogram(entry(images=[])) is None


def test_scores_at_the_ends_of_doubles_are_counted() -> None:
    images = [{"image": f"test/good/{n}", "label": "good", "score": score} for n, score in enumerate((-1e308, 1e308))]
    histogram = score_histogram(entry(images=images), bins=4)
    assert histogram is not None
    assert histogram.good == (1, 0, 0, 1)
    assert all(math.isfinite(edge) for edge in histogram.edges)
