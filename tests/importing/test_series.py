from __future__ import annotations

import pytest

from curate.errors import InputError
from curate.importing.order_evidence import FrameEvidence
from curate.importing.series import divide
from curate.importing.written_times import read_exif_time


def shot(sha256: str, time: str, frame: str = "") -> FrameEvidence:
    written = read_exif_time(f"2022:08:{time}") if time else None
    reading = written.certain if written else None
    return FrameEvidence(frame, f"{sha256}.jpg", sha256, "", {"exif": reading} if reading else {})


def test_a_pause_starts_a_series_named_after_its_first_frame() -> None:
    new = {key: shot(key, time) for key, time in (("a", "11 10:00:00"), ("b", "11 10:30:00"), ("c", "11 11:30:01"))}
    assert divide(new, dict.fromkeys(new, "main"), [], 3600) == {
        "a": "2022-08-11T10-00-00",
        "b": "2022-08-11T10-00-00",
        "c": "2022-08-11T11-30-01",
    }


def test_a_run_that_holds_recorded_frames_continues_their_series() -> None:
    recorded = [shot("r", "11 10:00:00", "2022-08-11T10-00-00/r.jpg")]
    new = {"a": shot("a", "11 09:30:00"), "b": shot("b", "11 10:30:00"), "c": shot("c", "12 10:30:00")}
    assert divide(new, dict.fromkeys(new, "main"), recorded, 3600) == {
        "a": "2022-08-11T10-00-00",
        "b": "2022-08-11T10-00-00",
        "c": "2022-08-12T10-30-00",
    }


def test_the_base_of_the_name_is_kept() -> None:
    new = {"a": shot("a", "11 10:00:00")}
    assert divide(new, {"a": "north"}, [shot("r", "11 10:00:01", "south/r.jpg")], 60) == {
        "a": "north-2022-08-11T10-00-00"
    }


def test_frames_without_a_time_are_named() -> None:
    new = {"a": shot("a", "11 10:00:00"), "b": shot("b", "")}
    with pytest.raises(InputError, match=r"1 have none: b\.jpg"):
        divide(new, dict.fromkeys(new, "main"), [], 60)


def test_a_series_is_called_after_the_second_without_fraction_and_zone() -> None:
    written = read_exif_time("2022:08:11 10:00:00", "25", "+02:00")
    assert written is not None
    reading = written.certain
    assert reading is not None
    new = {"a": FrameEvidence("", "a.jpg", "a", "", {"exif": reading})}
    assert divide(new, {"a": "main"}, [], 60) == {"a": "2022-08-11T10-00-00"}
