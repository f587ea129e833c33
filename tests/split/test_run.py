from __future__ import annotations

import json
from pathlib import Path

import pytest

from curate.disk.schema import schema_problems
from curate.disk.tables import read_table, write_table
from curate.errors import InputError
from curate.model.capture import Capture
from curate.model.region import Annotation, Rectangle, Region
from curate.model.rows import SplitRow
from curate.split.run import SplitReport, make_split, make_splits
from curate.workspace.annotations import write_annotations
from curate.workspace.workspace import open_workspace
from tests.workspaces import TinyWorkspace, capture

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
    assert schema_problems(policy, "split") == []
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
    assert "1 of them tested although shot before the last training frame" in text
    assert "left out: 1 frame, not labelled" in text


def config_with(root: Path, lines: str) -> None:
    path = root / "curate.toml"
    path.write_text(path.read_text() + lines)


def names(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in (root / "records/splits").rglob("*") if path.is_file())


def test_further_splits_are_files_of_their_own_and_go_when_no_longer_asked_for(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 6 + [("dent", "", ())] * 2).write()
    before = (tmp_path / "curate.toml").read_text()
    config_with(tmp_path, '[categories.part.splits]\ncv = { policy = "k-fold", folds = 2 }\n')
    workspace, _, (category,) = open_workspace(tmp_path)
    reports = make_splits(workspace, category)
    assert [report.name for report in reports] == ["default", "cv-fold1", "cv-fold2"]
    assert names(tmp_path) == [
        f"records/splits/{name}"
        for name in (
            "cv-fold1.json",
            "cv-fold1/part.csv",
            "cv-fold2.json",
            "cv-fold2/part.csv",
            "default.json",
            "default/part.csv",
        )
    ]
    (tmp_path / "curate.toml").write_text(before)
    split(tmp_path)
    assert names(tmp_path) == ["records/splits/default.json", "records/splits/default/part.csv"]


def test_a_given_split_is_taken_over_and_checked(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 4 + [("dent", "", ())]).write()
    (tmp_path / "theirs.csv").write_text(
        "image,split\nf0.jpg,test\nf1.jpg,train\nf2.jpg,train\nf3.jpg,test\nf4,test\nf9,test\nf8,holdout\n"
    )
    text = (tmp_path / "curate.toml").read_text()
    line = next(line for line in text.splitlines() if line.startswith("split = "))
    (tmp_path / "curate.toml").write_text(text.replace(line, 'split = { policy = "given", file = "theirs.csv" }'))
    report = split(tmp_path)
    rows = read_table(tiny.workspace.split("default", "part"), SplitRow)
    assert [row.side for row in rows] == ["test", "train", "train", "test", "test"]
    assert [(finding.code, finding.related) for finding in report.findings] == [
        ("CUR558", ("f9",)),
        ("CUR561", ("f8",)),
        ("CUR750", ("main/f0.jpg",)),
    ]


def test_series_that_are_divided_each_are_checked_inside_only(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 4 + [("dent", "", ())]).write()
    late = [capture(f"late/f{n}.jpg", label="good", shot_at=f"2024-05-02T10:0{n}:00") for n in range(4)]
    write_table(tiny.workspace.captures_record("part", "late"), late, Capture)
    assert "CUR750" not in {finding.code for finding in split(tmp_path, dry_run=True).findings}
    config = tmp_path / "curate.toml"
    config.write_text(config.read_text().replace("train = 0.5 }", 'train = 0.5, each = "series" }', 1))
    report = split(tmp_path)
    assert [row.side for row in report.rows] == ["train"] * 2 + ["test"] * 3 + ["train"] * 2 + ["test"] * 2
    assert [finding.code for finding in report.findings] == []


def test_the_supervision_level_is_recorded(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("dent", "", ()), ("dent", "", ()), ("good", "", ()), ("good", "", ())]).write()
    text = (tmp_path / "curate.toml").read_text()
    (tmp_path / "curate.toml").write_text(text.replace("train = 0.5 }", "train = 0.5, supervised = true }", 1))
    assert split(tmp_path).supervision == "weak"
    shape = Rectangle(8, 8, 4, 4)
    drawn = [Annotation(f"main/f{i}.jpg", 16, 16, regions=(Region("r", "dent", (shape,)),)) for i in range(2)]
    write_annotations(tiny.workspace.annotations("part"), drawn[:1])
    assert split(tmp_path).supervision == "mixed"
    write_annotations(tiny.workspace.annotations("part"), drawn)
    assert split(tmp_path).supervision == "strong"
    assert (
        json.loads(tiny.workspace.split_policy("default").read_text())["categories"]["part"]["supervision"] == "strong"
    )


def test_an_impossible_split_is_named(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    config = tmp_path / "curate.toml"
    config.write_text(config.read_text() + '\n[categories.part.splits.parts]\npolicy = "grouped"\nby = "specimen"\n')
    workspace, _, (category,) = open_workspace(tmp_path)
    reports = make_splits(workspace, category)
    assert [report.name for report in reports] == ["default"]
    (finding,) = (finding for finding in reports[0].findings if finding.code == "CUR563")
    assert finding.severity == "error"
    assert "split parts of part cannot be made: no frame has a specimen" in finding.message
    assert workspace.split("default", "part").is_file()


def test_a_given_split_that_cannot_be_read_is_named_with_its_file(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    (tmp_path / "theirs.csv").write_text("a,b\n1,2\n")
    config = tmp_path / "curate.toml"
    line = next(line for line in config.read_text().splitlines() if line.startswith("split = "))
    config.write_text(config.read_text().replace(line, 'split = { policy = "given", file = "theirs.csv" }'))
    with pytest.raises(InputError, match="split default of part: has the columns a, b") as caught:
        split(tmp_path)
    assert str(caught.value.path).endswith("theirs.csv")
    assert caught.value.hint


def test_only_sides_with_frames_are_counted() -> None:
    rows = tuple(SplitRow(f"main/{side}", "good", side, "") for side in ("val", "train", ""))
    report = SplitReport("part", "default", rows, {}, "none", (), ())
    assert report.counts == {"train": {"good": 1}, "val": {"good": 1}}
    assert report.record()["left_out"] == 1
    assert report.record()["shares"] == {"train": 0.5, "val": 0.5}
    assert SplitReport("part", "default", rows[:1], {}, "none", (), ()).counts == {"val": {"good": 1}}
    assert report.to_json()["findings"] == []


def test_folds_and_groups_overlap_in_time_and_only_that_is_said_more_softly(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 4 + [("dent", "", ())]).write()
    late = [capture(f"late/f{n}.jpg", label="good", specimen=f"p{n % 2}") for n in range(4)]  # without any time
    write_table(tiny.workspace.captures_record("part", "late"), late, Capture)
    before = (tmp_path / "curate.toml").read_text()
    for policy in ('policy = "k-fold", folds = 2, seed = 3', 'policy = "chronological", train = 2, by = "specimen"'):
        line = next(line for line in before.splitlines() if line.startswith("split = "))
        (tmp_path / "curate.toml").write_text(before.replace(line, f"split = {{ {policy} }}"))
        told = {finding.code: finding.severity for finding in split(tmp_path).findings}
        assert (told["CUR750"], told["CUR751"]) == ("info", "warning")
