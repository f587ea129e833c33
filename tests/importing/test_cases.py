"""Frames that were ordered wrongly, made after public reports; cases are named by folders of shared/cases/data."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from curate.disk.tables import read_table
from curate.importing.options import ImportOptions
from curate.importing.order import Ordering, order_frames
from curate.importing.order_evidence import FrameEvidence
from curate.importing.run import import_frames
from curate.importing.times import Moment
from curate.model.capture import Capture
from curate.workspace.workspace import init_workspace
from tests.importing.frames import ORIGINAL, encoded, write

DIGITIZED, OFFSET_ORIGINAL, FRACTION_ORIGINAL = 0x9004, 0x9011, 0x9291

ORDERED = {
    "65-time-time-float": [
        "1595234228.1234567.png",
        "1595234228.4863098.png",
        "1595234228.9.png",
        "1595234229.05.png",
        "1595234229.5.png",
    ],
    "66-day-first": [
        "30-08-2022_17-27-09.png",
        "31-08-2022_09-00-00.png",
        "01-09-2022_08-00-00.png",
        "02-09-2022_08-00-00.png",
    ],
    "66-month-first": ["08-30-2022_17-27-09.png", "08-31-2022_09-00-00.png", "09-01-2022_08-00-00.png"],
    "67-am-pm-macos": [
        "Screenshot 2022-08-11 at 09.15.00 AM.png",
        "Screenshot 2022-08-11 at 11.59.00 AM.png",
        "Screenshot 2022-08-11 at 01.27.09 PM.png",
        "Screenshot 2022-08-11 at 04.00.00 PM.png",
    ],
    "67-unpadded-with-a-narrow-blank": [
        "Screenshot 2022-08-11 at 9.15.00\u202fAM.png",
        "Screenshot 2022-08-11 at 12.00.00\u202fPM.png",
        "Screenshot 2022-08-11 at 1.27.09\u202fPM.png",
        "Screenshot 2022-08-12 at 12.00.00\u202fAM.png",
    ],
    "68-unpadded-milliseconds": [
        "cam1_2022-08-11_17-27-09.5.png",
        "cam1_2022-08-11_17-27-09.45.png",
        "cam1_2022-08-11_17-27-09.123.png",
        "cam1_2022-08-11_17-27-09.900.png",
    ],
    "72-windows-copies": ["frame.bmp", "frame (1).bmp", "frame (2).bmp", "frame (10).bmp", "frame (11).bmp"],
    "81-hex-counter": ["f_09.png", "f_0A.png", "f_0F.png", "f_10.png", "f_1A.png"],
    "81-lower-case-and-unpadded": ["f_9.png", "f_a.png", "f_f.png", "f_10.png", "f_1a.png"],
    "85-dash-counter-read-as-utc-offset": [
        "20220811_172709-0001.jpg",
        "20220811_172709-0002.jpg",
        "20220811_172709-0003.jpg",
        "20220811_172710-0001.jpg",
        "20220811_172710-0002.jpg",
        "20220811_172711-0001.jpg",
    ],
    "85-counter-in-quarter-hours": [
        "20220811_172709-0100.jpg",
        "20220811_172709-0115.jpg",
        "20220811_172710-0030.jpg",
        "20220811_172710-0045.jpg",
    ],
    "87-ficsitcam-15-start-stamp": [
        f"2022.06.21-09.38.41-{number}.jpg" for number in (8, 9, 40, 41, 998, 999, 1000, 1001)
    ],
    "89-serial-only-with-index-behind": [
        "SN1326727354_0001.bmp",
        "SN1362832191_0002.bmp",
        "SN1255386840_0003.bmp",
        "SN1587200377_0004.bmp",
        "SN1412632149_0005.bmp",
        "SN1457095880_0006.bmp",
        "SN1283200107_0007.bmp",
        "SN1248372202_0008.bmp",
    ],
    "89-eight-digit-serials": ["P44172093_01.bmp", "P10993121_02.bmp", "P30018822_03.bmp", "P20411176_04.bmp"],
    "asctime": ["Wed Aug 31 17-27-09 2022.png", "Thu Sep 01 08-00-00 2022.png", "Fri Sep 02 07-00-00 2022.png"],
    "month-names": ["31-Aug-2022_17-27-09.png", "01-Sep-2022_08-00-00.png", "02-Sep-2022_07-00-00.png"],
}
"""Case to the names of its frames, in the order in which they were shot."""

TOLD = {
    "66-open": ["04-09-2022_08-00-00.png", "05-08-2022_08-00-00.png"],
    "66-two-conventions": ["31-08-2022_08-00-00.png", "08-30-2022_08-00-00.png", "01-09-2022_08-00-00.png"],
    "66-date-alone": ["30-08-2022_1.png", "31-08-2022_1.png", "01-09-2022_1.png"],
    "66-two-digit-year": ["310822_170000.png", "010922_080000.png"],
    "66-time-first": ["170000_20220811.png", "080000_20220812.png"],
    "67-half-a-mark": ["20220811_0915a.png", "20220811_0127p.png"],
    "67-time-alone": ["at 9.15 AM.png", "at 1.27 PM.png"],
    "68-open": ["x_2022-08-11_17-27-09.5.png", "x_2022-08-11_17-27-09.45.png", "x_2022-08-11_17-27-09.123.png"],
    "68-glued": ["20220811_17270945.png", "20220811_172709123.png"],
    "81-hashes": ["f_3fa91c02.png", "f_08b7d1e5.png", "f_c1d20f77.png"],
    "89-serial-alone": ["SN1326727354.bmp", "SN1587200377.bmp", "SN1255386840.bmp"],
    "79-two-cameras-in-names": [f"good/cam{camera}_{number:04d}.bmp" for number in range(1, 7) for camera in (1, 2)],
    "79-folders": [f"{camera}/{number}.bmp" for number in range(1, 7) for camera in ("east", "west")],
    "79-with-stamps": [f"cam{n % 2}_2022-08-11_10-00-{n:02d}.png" for n in range(6)],
    "79-letters": ["A1.png", "A2.png", "B1.png", "B2.png", "B10.png"],
    "month-in-another-language": ["31 août 2022.png", "01 septembre 2022.png"],
}
"""Case to names whose order nobody can know in full: that must be said."""


def named(name: str) -> FrameEvidence:
    return FrameEvidence(f"main/{name}", name, name, "", {})


def order_of(names: list[str]) -> Ordering:
    shots = [named(name) for name in names]
    random.Random(3).shuffle(shots)
    return order_frames(shots, "main")


@pytest.mark.parametrize("case", ORDERED)
def test_ordered_as_shot(case: str) -> None:
    ordering = order_of(ORDERED[case])
    assert ordering.frames == tuple(f"main/{name}" for name in ORDERED[case])


@pytest.mark.parametrize("case", TOLD)
def test_what_nobody_can_know_is_told(case: str) -> None:
    findings = order_of(TOLD[case]).findings
    assert {finding.severity for finding in findings if finding.code in {"CUR707", "CUR711"}} == {"warning"}
    assert all(finding.message and finding.hint for finding in findings)


SILENT = {
    "year-first-dates": ["2022-08-30_1.png", "2022-08-31_1.png", "2022-09-01_1.png"],
    "two-digit-year-first": ["220830_170000.png", "220831_080000.png", "220901_080000.png"],
    "year-first-with-a-months-name": ["15Dec31_170000.png", "16Jan01_080000.png"],
    "a-day-in-april": [f"11-04-2022_{number}.png" for number in range(1, 12)],
    "a-counter": [f"DSC_{number:04d}.jpg" for number in range(5)],
    "labels-that-share-a-counter": ["ok_01.png", "bad_02.png", "ok_03.png", "bad_04.png"],
    "letters": ["a.png", "b.png", "c.png", "face.png", "cafe.png"],
    "lots": ["lot1_0001.png", "lot1_0002.png", "lot2_0003.png", "lot2_0004.png"],
}
"""Names that leave nothing open, in their order."""


@pytest.mark.parametrize("case", SILENT)
def test_plain_names_need_no_word(case: str) -> None:
    ordering = order_of(SILENT[case])
    assert [finding for finding in ordering.findings if finding.severity != "info"] == []
    if case not in {"letters", "labels-that-share-a-counter"}:
        assert ordering.frames == tuple(f"main/{name}" for name in SILENT[case])


def imported(root: Path, files: dict[str, bytes]) -> tuple[list[Capture], dict[str, str]]:
    """Import files; return the record, and the messages of the findings by code."""
    for name, content in files.items():
        path = root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    workspace = init_workspace(root / "workspace")[0]
    report = import_frames(workspace, [root / "src"], "part")
    rows = read_table(workspace.captures_record("part", "main"), Capture)
    return list(rows), {finding.code: finding.message for finding in report.findings}


def tagged(tag: int, *times: str) -> dict[str, bytes]:
    """Files a.jpg, b.jpg … with one EXIF tag each."""
    return {f"{chr(97 + place)}.jpg": encoded(place, exif={tag: time}) for place, time in enumerate(times)}


def test_102_only_datetimedigitized(tmp_path: Path) -> None:
    # case 102-only-datetimedigitized
    times = ("2022:08:11 10:00:02", "2022:08:11 10:00:03", "2022:08:11 10:00:01")
    rows, told = imported(tmp_path, tagged(DIGITIZED, *times))
    assert [row.source for row in rows] == ["c.jpg", "a.jpg", "b.jpg"]
    assert (rows[0].shot_at, rows[0].shot_from) == ("2022-08-11T10:00:01", "exif-digitized")
    assert "DateTimeDigitized" in told["CUR706"]


def test_193_no_seconds(tmp_path: Path) -> None:
    # case 193-no-seconds
    rows, told = imported(tmp_path, tagged(ORIGINAL, "2022:08:11 17:29", "2022:08:11 17:28", "2022:08:11 17:27"))
    assert [row.source for row in rows] == ["c.jpg", "b.jpg", "a.jpg"]
    assert told == {}


def test_196_day_first_exif(tmp_path: Path) -> None:
    # case 196-day-first-exif
    rows, told = imported(
        tmp_path, tagged(ORIGINAL, "01/09/2022 17:27:09", "31/08/2022 17:27:09", "30/08/2022 17:27:09")
    )
    assert [(row.source, row.shot_at) for row in rows] == [
        ("c.jpg", "2022-08-30T17:27:09"),
        ("b.jpg", "2022-08-31T17:27:09"),
        ("a.jpg", "2022-09-01T17:27:09"),
    ]
    assert told == {"CUR708": told["CUR708"]}  # a night between them


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (lambda: tagged(ORIGINAL, "01/09/2022 17:27:09", "02/08/2022 17:27:09"), "day or the month first"),
        (lambda: tagged(ORIGINAL, "yesterday", "2022:08:11 25:00:00"), "EXIF DateTimeOriginal 'yesterday'"),
        (lambda: tagged(ORIGINAL, "11:08:22 05:27:09 PM", "11:08:22 04:27:09 AM"), "05:27:09 PM"),
        (lambda: {"a.jpg": encoded(0, exif={ORIGINAL: "2022:08:11 10:00:00", OFFSET_ORIGINAL: "+25:00"})}, "+25:00"),
        (lambda: {"a.jpg": encoded(0, exif={ORIGINAL: "2022:08:11 10:00:00", FRACTION_ORIGINAL: "1/2"})}, "1/2"),
    ],
)
def test_an_exif_time_that_is_there_and_not_understood_is_told(
    tmp_path: Path, files: Callable[[], dict[str, bytes]], words: str
) -> None:
    _, told = imported(tmp_path, files())
    assert words in told["CUR711"]


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "    :  :     :  :  ", ""])
def test_a_camera_that_says_that_it_does_not_know_needs_no_word(tmp_path: Path, text: str) -> None:
    _, told = imported(tmp_path, tagged(ORIGINAL, text, text))
    assert "CUR711" not in told


def test_a_manifest_with_the_day_first_and_one_time_that_nobody_reads(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path / "src" / f"{name}.jpg", ord(name))
    table = tmp_path / "times.csv"
    table.write_text("file,time\na.jpg,01.09.2022 17:27\nb.jpg,31.08.2022 17:27\nc.jpg,30.08.2022 17:27:30\n")
    workspace = init_workspace(tmp_path / "workspace")[0]
    report = import_frames(workspace, [tmp_path / "src"], "part", ImportOptions(manifest=table))
    assert report.added == ("main/c.jpg", "main/b.jpg", "main/a.jpg")
    table.write_text("file,time,counter\na.jpg,am Montag,A5\nb.jpg,31.08.2022 17:27,7\nc.jpg,30.08.2022 17:27:30,8\n")
    workspace = init_workspace(tmp_path / "again")[0]
    messages = [
        finding.message
        for finding in import_frames(workspace, [tmp_path / "src"], "part", ImportOptions(manifest=table)).findings
        if finding.code == "CUR711"
    ]
    assert messages == [
        "one frame with a counter that cannot be read: a.jpg has the counter 'A5'",
        "one frame with a time that cannot be read: a.jpg has the time 'am Montag'",
    ]


def test_a_day_first_series_is_settled_again_when_more_frames_come(tmp_path: Path) -> None:
    first = {"01-09-2022_08-00-00.png": encoded(1, "PNG"), "02-09-2022_08-00-00.png": encoded(2, "PNG")}
    rows, told = imported(tmp_path, first)
    assert "CUR711" in told
    assert {row.shot_at for row in rows} == {""}
    rows, told = imported(tmp_path, {**first, "31-08-2022_08-00-00.png": encoded(3, "PNG")})
    assert [row.shot_at for row in rows] == ["2022-08-31T08:00:00", "2022-09-01T08:00:00", "2022-09-02T08:00:00"]


def test_151_zip_gbk_names(tmp_path: Path) -> None:
    # case 151-zip-gbk-names
    # As the case has them: names in GBK that some program read as code page 437 and wrote down as UTF-8.
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number, name in enumerate(("良品/图像_0001.jpg", "不良/图像_0002.jpg")):
            archive.writestr(name.encode("gbk").decode("cp437"), encoded(number))
    workspace = init_workspace(tmp_path / "workspace")[0]
    report = import_frames(workspace, [tmp_path / "a.zip"], "part", dry_run=True)
    (finding,) = (finding for finding in report.findings if finding.code == "CUR728")
    assert "良品/图像_0001.jpg" in finding.message


def test_a_zip_with_utf8_names_that_nobody_flagged(tmp_path: Path) -> None:
    # As the Archive Utility of macOS writes them: UTF-8, without the flag that says so.
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("placehold.jpg", encoded(1))
    raw = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(raw.replace(b"placehold.jpg", "Früh-良.jpg".encode()))
    report = import_frames(init_workspace(tmp_path / "workspace")[0], [tmp_path / "a.zip"], "part", dry_run=True)
    assert report.added == ("main/Früh-良.jpg",)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["x 310822_170000 y.png", "x 010922_080000 y.png"], "stands before"),
        (["31Aug22_170000.png", "01Sep22_080000.png"], "stands before"),
        (["170000 08-31-22.png", "080000 09-01-22.png"], "stands before"),
        (["123115_170000.png", "010116_080000.png"], "stands before"),
        (["311215_170000.png", "010116_080000.png"], "stands before"),
        (["2022-08-30_1.png", "1-30-08-2022.png", "31-08-2022.png"], "stands before"),
    ],
)
def test_dates_that_the_order_contradicts_are_named(names: list[str], words: str) -> None:
    messages = [finding.message for finding in order_of(names).findings if finding.code == "CUR711"]
    assert len(messages) == 1
    assert words in messages[0]


@pytest.mark.parametrize(
    ("setbacks", "words"), [((12,), "goes back at one place"), ((12, 24), "goes back at 2 places")]
)
def test_places_are_counted_in_words(setbacks: tuple[int, ...], words: str) -> None:
    seconds, now = [], 1_000
    for place in range(40):
        now += -30 if place in setbacks else 10
        seconds.append(now)
    shots = [
        FrameEvidence(f"main/f{place:03d}", f"f{place:03d}.jpg", str(place), "", {"exif": Moment(second * 10**9)})
        for place, second in enumerate(seconds)
    ]
    assert words in order_frames(shots, "main").why


def test_unix_times_that_run_against_their_counter_are_serial_numbers() -> None:
    # Within a day of each other, so that only the counter tells; half of them go down.
    numbers = [5, 1, 6, 2, 7, 3, 8, 4]
    names = [f"{1_595_234_000 + 60 * place}_{number:02d}.png" for place, number in enumerate(numbers)]
    ordering = order_of(names)
    assert ordering.evidence == "counter"
    assert [frame[-6:-4] for frame in ordering.frames] == [f"{number:02d}" for number in range(1, 9)]
    assert ["run against the counter at 4 of 7 places" in finding.message for finding in ordering.findings] == [True]
    rising = [f"{1_595_234_000 + 60 * place}_{place:02d}.png" for place in range(8)]
    assert order_of(rising).evidence == "name-time"
    before = [f"{number:02d}_{1_595_234_000 + 60 * place}.png" for place, number in enumerate(numbers)]
    assert [frame[5:7] for frame in order_of(before).frames] == [f"{number:02d}" for number in range(1, 9)]
    with_exif = [
        FrameEvidence(f"main/{name}", name, name, "", {}, counter=number)
        for name, number in zip([f"{1_595_234_000 + 60 * place}.png" for place in range(8)], numbers, strict=True)
    ]
    assert order_frames(with_exif, "main").evidence == "counter"
    # What the camera counts tells more than numbers beside the time, which somebody gave later.
    both = [
        FrameEvidence(f"main/{name}", name, name, "", {}, counter=place) for place, name in enumerate(names, start=1)
    ]
    assert order_frames(both, "main").evidence == "name-time"


def test_hexadecimal_digits_may_stand_before_a_common_end() -> None:
    # 09B, 0AB … are sixteen apart: too far for a counter, so that nothing is known, and that is said.
    sparse = order_of(["f_09B.png", "f_0AB.png", "f_0FB.png", "f_10B.png"])
    assert ["hexadecimal numbers" in finding.message for finding in sparse.findings] == [True]
    names = ["f_09_x.png", "f_0A_x.png", "f_0F_x.png", "f_10_x.png"]
    assert order_of(names).frames == tuple(f"main/{name}" for name in names)
