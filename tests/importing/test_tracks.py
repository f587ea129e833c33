"""Cameras, tracks, pauses and what was asked for: orders by hand."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from curate.errors import InputError
from curate.importing.counting import natural_key
from curate.importing.order import Ordering, order_frames
from curate.importing.order_evidence import FrameEvidence
from curate.importing.times import Moment

NS = 10**9


def shot(
    name: str, second: int | None = None, camera: str = "", *, counter: int | None = None, row: int | None = None
) -> FrameEvidence:
    clocks = {} if second is None else {"exif": Moment(second * NS)}
    return FrameEvidence(f"main/{name}", name, name, camera, clocks, counter, row)


def order_of(shots: list[FrameEvidence], policy: str = "auto") -> Ordering:
    shuffled = list(shots)
    random.Random(5).shuffle(shuffled)
    return order_frames(shuffled, "main", policy)


def names(ordering: Ordering) -> list[str]:
    return [frame.removeprefix("main/").removesuffix(".jpg") for frame in ordering.frames]


def codes(ordering: Ordering) -> list[str]:
    return [finding.code for finding in ordering.findings]


def test_a_frame_without_a_camera_belongs_to_the_only_one_that_is_named() -> None:
    # One counter runs through all of them, and shows that the clock was set back at 12.
    seconds = [*range(100, 112), *range(50, 58)]
    shots = [
        shot(f"DSC_{place:04d}.jpg", second, "" if place == 3 else "A") for place, second in enumerate(seconds, start=1)
    ]
    ordering = order_of(shots)
    assert names(ordering) == [f"DSC_{number:04d}" for number in range(1, 21)]
    assert codes(ordering) == ["CUR703"]
    assert "the clock was set" in ordering.findings[0].message


def test_frames_without_a_camera_are_one_of_three_where_two_are_named() -> None:
    shots = [shot("a.jpg", 1, "A"), shot("b.jpg", 2, "B"), shot("c.jpg", 3)]
    (finding,) = order_of(shots).findings
    assert finding.code == "CUR707"
    assert finding.message.startswith("3 cameras: unnamed (1, c.jpg …), A (1, a.jpg …), B (1, b.jpg …)")
    assert "rests on EXIF DateTimeOriginal, which nobody compared" in finding.message


def test_cameras_without_a_clock_follow_one_another() -> None:
    shots = [shot(f"{number}{camera}.jpg", camera=camera) for number in (1, 2) for camera in "BA"]
    ordering = order_of(shots)
    assert names(ordering) == ["1A", "2A", "1B", "2B"]
    assert "is unknown: one follows the other" in ordering.findings[0].message


@pytest.mark.parametrize(("pause_s", "mentioned"), [(8 * 3600 - 1, []), (8 * 3600, ["CUR708"])])
def test_a_pause_of_eight_hours_is_mentioned(pause_s: int, mentioned: list[str]) -> None:
    assert codes(order_of([shot("a.jpg", 0), shot("b.jpg", pause_s)])) == mentioned


def test_the_order_of_rows_needs_a_row_for_every_frame() -> None:
    shots = [shot("a.jpg", row=2), shot("b.jpg", row=1), shot("c.jpg")]
    with pytest.raises(InputError, match=r"1 frames lack a row in the manifest: c\.jpg") as caught:
        order_of(shots, "manifest-rows")
    assert "leave --order out" in str(caught.value.hint)
    ordering = order_of([*shots[:2], shot("c.jpg", row=10)], "manifest-rows")
    assert names(ordering) == ["b", "a", "c"]
    assert ordering.evidence == "manifest-rows (asked)"


def test_many_frames_that_lack_something_are_named_in_part() -> None:
    with pytest.raises(InputError, match=r"7 frames lack .*: 0\.jpg, 1\.jpg, 2\.jpg, 3\.jpg, 4\.jpg …"):
        order_of([shot(f"{number}.jpg") for number in range(7)], "exif")


def test_cameras_with_equal_clocks_alternate_in_the_order_of_their_names() -> None:
    shots = [shot(f"{camera}{second}.jpg", second, camera) for camera in "CAB" for second in (1, 2, 3)]
    assert names(order_of(shots)) == ["A1", "B1", "C1", "A2", "B2", "C2", "A3", "B3", "C3"]


def test_counters_of_one_camera_with_equal_clocks_alternate_in_the_order_of_their_texts() -> None:
    # left and right count for themselves; the clock goes back once, by 40 s, while both go on.
    shots = []
    for number in range(1, 21):
        second = 100 + 10 * number - (40 if number > 10 else 0)
        shots += [shot(f"{side}_{number:02d}.jpg", second) for side in ("right", "left")]
    ordering = order_of(shots)
    assert [name for name in names(ordering) if name.startswith("l")] == [f"left_{n:02d}" for n in range(1, 21)]
    assert [name for name in names(ordering) if name.startswith("r")] == [f"right_{n:02d}" for n in range(1, 21)]
    assert names(ordering)[:4] == ["left_01", "right_01", "left_02", "right_02"]
    assert codes(ordering).count("CUR703") == 2


def test_an_hour_back_does_not_let_one_camera_overtake_the_other() -> None:
    shots = []
    for number in range(60):
        second = 20 * number - (3600 if number >= 30 else 0)
        shots += [shot(f"{camera}{number:04d}.jpg", second, camera) for camera in "AB"]
    assert names(order_of(shots)) == [f"{camera}{number:04d}" for number in range(60) for camera in "AB"]


@pytest.mark.parametrize(("count", "evidence"), [(7, "exif"), (8, "counter")])
def test_eight_numbers_are_needed_to_trust_a_counter_against_the_clock(count: int, evidence: str) -> None:
    seconds = [*range(100, 100 + count - 1), 10]
    shots = [shot(f"f{place:03d}.jpg", second) for place, second in enumerate(seconds)]
    assert order_of(shots).evidence == evidence


@pytest.mark.parametrize(("setbacks", "evidence", "code"), [(2, "counter", "CUR703"), (3, "exif", "CUR705")])
def test_one_setback_in_sixteen_leaves_the_counter_trusted(setbacks: int, evidence: str, code: str) -> None:
    # 32 frames: 2 of them is a sixteenth.
    seconds, now = [], 1000
    for place in range(32):
        now += -25 if place in (10, 20, 30)[:setbacks] else 10
        seconds.append(now)
    ordering = order_of([shot(f"f{place:02d}.jpg", second) for place, second in enumerate(seconds)])
    assert ordering.evidence == evidence
    assert set(codes(ordering)) == {code}


@pytest.mark.parametrize(("setbacks", "found"), [(8, ["CUR705"]), (9, [])])
def test_at_more_than_one_setback_in_four_numbers_have_nothing_to_do_with_time(setbacks: int, found: list[str]) -> None:
    numbers = list(range(32))
    for place in range(0, 3 * setbacks, 3):
        numbers[place], numbers[place + 1] = numbers[place + 1], numbers[place]
    ordering = order_of([shot(f"f{number:02d}.jpg", 60 * place) for place, number in enumerate(numbers)])
    assert names(ordering) == [f"f{number:02d}" for number in numbers]
    assert codes(ordering) == found
    assert ("does not follow it" in ordering.why) == (not found)


def test_the_counter_of_exif_counts_before_the_one_in_names() -> None:
    shots = [shot(f"f{number}.jpg", 5, counter=10 - number) for number in range(1, 10)]
    assert names(order_of(shots)) == [f"f{number}" for number in range(9, 0, -1)]
    same = [replace(entry, counter=3) for entry in shots]  # a counter that does not count
    assert names(order_of(same)) == [f"f{number}" for number in range(1, 10)]


def test_equal_times_are_counted_and_the_first_pair_named() -> None:
    shots = [shot(f"{letter}.jpg", second) for letter, second in zip("dcba", (1, 1, 1, 2), strict=True)]
    (finding,) = order_of(shots).findings
    assert finding.message.startswith("2 frames have the same time as the one before")
    assert (finding.path, finding.related) == ("main/c.jpg", ("main/b.jpg",))


def test_names_without_a_suffix_and_folders_sort_naturally() -> None:
    wanted = ["2", "10", "a/2.jpg", "a/2 (1).jpg", "a/10.jpg", "a.jpg", "a (1)/1.jpg"]
    assert sorted(set(wanted), key=natural_key) == wanted
