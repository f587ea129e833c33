from __future__ import annotations

import json
from pathlib import Path

import pytest

from curate.cli.convert import WRITTEN
from curate.disk.destination import LOCK_NAME
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


def test_export_says_first_what_is_lost(tmp_path: Path, curate: Curate) -> None:
    TinyWorkspace(tmp_path, [*FRAMES, ("scratch", "test", ("scratch", "scratch"))]).write()
    result = curate("export", "-C", tmp_path, "--layout", "mvtec-ad", "--dry-run")
    assert [line.split() for line in result.err.splitlines()[:4]] == [
        ["mvtec-ad", "cannot", "hold", "everything"],
        ["aspect", "images", "with", "it", "kept"],
        ["regions", "1", "one", "an", "image"],
        ["defects", "2", "the", "folder's"],
    ]
    assert curate("export", "-C", tmp_path, "--layout", "mvtec-ad", "-q").err == ""
    assert "aspect" not in curate("export", "-C", tmp_path).err


@pytest.mark.parametrize("layout", WRITTEN)
def test_export_and_convert_say_the_same_is_lost(tmp_path: Path, curate: Curate, layout: str) -> None:
    TinyWorkspace(tmp_path, [*FRAMES, ("scratch", "test", ("scratch", "missing"))]).write()
    assert curate("export", "-C", tmp_path).code == 0
    exported = curate("export", "-C", tmp_path, "--layout", layout, "--dry-run", "--json")
    converted = curate("convert", tmp_path / "build/autovi", tmp_path / "x", "--to", layout, "--dry-run", "--json")
    assert exported.code == converted.code == 0
    assert json.loads(exported.out)["losses"] == json.loads(converted.out)["losses"]
    assert len(json.loads(exported.out)["losses"]) == 6


def test_the_card_is_written_before_another_command_may_write(
    tmp_path: Path, curate: Curate, monkeypatch: pytest.MonkeyPatch
) -> None:
    from curate.card import run

    held: list[bool] = []
    monkeypatch.setattr(run, "publish_card", lambda root, **_: held.append((root / LOCK_NAME).exists()))
    TinyWorkspace(tmp_path / "line", FRAMES).write()
    assert curate("export", "-C", tmp_path / "line", tmp_path / "out").code == 0
    assert held == [True]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["part"]
