from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from curate.export.options import ExportOptions
from curate.export.run import export_dataset
from curate.model.decision import DecisionDraft
from curate.split.run import make_split
from curate.status.report import StatusReport
from curate.status.run import workspace_status
from curate.workspace.config import read_config
from curate.workspace.decisions import append_decision
from curate.workspace.pipeline import stamp_stage
from curate.workspace.waiting import note_looked_at
from curate.workspace.workspace import find_workspace, open_workspace
from tests.workspaces import TinyWorkspace


def status(root: Path) -> StatusReport:
    workspace = find_workspace(root)
    return workspace_status(workspace, read_config(workspace.config_path))


def states(root: Path) -> dict[str, str]:
    return {stage.stage: stage.state for stage in status(root).stages}


def stamp_all(root: Path, *stages: str) -> None:
    workspace, _, (category,) = open_workspace(root)
    for stage in stages:
        stamp_stage(workspace, stage, category, [])


def test_an_empty_workspace_asks_for_frames(tmp_path: Path) -> None:
    (tmp_path / "curate.toml").write_text("[categories.part]\n")
    report = status(tmp_path)
    assert {stage.state for stage in report.stages} == {"not run"}
    assert report.next_commands == ("curate import FOLDER -c part",)


def test_a_workspace_without_a_category(tmp_path: Path) -> None:
    (tmp_path / "curate.toml").write_text("")
    assert status(tmp_path).next_commands == ("curate import FOLDER -c CATEGORY",)


