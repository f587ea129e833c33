from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.importing.name_times import time_in_name
from curate.importing.times import Moment, moment_of_epoch_ns, parse_iso, parse_offset
from curate.importing.written_times import parse_time, read_exif_time, read_time


def exif_time(text: str, fraction: str = "", offset: str = "") -> Moment | None:
    written = read_exif_time(text, fraction, offset)
    return written.certain if written else None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2020-07-20T08-37-08.48630993Z.jpg", "2020-07-20T08:37:08.48630993+00:00"),
        ("2020-07-01T10-57-42.599776585Z.jpg", "2020-07-01T10:57:42.599776585+00:00"),
        ("2020-07-20T08:37:08.486Z.png", "2020-07-20T08:37:08.486+00:00"),
        ("cam1_2020-07-20_08-37-08.png", "2020-07-20T08:37:08"),
        ("2020-07-20T08-37-08+02-00.png", "2020-07-20T08:37:08+02:00"),
        ("2020-07-20T08-37-08-0330.png", "2020-07-20T08:37:08-03:30"),
        ("WhatsApp Image 2022-08-11 at 17.27.09.jpeg", "2022-08-11T17:27:09"),
        ("IMG_20220811_172709.jpg", "2022-08-11T17:27:09"),
        ("IMG_20220811_172709123.jpg", "2022-08-11T17:27:09.123"),
        ("20220811T172709.5Z.tif", "2022-08-11T17:27:09.5+00:00"),
        ("20220811172709.bmp", "2022-08-11T17:27:09"),
        ("frame-1595234228.png", "2020-07-20T08:37:08+00:00"),
        ("1595234228486309930.png", "2020-07-20T08:37:08.486309930+00:00"),
        ("2020-07-20T08-37-08_0001.png", "2020-07-20T08:37:08"),
    ],
)
def test_time_stamps_in_names(name: str, expected: str) -> None:
    reading = time_in_name(name)
    assert reading is not None
    assert reading.isoformat() == expected


@pytest.mark.parametrize(
    "name",
    [
        "frame_0042.png",
        "20221311_172709.jpg",
        "2022-02-30T10-00-00.jpg",
        "12345678901234.jpg",
        "2022-08-11.jpg",
        ".jpg",
    ],
)
def test_names_without_a_time(name: str) -> None:
    assert time_in_name(name) is None


def test_a_folder_of_the_source_is_no_time_stamp() -> None:
    assert time_in_name("2022-08-11T10-00-00/frame.jpg") is None


def test_subsecond_digits_are_a_decimal_fraction() -> None:
    half, three = exif_time("2022:08:11 10:00:00", "5"), exif_time("2022:08:11 10:00:00", "300")
    assert half is not None
    assert three is not None
    assert half.local_ns - three.local_ns == 200_000_000


@pytest.mark.parametrize("text", ["", "0000:00:00 00:00:00", "    :  :     :  :  ", "2022:13:01 00:00:00", "yesterday"])
def test_senseless_exif_times_are_none(text: str) -> None:
    assert exif_time(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("+02:00", 7200), ("-0730", -27000), ("Z", 0), ("  ", None), ("2", None)]
)
def test_offsets(text: str, seconds: int | None) -> None:
    assert parse_offset(text) == seconds


