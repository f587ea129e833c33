from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import InputError
from curate.importing.name_times import time_in_name
from curate.importing.order import Ordering, order_frames
from curate.importing.order_evidence import FrameEvidence
from curate.importing.times import Moment
from curate.importing.written_times import read_exif_time


def exif_time(text: str, fraction: str = "", offset: str = "") -> Moment | None:
    written = read_exif_time(text, fraction, offset)
    return written.certain if written else None


def shot(name: str, exif: str = "", fraction: str = "", offset: str = "", counter: int | None = None) -> FrameEvidence:
    clocks = {"exif": exif_time(exif, fraction, offset), "name-time": time_in_name(name)}
    return FrameEvidence(
        f"main/{name}", name, name, "", {key: value for key, value in clocks.items() if value}, counter
    )


def names(shots: list[FrameEvidence]) -> list[str]:
    return [frame.removeprefix("main/") for frame in order_frames(shots, "main").frames]


def test_exif_beats_names_and_subseconds_decide() -> None:
    shots = [
        shot("a.jpg", "2022:08:11 10:00:00", "9"),
        shot("b.jpg", "2022:08:11 10:00:00", "123"),
        shot("c.jpg", "2022:08:11 09:59:59"),
    ]
    assert names(shots) == ["c.jpg", "b.jpg", "a.jpg"]
    assert order_frames(shots, "main").evidence == "exif"


def test_offsets_are_compared_in_utc() -> None:
    shots = [shot("a.jpg", "2022:08:11 10:00:00", "", "+02:00"), shot("b.jpg", "2022:08:11 09:00:00", "", "+00:00")]
    assert names(shots) == ["a.jpg", "b.jpg"]


def test_times_in_names_order_when_exif_is_not_in_all() -> None:
    shots = [shot("20220811_100001.jpg", "2022:08:11 08:00:00"), shot("20220811_100000.jpg")]
    ordering = order_frames(shots, "main")
    assert names(shots) == ["20220811_100000.jpg", "20220811_100001.jpg"]
    assert ordering.evidence == "name-time"
    assert ordering.why == (
        "1 of 2 frames lack EXIF DateTimeOriginal, so by a time stamp in the file name, which all 2 frames have"
    )


def test_natural_names_are_the_last_resort() -> None:
    assert names([shot("f10.png"), shot("f9.png"), shot("f1.png")]) == ["f1.png", "f9.png", "f10.png"]


def test_one_frame_without_a_clock_is_named() -> None:
    shots = [shot("a.jpg", "2022:08:11 10:00:00"), shot("b.jpg")]
    (finding,) = order_frames(shots, "main").findings
    assert finding.code == "CUR701"
    assert "b.jpg" in finding.message


def test_some_offsets_missing_is_reported() -> None:
    shots = [shot("a.jpg", "2022:08:11 10:00:00", "", "+02:00"), shot("b.jpg", "2022:08:11 10:00:01")]
    assert [finding.code for finding in order_frames(shots, "main").findings] == ["CUR702"]


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
    assert order_frames(shuffled, "main").findings == order_frames(shots, "main").findings


def at(seconds: float) -> str:
    """A camera's local time so long after nine o'clock of the day before daylight saving ends, in whole seconds."""
    return (datetime(2022, 10, 29, 9) + timedelta(seconds=int(seconds))).strftime("%Y:%m:%d %H:%M:%S")  # noqa: DTZ001 - local


def line_camera(count: int, *, first: int = 8_500, dst_at_s: float = 1e9, digits: int = 4) -> list[FrameEvidence]:
    """Shots every 31 s in true order: a counter that wraps, and a clock that goes back an hour."""
    shots = []
    for index in range(count):
        number = (first + index - 1) % (10**digits - 1) + 1  # 9999 is followed by 0001
        seconds = index * 31 - (3600 if index * 31 >= dst_at_s else 0)
        shots.append(shot(f"DSC_{number:0{digits}d}.jpg", at(seconds)))
    return shots


def order_of(shots: list[FrameEvidence], chance: random.Random, policy: str = "auto") -> Ordering:
    shuffled = list(shots)
    chance.shuffle(shuffled)
    return order_frames(shuffled, "main", policy)


def frames(shots: list[FrameEvidence]) -> tuple[str, ...]:
    return tuple(shot.frame for shot in shots)


