from __future__ import annotations

import json
from pathlib import Path

from curate.files.annotations import write_annotations
from curate.files.tables import read_table
from curate.files.workspace import open_workspace
from curate.model.region import Annotation
from curate.model.rows import SplitRow
from curate.split.run import SplitReport, make_split
from tests.workspaces import TinyWorkspace

LABELS = ["good", "scratch", "good", "", "good", "good"]


def split(root: Path, *, dry_run: bool = False) -> SplitReport:
    workspace, _, (category,) = open_workspace(root)
    return make_split(workspace, category, dry_run=dry_run)


def test_records_are_written_and_stamped(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [(label, "", ()) for label in LABELS]).write()
    report = split(tmp_path)
    rows = read_table(tiny.workspace.split("default", "part"), SplitRow)
    assert [row.side for row in rows] == ["train", "test", "train", "", "test", "test"]
    assert report.counts == {"train": {"good": 2}, "test": {"good": 2, "scratch": 1}}
    policy = json.loads(tiny.workspace.split_policy("default").read_text())
    assert policy["categories"]["part"]["policy"]["policy"] == "chronological"
    assert tiny.workspace.stamp("split", "part").is_file()
    assert [(finding.code, finding.related) for finding in report.findings] == [("CUR551", ("main/f3.jpg",))]


def test_an_experts_label_counts_more_than_the_folder(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    write_annotations(tiny.workspace.annotations("part"), [Annotation("main/f0.jpg", 16, 16, label="dent")])
    assert split(tmp_path).counts == {"train": {"good": 1}, "test": {"dent": 1, "good": 2}}


def test_without_good_frames_on_a_side_there_is_an_error(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [("scratch", "", ()), ("good", "", ())]).write()
    (finding,) = split(tmp_path, dry_run=True).findings
    assert (finding.code, finding.severity) == ("CUR552", "error")
    assert "no good frame is in train, of 1 good frames" in finding.message


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    before = tiny.workspace.split("default", "part").read_bytes()
    split(tmp_path, dry_run=True)
    assert tiny.workspace.split("default", "part").read_bytes() == before
    assert not tiny.workspace.split_policy("default").exists()
    assert not tiny.workspace.stamp("split", "part").exists()


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [(label, "", ()) for label in LABELS]).write()
    paths = [tiny.workspace.split("default", "part"), tiny.workspace.split_policy("default")]
    split(tmp_path)
    first = [path.read_bytes() for path in paths]
    split(tmp_path)
    assert [path.read_bytes() for path in paths] == first


def test_the_explanation_names_where_the_sides_meet(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [(label, "", ()) for label in LABELS]).write()
    text = "\n".join(split(tmp_path, dry_run=True).explanation)
    assert "train: 2 good frames, from main/f0.jpg (2024-05-01T10:00:00) to main/f2.jpg (2024-05-01T10:02:00)" in text
    assert "1 of them shot before the last training frame" in text
    assert "left out: 1 frames, not labelled" in text
