from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.geometry.series import robust_spread, running_median

NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(NUMBERS | st.just(np.nan), max_size=60), st.sampled_from([3, 5, 11, 17, 31, 101]))
def test_the_running_median_is_the_median_of_the_known_neighbours(values: list[float], width: int) -> None:
    expected = []
    for place in range(len(values)):
        to_end = min(place, len(values) - 1 - place)
        reach = min(width // 2, max(5, to_end))
        known = [value for value in values[max(0, place - reach) : place + reach + 1] if not np.isnan(value)]
        expected.append(median(known) if known else np.nan)
    np.testing.assert_array_equal(running_median(values, width), expected)


def test_its_neighbourhood_shrinks_towards_the_ends_but_not_below_five() -> None:
    values = np.random.default_rng(2).normal(size=60)
    reaches = [5, 5, 5, 5, 5, 5, 6, 7, *([8] * 44), 7, 6, 5, 5, 5, 5, 5, 5]
    expected = [np.median(values[max(0, i - reach) : i + reach + 1]) for i, reach in enumerate(reaches)]
    assert running_median(values, 17).tolist() == expected


def test_a_drift_is_its_own_running_median_away_from_the_ends() -> None:
    drift = np.arange(300.0)
    assert running_median(drift)[5:-5].tolist() == drift[5:-5].tolist()


def test_values_that_are_missing_are_left_out() -> None:
    assert running_median([5.0, np.nan, 1.0, 4.0, 2.0], 3).tolist() == [5.0, 3.0, 2.5, 2.0, 3.0]


def test_the_spread_of_normal_values_is_their_standard_deviation() -> None:
    values = np.random.default_rng(0).normal(7.0, 3.0, 100_001)
    assert robust_spread(values) == pytest.approx(3.0, rel=0.01)
    assert robust_spread([1.0, np.nan, 4.0, 2.0]) == pytest.approx(1.4826)  # median 2, deviations 1, 0, 2