@given(
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2099, 12, 31)),  # noqa: DTZ001 - a camera's local time
    st.sampled_from([None, -12, -7, 0, 2, 14]),
)
def test_utc_agrees_with_datetime(stamp: datetime, hours: int | None) -> None:
    stamp = stamp.replace(microsecond=0)
    offset = "" if hours is None else f"{'-' if hours < 0 else '+'}{abs(hours):02d}:00"
    reading = exif_time(stamp.strftime("%Y:%m:%d %H:%M:%S"), "25", offset)
    assert reading is not None
    assert parse_iso(reading.isoformat()) == reading
    if hours is None:
        assert reading.utc_ns is None
    else:
        aware = stamp.replace(tzinfo=timezone(timedelta(hours=hours)))
        seconds = round((aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
        assert reading.utc_ns == seconds * 10**9 + 250_000_000


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1595234228.25", ["2020-07-20T08:37:08.25+00:00"]),
        ("1595234228", ["2020-07-20T08:37:08+00:00"]),
        ("1595234228486", ["2020-07-20T08:37:08.486+00:00"]),
        (" 2022-08-11T17:27:09.5-07:00 ", ["2022-08-11T17:27:09.5-07:00"]),
        ("2022-08-11 17:27", ["2022-08-11T17:27:00"]),
        ("11.08.2022 17:27", ["2022-08-11T17:27:00", "2022-11-08T17:27:00"]),
        ("31/08/2022 5:27:09 PM", ["2022-08-31T17:27:09"]),
        ("11 Aug 2022 17:27:09 +0200", ["2022-08-11T17:27:09+02:00"]),
        ("2022-08-11", []),
        ("taken 2022-08-11 17:27:09", []),
        ("2022-08-11 17:27:09 or so", []),
        ("yesterday", []),
    ],
)
def test_times_that_a_person_or_a_program_wrote(text: str, readings: list[str]) -> None:
    written = read_time(text)
    assert written is not None
    assert [reading.isoformat() for reading in written.readings] == readings
    only = parse_time(text)
    assert (only.isoformat() if only else None) == (readings[0] if len(readings) == 1 else None)


def test_nothing_written_is_no_time() -> None:
    assert read_time("  ") is None
    assert parse_time("") is None


def test_digits_after_the_ninth_do_not_count() -> None:
    long, short = parse_time("1595234228.123456789999"), parse_time("1595234228.123456789")
    assert long is not None
    assert short is not None
    assert long.local_ns == short.local_ns == 1_595_234_228_123_456_789


@pytest.mark.parametrize(
    ("text", "fraction", "offset", "expected"),
    [
        ("2022:08:11 17:27", "", "", "2022-08-11T17:27:00"),
        ("2022:08:11 17:27:09.25", "", "", "2022-08-11T17:27:09.25"),
        ("2022:08:11 17:27:09.25", "5", "+01:00", "2022-08-11T17:27:09.5+01:00"),
        ("2022-08-11T17:27:09Z", "5", "+01:00", "2022-08-11T17:27:09.5+00:00"),
        ("2022:08:11 05:27:09 PM", "5", "", "2022-08-11T17:27:09.5"),
        ("2022:08:11 05:27:09 PM", "", "-03:30", "2022-08-11T17:27:09-03:30"),
        ("2022:08:11 17:27:09", "x", "+25:00", "2022-08-11T17:27:09"),
    ],
)
def test_exif_times_in_unusual_forms(text: str, fraction: str, offset: str, expected: str) -> None:
    reading = exif_time(text, fraction, offset)
    assert reading is not None
    assert reading.isoformat() == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    {
        "+14:00": 50400,
        "+14:15": None,
        "-12:00": -43200,
        "+05:45": 20700,
        "+05:50": None,
        "+02:60": None,
        "UTC": 0,
        "GMT+1": 3600,
        "utc-03:30": -12600,
        "+2": 7200,
        "+0200 ": 7200,
        "2": None,
        "Z1": None,
    }.items(),
)
def test_offsets_that_a_clock_on_earth_has(text: str, seconds: int | None) -> None:
    assert parse_offset(text) == seconds


@pytest.mark.parametrize(("beyond", "fraction"), [(0, "000000000"), (7, "000000007"), (250_000_000, "250000000")])
def test_a_file_s_time_is_in_utc_and_has_nine_digits_behind_the_second(beyond: int, fraction: str) -> None:
    epoch_ns = 1_600_000_000 * 10**9 + beyond
    assert moment_of_epoch_ns(epoch_ns) == Moment(epoch_ns, 0, fraction)
