from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Curate
from tests.workspaces import TinyWorkspace

FRAMES: list[tuple[str, str, tuple[str, ...]]] = [
    ("good", "train", ()),
    ("good", "test", ()),
    ("scratch", "test", ("scratch",)),
]


def test_export_writes_the_default_folder(tmp_path: Path, curate: Curate) -> None:
    TinyWorkspace(tmp_path, FRAMES).write()
    result = curate("export", "-C", tmp_path)
    assert result.code == 0
    assert result.out == "part: train 1 good; test 1 good, 1 scratch; 1 regions\n"
    assert (tmp_path / "build/autovi/part/dataset.json").is_file()


def test_export_to_a_destination_and_as_json(tmp_path: Path, curate: Curate) -> None:
    TinyWorkspace(tmp_path / "line", FRAMES).write()
    result = curate("export", "-C", tmp_path / "line", tmp_path / "out", "--json")
    document = json.loads(result.out)
    assert document["categories"]["part"]["statistics"]["images"]["train"] == {"good": 1}
    assert (tmp_path / "out/part/ground_truth/scratch/0000/0000.png").is_file()


def test_a_dry_run_writes_nothing(tmp_path: Path, curate: Curate) -> None:
    TinyWorkspace(tmp_path, FRAMES).write()
    assert curate("export", "-C", tmp_path, "--dry-run").code == 0
    assert not (tmp_path / "build").exists()


def test_an_image_left_out_exits_1(tmp_path: Path, curate: Curate) -> None:
    TinyWorkspace(tmp_path, [*FRAMES, ("scratch", "test", ())]).write()
    result = curate("export", "-C", tmp_path)
    assert result.code == 1
    assert "error CUR555" in result.err


def test_an_unknown_layout_exits_2(tmp_path: Path, curate: Curate) -> None:
    assert curate("export", "-C", tmp_path, "--layout", "nonsense").code == 2
