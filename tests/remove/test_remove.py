"""Taking out and putting back: every file and every record comes back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.disk.tables import read_table
from curate.errors import ConflictError, MissingError, RecordError
from curate.importing.run import import_frames
from curate.model.capture import Capture
from curate.model.config import CategoryConfig
from curate.model.decision import DecisionDraft
from curate.remove.run import remove_category, remove_frames, restore_removal
from curate.workspace.annotations import read_annotations
from curate.workspace.config import read_config
from curate.workspace.decisions import append_decision
from curate.workspace.orphans import frames_left_behind
from curate.workspace.removed import removals_of
from curate.workspace.standing_order import standing_findings
from curate.workspace.workspace import Workspace, category_config
from tests.importing.frames import shot, write
from tests.plants import files, ready, states


def config_of(workspace: Workspace) -> CategoryConfig:
    return category_config(read_config(workspace.config_path), "part")


def order_of(workspace: Workspace, series: str = "main") -> list[str]:
    return [row.frame for row in read_table(workspace.captures_record("part", series), Capture)]


def test_frames_go_with_all_that_is_known_of_them_and_come_back(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    append_decision(workspace, "part", DecisionDraft("main/f3.jpg", "frame", "keep"), seen=None)
    before = files(workspace)
    report = remove_frames(workspace, config_of(workspace), ["main/f3.jpg", "main/f0.jpg"])
    assert (report.frames, report.regions, report.windows) == (("main/f0.jpg", "main/f3.jpg"), 2, 2)
    assert order_of(workspace) == ["main/f1.jpg", "main/f2.jpg", "main/f4.jpg", "main/f5.jpg"]
    assert sorted(read_annotations(workspace.annotations("part"))) == order_of(workspace)
    left = files(workspace)
    assert "captures/part/main/f3.jpg" not in left
    assert "windows/default/part/main/f3.png" not in left
    assert left["removed/part/1/captures/part/main/f3.jpg"] == before["captures/part/main/f3.jpg"]
    assert left["records/decisions/part.jsonl"] == before["records/decisions/part.jsonl"]
    now = states(workspace)
    assert (now["import"], now["label"]) == ("done", "done")
    assert now["split"] == "stale"
    assert removals_of(workspace)[0].what == "2 frames"
    restore_removal(workspace, config_of(workspace), 1)
    after = files(workspace)
    assert {name: digest for name, digest in after.items() if not name.startswith("records/stamps/")} == {
        name: digest for name, digest in before.items() if not name.startswith("records/stamps/")
    }
    assert states(workspace)["import"] == "done"


def test_an_import_passes_removed_frames_over(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    remove_frames(workspace, config_of(workspace), ["main/f1.jpg"])
    report = import_frames(workspace, [tmp_path / "src" / "main"], "part")
    assert (report.added, report.skipped) == ((), {"removed": 1})
    restore_removal(workspace, config_of(workspace), 1)
    report = import_frames(workspace, [tmp_path / "src" / "main"], "part")
    assert (report.added, report.known, report.skipped) == ((), 6, {})


def test_frames_that_came_since_stay_where_they_are(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    remove_frames(workspace, config_of(workspace), ["main/f1.jpg", "main/f2.jpg"])
    shot(tmp_path / "later" / "g.jpg", 99, "2026:03:02 08:01:30")
    import_frames(workspace, [tmp_path / "later"], "part")
    restore_removal(workspace, config_of(workspace), 1)
    assert order_of(workspace) == [f"main/{name}.jpg" for name in ("f0", "f1", "f2", "g", "f3", "f4", "f5")]


def test_a_series_and_then_the_rest(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w", series=("day", "night"))
    before = files(workspace, without=(".curate", "records/stamps"))
    remove_frames(workspace, config_of(workspace), series=["night"])
    assert workspace.series_of("part") == ["day"]
    assert not workspace.captures("part").joinpath("night").exists()
    restore_removal(workspace, config_of(workspace), 1)
    assert files(workspace, without=(".curate", "records/stamps")) == before


def test_a_category_comes_back_byte_by_byte(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    before = files(workspace)
    remove_category(workspace, config_of(workspace), dry_run=True)
    assert files(workspace) == before
    remove_category(workspace, config_of(workspace))
    assert workspace.categories() == []
    assert {name.partition("/")[0] for name in files(workspace)} == {"curate.toml", "removed", "records"}
    restore_removal(workspace, config_of(workspace), 1)
    assert files(workspace) == before


def test_the_stray_file_takes_what_was_open_about_it_along(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    write(tmp_path / "src" / "main" / "screenshot.png", 77, "PNG")
    import_frames(workspace, [tmp_path / "src" / "main"], "part")
    assert [finding.code for finding in standing_findings(workspace, "part")] == ["CUR701"]
    remove_frames(workspace, config_of(workspace), ["main/screenshot.png"])
    assert standing_findings(workspace, "part") == []


def test_what_is_not_there_is_named_all_at_once(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    with pytest.raises(MissingError, match=r"no series night, frame main/x\.jpg, frame main/y\.jpg"):
        remove_frames(workspace, config_of(workspace), ["main/x.jpg", "main/y.jpg"], ["night"])
    with pytest.raises(MissingError, match="under the number 3; there is none"):
        restore_removal(workspace, config_of(workspace), 3)
    assert removals_of(workspace) == []


def test_another_frame_of_the_name_is_not_overwritten(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    remove_frames(workspace, config_of(workspace), ["main/f1.jpg"])
    shot(tmp_path / "later" / "f1.jpg", 99, "2026:03:02 08:01:30")
    import_frames(workspace, [tmp_path / "later"], "part")
    before = files(workspace)
    with pytest.raises(ConflictError, match=r"1 frame of the same name came since: main/f1\.jpg"):
        restore_removal(workspace, config_of(workspace), 1)
    assert files(workspace) == before


def test_a_removal_that_was_stopped_before_the_files_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = ready(tmp_path / "w")
    before = files(workspace, without=(".curate", "records/stamps"))

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("curate.remove.run._move_files", stopped)
        with pytest.raises(KeyboardInterrupt):
            remove_frames(workspace, config_of(workspace), ["main/f1.jpg"])
    assert frames_left_behind(workspace) == [("part", "main/f1.jpg")]
    restore_removal(workspace, config_of(workspace), 1)
    assert files(workspace, without=(".curate", "records/stamps")) == before


def test_a_damaged_note_is_named(tmp_path: Path) -> None:
    workspace = ready(tmp_path / "w")
    remove_frames(workspace, config_of(workspace), ["main/f1.jpg"])
    (tmp_path / "w/removed/part/1/removed.json").write_text('{"schema": "other"}')
    with pytest.raises(RecordError, match="is not a record of what was removed"):
        removals_of(workspace)


@pytest.mark.parametrize("line", ["{", "[]", '{"frame": 3}', "{}"])
def test_a_damaged_line_stops_before_anything_is_moved(tmp_path: Path, line: str) -> None:
    workspace = ready(tmp_path / "w")
    record = workspace.annotations("part")
    record.write_text(f"{record.read_text()}{line}\n")
    before = files(workspace)
    with pytest.raises(RecordError, match="line 7 names no frame"):
        remove_frames(workspace, config_of(workspace), ["main/f1.jpg"])
    assert files(workspace) == before
