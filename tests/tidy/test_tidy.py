"""What nothing refers to any more is named, and deleted only when somebody agrees."""

from __future__ import annotations

from pathlib import Path

from curate.export.options import ExportOptions
from curate.export.run import export_dataset
from curate.remove.run import remove_category, remove_frames
from curate.status.run import workspace_status
from curate.tidy.run import TidyReport, tidy_workspace
from curate.workspace.config import read_config
from curate.workspace.workspace import Workspace, category_config, open_workspace
from tests.plants import files, ready


def tidied(workspace: Workspace, *, agreed: bool = True) -> TidyReport:
    return tidy_workspace(workspace, read_config(workspace.config_path), lambda _: agreed)


def paths(report: TidyReport) -> list[str]:
    return [orphan.path for orphan in report.orphans]


def test_a_clean_workspace_has_nothing_to_tidy(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    before = files(workspace)
    assert tidied(workspace) == TidyReport((), 0, deleted=False)
    assert files(workspace) == before
    codes = [finding.code for finding in workspace_status(workspace, read_config(workspace.config_path)).findings]
    assert "CUR564" not in codes


def test_what_a_renamed_window_leaves_behind(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    _, config, categories = open_workspace(tmp_path / "w")
    export_dataset(workspace, config, categories, options=ExportOptions())
    text = workspace.config_path.read_text()
    named = text.replace(
        'window = { mode = "full" }', 'windows.top = { mode = "full" }\nwindows.side = { mode = "full" }'
    )
    workspace.config_path.write_text(named)
    report = tidied(workspace, agreed=False)
    assert not report.deleted
    assert paths(report) == [
        "build/autovi/part",
        "masks/default/part",
        "records/masks/default/part.csv",
        "records/windows/default/part",
        "windows/default/part",
    ]
    (finding,) = (
        found
        for found in workspace_status(workspace, read_config(workspace.config_path)).findings
        if found.code == "CUR564"
    )
    assert "curate tidy" in finding.hint
    assert tidied(workspace).deleted
    assert tidied(workspace).orphans == ()
    left = files(workspace)
    assert not any(name.startswith(("windows", "masks", "build")) for name in left)
    assert "captures/part/main/f0.jpg" in left
    assert "records/annotations/part.jsonl" in left


def test_images_that_no_record_names(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    (tmp_path / "w/windows/default/part/main/old.png").write_bytes(b"x")
    (tmp_path / "w/records/screening/part/gone.csv").write_text("frame\n")
    assert paths(tidied(workspace)) == ["records/screening/part/gone.csv", "windows/default/part/main/old.png"]


def test_frames_and_decisions_are_never_orphans(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    (tmp_path / "w/captures/part/main/mine.jpg").write_bytes(b"x")
    (tmp_path / "w/records/annotations/other.jsonl").write_text("")
    assert tidied(workspace).orphans == ()


def test_a_removed_category_leaves_nothing(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    remove_category(workspace, category_config(read_config(workspace.config_path), "part"))
    assert tidied(workspace).orphans == ()


def test_an_interrupted_removal_is_finished(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    remove_frames(workspace, category_config(read_config(workspace.config_path), "part"), ["main/f1.jpg"])
    kept = tmp_path / "w/removed/part/1/captures/part/main/f1.jpg"
    kept.rename(tmp_path / "w/captures/part/main/f1.jpg")
    report = tidied(workspace)
    assert (report.finished, report.orphans) == (1, ())
    assert kept.is_file()
