from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.conftest import Curate
from tests.importing.frames import shot


@pytest.fixture
def root(tmp_path: Path, curate: Curate) -> Path:
    shot(tmp_path / "camera" / "good" / "a.jpg", 1, "2022:08:11 23:59:59")
    shot(tmp_path / "camera" / "good" / "b.jpg", 2, "2022:08:12 00:00:00")
    shot(tmp_path / "camera" / "dent" / "c.jpg", 3, "2022:08:12 10:00:00")
    curate("init", tmp_path / "work", "-q")
    root = tmp_path / "work"
    assert curate("import", tmp_path / "camera", "-c", "clip", "-C", root, "--label-from-folder").code == 0
    return root


def listed(curate: Curate, root: Path, *arguments: str) -> list[str]:
    document = json.loads(curate("frames", "-C", root, "--json", *arguments).out)
    return [entry["frame"] for entry in document["frames"]]


def test_filters(curate: Curate, root: Path) -> None:
    a, b, c = "main/good/a.jpg", "main/good/b.jpg", "main/dent/c.jpg"
    assert listed(curate, root) == [a, b, c]
    assert listed(curate, root, "--label", "good") == [a, b]
    assert listed(curate, root, "--label", "good", "--label", "dent") == [a, b, c]
    assert listed(curate, root, "--since", "2022-08-12") == [b, c]
    assert listed(curate, root, "--until", "2022-08-12T10:00") == [a, b]
    assert listed(curate, root, "--series", "other") == []
    curate("screen", "-C", root, "--reject", "b.jpg")
    assert listed(curate, root, "--rejected") == [b]
    assert listed(curate, root, "--kept") == [a, c]


def test_table_csv_and_days(curate: Curate, root: Path) -> None:
    table = curate("frames", "-C", root)
    assert table.out.splitlines()[1].split() == ["clip", "main/good/a.jpg", "2022-08-11T23:59:59", "good"]
    assert table.err == "3 frames\n"
    rows = list(csv.DictReader(io.StringIO(curate("frames", "-C", root, "--csv").out)))
    assert [row["label"] for row in rows] == ["good", "good", "dent"]
    days = curate("frames", "-C", root, "--days").out.splitlines()
    assert days[0].split() == ["2022-08-11", "1", "#" * 20, "good", "1"]
    assert days[1].split() == ["2022-08-12", "2", "#" * 40, "dent", "1,", "good", "1"]


def test_quiet_says_no_count(curate: Curate, root: Path) -> None:
    assert curate("frames", "-C", root).err == "3 frames\n"
    quiet = curate("frames", "-C", root, "-q")
    assert (quiet.err, len(quiet.out.splitlines())) == ("", 4)


def test_a_senseless_time_gives_exit_2(curate: Curate, root: Path) -> None:
    result = curate("frames", "-C", root, "--since", "yesterday")
    assert result.code == 2
    assert "'yesterday' is no date or time" in result.err
