"""../shared/cases/reliability/yaml-bomb: a document of 500 bytes that stands for 9^9 names."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from tests.crop.workspaces import png, texture
from tests.fuzz.alone import run_alone

NAMES = "abcdefghij"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in pairwise(NAMES)
)


@pytest.mark.parametrize("folder", ["drawn", "reliability/yaml-bomb"])
def test_a_yaml_bomb_is_refused_by_whatever_reads_it(
    tmp_path: Path, request: pytest.FixtureRequest, folder: str
) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    files = {"data.yaml": f"{BOMB}names: *j\n".encode(), "f000.txt": b"0 0.5 0.5 0.2 0.2\n"}
    if folder != "drawn":
        given: Path = request.getfixturevalue("shared") / "cases" / folder
        files = {path.name: path.read_bytes() for path in given.iterdir()}
    for name, content in files.items():
        (labels / name).write_bytes(content)
    (labels / "f000.png").write_bytes(png(texture(40, 30, 1)))
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames/f000.png").write_bytes(png(texture(40, 30, 1)))
    (tmp_path / "w").mkdir()
    (tmp_path / "w/curate.toml").write_text("[categories.part.defects.x]\nsaturation = 0.5\n", encoding="utf-8")
    assert run_alone(tmp_path, ["import", "frames", "-c", "part", "-C", "w", "--order", "name", "-q"]).code == 0
    for arguments in (["label", "import", "labels", "-c", "part", "-C", "w", "--json"], ["validate", "labels"]):
        outcome = run_alone(tmp_path, arguments)
        assert outcome.code in {1, 2}, outcome.shown
        assert outcome.most_mb < 500
        assert outcome.cpu_s < 20
        if arguments[0] == "label" and outcome.shown.startswith("{"):
            assert json.loads(outcome.shown)["regions"] == 0
