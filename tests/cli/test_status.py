from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Curate


def test_status_lists_stages_and_the_next_command(tmp_path: Path, curate: Curate) -> None:
    curate("init", tmp_path, "-c", "part")
    result = curate("status", "-C", tmp_path)
    assert result.code == 0
    assert result.out.splitlines()[0] == "part  import  not run"
    assert result.out.splitlines()[-1] == "next: curate import FOLDER -c part"


def test_status_as_json(tmp_path: Path, curate: Curate) -> None:
    curate("init", tmp_path, "-c", "part")
    document = json.loads(curate("status", "-C", tmp_path, "--json").out)
    assert document["categories"]["part"]["crop"] == {
        "state": "not run",
        "reasons": [],
        "command": "curate crop -c part",
    }
    assert document["next"] == ["curate import FOLDER -c part"]


def test_status_outside_a_workspace_exits_2(tmp_path: Path, curate: Curate) -> None:
    assert curate("status", "-C", tmp_path).code == 2
