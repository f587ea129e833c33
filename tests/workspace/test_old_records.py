"""Workspaces of an older curate, whose records lack the columns that were added since."""

from __future__ import annotations

import csv
from pathlib import Path

from curate.disk.tables import read_table
from curate.export.run import export_dataset
from curate.importing.frames import list_frames
from curate.model.capture import Capture, Window
from curate.screen.run import screen_frames
from curate.split.run import make_split
from curate.status.run import workspace_status
from curate.workspace.config import read_config
from curate.workspace.pipeline import stamp_stage
from curate.workspace.screening import read_screening
from curate.workspace.workspace import Workspace, open_workspace
from tests.workspaces import TinyWorkspace

ADDED = {
    "captures": ("counter", "ordered_by", "pixels_sha256"),
    "windows": ("rotation_deg", "refined", "agreement", "template", "found_with", "cut_with", "decided_by"),
    "screening": ("remark",),
}


def make_old(root: Path) -> None:
    """Take the columns away that were added since."""
    for kind, names in ADDED.items():
        for path in sorted((root / "records" / kind).rglob("*.csv")):
            with path.open(newline="", encoding="utf-8") as stream:
                header, *rows = csv.reader(stream)
            kept = [place for place, name in enumerate(header) if name not in names]
            assert len(kept) == len(header) - len(names), path
            lines = [",".join(row[place] for place in kept) for row in (header, *rows)]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_every_stage_reads_them_and_writes_todays(tmp_path: Path) -> None:
    tiny = TinyWorkspace(tmp_path, [("good", "", ())] * 6).write()
    workspace, config, (category,) = open_workspace(tmp_path)
    screen_frames(workspace, category, reject=["f1.jpg"])
    for stage in ("import", "crop", "label", "mask"):
        stamp_stage(workspace, stage, category, [])
    workspace.decisions("part").unlink()  # nor did decisions have a record
    make_old(tmp_path)
    stale = {stage.stage for stage in workspace_status(workspace, read_config(workspace.config_path)).stages
             if stage.state == "stale"}  # fmt: skip
    assert stale == {"crop", "screen", "mask", "split"}  # the split was never stamped
    assert {row.pixels_sha256 for row in read_table(workspace.captures_record("part", "main"), Capture)} == {""}
    assert {row.decided_by for row in read_table(workspace.windows_record("default", "part", "main"), Window)} == {""}
    assert [line.rejected for line in list_frames(workspace, ["part"])] == ["", "by hand", "", "", "", ""]
    screen_frames(workspace, category)
    (rejected,) = [row for row in read_screening(workspace, "part") if row.decision == "reject"]
    assert (rejected.frame, rejected.decided_by) == ("main/f1.jpg", "person")
    assert "remark" in workspace.screening_record("part", "main").read_text()
    assert make_split(workspace, category).counts["train"] == {"good": 2}
    assert export_dataset(workspace, config, [category]).statistics["part"]["images"]["test"] == {"good": 3}
    assert tiny.workspace == Workspace(tmp_path)