def test_three_thousand_frames_across_the_wrap_and_the_end_of_daylight_saving() -> None:
    shots = line_camera(3_000, dst_at_s=62_000)
    ordering = order_of(shots, random.Random(1))
    assert ordering.frames == frames(shots)
    assert ordering.evidence == "counter"
    setbacks = [finding for finding in ordering.findings if finding.code == "CUR703"]
    # 62,000 s / 31 s = 2000: shot 2000 is the first of the new hour, counter 8500 + 2000 - 9999 = 501.
    assert [(finding.path, finding.related) for finding in setbacks] == [("main/DSC_0501.jpg", ("main/DSC_0500.jpg",))]
    assert "end of daylight saving" in setbacks[0].message


def test_sixty_frames_across_the_wrap_and_the_end_of_daylight_saving() -> None:
    shots = line_camera(60, first=9_970, dst_at_s=900)
    ordering = order_of(shots, random.Random(2))
    assert ordering.frames == frames(shots)
    assert [finding.code for finding in ordering.findings] == ["CUR703"]


def test_more_frames_than_the_counter_can_tell() -> None:
    shots = [replace(entry, frame=f"main/{index}") for index, entry in enumerate(line_camera(2_500, digits=3, first=7))]
    ordering = order_of(shots, random.Random(3))
    assert ordering.frames == frames(shots)
    assert ordering.evidence == "exif"


def test_equal_seconds_are_settled_by_the_counter_across_its_wrap() -> None:
    numbers = [9_997, 9_998, 9_999, 1, 2, 3]
    shots = [shot(f"DSC_{number:04d}.jpg", at(index // 3)) for index, number in enumerate(numbers)]
    shots[3] = replace(shots[3], clocks=shots[2].clocks)
    assert order_of(shots, random.Random(4)).frames == frames(shots)


def test_a_wrap_without_any_clock_is_reported_with_its_frames() -> None:
    shots = [shot(f"IMG_{number:04d}.jpg") for number in (9_998, 9_999, 1, 2)]
    ordering = order_of(shots, random.Random(5))
    assert ordering.frames == frames(shots)
    (finding,) = ordering.findings
    assert (finding.code, finding.path, finding.related) == ("CUR704", "main/IMG_0001.jpg", ("main/IMG_9999.jpg",))


def test_numbers_count_across_folders_when_there_is_no_clock() -> None:
    shots = [shot(name) for name in ("good/f_01.png", "bad/f_02.png", "good/f_03.png")]
    ordering = order_of(shots, random.Random(6))
    assert ordering.frames == frames(shots)
    assert ordering.evidence == "counter"


def test_numbers_that_do_not_follow_time_are_left_alone() -> None:
    numbers = list(range(40))
    random.Random(7).shuffle(numbers)
    shots = [shot(f"f{number:02d}.png", at(60 * index)) for index, number in enumerate(numbers)]
    ordering = order_of(shots, random.Random(8))
    assert (ordering.frames, ordering.evidence, ordering.findings) == (frames(shots), "exif", ())


def test_a_half_way_contradiction_is_an_error_that_names_frames() -> None:
    numbers = list(range(1, 101))
    for place in range(5, 100, 10):
        numbers[place], numbers[place + 1] = numbers[place + 1], numbers[place]
    shots = [shot(f"f{number:03d}.png", at(60 * index)) for index, number in enumerate(numbers)]
    ordering = order_of(shots, random.Random(9))
    assert ordering.frames == frames(shots)
    (finding,) = ordering.findings
    assert (finding.code, finding.severity, finding.path) == ("CUR705", "error", "main/f007.png")
    asked = order_of(shots, random.Random(9), "counter")
    assert asked.frames == tuple(f"main/f{number:03d}.png" for number in range(1, 101))
    assert (asked.evidence, asked.findings) == ("counter (asked)", ())


def test_each_camera_keeps_its_own_order() -> None:
    first = [replace(entry, camera="A") for entry in line_camera(200, first=9_900, dst_at_s=3_000)]
    second = [shot(f"B/{index}.jpg", at(31 * index + 7)) for index in range(200)]
    second = [replace(entry, camera="B") for entry in second]
    ordering = order_of([*first, *second], random.Random(10))
    for mine in (first, second):
        assert tuple(frame for frame in ordering.frames if frame in frames(mine)) == frames(mine)
    assert [finding.code for finding in ordering.findings] == ["CUR703", "CUR707"]
    assert "A (200, DSC_9900.jpg …)" in ordering.findings[1].message


def test_a_night_is_mentioned_with_both_frames() -> None:
    ordering = order_frames(
        [shot("a.jpg", at(0)), shot("b.jpg", at(9 * 3600)), shot("c.jpg", at(9 * 3600 + 1))], "main"
    )
    (finding,) = ordering.findings
    assert (finding.code, finding.path, finding.related) == ("CUR708", "main/b.jpg", ("main/a.jpg",))
    assert "9.0 h" in finding.message


def test_datetime_is_a_last_resort_and_named() -> None:
    late, early = exif_time("2022:08:11 10:00:01"), exif_time("2022:08:11 10:00:00")
    assert late is not None
    assert early is not None
    shots = [
        replace(shot("a.jpg"), clocks={"exif-changed": late}),
        replace(shot("b.jpg"), clocks={"exif-changed": early}),
    ]
    ordering = order_frames(shots, "main")
    assert ordering.frames == ("main/b.jpg", "main/a.jpg")
    assert [finding.code for finding in ordering.findings] == ["CUR706"]


def test_what_is_asked_for_must_be_there() -> None:
    shots = [shot("a.jpg", at(0)), shot("b.jpg")]
    with pytest.raises(InputError, match=r"1 frames lack EXIF DateTimeOriginal: b\.jpg"):
        order_frames(shots, "main", "exif")
    with pytest.raises(InputError, match="share no counter"):
        order_frames(shots, "main", "counter")
    assert order_frames(shots, "main", "name").evidence == "name (asked)"


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 400), st.sampled_from(["", "A", "B"]), st.booleans()), max_size=14
    ),
    st.randoms(use_true_random=False),
)
def test_whatever_the_evidence_shuffling_changes_nothing(
    drawn: list[tuple[int, int, str, bool]], chance: random.Random
) -> None:
    shots = [
        replace(
            shot(f"d{index % 2}/f{number:02d}.jpg", at(seconds) if clocked else ""), camera=camera, sha256=str(index)
        )
        for index, (number, seconds, camera, clocked) in enumerate(drawn)
    ]
    shots = [replace(entry, frame=f"main/{index}") for index, entry in enumerate(shots)]
    if shots:
        assert order_of(shots, chance) == order_frames(shots, "main")


