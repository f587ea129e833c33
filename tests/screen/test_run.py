from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from curate.crop.run import crop_windows
from curate.demo.plan import plan_session
from curate.demo.session import SessionSettings, Shot
from curate.demo.write import write_session
from curate.disk.tables import read_table, write_table
from curate.errors import InputError, MissingError
from curate.execution import Execution
from curate.importing.options import ImportOptions
from curate.importing.run import import_frames
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig, ScreenConfig
from curate.model.decision import DecisionDraft
from curate.screen.run import screen_frames
from curate.split.run import make_splits
from curate.workspace.decisions import append_decision, read_decisions
from curate.workspace.pipeline import stale_because
from curate.workspace.screening import read_screening, read_set_aside
from curate.workspace.workspace import Workspace, open_workspace
from tests.workspaces import TinyWorkspace

CONFIG = """
[categories.clip]
window = { mode = "match", template = "templates/clip.png", size = [240, 240] }
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Shot, ...]]:
    """A drawn session whose seed was not used to choose the limits, imported and cropped."""
    root = tmp_path_factory.mktemp("screen") / "workspace"
    settings = SessionSettings(frames=70, seed=4711, texture_seed=3, jitter_px=60.0)
    shots = plan_session(settings)
    write_session(
        shots, settings, frames=root / "camera", template=root / "templates" / "clip.png", annotations=root / "a.json"
    )
    (root / "curate.toml").write_text(CONFIG)
    import_frames(Workspace(root), [root / "camera"], "clip")
    crop_windows(Workspace(root), category_of(root)[1], execution=Execution(jobs=2))
    return root, shots


def category_of(root: Path) -> tuple[Workspace, CategoryConfig]:
    workspace, _, (category,) = open_workspace(root)
    return workspace, category


def truth_of(workspace: Workspace, shots: tuple[Shot, ...]) -> dict[str, Shot]:
    by_name = {shot.file_name: shot for shot in shots}
    captures = read_table(workspace.captures_record("clip", "main"), Capture)
    return {capture.frame: by_name[capture.source] for capture in captures}


def test_planted_bad_frames_are_found_and_defects_left_alone(session: tuple[Path, tuple[Shot, ...]]) -> None:
    root, shots = session
    workspace, category = category_of(root)
    report = screen_frames(workspace, category)
    truth = truth_of(workspace, shots)
    missed = [row.frame for row in report.rows if truth[row.frame].conditions and row.decision == "keep"]
    wrong = [row.frame for row in report.rows if not truth[row.frame].conditions and row.decision == "reject"]
    assert Counter(name for shot in shots for name in shot.conditions).keys() == {
        "blurred", "noisy", "dark", "over-exposed", "occluded", "displaced", "empty", "duplicate",
    }  # fmt: skip
    assert missed == []
    assert wrong == []
    assert (root / report.sheets[0]).stat().st_size > 10_000


def test_the_same_bytes_whatever_the_jobs_and_a_person_is_remembered(session: tuple[Path, tuple[Shot, ...]]) -> None:
    root, _ = session
    workspace, category = category_of(root)
    screen_frames(workspace, category)
    record = workspace.screening_record("clip", "main")
    before = record.read_bytes(), workspace.screening_sheet("clip", "main").read_bytes()
    screen_frames(workspace, category, execution=Execution(jobs=4))
    assert (record.read_bytes(), workspace.screening_sheet("clip", "main").read_bytes()) == before
    assert stale_because(workspace, "screen", category) == []
    frame = next(iter(read_set_aside(workspace, "clip")))
    screen_frames(workspace, category, keep=[frame.partition("/")[2]])
    screen_frames(workspace, category)
    (row,) = [row for row in read_screening(workspace, "clip") if row.frame == frame]
    assert (row.decision, row.decided_by) == ("keep", "person")
    (made,) = read_decisions(workspace, "clip")
    assert (made.kind, made.frame, made.verdict) == ("frame", frame, "keep")
    append_decision(workspace, "clip", DecisionDraft("", "undo", "undo", undoes=made.id), seen=made.id)
    screen_frames(workspace, category)
    assert record.read_bytes() == before[0]


def test_a_dry_run_writes_nothing_and_unknown_names_are_refused(session: tuple[Path, tuple[Shot, ...]]) -> None:
    root, _ = session
    workspace, category = category_of(root)
    before = {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    report = screen_frames(workspace, category, reject=["DSC_9970.JPG"], dry_run=True)
    assert report.sheets == ()
    assert "main/DSC_9970.JPG" in {row.frame for row in report.rows if row.decision == "reject"}
    with pytest.raises(InputError, match="no frame of clip"):
        screen_frames(workspace, category, keep=["nothing.jpg"])
    assert {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()} == before


def test_whole_frames_are_screened_where_no_window_was_cut(tmp_path: Path) -> None:
    settings = SessionSettings(
        frames=24, seed=5, frame_px=(320, 240), window_px=120, context_px=180, jitter_px=4.0, rotation_deg=0.5,
        conditions={"blurred": 0.05, "over-exposed": 0.05}, defects={},
    )  # fmt: skip
    shots = plan_session(settings)
    write_session(
        shots, settings, frames=tmp_path / "camera", template=tmp_path / "t.png", annotations=tmp_path / "a.json"
    )
    (tmp_path / "curate.toml").write_text('[categories.clip]\nwindow = { mode = "full" }\n')
    import_frames(Workspace(tmp_path), [tmp_path / "camera"], "clip")
    workspace, category = category_of(tmp_path)
    report = screen_frames(workspace, category)
    truth = truth_of(workspace, shots)
    assert {row.measured_on for row in report.rows} == {"frame"}
    assert {row.frame for row in report.rows if row.decision == "reject"} == {
        frame for frame, shot in truth.items() if shot.conditions
    }


def test_a_frame_that_cannot_be_read_is_no_verdict(tmp_path: Path, session: tuple[Path, tuple[Shot, ...]]) -> None:
    root, _ = session
    (tmp_path / "curate.toml").write_text('[categories.clip]\nwindow = { mode = "full" }\n')
    import_frames(Workspace(tmp_path), sorted((root / "camera").glob("*.JPG"))[:3], "clip")
    workspace, category = category_of(tmp_path)
    lost = workspace.captures("clip") / "main" / "DSC_0002.JPG"
    lost.unlink()
    with pytest.raises(MissingError, match="there is no such file"):
        screen_frames(workspace, category)
    assert not workspace.stamp("screen", "clip").exists()


def test_rejected_frames_are_on_no_side_of_the_split(tmp_path: Path, session: tuple[Path, tuple[Shot, ...]]) -> None:
    root, _ = session
    (tmp_path / "curate.toml").write_text('[categories.clip]\nwindow = { mode = "full" }\n')
    import_frames(Workspace(tmp_path), sorted((root / "camera").glob("*.JPG"))[:6], "clip", ImportOptions(label="good"))
    workspace, category = category_of(tmp_path)
    screen_frames(workspace, category, reject=["DSC_0002.JPG"])
    (report,) = make_splits(workspace, category)
    sides = {row.frame: (row.side, row.reason) for row in report.rows}
    assert sides["main/DSC_0002.JPG"] == ("", "rejected by hand")
    assert report.counts == {"train": {"good": 2}, "test": {"good": 3}}
    screen_frames(workspace, category, keep=["DSC_0002.JPG"])
    reasons = stale_because(workspace, "split", category)
    assert reasons == [
        "records/screening/clip/main.csv changed",
        "1 decision is new: frame main/DSC_0002.JPG: keep",
    ]


@pytest.mark.parametrize(("decided_by", "reason"), [("", "position"), ("person", "")])
def test_whoever_placed_a_window_has_looked_at_its_place(tmp_path: Path, decided_by: str, reason: str) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 12).write()
    record = tiny.workspace.windows_record("default", "part", "main")
    windows = [
        replace(window, x_px=300.0 if number == 5 else 50.0 + number % 2, y_px=40.0)
        for number, window in enumerate(read_table(record, Window))
    ]
    windows[5] = replace(windows[5], decided_by=decided_by)
    write_table(record, windows, Window)
    workspace, category = category_of(tmp_path)
    only = replace(category, screen=ScreenConfig(0, 0, 0, 0, 0, 5.0, 0, 0, match=False))
    rows = screen_frames(workspace, only).rows
    assert {row.frame: row.reason for row in rows if row.reason} == ({"main/f5.jpg": reason} if reason else {})
    assert (rows[5].position is None) == (decided_by == "person")
    assert rows[4].position == pytest.approx(0.0, abs=1.0)
