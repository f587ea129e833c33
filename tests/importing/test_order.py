from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from curate.importing.order import order_shots
from curate.importing.shots import Shot
from curate.importing.times import parse_exif_time, time_in_name


def shot(name: str, exif: str = "", fraction: str = "", offset: str = "", counter: int | None = None) -> Shot:
    clocks = {"exif": parse_exif_time(exif, fraction, offset), "name-time": time_in_name(name)}
    return Shot(name, name, "", {key: value for key, value in clocks.items() if value}, counter)


def names(shots: list[Shot]) -> list[str]:
    return [shots[place].name for place in order_shots(shots, "main").places]


def test_exif_beats_names_and_subseconds_decide() -> None:
    shots = [
        shot("a.jpg", "2022:08:11 10:00:00", "9"),
        shot("b.jpg", "2022:08:11 10:00:00", "123"),
        shot("c.jpg", "2022:08:11 09:59:59"),
    ]
    assert names(shots) == ["c.jpg", "b.jpg", "a.jpg"]
    assert order_shots(shots, "main").evidence == "exif"


def test_offsets_are_compared_in_utc() -> None:
    shots = [shot("a.jpg", "2022:08:11 10:00:00", "", "+02:00"), shot("b.jpg", "2022:08:11 09:00:00", "", "+00:00")]
    assert names(shots) == ["a.jpg", "b.jpg"]


def test_times_in_names_order_when_exif_is_not_in_all() -> None:
    shots = [shot("20220811_100001.jpg", "2022:08:11 08:00:00"), shot("20220811_100000.jpg")]
    ordering = order_shots(shots, "main")
    assert names(shots) == ["20220811_100000.jpg", "20220811_100001.jpg"]
    assert ordering.evidence == "name-time"
    assert ordering.why == (
        "1 of 2 frames lack EXIF DateTimeOriginal, so by a time stamp in the file name, which all 2 frames have"
    )


def test_natural_names_are_the_last_resort() -> None:
    assert names([shot("f10.png"), shot("f9.png"), shot("f1.png")]) == ["f1.png", "f9.png", "f10.png"]


def test_one_frame_without_a_clock_is_named() -> None:
    shots = [shot("a.jpg", "2022:08:11 10:00:00"), shot("b.jpg")]
    (finding,) = order_shots(shots, "main").findings
    assert finding.code == "CUR701"
    assert "b.jpg" in finding.message


def test_some_offsets_missing_is_reported() -> None:
    shots = [shot("a.jpg", "2022:08:11 10:00:00", "", "+02:00"), shot("b.jpg", "2022:08:11 10:00:01")]
    assert [finding.code for finding in order_shots(shots, "main").findings] == ["CUR702"]


def test_equal_times_are_settled_by_counter_then_name() -> None:
    time = "2022:08:11 10:00:00"
    shots = [shot("a.jpg", time, counter=7), shot("b.jpg", time, counter=6), shot("c.jpg", time, counter=7)]
    assert names(shots) == ["b.jpg", "a.jpg", "c.jpg"]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 59), st.sampled_from(["", "5", "50", "123456"])), max_size=12),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_shuffling_changes_nothing(times: list[tuple[int, int, str]], chance: random.Random, with_exif: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    shots = [
        shot(f"f{index}.jpg", f"2022:08:11 1{hour}:00:{second:02d}" if with_exif else "", fraction)
        for index, (hour, second, fraction) in enumerate(times)
    ]
    shuffled = list(shots)
    chance.shuffle(shuffled)
    assert names(shuffled) == names(shots)
    assert order_shots(shuffled, "main").findings == order_shots(shots, "main").findings
