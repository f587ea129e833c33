"""Findings that somebody has accepted in the workspace that a dataset was exported from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from curate.disk.tables import read_table, write_table
from curate.export.options import ExportOptions
from curate.export.run import export_dataset
from curate.model.decision import DecisionDraft
from curate.model.finding import Finding
from curate.model.rows import SplitRow
from curate.validate.report import ValidationReport
from curate.validate.run import accepted_around, validate_dataset, validate_workspace
from curate.workspace.config import read_config
from curate.workspace.decisions import append_decision
from curate.workspace.workspace import Workspace, open_workspace
from tests.workspaces import TinyWorkspace

FRAMES: list[tuple[str, str, tuple[str, ...]]] = [
    ("good", "train", ()),
    ("good", "train", ()),
    ("good", "test", ()),
    ("scratch", "test", ("scratch",)),
    ("good", "test", ()),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An exported workspace, one test image of which is a training image under another name."""
    tiny = TinyWorkspace(tmp_path / "line", FRAMES).write()
    folder = tiny.workspace.windows("default", "part") / "main"
    shutil.copyfile(folder / "f0.png", folder / "f2.png")
    export(tiny.root)
    return tiny.root


def export(root: Path) -> None:
    workspace, config, categories = open_workspace(root)
    export_dataset(workspace, config, categories, options=ExportOptions(link=False))


def checked(root: Path) -> ValidationReport:
    return validate_workspace(Workspace(root), read_config(root / "curate.toml"))


def copies(report: ValidationReport) -> list[Finding]:
    return [finding for finding in report.findings if finding.code == "CUR301"]


def accept(root: Path, frame: str, code: str = "CUR301") -> None:
    draft = DecisionDraft(frame, "finding", "accept", "shot twice on purpose", code=code)
    append_decision(Workspace(root), "part", draft, seen=None)


def test_an_accepted_finding_is_silenced_whatever_its_image_is_called(root: Path) -> None:
    (finding,) = copies(checked(root))
    assert {finding.path, *finding.related} == {
        "build/autovi/part/train/good/0000.png",
        "build/autovi/part/test/good/0000.png",
    }
    before = checked(root)
    accept(root, "main/f2.jpg")
    report = checked(root)
    assert copies(report) == []
    assert [(entry.finding, entry.reason) for entry in report.silenced] == [(finding, "shot twice on purpose")]
    assert {*report.findings} == {*before.findings} - {finding}
    # Another split gives the same frame another name; the other frame of the pair is named by the finding, too.
    record = Workspace(root).split("default", "part")
    rows = read_table(record, SplitRow)
    write_table(record, [*rows[4:], *rows[:4]], SplitRow)
    export(root)
    report = checked(root)
    (entry,) = report.silenced
    assert "build/autovi/part/test/good/0001.png" in {entry.finding.path, *entry.finding.related}


@pytest.mark.parametrize("inside", ["build/autovi", "build/autovi/part"])
def test_the_export_is_checked_alike_by_its_own_path(root: Path, inside: str) -> None:
    accept(root, "main/f0.jpg")
    report = validate_dataset(root / inside, accepted=accepted_around(root / inside))
    assert copies(report) == []
    assert [entry.finding.code for entry in report.silenced] == ["CUR301"]
    elsewhere = root.parent / "published"
    shutil.copytree(root / "build/autovi", elsewhere)
    assert len(copies(validate_dataset(elsewhere, accepted=accepted_around(elsewhere)))) == 1
    inside_but_no_export = root / "part"
    shutil.copytree(root / "build/autovi/part", inside_but_no_export)
    assert len(copies(validate_dataset(inside_but_no_export, accepted=accepted_around(inside_but_no_export)))) == 1


def test_another_code_or_frame_or_a_decision_that_was_taken_back_silences_nothing(root: Path) -> None:
    accept(root, "main/f4.jpg")
    accept(root, "main/f0.jpg", "CUR302")
    append_decision(
        Workspace(root), "part", DecisionDraft("main/f0.jpg", "finding", "exclude", code="CUR301"), seen=None
    )
    assert len(copies(checked(root))) == 1
    accept(root, "main/f2.jpg")
    assert copies(checked(root)) == []
    append_decision(Workspace(root), "part", DecisionDraft("", "undo", "undo", undoes=4), seen=4)
    assert len(copies(checked(root))) == 1


def test_a_finding_about_no_frame_is_accepted_by_its_path(root: Path) -> None:
    stray = root / "build/autovi/part/notes"
    stray.mkdir()
    (stray / "readme.txt").write_text("by hand\n")
    (finding,) = [entry for entry in checked(root).findings if entry.path.startswith("build/autovi/part/notes")]
    accept(root, finding.path, finding.code)
    report = checked(root)
    assert finding not in report.findings
    assert finding in [entry.finding for entry in report.silenced]


def test_what_the_exports_own_rules_silence_is_counted_in_the_workspace_too(root: Path) -> None:
    rule = '[[silence]]\ncode = "CUR301"\nreason = "agreed"\n'
    (root / "build/autovi/curate-validate.toml").write_text(rule)
    assert [(entry.finding.code, entry.reason) for entry in checked(root).silenced] == [("CUR301", "agreed")]
