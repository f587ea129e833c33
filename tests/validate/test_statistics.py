from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.validate.statistics import fisher_exact, mann_whitney

VALUES = st.lists(st.integers(0, 9).map(float), min_size=1, max_size=20)
KINDS = st.lists(st.sampled_from("abc"), min_size=1, max_size=12)


def normal_p_value(good: list[float], defective: list[float]) -> float:
    """Lehmann (1975), section 1.5, written out: U's variance with ties, and the continuity correction."""
    pairs = sum((one > other) + Fraction(one == other, 2) for one in defective for other in good)
    one, other, both = len(defective), len(good), len(defective) + len(good)
    ties = sum(count**3 - count for count in Counter([*good, *defective]).values())
    variance = Fraction(one * other, 12) * (both + 1 - Fraction(ties, both * (both - 1)))
    z = max(float(abs(pairs - Fraction(one * other, 2))) - 0.5, 0.0) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2))


@settings(deadline=None)
@given(VALUES, VALUES)
def test_separation_counts_pairs(good: list[float], defective: list[float]) -> None:
    pairs = [(one > other) + 0.5 * (one == other) for one in defective for other in good]
    auroc, p_value = mann_whitney(good, defective)
    assert auroc == pytest.approx(sum(pairs) / len(pairs))
    if len({*good, *defective}) > 1:
        assert p_value == pytest.approx(normal_p_value(good, defective), rel=1e-9)
    else:
        assert p_value == 1


def test_equal_values_tell_nothing() -> None:
    assert mann_whitney([1.0, 1.0], [1.0]) == (0.5, 1.0)


def test_a_textbook_example() -> None:
    """U is 21 of 25 pairs: z = (21 - 12.5 - 0.5) / sqrt(5 × 5 × 11 / 12) = 1.6711, p = 0.0947."""
    auroc, p_value = mann_whitney([1, 2, 3, 5, 8], [4, 6, 7, 9, 10])
    assert auroc == 21 / 25
    assert p_value == pytest.approx(0.0947, abs=5e-5)


@settings(deadline=None)
@given(KINDS, KINDS)
def test_kinds_by_fishers_exact_test(good: list[str], defective: list[str]) -> None:
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
    drawn, marked, total = len(defective), hits + false, len(good) + len(defective)
    ways = sum(math.comb(marked, n) * math.comb(total - marked, drawn - n) for n in range(hits, min(drawn, marked) + 1))
    assert p_value == pytest.approx(float(Fraction(ways, math.comb(total, drawn))), rel=1e-9)


def test_sizes_that_all_differ_tell_nothing() -> None:
    accuracy, p_value = fisher_exact(list(range(20)), list(range(20, 40)))
    assert accuracy <= 0.5
    assert p_value > 0.5
