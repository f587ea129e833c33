"""A class that disappears between its labels and the benchmark is named, wherever it is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from curate.disk.tables import read_table, write_table
from curate.export.options import ExportOptions
from curate.export.run import export_dataset
from curate.model.capture import Window
from curate.model.finding import Finding
from curate.split.run import make_splits
from curate.validate.run import validate_workspace
from curate.workspace.workspace import open_workspace
from tests.workspaces import TinyWorkspace

GOOD = [("good", "train", ()), ("good", "train", ()), ("good", "test", ()), ("good", "test", ())]


def lost(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{finding.severity}: {finding.message}" for finding in findings if finding.code == "CUR562"]


def test_a_class_of_which_every_window_is_rejected(tmp_path: Path) -> None:
    # 2 frames show scratch and 1 missing; no window of scratch is accepted.
    shown = [("scratch", "test", ("scratch",)), ("missing", "test", ("missing",)), ("scratch", "test", ("scratch",))]
    TinyWorkspace(tmp_path, [*GOOD, *shown], status={4: "rejected", 6: "review"}).write()
    workspace, config, categories = open_workspace(tmp_path)
    (report,) = make_splits(workspace, categories[0])
    assert lost(report.findings) == []  # its frames are on a side
    exported = export_dataset(workspace, config, categories, options=ExportOptions())
    assert lost(exported.findings) == [
        "error: scratch is labelled on 2 frames and on none in the export of the split default"
    ]
    checked = validate_workspace(workspace, config)
    assert lost(checked.findings) == ["error: scratch is labelled on 2 frames and on none in build/autovi"]


def test_a_class_that_is_on_no_side_of_the_split(tmp_path: Path) -> None:
    shown = [("scratch", "", ("scratch",)), ("missing", "test", ("missing",))]
    TinyWorkspace(tmp_path, [*GOOD[:2], *shown, *GOOD[2:]]).write()
    (tmp_path / "theirs.csv").write_text(
        "image,split\nf0.jpg,train\nf1.jpg,train\nf3.jpg,test\nf4.jpg,test\nf5.jpg,test\n"
    )
    config = tmp_path / "curate.toml"
    line = next(line for line in config.read_text().splitlines() if line.startswith("split = "))
    config.write_text(config.read_text().replace(line, 'split = { policy = "given", file = "theirs.csv" }'))
    workspace, _, (category,) = open_workspace(tmp_path)
    (report,) = make_splits(workspace, category)
    (message,) = lost(report.findings)
    assert message == (
        "error: scratch is labelled on 1 frame and on none in the split default: not in the given split (1)"
    )


def test_several_defects_in_one_frame_are_not_lost(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [*GOOD, ("multiple", "test", ("scratch", "missing"))]).write()
    workspace, config, categories = open_workspace(tmp_path)
    (report,) = make_splits(workspace, categories[0])
    exported = export_dataset(workspace, config, categories, options=ExportOptions())
    assert lost((*report.findings, *exported.findings, *validate_workspace(workspace, config).findings)) == []


def test_tiles_are_counted_beside_frames(tmp_path: Path) -> None:
    TinyWorkspace(tmp_path, [*GOOD, ("scratch", "test", ("scratch",))]).write()
    config = tmp_path / "curate.toml"
    line = next(line for line in config.read_text().splitlines() if line.startswith("window = "))
    config.write_text(config.read_text().replace(line, 'window = { mode = "tile", size = [8, 8] }'))
    workspace, _, (category,) = open_workspace(tmp_path)
    record = workspace.windows_record("default", "part", "main")
    whole = read_table(record, Window)
    tiles = [
        replace(window, image=f"{window.image[:-4]}-{place}.png", status="rejected" if place == 3 else "accepted")
        for window in whole
        for place in range(4)
    ]
    write_table(record, tiles, Window)
    (report,) = make_splits(workspace, category)
    assert report.counts == {"train": {"good": 2}, "test": {"good": 2, "scratch": 1}}
    assert report.tiles == {"train": 6, "test": 9}  # 3 of the 4 tiles of a frame are accepted
    assert report.to_json()["tiles"] == {"train": 6, "test": 9}