def test_done_stale_and_not_run(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    stamp_all(tmp_path, "import", "crop", "label", "screen", "mask")
    workspace, _, (category,) = open_workspace(tmp_path)
    make_split(workspace, category)
    assert states(tmp_path) == {
        "import": "done",
        "crop": "done",
        "label": "done",
        "screen": "done",
        "mask": "done",
        "split": "done",
        "export": "not run",
        "validate": "not run",
    }
    assert status(tmp_path).next_commands == ("curate export -c part",)
    config = tmp_path / "curate.toml"
    config.write_text(config.read_text().replace("train = 0.5", "train = 2"))
    (stale,) = [stage for stage in status(tmp_path).stages if stage.state == "stale"]
    assert (stale.stage, stale.reasons) == ("split", ("its settings changed",))
    assert [finding.code for finding in status(tmp_path).findings] == ["CUR550"]
    assert status(tmp_path).next_commands == ("curate split -c part",)


def test_frames_that_people_have_labelled_need_no_annotations(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 3 + [("", "", ())]).write()
    stamp_all(tmp_path, "import", "crop", "screen")
    workspace, _, (category,) = open_workspace(tmp_path)
    workspace.masks_record("default", "part").unlink()
    make_split(workspace, category)
    assert status(tmp_path).next_commands == ("curate label import FILE -c part",)
    append_decision(workspace, "part", DecisionDraft("main/f3.jpg", "label", "good"), seen=None)
    assert status(tmp_path).next_commands == ("curate split -c part",)


def test_a_changed_record_makes_the_stages_to_its_right_stale(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    stamp_all(tmp_path, "import", "crop", "split")
    record = tiny.workspace.captures_record("part", "main")
    record.write_text(record.read_text() + "\n")
    assert states(tmp_path)["crop"] == states(tmp_path)["split"] == "stale"
    assert status(tmp_path).next_commands == ("curate crop -c part",)


def test_a_changed_licence_makes_every_export_stale(tmp_path: Path) -> None:
    frames = [("good", "train", ()), ("good", "test", ()), ("scratch", "test", ("scratch",))]
    TinyWorkspace(tmp_path, frames).write()
    stamp_all(tmp_path, "import", "crop", "label", "mask", "split")
    workspace, config, categories = open_workspace(tmp_path)
    for layout in ("autovi", "visa"):
        export_dataset(workspace, config, categories, options=ExportOptions(layout=layout))
    assert {state for stage, state in states(tmp_path).items() if "export" in stage} == {"done"}
    path = tmp_path / "curate.toml"
    path.write_text(re.sub(r'license = ".*?"', 'license = "another"', path.read_text()))
    stale = {stage.stage: stage.command for stage in status(tmp_path).stages if stage.state == "stale"}
    assert stale == {
        "export": "curate export -c part",
        "export-visa": "curate export -c part --layout visa",
    }


def test_an_export_elsewhere_is_no_stage(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path / "line", [("good", "train", ()), ("good", "test", ())]).write()
    workspace, config, categories = open_workspace(tmp_path / "line")
    export_dataset(
        workspace, config, categories, options=ExportOptions(layout="visa"), destination=tmp_path / "elsewhere"
    )
    assert states(tmp_path / "line").keys() == {
        "import", "crop", "label", "screen", "mask", "split", "export", "validate",
    }  # fmt: skip


def test_records_without_a_stamp_did_not_finish(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    (stage,) = [stage for stage in status(tmp_path).stages if stage.stage == "split"]
    assert (stage.state, stage.reasons) == ("stale", ("it did not finish",))


def test_masks_are_asked_for_once_there_are_labels(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    tiny.workspace.masks_record("default", "part").unlink()
    stamp_all(tmp_path, "import", "crop", "screen", "split", "export", "validate")
    assert status(tmp_path).next_commands == ()
    stamp_all(tmp_path, "label")
    assert status(tmp_path).next_commands == ("curate mask -c part",)


def test_frames_that_nobody_has_labelled_ask_for_labels(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("", "", ())] * 4).write()
    for path in (tiny.workspace.annotations("part"), tiny.workspace.split("default", "part")):
        path.unlink(missing_ok=True)
    tiny.workspace.masks_record("default", "part").unlink()
    stamp_all(tmp_path, "import", "crop")
    assert status(tmp_path).next_commands == ("curate label import FILE -c part",)


def test_stale_screening_names_its_command(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    stamp_all(tmp_path, "import", "crop", "screen")
    record = tiny.workspace.captures_record("part", "main")
    record.write_text(record.read_text() + "\n")
    commands = {stage.command for stage in status(tmp_path).stages if stage.state == "stale"}
    assert "curate screen -c part" in commands


def test_screening_is_on_the_way(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    stamp_all(tmp_path, "import", "crop", "mask", "split", "export")
    assert status(tmp_path).next_commands == ("curate screen -c part",)


def test_a_split_without_good_frames_failed(tmp_path: Path) -> None:  # line/05_status_untrue
    TinyWorkspace(tmp_path, [("", "", ())] * 4).write()
    stamp_all(tmp_path, "import", "crop", "screen")
    workspace, _, (category,) = open_workspace(tmp_path)
    make_split(workspace, category)
    (stage,) = [stage for stage in status(tmp_path).stages if stage.stage == "split"]
    assert (stage.state, stage.command) == ("failed", "curate label import FILE -c part")
    assert "no good frame is in test" in stage.reasons[0]


def test_windows_none_of_which_is_accepted_are_nothing_to_go_on_with(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 2, status={0: "rejected", 1: "review"}).write()
    stamp_all(tmp_path, "import", "crop")
    (stage,) = [stage for stage in status(tmp_path).stages if stage.stage == "crop"]
    assert (stage.state, stage.reasons) == ("failed", ("no window default is accepted: 1 rejected, 1 review",))
    tiny.status.pop(1)
    tiny.write()
    stamp_all(tmp_path, "crop")
    assert states(tmp_path)["crop"] == "done"


GONE = {
    "captures/part": ("import", "away"),
    "captures/part/main/f1.jpg": ("import", "stale"),
    "windows": ("crop", "stale"),
    "windows/default/part/main/f1.png": ("crop", "stale"),
    "masks/default/part/main/f3/0000.png": ("mask", "stale"),
    "masks": ("mask", "stale"),
    "build": ("export", "stale"),
    "build/autovi/part/test": ("export", "stale"),
    "records/captures": ("import", "stale"),
    "records/splits": ("split", "stale"),
}


@pytest.mark.parametrize("gone", GONE)
def test_what_is_deleted_or_away_is_seen(tmp_path: Path, gone: str) -> None:  # line/04_captures_away
    frames = [("good", "train", ()), ("good", "test", ()), ("good", "test", ()), ("scratch", "test", ("scratch",))]
    tiny = TinyWorkspace(tmp_path, frames).write()
    workspace, config, categories = open_workspace(tmp_path)
    record = tiny.workspace.captures_record("part", "main")
    stamp_stage(workspace, "import", categories[0], [record])
    stamp_all(tmp_path, "crop", "screen", "mask")
    stamp_stage(workspace, "split", categories[0], [workspace.split("default", "part")])
    export_dataset(workspace, config, categories)
    stamp_all(tmp_path, "validate")
    assert set(states(tmp_path).values()) == {"done", "not run"}
    assert status(tmp_path).next_commands == ()
    path = tmp_path / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    stage, state = GONE[gone]
    assert states(tmp_path)[stage] == state
    assert status(tmp_path).next_commands != ()
    (reasons,) = [entry.reasons for entry in status(tmp_path).stages if entry.stage == stage]
    assert (
        gone.split("/")[1 if gone.startswith("records") else 0] in reasons[0] or "recorded frame is gone" in reasons[0]
    )


def test_a_review_is_asked_for_until_somebody_has_looked(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 3, status={1: "review"}).write()
    workspace, _, (category,) = open_workspace(tmp_path)
    stamp_all(tmp_path, "import", "crop", "screen")
    (review,) = [stage for stage in status(tmp_path).stages if stage.stage == "review"]
    assert (review.state, review.reasons) == (
        "not run",
        ("1 thing waits for a decision, the first window default of main/f1.jpg",),
    )
    assert status(tmp_path).next_commands == ("curate review -c part",)
    note_looked_at(workspace, category, {"window default of main/f1.jpg": "review: ambiguous match"})
    assert states(tmp_path)["review"] == "done"
    tiny.status[2] = "rejected"
    tiny.write()
    assert states(tmp_path)["review"] == "stale"  # another one waits now
    append_decision(workspace, "part", DecisionDraft("main/f2.jpg", "window", "reject", window="default"), seen=None)
    assert states(tmp_path)["review"] == "done"