def test_equal_times_that_nothing_settles_are_mentioned() -> None:
    shots = [shot("b.jpg", at(0)), shot("a.jpg", at(0)), shot("c.jpg", at(1))]
    (finding,) = order_frames(shots, "main").findings
    assert (finding.code, finding.path, finding.related) == ("CUR709", "main/b.jpg", ("main/a.jpg",))


def test_another_clock_that_goes_back_is_named() -> None:
    hours = ["100000", "100030", "093000", "093030"]
    shots = [shot(f"20221029_{hour}.jpg", at(3600 + 30 * index)) for index, hour in enumerate(hours)]
    ordering = order_frames(shots, "main")
    assert ordering.evidence == "exif"
    (finding,) = ordering.findings
    assert (finding.code, finding.path) == ("CUR710", "main/20221029_093000.jpg")
    assert "goes back 1830 s from 20221029_100030.jpg" in finding.message


def test_two_bodies_known_by_their_names_alone_across_the_end_of_daylight_saving() -> None:
    shots = []
    for index in range(400):
        seconds = index * 15 - (3600 if index * 15 >= 3_000 else 0)
        shots.append(shot(f"{'left' if index % 2 else 'right'}_{index // 2:04d}.jpg", at(seconds)))
    ordering = order_of(shots, random.Random(11))
    assert ordering.frames == frames(shots)
    assert [(finding.code, finding.path) for finding in ordering.findings] == [
        ("CUR703", "main/left_0100.jpg"),
        ("CUR703", "main/right_0100.jpg"),
        ("CUR707", "main"),
    ]


def test_several_words_in_names_are_not_several_cameras() -> None:
    shots = [shot(f"{'ok' if index % 3 else 'bad'}_{index:03d}.jpg", at(60 * index)) for index in range(60)]
    ordering = order_of(shots, random.Random(12))
    assert (ordering.frames, ordering.evidence, ordering.findings) == (frames(shots), "exif", ())


