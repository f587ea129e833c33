from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Curate
from tests.workspaces import TinyWorkspace


def test_split_says_what_is_where(tmp_path: Path, curate: Curate) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 4 + [("dent", "", ())]).write()
    result = curate("split", "-C", tmp_path, "--explain")
    assert result.code == 0
    assert result.out.startswith("part: train 2 good; test 1 dent, 2 good\n")
    assert "from main/f0.jpg (2024-05-01T10:00:00)" in result.out
    assert "next: curate export" in result.err


def test_split_as_json(tmp_path: Path, curate: Curate) -> None:
    TinyWorkspace(tmp_path, [("good", "", ())] * 4).write()
    document = json.loads(curate("split", "-C", tmp_path, "--json").out)
    assert document["categories"][0]["counts"] == {"train": {"good": 2}, "test": {"good": 2}}


def test_split_exits_1_when_nothing_is_left_to_train_on(tmp_path: Path, curate: Curate) -> None:
    TinyWorkspace(tmp_path, [("dent", "", ())]).write()
    result = curate("split", "-C", tmp_path)
    assert result.code == 1
    assert "CUR552" in result.err
    assert "curate export" not in result.err


def test_split_outside_a_workspace_exits_2(tmp_path: Path, curate: Curate) -> None:
    assert curate("split", "-C", tmp_path).code == 2
