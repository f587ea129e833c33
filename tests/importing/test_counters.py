from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from curate.importing.counters import last_number, one_counter, unroll
from curate.importing.name_times import settle_times
from curate.importing.order_evidence import FrameEvidence


@given(st.integers(0, 9999), st.integers(1, 4000), st.integers(1, 2), st.randoms(use_true_random=False))
def test_a_ring_cut_by_a_clock_finds_the_order(start: int, count: int, step: int, chance: random.Random) -> None:
    shots = [(start + index * step) % 10_000 for index in range(count)]
    places = list(range(count))
    chance.shuffle(places)
    reading = unroll([shots[place] for place in places], 10_000, places)
    assert reading is not None
    assert reading.descents == ()
    assert [places[index] for index in reading.sequence()] == list(range(count))


def test_more_than_one_turn_needs_the_clock() -> None:
    shots = [index % 10_000 for index in range(9_000, 32_000)]
    assert unroll(shots, 10_000, None) is None
    reading = unroll(shots, 10_000, range(len(shots)))
    assert reading is not None
    assert reading.sequence() == list(range(len(shots)))


def test_without_a_clock_only_a_ring_that_nearly_closes_is_cut() -> None:
    closed = unroll([1, 2, 9998, 9999], 10_000, None)
    assert closed is not None
    assert (closed.sequence(), closed.wrapped) == ([2, 3, 0, 1], True)
    open_ring = unroll([1, 900, 901], 1_000, None)
    assert open_ring is not None
    assert (open_ring.sequence(), open_ring.wrapped) == ([0, 1, 2], False)
    full = unroll(list(range(100)), 100, None)
    assert full is not None
    assert full.sequence() == list(range(100))


def test_equal_numbers_are_no_counter() -> None:
    assert unroll([1, 1, 2], 10, None) is None


def test_the_clock_decides_between_two_readings() -> None:
    # The largest gap lies inside a morning's deleted frames, not where the counter turns over.
    reading = unroll([1, 2, 6000, 6001], 10_000, [1, 2, 3, 4])
    assert reading is not None
    assert reading.sequence() == [0, 1, 2, 3]


def test_the_number_is_the_last_one_outside_a_time_stamp() -> None:
    (shot,), _ = settle_times([FrameEvidence("f", "cam2/2022-08-11T10-00-00_0042.jpg", "", "", {})])
    found = last_number(shot.text)
    assert found is not None
    assert (found.before, found.digits) == ("_", "0042")
    assert last_number("overview") is None


def test_one_counter_needs_one_frame_of_text() -> None:
    assert one_counter(["normal-1", "anomaly-2"]) == []
    assert len(one_counter(["f1", "f2"])) == 2
