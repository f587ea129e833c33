from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from curate.model.card import Card, SampleOrigin
from curate.model.codes import found
from curate.model.decision import DecisionDraft
from curate.review.background import Background
from curate.review.findings import Checks, about_frames, frames_by_path
from curate.review.queue import ReviewItem
from curate.review.snapshot import Desk
from curate.workspace.decisions import append_decision
from curate.workspace.workspace import open_workspace
from tests.conftest import Curate
from tests.workspaces import TinyWorkspace

FRAMES = {
    "build/autovi/part/test/good/0000.png": "main/f1.jpg",
    "build/autovi/part/train/good/0000.png": "main/f0.jpg",
}


def test_findings_are_told_of_the_frames_behind_the_images() -> None:
    train = "build/autovi/part/train/good/0000.png"
    findings = [
        found("CUR301", "is a copy", "build/autovi/part/test/good/0000.png", related=(train,)),
        found("CUR302", "2 pairs", "build/autovi/part", related=(train,)),
        found("CUR310", "all at once", "build/autovi/part/test"),
        found("CUR205", "odd", "build/autovi/part_2/test/good/0000.png"),
        found("CUR550", "stale", "records/stamps/crop/part.json"),
    ]  # fmt: skip
    told = about_frames(findings, "build/autovi/part", FRAMES)
    assert [(about.code, about.subject, about.frames) for about in told] == [
        ("CUR301", "main/f1.jpg", ("main/f1.jpg", "main/f0.jpg")),
        ("CUR302", "build/autovi/part", ("main/f0.jpg",)),
    ]


def test_images_and_masks_belong_to_frames() -> None:
    samples = (
        SampleOrigin("test/good/0000.png", "", frame="main/f1.jpg", masks={"ground_truth/good/0000/0000.png": ""}),
        SampleOrigin("test/good/0001.png", ""),
    )
    card = Card("part", "", "", "", "", "autovi", "", "none", {}, {}, samples)
    assert frames_by_path(card, "build/autovi/part") == {
        "build/autovi/part/test/good/0000.png": "main/f1.jpg",
        "build/autovi/part/ground_truth/good/0000/0000.png": "main/f1.jpg",
    }
    assert frames_by_path(None, "build/autovi/part") == {}


@pytest.fixture
def exported(tmp_path: Path, curate: Curate) -> Path:
    """A workspace whose export holds one picture in training and in test."""
    frames = [("good", "train", ()), ("good", "train", ()), ("good", "test", ()), ("scratch", "test", ("scratch",))]
    TinyWorkspace(tmp_path, frames).write()
    assert curate("export", "-C", tmp_path).code == 0
    folder = tmp_path / "build/autovi/part"
    shutil.copyfile(folder / "train/good/0000.png", folder / "test/good/0000.png")
    return tmp_path


def findings_of(root: Path) -> tuple[str, list[ReviewItem]]:
    workspace, config, categories = open_workspace(root)
    desk = Desk(workspace, categories, checks=Checks(workspace, config, categories, Background()))
    assert desk.snapshot().checked.state == "running"
    for thread in threading.enumerate():
        if thread.name == "curate-review-checks":
            thread.join()
    snapshot = desk.snapshot()
    return snapshot.checked.state, [entry.item for entry in snapshot.entries if entry.item.stage == "validate"]


def test_the_export_is_checked_beside_the_page(exported: Path) -> None:
    state, items = findings_of(exported)
    assert state == "done"
    copy = next(item for item in items if item.code == "CUR301")
    assert (copy.frame, copy.twins, copy.status) == ("main/f2.jpg", ("main/f0.jpg",), "error")
    assert copy.reason.startswith("the same file in two splits: is a copy of")


def test_what_somebody_accepted_stays_and_can_be_taken_back(exported: Path) -> None:
    workspace, _, _ = open_workspace(exported)
    draft = DecisionDraft("main/f2.jpg", "finding", "accept", reason="so be it", code="CUR301")
    append_decision(workspace, "part", draft, seen=None)
    _, items = findings_of(exported)
    copy = next(item for item in items if item.code == "CUR301")
    assert (copy.status, copy.twins) == ("error", ("main/f0.jpg",))
    append_decision(workspace, "part", DecisionDraft("", "undo", "undo", undoes=1), seen=1)
    assert "CUR301" in [item.code for item in findings_of(exported)[1]]


def test_what_the_dataset_itself_silences_is_not_shown(exported: Path) -> None:
    rule = '[[silence]]\ncode = "CUR301"\nreason = "known"\n'
    (exported / "curate-validate.toml").write_text(rule)
    assert "CUR301" not in [item.code for item in findings_of(exported)[1]]


def test_a_check_that_fails_is_told(exported: Path) -> None:
    (exported / "curate-validate.toml").write_text("[[silence]]\n")
    workspace, config, categories = open_workspace(exported)
    checks = Checks(workspace, config, categories, Background())
    checks.now()
    for thread in threading.enumerate():
        if thread.name == "curate-review-checks":
            thread.join()
    assert checks.now().state == "failed"
    assert "curate-validate.toml" in checks.now().problem


def test_without_an_export_nothing_is_checked(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [("good", "train", ())]).write()
    workspace, config, categories = open_workspace(tmp_path)
    assert Checks(workspace, config, categories, Background()).now().state == "none"


def test_nothing_is_written_outside_the_workspace(
    exported: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "XDG_CACHE_HOME", "CURATE_CACHE"):
        monkeypatch.setenv(name, str(home))
    findings_of(exported)
    assert list(home.rglob("*")) == []
    assert list((exported / ".curate" / "review").rglob("*.npz"))
