"""What people decided about frames, labels and findings, in the splits."""

from __future__ import annotations

from pathlib import Path

from curate.disk.tables import write_table
from curate.model.decision import DecisionDraft
from curate.model.region import Annotation, Rectangle, Region
from curate.model.screening import Screening
from curate.split.run import SplitReport, make_split
from curate.workspace.annotations import write_annotations
from curate.workspace.decisions import append_decision
from curate.workspace.pipeline import stale_because
from curate.workspace.workspace import open_workspace
from tests.workspaces import TinyWorkspace, row


def split(root: Path) -> SplitReport:
    workspace, _, (category,) = open_workspace(root)
    return make_split(workspace, category)


def sides(report: SplitReport) -> dict[str, tuple[str, str, str]]:
    return {row.frame.removeprefix("main/"): (row.label, row.side, row.reason) for row in report.rows}


def decide(root: Path, *drafts: DecisionDraft) -> None:
    workspace, _, _ = open_workspace(root)
    for draft in drafts:
        append_decision(workspace, "part", draft, seen=None)


def screened(root: Path, *rows: Screening) -> None:
    workspace, _, _ = open_workspace(root)
    write_table(workspace.screening_record("part", "main"), rows, Screening)


def test_people_leave_frames_out_and_bring_them_back_before_screening_runs_again(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 6).write()
    screened(
        tmp_path,
        row(Screening, frame="main/f0.jpg", decision="reject", reason="blur", decided_by="rule"),
        row(Screening, frame="main/f1.jpg", decision="reject", reason="light", decided_by="rule"),
    )
    assert sides(split(tmp_path))["f0.jpg"] == ("", "", "set aside by screening: blur")
    decide(
        tmp_path,
        DecisionDraft("main/f0.jpg", "frame", "keep", "sharp where it matters"),
        DecisionDraft("main/f2.jpg", "frame", "reject", "an arm"),
        DecisionDraft("main/f3.jpg", "finding", "exclude", "a copy of f4", code="CUR301"),
        DecisionDraft("main/f4.jpg", "finding", "accept", "the better one", code="CUR301"),
        DecisionDraft("main/f3.jpg", "frame", "keep"),
    )
    workspace, _, (category,) = open_workspace(tmp_path)
    assert stale_because(workspace, "split", category) == [
        (
            "4 decisions are new: finding CUR301 of main/f3.jpg: exclude (a copy of f4), "
            "frame main/f0.jpg: keep (sharp where it matters), frame main/f2.jpg: reject (an arm) and 1 more"
        )
    ]
    report = split(tmp_path)
    assert stale_because(workspace, "split", category) == []
    assert sides(report) == {
        "f0.jpg": ("good", "train", "shot before the end of training"),
        "f1.jpg": ("", "", "set aside by screening: light"),
        "f2.jpg": ("", "", "rejected by hand: an arm"),
        "f3.jpg": ("", "", "excluded for CUR301: a copy of f4"),
        "f4.jpg": ("good", "test", "shot after the last training frame"),
        "f5.jpg": ("good", "test", "shot after the last training frame"),
    }
    assert "CUR560" not in {finding.code for finding in report.findings}
    before = tiny.workspace.split("default", "part").read_bytes()
    split(tmp_path)
    assert tiny.workspace.split("default", "part").read_bytes() == before


def test_a_label_that_a_person_gave_counts_more_than_what_was_drawn(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 5).write()
    scratch = (Region("r1", "scratch", (Rectangle(5, 5, 4, 4),)),)
    drawn = [Annotation(f"main/f{number}.jpg", 16, 16, regions=scratch) for number in (0, 1)]
    write_annotations(tiny.workspace.annotations("part"), drawn)
    decide(
        tmp_path,
        DecisionDraft("main/f0.jpg", "label", "good", "only dust"),
        DecisionDraft("main/f4.jpg", "label", "missing"),
    )
    assert split(tmp_path).counts == {"train": {"good": 1}, "test": {"good": 2, "missing": 1, "scratch": 1}}


def test_decisions_about_frames_that_are_not_there_are_named(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    decide(
        tmp_path,
        DecisionDraft("main/f0.jpg", "frame", "keep"),
        DecisionDraft("night/f0.jpg", "frame", "reject"),
        DecisionDraft("night/f1.jpg", "label", "good"),
        DecisionDraft("night/f2.jpg", "window", "accept", window="default"),  # crop's business
    )
    assert [(finding.code, finding.path, finding.message) for finding in split(tmp_path).findings[1:]] == [
        ("CUR560", "records/decisions/part.jsonl", f"decision {text}")
        for text in (
            "2 (frame night/f0.jpg: reject): no frame night/f0.jpg",
            "3 (label of night/f1.jpg: good): no frame night/f1.jpg",
        )
    ]