def test_equal_clocks_that_both_follow_daylight_saving_stay_interleaved() -> None:
    shots = []
    for index in range(300):
        seconds = index * 20 - (3600 if index * 20 >= 2_000 else 0)
        entry = shot(f"{'AB'[index % 2]}/{index // 2:04d}.jpg", at(seconds))
        shots.append(replace(entry, camera="AB"[index % 2]))
    assert order_of(shots, random.Random(13)).frames == frames(shots)


@pytest.mark.parametrize(
    ("policy", "what"),
    [("manifest", "a time from the manifest or --pattern"), ("manifest-rows", "a row in the manifest")],
)
def test_no_frame_is_said_to_lack_its_place_in_a_manifest_that_nobody_gave(policy: str, what: str) -> None:
    with pytest.raises(InputError) as refused:
        order_frames([shot("a.jpg", "2022:08:11 10:00:00"), shot("b.jpg")], "main", policy)
    assert refused.value.message == f"--order {policy}: no frame has {what}"
    assert refused.value.hint.startswith("give it with --manifest FILE")


def renamed_cookies(fraction: str, offset: str, before: str = "normal-") -> list[FrameEvidence]:
    """Thirty frames, five seconds apart, and the 31st of them an hour and more earlier, as in a public set."""
    seconds = [(17 * 60 + 19) * 60 + 5 * number for number in range(1, 31)] + [(16 * 60 + 19) * 60 + 29]
    return [
        shot(f"{before}{number}.jpg", f"2022:08:11 {s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}", fraction, offset)
        for number, s in enumerate(seconds, start=1)
    ]


@pytest.mark.parametrize("offset", ["-07:00", ""])
def test_the_counter_of_renamed_files_does_not_beat_exif_with_subseconds(offset: str) -> None:
    ordering = order_frames(renamed_cookies("405", offset), "main")
    assert ordering.evidence == "exif"
    assert [ordering.frames[0], ordering.frames[-1]] == ["main/normal-31.jpg", "main/normal-30.jpg"]
    (finding,) = ordering.findings
    assert (finding.code, finding.severity, finding.path) == ("CUR705", "warning", "main/normal-31.jpg")
    assert finding.message.endswith("EXIF has sub-seconds: the clock was followed")


@pytest.mark.parametrize(("fraction", "before"), [("", "normal-"), ("405", "DSC_00")])
def test_a_counter_is_believed_where_the_clock_is_coarse_or_a_camera_wrote_it(fraction: str, before: str) -> None:
    shots = renamed_cookies(fraction, "", before)
    if before == "DSC_00":
        shots = [replace(one, name=f"DSC_{number:04d}.jpg") for number, one in enumerate(shots, start=1)]
    ordering = order_frames(shots, "main")
    assert (ordering.evidence, ordering.frames) == ("counter", tuple(one.frame for one in shots))
    assert [finding.code for finding in ordering.findings] == ["CUR703"]


def test_a_renamed_counter_still_tells_the_two_hours_apart_when_summer_time_ends() -> None:
    seconds = [(2 * 60 + 40) * 60 + 120 * number for number in range(10)]  # from 02:40; at 03:00 it is 02:00 again
    shown = [s if s < 3 * 3600 else s - 3600 for s in seconds]
    taken = [(f"f{n}.jpg", f"2022:10:30 {s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}") for n, s in enumerate(shown)]
    taken += [(f"f{n}.jpg", f"2022:10:30 02:{n - 10:02d}:01") for n in range(10, 12)]
    shots = [shot(name, exif, "5") for name, exif in taken]
    ordering = order_frames(shots, "main")
    assert (ordering.evidence, ordering.frames) == ("counter", tuple(one.frame for one in shots))


def test_numbers_of_parts_that_are_shot_several_times_are_no_counter() -> None:
    # Case sets/supervised: five parts, four shots each; part 0 is shot first.
    shots = [shot(f"20200828_11{part:02d}{turn:02d}_part{part}.png") for part in range(5) for turn in range(4)]
    ordering = order_frames(shots, "main")
    assert (ordering.evidence, ordering.frames) == ("name-time", tuple(one.frame for one in shots))
    assert ordering.findings == ()
    assert "counter" not in ordering.why
