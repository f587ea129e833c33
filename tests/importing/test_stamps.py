"""Whatever a program writes for a time: it is read as that time, or said not to be read; never as another time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curate.importing.name_times import fractions_are_decimal, zones_are_offsets
from curate.importing.order import order_frames
from curate.importing.order_evidence import FrameEvidence
from curate.importing.stamps import days_in, find_stamp

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a camera's local time
SECONDS = (
    "%Y-%m-%d_%H-%M-%S", "%Y%m%d_%H%M%S", "%Y%m%d%H%M%S", "%Y.%m.%d-%H.%M.%S", "%Y_%m_%d_%H_%M_%S", "%Y-%m-%dT%H%M%S",
    "%Y%m%d-%H-%M-%S", "%d-%m-%Y_%H-%M-%S", "%m-%d-%Y %H.%M.%S", "%d%m%Y_%H%M%S", "%m%d%Y%H%M%S", "%d.%m.%Y %H.%M.%S",
    "%d%b%Y_%H%M%S", "%d-%b-%Y %H-%M-%S", "%b %d, %Y at %H.%M.%S", "%B %d %Y %H.%M.%S", "%Y-%b-%d_%H-%M-%S",
    "%a %b %d %H-%M-%S %Y", "Screenshot %Y-%m-%d at %I.%M.%S %p", "%Y-%m-%d_%I-%M-%S%p", "%d-%m-%Y %I.%M.%S %p",
    "%Y%m%d_%I%M%S%p", "%Y-%m-%d %p %I.%M.%S", "%y%m%d_%H%M%S", "%d%m%y_%H%M%S", "%m%d%y_%H%M%S", "%H%M%S_%Y%m%d",
    "%H-%M-%S %d-%m-%Y", "%H.%M.%S %m-%d-%Y", "%y-%m-%d %H-%M-%S", "%d.%m.%y %H.%M.%S", "%m-%d-%y_%H.%M.%S",
    "%d%b%y_%H%M%S", "%Y-%m-%dT%H-%M-%SZ", "%Y-%m-%dT%H-%M-%S+0000", "%Y-%m-%dT%H-%M-%S UTC", "%Y%m%dT%H%M%S-0000",
    "%Y年%m月%d日%H时%M分%S秒", "%s",
)  # fmt: skip
"""Formats of strftime that tell the second, those with two-digit years and the time of day first among them."""

BEHIND = ("", ".%f", ",%f", "_%n", "-%n", " (%n)", "_cam1")
MOMENTS = st.datetimes(min_value=datetime(2003, 1, 1), max_value=datetime(2032, 12, 31))  # noqa: DTZ001 - as above
STEPS = st.lists(
    st.one_of(st.integers(1, 90), st.integers(3_000, 90_000), st.integers(86_400, 40 * 86_400)), min_size=1, max_size=6
)


def rendered(form: str, moment: datetime, number: int) -> str:
    """Write a moment; ``%n`` is a counter, ``%s`` Unix time."""
    text = form.replace("%n", f"{number:03d}").replace("%s", str(int(moment.replace(tzinfo=UTC).timestamp())))
    return moment.strftime(text) + ".png"


def nanoseconds(moment: datetime) -> int:
    return ((moment - EPOCH) // timedelta(microseconds=1)) * 1000


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SECONDS), st.sampled_from(BEHIND), MOMENTS, STEPS)
@example("%d-%m-%Y_%H-%M-%S", "", datetime(2022, 8, 30, 17, 27, 9), [90_000, 90_000])  # noqa: DTZ001 - as above
@example("%d%m%y_%H%M%S", "", datetime(2022, 8, 30, 17, 27, 9), [90_000, 90_000])  # noqa: DTZ001 - as above
@example("%Y-%m-%d_%I-%M-%S%p", "", datetime(2022, 8, 30, 11, 27, 9), [3_600, 3_600])  # noqa: DTZ001 - as above
def test_a_time_stamp_is_read_exactly_or_said_not_to_be(
    form: str, behind: str, start: datetime, steps: list[int]
) -> None:
    start = start.replace(microsecond=start.microsecond if "%f" in behind else 0)
    moments = [start]
    for step in steps:
        moments.append(moments[-1] + timedelta(seconds=step))
    if moments[-1].year > 2032:
        return
    truth = {
        f"main/{rendered(form + behind, moment, number)}": nanoseconds(moment) for number, moment in enumerate(moments)
    }
    if len(truth) < len(moments):
        return  # two moments are written alike
    shots = [FrameEvidence(frame, frame.partition("/")[2], frame, "", {}) for frame in sorted(truth)]
    ordering = order_frames(shots, "main")
    for frame, shot in ordering.evidence_of.items():
        reading = shot.clocks.get("name-time")
        whole = truth[frame] // 10**9 * 10**9  # digits that do not follow the second directly are a number of their own
        assert reading is None or reading.local_ns == (truth[frame] if reading.fraction else whole)
    told = {finding.code for finding in ordering.findings} & {"CUR701", "CUR707", "CUR711"}
    if not told:
        assert all(truth[first] // 10**9 <= truth[second] // 10**9 for first, second in pairwise(ordering.frames))


NUMBERS = st.integers(0, 9_999)


@given(
    st.sampled_from(["DSC_{:04d}", "frame{}", "IMG_{:05d}_b", "{:06d}", "part 7 no {}", "0x{:x}", "A{}-B"]),
    st.lists(NUMBERS, min_size=1, max_size=20, unique=True),
)
def test_counters_are_no_times(form: str, numbers: list[int]) -> None:
    assert all(find_stamp(form.format(number)) is None for number in numbers)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("30-08-2022", ((2022, 8, 30),)),
        ("08/30/2022", ((2022, 8, 30),)),
        ("05.05.2022", ((2022, 5, 5),)),
        ("04.05.2022", ((2022, 5, 4), (2022, 4, 5))),
        ("31.04.2022", ()),
        ("29.02.2023", ()),
        ("29022024", ((2024, 2, 29),)),
        ("20230229", ()),
        ("1st Sept. 2022", ((2022, 9, 1),)),
        ("March 22nd, 2022", ((2022, 3, 22),)),
        ("2022-Dec-24", ((2022, 12, 24),)),
        ("2022年8月1日", ((2022, 8, 1),)),
        ("12022-08-11", ()),
        ("2022-08-111", ()),
    ],
)
def test_dates(text: str, days: tuple[tuple[int, int, int], ...]) -> None:
    assert days_in(text) == days


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("2022-08-11 12.00.00 AM", (0, 0, 0)),
        ("2022-08-11 12.00.00 PM", (12, 0, 0)),
        ("2022-08-11 12.00.01 am", (0, 0, 1)),
        ("2022-08-11 11.59.59 p.m.", (23, 59, 59)),
        ("2022-08-11 5.27 PM", (17, 27, 0)),
        ("2022-08-11 下午 5.27.09", (17, 27, 9)),
        ("2022-08-11 上午5.27.09", (5, 27, 9)),
        ("2022-08-11 à 17.27.09", (17, 27, 9)),
        ("2022-08-11 5.27.09 nachm.", (17, 27, 9)),
        ("20220811_052709PM", (17, 27, 9)),
        ("2022-08-11_23-59-59", (23, 59, 59)),
        ("2022-08-11_17h27m09s", (17, 27, 9)),
        ("2022-08-11_24-00-00", None),
        ("2022-08-11_17-60-00", None),
        ("2022-08-11_17-00-60", None),
        ("2022-08-11_13-00-00 AM", None),
        ("2022-08-11_17-27", None),
        ("2022-08-11_17-27-091", None),
        ("20220811_1727", None),
        ("20220811_0527p", None),
    ],
)
def test_times_of_day(text: str, clock: tuple[int, int, int] | None) -> None:
    stamp = find_stamp(text)
    assert (stamp and (stamp.seconds // 3600, stamp.seconds // 60 % 60, stamp.seconds % 60)) == clock


@given(st.lists(st.integers(0, 999_999), min_size=3, max_size=30, unique=True))
def test_decimal_fractions_without_zeros_at_their_end(micros: list[int]) -> None:
    written = [f"{number:06d}".rstrip("0") or "0" for number in micros]
    decimal, doubtful = fractions_are_decimal(written)
    assert decimal or doubtful


@given(st.lists(st.integers(0, 999), min_size=3, max_size=30, unique=True))
def test_milliseconds_without_zeros_in_front(millis: list[int]) -> None:
    written = [str(number) for number in millis]
    decimal, doubtful = fractions_are_decimal(written)
    assert not decimal or doubtful or len({len(text) for text in written}) == 1


@pytest.mark.parametrize(
    ("zones", "offsets"),
    [
        (("-0100", "-0100", "-0100"), True),  # one zone
        (("-0100", "-0200", "-0200"), True),  # an hour apart, once: an end of daylight saving
        (("-0100", "-0200", "-0100"), False),  # back and forth: a counter
        (("-0100", "-0300", "-0300"), False),  # two hours apart
        (("-0100", "-0200", "-0300"), False),
    ],
)
def test_what_stands_behind_times_is_an_offset_or_a_counter(zones: tuple[str, ...], offsets: bool) -> None:  # noqa: FBT001
    found = [find_stamp(f"2023-03-0{day}T10-15-00{zone}.png") for day, zone in enumerate(zones, start=1)]
    stamps = [stamp for stamp in found if stamp is not None]
    assert [stamp.zone for stamp in stamps] == list(zones)
    assert zones_are_offsets(stamps) is offsets
