from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Curate


def test_status_lists_stages_and_the_next_command(tmp_path: Path, curate: Curate) -> None:
    curate("init", tmp_path, "-c", "part")
    result = curate("status", "-C", tmp_path)
    assert result.code == 0
    assert result.out.splitlines()[0] == "part  import    not run"
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


def test_status_of_a_category_that_is_nowhere(tmp_path: Path, curate: Curate) -> None:
    curate("init", tmp_path, "-c", "part")
    result = curate("status", "-C", tmp_path, "-c", "prat")
    assert result.code == 2
    assert "no frames were imported for prat, and curate.toml does not name it; there is part" in result.err


def test_status_goes_on_where_records_are_broken(tmp_path: Path, curate: Curate) -> None:
    curate("init", tmp_path, "-c", "part")
    for name in ("stamps/crop/part.json", "captures/part/main.csv"):
        (tmp_path / "records" / name).parent.mkdir(parents=True)
        (tmp_path / "records" / name).write_text("?", encoding="utf-8")
    result = curate("status", "-C", tmp_path)
    assert result.code == 0
    assert "part  crop      stale: its stamp records/stamps/crop/part.json cannot be read" in result.out


def test_a_category_whose_records_are_gone_was_not_imported(tmp_path: Path, curate: Curate) -> None:
    curate("init", tmp_path, "-c", "part")
    (tmp_path / "records/captures/part").mkdir(parents=True)
    result = curate("export", "-C", tmp_path)
    assert result.code == 2
    assert "no frames were imported" in result.err
