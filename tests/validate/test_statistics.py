from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.validate.statistics import fisher_exact, mann_whitney

stats = pytest.importorskip("scipy.stats")  # with scikit-learn in the test extra; curate itself does without

VALUES = st.lists(st.integers(0, 9).map(float), min_size=1, max_size=20)
KINDS = st.lists(st.sampled_from("abc"), min_size=1, max_size=12)


@settings(deadline=None)
@given(VALUES, VALUES)
def test_separation_counts_pairs(good: list[float], defective: list[float]) -> None:
    pairs = [(one > other) + 0.5 * (one == other) for one in defective for other in good]
    auroc, p_value = mann_whitney(good, defective)
    assert auroc == pytest.approx(sum(pairs) / len(pairs))
    assert 0 <= p_value <= 1


@settings(deadline=None)
@given(VALUES, VALUES)
def test_separation_agrees_with_scipy(good: list[float], defective: list[float]) -> None:
    _, p_value = mann_whitney(good, defective)
    if len({*good, *defective}) > 1:
        expected = stats.mannwhitneyu(defective, good, method="asymptotic", use_continuity=True).pvalue
        assert p_value == pytest.approx(expected, rel=1e-9)
    else:
        assert p_value == 1


def test_equal_values_tell_nothing() -> None:
    assert mann_whitney([1.0, 1.0], [1.0]) == (0.5, 1.0)


@settings(deadline=None)
@given(KINDS, KINDS)
def test_telling_agrees_with_fishers_exact_test(good: list[str], defective: list[str]) -> None:
    hits = false = 0
    for place, kind in enumerate(defective):
        others = defective[:place] + defective[place + 1 :]
        hits += bool(others) and Fraction(others.count(kind), len(others)) > Fraction(good.count(kind), len(good))
    for place, kind in enumerate(good):
        others = good[:place] + good[place + 1 :]
        share = Fraction(others.count(kind), len(others)) if others else Fraction(0)
        false += Fraction(defective.count(kind), len(defective)) >= share
    accuracy, p_value = fisher_exact(good, defective)
    assert accuracy == pytest.approx((hits / len(defective) + 1 - false / len(good)) / 2)
    table = [[hits, len(defective) - hits], [false, len(good) - false]]
    assert p_value == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)


def test_sizes_that_all_differ_tell_nothing() -> None:
    accuracy, p_value = fisher_exact(list(range(20)), list(range(20, 40)))
    assert accuracy <= 0.5
    assert p_value > 0.5
