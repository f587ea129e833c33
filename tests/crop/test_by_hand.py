"""What people decide about windows: accepted, rejected and placed by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import curate.crop.worker as worker_module
from curate.crop.evidence import Match
from curate.crop.items import PlacedWindow, WindowPlan, make_tasks
from curate.crop.known import Found
from curate.crop.locate import locate
from curate.crop.match import find
from curate.crop.place import place_by_hand
from curate.crop.template import Template
from curate.crop.verdicts import judge_windows
from curate.model.config import WindowConfig
from curate.model.decision import Decision, DecisionDraft
from curate.status.run import workspace_status
from curate.workspace.config import read_config
from curate.workspace.decisions import append_decision
from curate.workspace.workspace import Workspace
from tests.crop.test_run import crop, piece_workspace, read, rows_of, tree
from tests.crop.workspaces import Pixels, png, texture, write_config, write_frames
from tests.workspaces import capture

MATCH = '{ mode = "match", template = "templates/t.png", size = [60, 40] }'
CORNERS = [(10, 20), (150, 90), (201, 133)]


def decide(root: Path, verdict: str, frame: str, reason: str = "", window: str = "default", **place: float) -> Decision:
    place_of = {name: place.get(name) for name in ("x_px", "y_px", "rotation_deg")}
    draft = DecisionDraft(
        frame, "window", verdict, reason, window, place_of["x_px"], place_of["y_px"], place_of["rotation_deg"]
    )
    return append_decision(Workspace(root), "part", draft, seen=None)


def undo(root: Path, made: Decision) -> None:
    append_decision(Workspace(root), "part", DecisionDraft("", "undo", "undo", undoes=made.id), seen=made.id)


def stale(root: Path) -> list[str]:
    status = workspace_status(Workspace(root), read_config(root / "curate.toml"))
    return [reason for stage in status.stages for reason in stage.reasons if stage.stage == "crop"]


def test_a_rejected_window_is_set_aside_until_that_is_taken_back(tmp_path: Path) -> None:
    piece_workspace(tmp_path, corners=CORNERS, window=MATCH)
    crop(tmp_path)
    before = tree(tmp_path)
    made = decide(tmp_path, "reject", "a/1.png", "a hand in it")
    assert stale(tmp_path) == ["1 decision is new: window default of a/1.png: reject (a hand in it)"]
    report = crop(tmp_path)
    assert report.matched == 0
    assert report.findings == ()  # who decided need not be told
    assert (report.windows[0].count("rejected"), report.windows[0].to_json()["by_hand"]) == (1, 1)
    assert stale(tmp_path) == []
    row = rows_of(tmp_path)[1]
    assert (row.status, row.reason, row.decided_by) == ("rejected", "by hand: a hand in it", "person")
    assert row.sha256 == ""
    assert row.x_px == pytest.approx(210, abs=0.1)
    assert not (tmp_path / "windows/default/part/a/1.png").exists()
    after = tree(tmp_path)
    crop(tmp_path, jobs=2)
    assert tree(tmp_path) == after
    undo(tmp_path, made)
    assert stale(tmp_path) == [
        "1 decision was taken back: window default of a/1.png: reject (a hand in it)",
    ]
    crop(tmp_path)
    assert {path: digest for path, digest in tree(tmp_path).items() if "decisions" not in path} == before


def test_a_window_in_review_is_accepted_where_it_was_found(tmp_path: Path) -> None:
    window = '{ mode = "match", template = "templates/t.png", size = [160, 120] }'
    piece_workspace(tmp_path, corners=[(150, 90), (0, 90)], window=window)
    crop(tmp_path)
    found = rows_of(tmp_path)[1]
    assert found.status == "review"
    decide(tmp_path, "accept", "a/1.png", "the border is uniform")
    assert crop(tmp_path).matched == 0
    row = rows_of(tmp_path)[1]
    assert (row.status, row.reason, row.decided_by) == ("accepted", "by hand: the border is uniform", "person")
    assert (row.m02, row.m12, row.x_px, row.score) == (found.m02, found.m12, found.x_px, found.score)
    image = read(tmp_path / "windows/default/part/a/1.png")
    assert np.array_equal(image[:, 20:], read(tmp_path / "captures/part/a/1.png")[90:210, :140])
    incremental = tree(tmp_path)
    for folder in ("windows", "records/windows", "records/stamps"):
        shutil.rmtree(tmp_path / folder)
    crop(tmp_path, jobs=2)
    assert tree(tmp_path) == incremental


def test_a_placed_window_is_cut_there_and_never_matched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piece_workspace(tmp_path, corners=CORNERS, window=MATCH)
    crop(tmp_path)
    others = [rows_of(tmp_path)[0], rows_of(tmp_path)[2]]
    decide(tmp_path, "place", "a/1.png", "it lies there", x_px=100.0, y_px=50.0, rotation_deg=1.5)
    assert stale(tmp_path) == [
        "1 decision is new: window default of a/1.png: place at 100.0, 50.0 turned 1.5° (it lies there)"
    ]
    crop(tmp_path)
    first, row, third = rows_of(tmp_path)
    assert [first, third] == others
    assert (row.status, row.reason, row.decided_by) == ("accepted", "by hand: it lies there", "person")
    assert (row.m00, row.m02, row.m11, row.m12, row.width_px, row.height_px) == (1, -70, 1, -30, 60, 40)
    assert (row.score, row.x_px, row.template, row.found_with, row.rotation_deg) == (None, None, "", "", 1.5)
    image = read(tmp_path / "windows/default/part/a/1.png")
    assert np.array_equal(image, read(tmp_path / "captures/part/a/1.png")[30:70, 70:130])
    located = locate(Workspace(tmp_path), "windows/default/part/a/1.png", 30.0, 20.0)
    assert located.frame_px == (100.0, 50.0)
    incremental = tree(tmp_path)
    for folder in ("windows", "records/windows", "records/stamps"):
        shutil.rmtree(tmp_path / folder)
    looked_at = []

    def counted(pixels: Pixels, templates: tuple[Template, ...]) -> Match:
        looked_at.append(pixels)
        return find(pixels, templates)

    monkeypatch.setattr(worker_module, "find", counted)
    assert crop(tmp_path).matched == 2
    assert tree(tmp_path) == incremental
    template = tmp_path / "templates" / "t.png"
    template.write_bytes(png(read(template)[10:-10, 10:-10]))
    assert crop(tmp_path).matched == 2
    assert rows_of(tmp_path)[1] == row
    assert len(looked_at) == 4


def test_an_accepted_place_outlives_another_template(tmp_path: Path) -> None:
    window = '{ mode = "match", template = "templates/t.png", size = [160, 120] }'
    piece_workspace(tmp_path, corners=[(150, 90), (0, 90)], window=window)
    crop(tmp_path)
    decide(tmp_path, "accept", "a/1.png", x_px=60.0, y_px=150.0)
    crop(tmp_path)
    row = rows_of(tmp_path)[1]
    assert (row.status, row.m02, row.m12) == ("accepted", 20, -90)
    template = tmp_path / "templates" / "t.png"
    template.write_bytes(png(texture(400, 300, 51)[200:280, 250:350] // 3))  # found elsewhere in every frame
    crop(tmp_path)
    moved, kept = rows_of(tmp_path)
    assert moved.m02 != -130
    assert kept.x_px != row.x_px
    assert (kept.status, kept.m02, kept.m12, kept.sha256) == ("accepted", 20, -90, row.sha256)


def test_each_window_of_a_frame_is_decided_on_its_own(tmp_path: Path) -> None:
    piece_workspace(tmp_path, corners=CORNERS, window=MATCH)
    text = (tmp_path / "curate.toml").read_text()
    wide = MATCH.replace("[60, 40]", "[100, 80]")
    (tmp_path / "curate.toml").write_text(f"[categories.part.windows]\nsmall = {MATCH}\nwide = {wide}\n")
    decide(tmp_path, "place", "a/1.png", window="small", x_px=100.0, y_px=50.0)
    assert crop(tmp_path).matched == 3  # the wide one still has to be found
    small, wide_row = rows_of(tmp_path, "small")[1], rows_of(tmp_path, "wide")[1]
    assert (small.m02, small.x_px, small.decided_by) == (-70, None, "person")
    assert (wide_row.m02, wide_row.decided_by) == (-160, "")
    before = tree(tmp_path)
    crop(tmp_path)
    assert tree(tmp_path) == before
    assert "windows" not in text


def test_a_fixed_box_can_be_moved(tmp_path: Path) -> None:
    write_frames(tmp_path, {f"a/{n}.png": png(texture(80, 60, n)) for n in (1, 2)})
    write_config(tmp_path, '{ mode = "crop", box = [0, 0, 40, 20] }')
    decide(tmp_path, "place", "a/2.png", x_px=50.0, y_px=30.0)
    assert crop(tmp_path).findings == ()
    first, second = rows_of(tmp_path)
    assert (first.m00, first.m02, first.m12) == (1, 0, 0)
    assert (second.m00, second.m02, second.m12, second.width_px) == (1, -30, -20, 40)


def test_a_moved_box_keeps_its_scale() -> None:
    place = place_by_hand(WindowConfig("crop", size_px=(20, 10), box_px=(0, 0, 40, 20)), 50.0, 30.0)
    assert place is not None
    assert place.affine.apply(30.0, 20.0) == (0.0, 0.0)  # the box around (50, 30) starts there
    assert place.affine.apply(70.0, 40.0) == (20.0, 10.0)
    assert place_by_hand(WindowConfig("full"), 50.0, 30.0) is None


def test_what_cannot_be_done_is_a_finding(tmp_path: Path) -> None:
    write_frames(tmp_path, {f"a/{n}.png": png(texture(80, 60, n)) for n in (1, 2, 3)})
    write_config(tmp_path, '{ mode = "tile", size = [40, 40] }')
    (tmp_path / "captures/part/a/2.png").write_bytes(b"damaged")
    decide(tmp_path, "place", "a/1.png", x_px=50.0, y_px=30.0)
    decide(tmp_path, "accept", "a/2.png")
    decide(tmp_path, "reject", "a/3.png", "twice")
    decide(tmp_path, "accept", "a/9.png")
    decide(tmp_path, "accept", "a/1.png", window="old")
    found = [(entry.code, entry.path, entry.message) for entry in crop(tmp_path).findings]
    record = "records/decisions/part.jsonl"
    assert [(code, path) for code, path, _ in found] == [
        ("CUR201", "captures/part/a/2.png"),
        ("CUR560", record),
        ("CUR560", record),
        ("CUR583", "captures/part/a/1.png"),
        ("CUR583", "captures/part/a/2.png"),
    ]
    messages = [message for *_, message in found[1:]]
    assert messages[0] == "decision 4 (window default of a/9.png: accept): no frame a/9.png"
    assert messages[1] == "decision 5 (window old of a/1.png: accept): no window old"
    assert messages[2] == "default: place at 50.0, 30.0: windows of mode tile cannot be placed"
    assert messages[3].startswith("default: accept: unreadable: ")
    assert {row.status for row in rows_of(tmp_path) if row.frame == "a/1.png"} == {"accepted"}
    assert {row.reason for row in rows_of(tmp_path) if row.frame == "a/3.png"} == {"by hand: twice"}


def test_a_window_outside_its_frame_shows_nothing_whoever_put_it_there(tmp_path: Path) -> None:
    piece_workspace(tmp_path, corners=CORNERS, window=MATCH)
    decide(tmp_path, "place", "a/1.png", x_px=1000.0, y_px=50.0)
    (finding,) = crop(tmp_path).findings
    assert finding.code == "CUR583"
    assert "wholly outside the frame of 400×300 px" in finding.message
    assert rows_of(tmp_path)[1].status == "rejected"


@pytest.mark.parametrize(
    "said", [{"verdict": "place", "x_px": 900.0, "y_px": 900.0}, {"verdict": "accept"}, {"verdict": "reject"}]
)
def test_a_decision_changes_nothing_about_other_frames(said: dict[str, object]) -> None:
    """Thirty windows drift right; the tenth was found far away, as one that was moved by hand would be."""
    plan = WindowPlan("default", WindowConfig("match", (60, 40), ("t.png",)), search={})

    def verdicts(decision: Decision | None) -> list[tuple[str, str]]:
        windows = []
        for number in range(30):
            found = Found(100.0 + number, 200.0 + (300.0 if number == 10 else 0.0), 0.9, 0.3, 0.9, "t.png")
            frame = capture(f"a/{number}.png", width_px=1000, height_px=1000, sha256=str(number))
            said = decision if number == 10 else None
            (task,) = make_tasks(plan, frame, f"a/{number}.png", said)
            windows.append(PlacedWindow(task, None if said and said.verdict == "place" else found))
        return [(window.verdict.status, window.verdict.reason) for window in judge_windows(windows)[0]]

    decision = Decision("a/10.png", "window", window="default", id=1, at="2024-05-01T10:00:00Z", **said)  # type: ignore[arg-type]
    alone, decided = verdicts(None), verdicts(decision)
    assert alone[10][0] == "review"
    assert decided[10] == ("rejected" if said["verdict"] == "reject" else "accepted", "by hand")
    assert alone[:10] + alone[11:] == decided[:10] + decided[11:] == [("accepted", "")] * 29
