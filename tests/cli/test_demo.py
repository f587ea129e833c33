from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Curate


def test_demo_ends_with_a_table_and_paths_to_look_at(curate: Curate, tmp_path: Path) -> None:
    done = curate("demo", tmp_path / "demo", "--frames", "30", "-j", "2")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].split()[:3] == ["category", "sPRO@0.01", "sPRO@0.05"]
    assert [line.split()[0] for line in lines[2:5]] == ["bracket_clip", "cover_screw", "mean"]
    assert f"bracket_clip: windows          {tmp_path / 'demo' / 'sheets' / 'bracket_clip-windows.png'}" in lines
    assert "import bracket_clip  30 new, 0 known" in done.err
    assert "curate status -C" in done.err

    again = curate("demo", tmp_path / "demo", "--frames", "30", "--json", "-q")
    assert again.code == 0
    document = json.loads(again.out)
    assert document["result"]["schema"] == "curate/result/1"
    assert document["steps"]["import bracket_clip"].startswith("0 new, 30 known")
    assert document["paths"]["the dataset"] == "build/autovi"
    assert again.err == ""

    # The demo's folder is a workspace like any other, in which nobody has looked at what was set aside.
    status = curate("status", "-C", tmp_path / "demo")
    assert status.code == 0
    stages = [line.split() for line in status.out.splitlines() if line.startswith(("bracket_clip", "cover_screw"))]
    assert {words[1] for words in stages} >= {"import", "crop", "label", "screen", "mask", "split", "export"}
    assert {words[2] for words in stages if words[1] not in {"review", "validate"}} == {"done"}


def test_demo_refuses_a_folder_with_something_in_it(curate: Curate, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    done = curate("demo", tmp_path)
    assert done.code == 2
    assert done.out == ""
    assert "is not empty, and was not made by `curate demo`" in done.err
    assert "next: give the path of a new folder" in done.err


def test_demo_needs_enough_frames(curate: Curate, tmp_path: Path) -> None:
    done = curate("demo", tmp_path / "demo", "--frames", "3")
    assert done.code == 2
    assert "--frames" in done.err
    assert not (tmp_path / "demo").exists()
