"""Imports that go on for days: what is kept, what is asked for, what is repeated. Cases: shared/cases/line."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from curate.disk.tables import read_table
from curate.errors import InputError, RecordError
from curate.importing.clocks import ClockFix
from curate.importing.options import ImportOptions
from curate.importing.run import import_frames
from curate.importing.verify import verify_captures
from curate.model.capture import Capture, Window
from curate.split.run import make_splits
from curate.status.run import workspace_status
from curate.validate.run import validate_workspace
from curate.workspace.annotations import read_annotations
from curate.workspace.config import read_config
from curate.workspace.standing_order import accept_standing, read_series_orders, standing_findings
from curate.workspace.workspace import Workspace, category_config, init_workspace
from tests.importing.frames import COUNTER, OFFSET, ORIGINAL, SERIAL, write
from tests.plants import ready


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "workspace")[0]


def line_frame(path: Path, time: str, number: int, camera: str = "A", offset: str = "") -> None:
    """A frame with EXIF, told apart from others by its time and camera."""
    tags = {ORIGINAL: time, SERIAL: camera, COUNTER: number, **({OFFSET: offset} if offset else {})}
    write(path, zlib.crc32(f"{time}{camera}".encode()), exif=tags)


def summer_ends(folder: Path) -> None:
    """02:56 … 02:59, then 02:00 … 02:03: the counter goes on, the clock does not."""
    for number in range(8):
        minute = 56 + number if number < 4 else number - 4
        line_frame(folder / f"IMG_{101 + number:04d}.jpg", f"2026:10:25 02:{minute:02d}:00", 101 + number)


def two_cameras(folder: Path) -> None:
    for number in range(6):
        name = f"{'IMG_' if number % 2 == 0 else 'B'}{100 + number}.jpg"
        line_frame(folder / name, f"2026:03:02 08:{number:02d}:00", 100 + number, "AB"[number % 2], "+01:00")


def order_of(workspace: Workspace) -> list[str]:
    return [row.source for row in read_table(workspace.captures_record("s", "main"), Capture)]


def open_codes(workspace: Workspace) -> list[str]:
    return sorted(finding.code for finding in standing_findings(workspace, "s"))


def test_a_stray_file_is_set_apart_and_nothing_else_moves(workspace: Workspace, tmp_path: Path) -> None:
    # line/01_stray_frame
    two_cameras(tmp_path / "disk")
    import_frames(workspace, [tmp_path / "disk"], "s", ImportOptions(label="good"))
    rows = workspace.captures_record("s", "main").read_text().splitlines()
    write(tmp_path / "disk" / "screenshot.png", 7, "PNG")
    import_frames(workspace, [tmp_path / "disk"], "s", ImportOptions(label="good"))
    assert workspace.captures_record("s", "main").read_text().splitlines()[:-1] == rows
    assert order_of(workspace)[-1] == "screenshot.png"
    assert open_codes(workspace) == ["CUR701", "CUR707"]
    (report,) = make_splits(workspace, category_config(read_config(workspace.config_path), "s"))
    (row,) = (row for row in report.rows if row.frame == "main/screenshot.png")
    assert (row.side, row.reason) == ("", "nothing tells when it was shot")


def test_what_is_open_is_repeated_by_every_stage_until_it_is_accepted(workspace: Workspace, tmp_path: Path) -> None:
    summer_ends(tmp_path / "day0")
    import_frames(workspace, [tmp_path / "day0"], "s", ImportOptions(label="good"))
    config = read_config(workspace.config_path)

    def said() -> list[set[str]]:
        reports = make_splits(workspace, category_config(config, "s"))
        everything = (
            [finding for report in reports for finding in report.findings],
            workspace_status(workspace, config).findings,
            validate_workspace(workspace, config).findings,
        )
        return [{finding.path for finding in findings if finding.code == "CUR703"} for findings in everything]

    assert said() == [{"captures/s/main/IMG_0105.jpg"}] * 3
    assert accept_standing(workspace, "s", "CUR703", "winter time began", ["other"]) == 0
    assert accept_standing(workspace, "s", "CUR703", "winter time began", ["main"]) == 1
    assert said() == [set()] * 3
    assert accept_standing(workspace, "s", "CUR703", "again") == 0


def test_a_restarted_counter_does_not_undo_an_earlier_day(workspace: Workspace, tmp_path: Path) -> None:
    # line/02_counter_restart
    summer_ends(tmp_path / "day0")
    import_frames(workspace, [tmp_path / "day0"], "s")
    first = order_of(workspace)
    assert first == [f"IMG_{number:04d}.jpg" for number in range(101, 109)]
    for number in range(4):
        line_frame(tmp_path / "day3" / f"IMG_{101 + number:04d}.jpg", f"2026:10:28 09:{number:02d}:00", 101 + number)
    import_frames(workspace, [tmp_path / "day3"], "s")
    assert order_of(workspace) == [*first, *(f"IMG_{number:04d}.jpg" for number in range(101, 105))]
    assert open_codes(workspace) == ["CUR703"]


@pytest.mark.parametrize(
    ("start", "count", "before", "step_s"),
    [(1, 8, 4, 60), (101, 8, 4, 60), (1, 60, 30, 40), (9970, 60, 30, 40), (9970, 60, 45, 40), (101, 200, 100, 60)],
)
def test_the_end_of_daylight_saving_wherever_the_counter_is(
    workspace: Workspace, tmp_path: Path, start: int, count: int, before: int, step_s: int
) -> None:
    # line/03_dst_counter: the hour from 02:00 to 03:00 is shown twice
    names = []
    for index in range(count):
        seconds = 3 * 3600 + (index - before) * step_s - (3600 if index >= before else 0)
        number = (start + index - 1) % 9999 + 1
        names.append(f"IMG_{number:04d}.jpg")
        time = f"2026:10:25 {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        line_frame(tmp_path / "d" / names[-1], time, number)
    import_frames(workspace, [tmp_path / "d"], "s")
    assert order_of(workspace) == names
    assert open_codes(workspace) == ["CUR703"]


def days_that_disagree(workspace: Workspace, tmp_path: Path) -> list[str]:
    """Import a day by its names, then one that shows that its dates have the day first."""
    for name in ("01-09-2022_08-00-00", "02-08-2022_08-00-00"):
        write(tmp_path / "a" / f"{name}.png", len(name) + ord(name[1]), "PNG")
    import_frames(workspace, [tmp_path / "a"], "s")
    before = order_of(workspace)
    write(tmp_path / "b" / "31-08-2022_08-00-00.png", 3, "PNG")
    import_frames(workspace, [tmp_path / "b"], "s")
    return before


def test_an_earlier_order_is_kept_until_somebody_asks(workspace: Workspace, tmp_path: Path) -> None:
    before = days_that_disagree(workspace, tmp_path)
    assert before == ["01-09-2022_08-00-00.png", "02-08-2022_08-00-00.png"]
    assert [name for name in order_of(workspace) if name in before] == before
    assert "CUR713" in open_codes(workspace)
    import_frames(workspace, [], "s", ImportOptions(reorder=True), dry_run=True)
    assert "CUR713" in open_codes(workspace)
    import_frames(workspace, [], "s", ImportOptions(reorder=True))
    assert order_of(workspace) == ["02-08-2022_08-00-00.png", "31-08-2022_08-00-00.png", "01-09-2022_08-00-00.png"]
    assert open_codes(workspace) == []
    assert not workspace.order_record("s").exists()


def test_numbers_that_come_again_without_a_clock_stand_behind_the_earlier_ones(
    workspace: Workspace, tmp_path: Path
) -> None:
    for number in (1, 2, 3):
        write(tmp_path / "a" / f"f{number}.png", number, "PNG")
        write(tmp_path / "b" / f"f{number}.png", 10 + number, "PNG")
    import_frames(workspace, [tmp_path / "a"], "s")
    import_frames(workspace, [tmp_path / "b"], "s")
    assert order_of(workspace) == ["f1.png", "f2.png", "f3.png"] * 2
    assert "CUR713" in open_codes(workspace)


def test_a_clock_is_corrected_once_and_for_all(workspace: Workspace, tmp_path: Path) -> None:
    # B's clock is an hour late: by the clocks all of B comes first.
    for number in range(4):
        line_frame(tmp_path / "d" / f"A{number}.jpg", f"2026:03:02 09:{2 * number:02d}:00", number, "A")
        line_frame(tmp_path / "d" / f"B{number}.jpg", f"2026:03:02 08:{2 * number + 1:02d}:00", number, "B")
    import_frames(workspace, [tmp_path / "d"], "s")
    assert order_of(workspace)[:4] == ["B0.jpg", "B1.jpg", "B2.jpg", "B3.jpg"]
    fix = ImportOptions(clocks={"B": ClockFix(shift_s=3600)})
    import_frames(workspace, [], "s", fix)
    true = [f"{camera}{number}.jpg" for number in range(4) for camera in "AB"]
    assert order_of(workspace) == true
    assert open_codes(workspace) == []
    times = [row.shot_at for row in read_table(workspace.captures_record("s", "main"), Capture)]
    assert times[1] == "2026-03-02T09:01:00"
    for _ in range(2):  # what was said holds for later days, and is not added twice
        import_frames(workspace, [tmp_path / "d"], "s", ImportOptions(reorder=True))
        assert order_of(workspace) == true
    line_frame(tmp_path / "e" / "B4.jpg", "2026:03:02 08:09:00", 4, "B")
    import_frames(workspace, [tmp_path / "e"], "s")
    assert order_of(workspace) == [*true, "B4.jpg"]
    import_frames(workspace, [], "s", ImportOptions(clocks={"B": ClockFix()}))
    assert order_of(workspace)[0] == "B0.jpg"


def test_a_zone_of_a_camera_that_writes_none(workspace: Workspace, tmp_path: Path) -> None:
    for number in range(3):
        line_frame(tmp_path / "d" / f"A{number}.jpg", f"2026:03:02 09:{2 * number:02d}:00", number, "A", "+01:00")
        line_frame(tmp_path / "d" / f"B{number}.jpg", f"2026:03:02 08:{2 * number + 1:02d}:00", number, "B")
    import_frames(workspace, [tmp_path / "d"], "s", ImportOptions(clocks={"B": ClockFix(zone_s=0)}))
    assert order_of(workspace) == [f"{camera}{number}.jpg" for number in range(3) for camera in "AB"]
    assert open_codes(workspace) == []


def test_an_unknown_camera_is_refused_with_those_that_are_there(workspace: Workspace, tmp_path: Path) -> None:
    two_cameras(tmp_path / "disk")
    import_frames(workspace, [tmp_path / "disk"], "s")
    with pytest.raises(InputError, match="no frame is of the camera C; there is A, B"):
        import_frames(workspace, [], "s", ImportOptions(clocks={"C": ClockFix(shift_s=1)}))


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("curate/order/1", "curate/order/9"),
        lambda text: text[:-20],
        lambda _: "[]",
        lambda text: text.replace('"findings"', '"finding"'),
    ],
)
def test_a_damaged_record_of_the_order_is_named(
    workspace: Workspace, tmp_path: Path, damage: Callable[[str], str]
) -> None:
    summer_ends(tmp_path / "d")
    import_frames(workspace, [tmp_path / "d"], "s")
    path = workspace.order_record("s")
    path.write_text(damage(path.read_text()))
    with pytest.raises(RecordError) as caught:
        read_series_orders(workspace, "s")
    assert caught.value.path == str(path)


def test_known_frames_move_to_the_series_that_is_named(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    (tmp_path / "night").mkdir()
    for name in ("f3.jpg", "f4.jpg"):
        shutil.copy(tmp_path / "src" / "main" / name, tmp_path / "night" / name)
    line_frame(tmp_path / "night" / "f1.jpg", "2026:03:02 08:03:30", 7)
    options = ImportOptions(series="night", move=True)
    dry = import_frames(workspace, [tmp_path / "night"], "part", options, dry_run=True)
    assert dry.moved == {"main/f3.jpg": "night/f3.jpg", "main/f4.jpg": "night/f4.jpg"}
    assert workspace.series_of("part") == ["main"]
    report = import_frames(workspace, [tmp_path / "night"], "part", options)
    assert (report.moved, report.added) == (dry.moved, ("night/f1.jpg",))
    rows = {name: read_table(workspace.captures_record("part", name), Capture) for name in ("main", "night")}
    assert [row.frame for row in rows["main"]] == [f"main/f{number}.jpg" for number in (0, 1, 2, 5)]
    assert [row.frame for row in rows["night"]] == ["night/f3.jpg", "night/f1.jpg", "night/f4.jpg"]
    assert list(read_annotations(workspace.annotations("part")))[-2:] == ["night/f3.jpg", "night/f4.jpg"]
    windows = read_table(workspace.windows_record("default", "part", "night"), Window)
    assert [(row.frame, row.image) for row in windows] == [
        ("night/f3.jpg", "night/f3.png"),
        ("night/f4.jpg", "night/f4.png"),
    ]
    assert verify_captures(workspace, ["part"]).findings == ()
    again = import_frames(workspace, [tmp_path / "night"], "part", options)
    assert (again.moved, again.added) == ({}, ())
    import_frames(workspace, [tmp_path / "night", tmp_path / "src" / "main"], "part", ImportOptions())
    assert workspace.series_of("part") == ["main", "night"]  # nothing was said about a series
    import_frames(workspace, [tmp_path / "src" / "main"], "part", options)
    assert workspace.series_of("part") == ["night"]
    assert verify_captures(workspace, ["part"]).findings == ()


def test_a_name_that_is_taken_in_the_other_series(workspace: Workspace, tmp_path: Path) -> None:
    line_frame(tmp_path / "a" / "f1.jpg", "2026:03:02 08:00:00", 1)
    line_frame(tmp_path / "b" / "f1.jpg", "2026:03:02 09:00:00", 2)
    import_frames(workspace, [tmp_path / "a"], "s", ImportOptions(series="day", move=True))
    import_frames(workspace, [tmp_path / "b"], "s", ImportOptions(series="night", move=True))
    (new,) = import_frames(workspace, [tmp_path / "b"], "s", ImportOptions(series="day", move=True)).moved.values()
    assert new.startswith("day/f1~")
    assert workspace.series_of("s") == ["day"]
    assert verify_captures(workspace, ["s"]).findings == ()
