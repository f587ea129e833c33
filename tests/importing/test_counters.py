from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from curate.importing.counters import last_number, one_counter, unroll
from curate.importing.name_times import settle_times
from curate.importing.order_evidence import FrameEvidence
from curate.importing.runs import find_runs

NS = 10**9


@given(st.integers(1, 9999), st.integers(1, 4000), st.integers(1, 2), st.randoms(use_true_random=False))
def test_a_counter_that_turns_over_is_followed_through_its_clock(
    start: int, count: int, step: int, chance: random.Random
) -> None:
    numbers = [(start + index * step) % 10_000 for index in range(count)]
    places = list(range(count))
    chance.shuffle(places)
    runs = find_runs([numbers[place] for place in places], [31 * NS * place for place in places], [4] * count)
    assert runs.setbacks == ()
    assert runs.doubts == ()
    assert runs.crossing == ()
    assert [places[index] for chain in runs.chains for index in chain] == list(range(count))


def test_more_than_one_turn_needs_the_clock() -> None:
    numbers = [index % 10_000 for index in range(9_000, 32_000)]
    assert unroll(numbers, 10_000) is None
    runs = find_runs(numbers, [31 * NS * index for index in range(len(numbers))], [4] * len(numbers))
    assert [index for chain in runs.chains for index in chain] == list(range(len(numbers)))


def test_without_a_clock_only_a_ring_that_nearly_closes_is_cut() -> None:
    closed = unroll([1, 2, 9998, 9999], 10_000)
    assert closed is not None
    assert (closed.sequence(), closed.wrapped) == ([2, 3, 0, 1], True)
    open_ring = unroll([1, 900, 901], 1_000)
    assert open_ring is not None
    assert (open_ring.sequence(), open_ring.wrapped) == ([0, 1, 2], False)
    full = unroll(list(range(100)), 100)
    assert full is not None
    assert full.sequence() == list(range(100))


def test_equal_numbers_are_no_counter() -> None:
    assert unroll([1, 1, 2], 10) is None


def followed(shots: list[tuple[int, int]]) -> tuple[list[list[int]], int, int, int]:
    """The numbers of each chain, and how many setbacks, doubts and crossings there are; shots are (number, minute)."""
    numbers, minutes = zip(*shots, strict=True)
    runs = find_runs(numbers, [60 * NS * minute for minute in minutes], [4] * len(shots))
    chains = [[numbers[place] for place in chain] for chain in runs.chains]
    return chains, len(runs.setbacks), len(runs.doubts), len(runs.crossing)


def test_a_counter_that_starts_again_every_day_is_no_doubt() -> None:
    days = [[(number, day * 1440 + number) for number in range(1, 5 + day)] for day in range(3)]
    assert followed([shot for day in days for shot in day]) == (
        [[1, 2, 3, 4], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]],
        0,
        0,
        0,
    )


def test_a_first_day_that_begins_in_the_middle_of_the_counter() -> None:
    # 60 to 62 first, then the counter started again: 1 to 3 are not the frames before 60.
    assert followed([(60, 0), (61, 1), (62, 2), (1, 100), (2, 101), (3, 102)]) == ([[60, 61, 62], [1, 2, 3]], 0, 0, 0)
    # 4 to 6 first, then 1 to 3: as likely the clock was set back between 3 and 4.
    assert followed([(4, 0), (5, 1), (6, 2), (1, 100), (2, 101), (3, 102)]) == ([[1, 2, 3, 4, 5, 6]], 1, 0, 0)
    # 12 to 14 first: shots may have been lost while the clock was set, or not.
    assert followed([(12, 0), (13, 1), (1, 100), (2, 101), (3, 102)]) == ([[12, 13], [1, 2, 3]], 0, 1, 0)


def test_a_clock_that_was_set_back_within_what_the_counter_counts() -> None:
    # Lost 54 to 59; by the clock the later frames stand among the earlier ones.
    first = [(number, number) for number in range(40, 54)]
    later = [(number, number - 12) for number in range(60, 70)]
    chains, setbacks, doubts, crossing = followed(first + later)
    assert (chains, setbacks, doubts, crossing) == ([[*range(40, 54), *range(60, 70)]], 1, 0, 0)


def test_two_counters_at_the_same_time_are_two_cameras() -> None:
    chains, setbacks, _, crossing = followed([(n + far, 2 * n + far // 5000) for n in range(1, 9) for far in (0, 5000)])
    assert (chains, setbacks, crossing) == ([[*range(1, 9)], [*range(5001, 5009)]], 0, 1)


def test_the_number_is_the_last_one_outside_a_time_stamp() -> None:
    (shot,), _ = settle_times([FrameEvidence("f", "cam2/2022-08-11T10-00-00_0042.jpg", "", "", {})])
    found = last_number(shot.text)
    assert found is not None
    assert (found.before, found.digits) == ("_", "0042")
    assert last_number("overview") is None


def test_one_counter_needs_one_frame_of_text() -> None:
    assert one_counter(["normal-1", "anomaly-2"]) == []
    assert len(one_counter(["f1", "f2"])) == 2
