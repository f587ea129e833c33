from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from curate.disk.tables import write_table
from curate.errors import MissingError
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig
from curate.model.decision import DecisionDraft
from curate.model.region import Annotation, Rectangle, Region
from curate.model.rows import SplitRow
from curate.model.screening import Screening
from curate.view.frames import frame_views
from curate.workspace.annotations import write_annotations
from curate.workspace.decisions import append_decision
from curate.workspace.workspace import Workspace, open_workspace
from tests.workspaces import capture, row


def _write(root: Path, series: dict[str, list[str]]) -> tuple[Workspace, CategoryConfig]:
    """Write captures; each frame is given by its time of day."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "curate.toml").write_text('[categories.part]\nwindow = { mode = "full" }\n', encoding="utf-8")
    workspace = Workspace(root)
    for name, times in series.items():
        rows = [
            capture(f"{name}/{number}.png", shot_at=f"2024-05-01T{time}Z" if time else "", camera=name)
            for number, time in enumerate(times)
        ]
        write_table(workspace.captures_record("part", name), rows, Capture)
    return workspace, open_workspace(root)[2][0]


def _window(frame: str, image: str, **known: object) -> Window:
    return row(Window, **{"frame": frame, "image": image, "status": "accepted", "sha256": "0", **known})


def test_a_fresh_import_gives_frames_of_which_nothing_else_is_known(tmp_path: Path) -> None:
    views = frame_views(*_write(tmp_path, {"main": ["10:00:00", ""]}))
    assert [(view.frame, view.place, view.shot_at, view.camera) for view in views] == [
        ("main/0.png", 0, "2024-05-01T10:00:00Z", "main"),
        ("main/1.png", 1, "", "main"),
    ]
    last = views[1]
    assert (last.label, last.side, last.screening, last.window_status, last.image) == ("", "", "", "", "")
    assert (last.x_px, last.score, last.ambiguity, last.exposure) == (None, None, None, None)
    assert not last.is_set_aside


def test_series_that_ran_side_by_side_are_merged_by_time(tmp_path: Path) -> None:
    views = frame_views(*_write(tmp_path, {"a": ["10:00:00", "10:02:00"], "b": ["10:01:00", "10:03:00"]}))
    assert [view.frame for view in views] == ["a/0.png", "b/0.png", "a/1.png", "b/1.png"]
    assert [view.place for view in views] == [0, 1, 2, 3]


def test_records_are_joined_by_frame_whatever_their_order(tmp_path: Path) -> None:
    workspace, category = _write(tmp_path, {"main": ["10:00:00", "10:01:00", "10:02:00"]})
    zero, one, two = (f"main/{number}.png" for number in range(3))
    write_table(
        workspace.windows_record("default", "part", "main"),
        [
            _window(two, "main/2.png", status="rejected", reason="no match", sha256=""),
            _window(zero, "main/0.png", x_px=4.5, y_px=6.5, rotation_deg=0.5, score=0.8, second=0.2),
        ],
        Window,
    )
    write_table(
        workspace.screening_record("part", "main"),
        [row(Screening, frame=one, decision="reject", reason="blur", decided_by="rule", brightness=97.5)],
        Screening,
    )
    write_table(
        workspace.split("default", "part"),
        [SplitRow(two, "", "", "rejected"), SplitRow(zero, "good", "train", "early")],
        SplitRow,
    )
    shape = Rectangle(4.0, 4.0, 2.0, 2.0)
    annotations = [
        Annotation(one, 16, 16, regions=(Region("a", "scratch", (shape,)), Region("b", "dent", (shape,)))),
        Annotation(zero, 16, 16, label="good"),
    ]
    write_annotations(workspace.annotations("part"), annotations)

    first, second, third = frame_views(workspace, category)
    assert (first.label, first.defects, first.side, first.side_reason) == ("good", (), "train", "early")
    assert (first.image, first.x_px, first.y_px, first.rotation_deg) == ("main/0.png", 4.5, 6.5, 0.5)
    assert (first.score, first.ambiguity, first.window_status) == (0.8, 0.25, "accepted")
    assert (second.label, second.defects) == ("multiple", ("dent", "scratch"))
    assert (second.screening, second.screening_reason, second.decided_by) == ("reject", "blur", "rule")
    assert second.exposure == 97.5
    assert (second.window_status, second.image) == ("", "")
    assert (third.window_status, third.window_reason, third.image) == ("rejected", "no match", "")
    assert [view.is_set_aside for view in (first, second, third)] == [False, True, True]


def test_what_people_decided_counts_at_once(tmp_path: Path) -> None:
    workspace, category = _write(tmp_path, {"main": ["10:00:00", "10:01:00"]})
    zero, one = "main/0.png", "main/1.png"
    rows = [
        row(Screening, frame=zero, decision="reject", reason="blur", decided_by="rule"),
        row(Screening, frame=one, decision="keep", decided_by="rule"),
    ]
    write_table(workspace.screening_record("part", "main"), rows, Screening)
    drawn = Region("a", "scratch", (Rectangle(4.0, 4.0, 2.0, 2.0),))
    write_annotations(workspace.annotations("part"), [Annotation(zero, 16, 16, regions=(drawn,))])
    assert [view.set_aside for view in frame_views(workspace, category)] == ["blur", ""]
    for draft in (
        DecisionDraft(zero, "frame", "keep"),
        DecisionDraft(zero, "label", "good"),
        DecisionDraft(one, "frame", "reject", reason="an arm"),
    ):
        append_decision(workspace, "part", draft, seen=None)
    first, second = frame_views(workspace, category)
    assert (first.label, first.defects, first.set_aside, first.is_set_aside) == ("good", (), "", False)
    assert (second.set_aside, second.set_aside_by, second.is_set_aside) == ("by hand: an arm", "person", True)


def test_of_several_tiles_the_worst_status_and_the_first_picture_are_shown(tmp_path: Path) -> None:
    workspace, category = _write(tmp_path, {"main": ["10:00:00"]})
    tiles = [
        _window("main/0.png", "main/0_0.png", status="review", reason="edge", sha256=""),
        _window("main/0.png", "main/0_1.png"),
        _window("main/0.png", "main/0_2.png", status="rejected", reason="dark"),
        _window("main/0.png", "main/0_3.png", status="review", reason="edge"),
    ]
    write_table(workspace.windows_record("default", "part", "main"), tiles, Window)
    (view,) = frame_views(workspace, category)
    assert (view.window_status, view.window_reason, view.image) == ("rejected", "dark", "main/0_1.png")


def test_another_split_and_a_wrong_window_are_asked_for_by_name(tmp_path: Path) -> None:
    workspace, category = _write(tmp_path, {"main": ["10:00:00"]})
    write_table(workspace.split("fold-1", "part"), [SplitRow("main/0.png", "good", "test", "")], SplitRow)
    assert frame_views(workspace, category)[0].side == ""
    assert frame_views(workspace, category, split="fold-1")[0].side == "test"
    with pytest.raises(MissingError, match="no such record"):
        frame_views(workspace, category, split="fold-2")
    with pytest.raises(MissingError, match="no window left; it has default"):
        frame_views(workspace, category, window="left")


def test_ten_thousand_frames_take_no_more_than_their_number(tmp_path: Path) -> None:
    count = 10_000
    start = datetime(2024, 5, 1, tzinfo=UTC)
    workspace, category = _write(tmp_path, {"main": []})
    frames = [f"main/{number}.png" for number in range(count)]
    first = capture(frames[0])
    rows = [
        replace(first, frame=name, shot_at=(start + timedelta(seconds=n)).isoformat()) for n, name in enumerate(frames)
    ]
    write_table(workspace.captures_record("part", "main"), rows, Capture)
    write_table(
        workspace.split("default", "part"), [SplitRow(name, "good", "test", "") for name in reversed(frames)], SplitRow
    )
    views = frame_views(workspace, category)
    assert [view.frame for view in views] == frames
    assert {view.side for view in views} == {"test"}
