from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Curate
from tests.importing.frames import encoded, shot


@pytest.fixture
def source(tmp_path: Path) -> Path:
    shot(tmp_path / "camera" / "b.jpg", 1, "2022:08:11 10:00:00")
    shot(tmp_path / "camera" / "a.jpg", 2, "2022:08:11 10:00:01")
    return tmp_path / "camera"


@pytest.fixture
def root(tmp_path: Path, curate: Curate) -> Path:
    assert curate("init", tmp_path / "work", "-q").code == 0
    return tmp_path / "work"


def test_it_says_which_evidence_was_used(curate: Curate, root: Path, source: Path) -> None:
    result = curate("import", source, "-c", "clip", "-C", root)
    assert result.code == 0
    assert "clip: added 2 frames" in result.out
    assert "ordered by exif: by EXIF DateTimeOriginal, which all 2 frames have" in result.out
    assert (root / "captures" / "clip" / "main" / "a.jpg").is_file()
    assert curate("import", source, "-c", "clip", "-C", root).out == "clip: added 0 frames, 2 known already\n"


def test_a_broken_file_gives_exit_1_and_the_good_ones_are_in(curate: Curate, root: Path, source: Path) -> None:
    whole = encoded(5)
    (source / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    result = curate("import", source, "-c", "clip", "-C", root)
    assert result.code == 1
    assert "added 2 frames, 1 refused" in result.out
    assert "error CUR201 cut.jpg: is cut short" in result.err


def test_json(curate: Curate, root: Path, source: Path) -> None:
    result = curate("import", source, "-c", "clip", "-C", root, "--series", "early", "--label", "good", "--json")
    document = json.loads(result.out)
    assert document["added"] == ["early/b.jpg", "early/a.jpg"]
    assert document["series"][0]["ordered_by"] == "exif"
    assert document["counts"] == {"error": 0, "warning": 0, "info": 0}


@pytest.mark.parametrize("missing", ["nowhere", "empty"])
def test_wrong_path_and_empty_folder_give_exit_2(curate: Curate, root: Path, tmp_path: Path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    result = curate("import", tmp_path / missing, "-c", "clip", "-C", root)
    assert result.code == 2
    assert str(tmp_path / missing) in result.err
    assert "next:" in result.err
    assert not list((root / "captures").iterdir())


def test_outside_a_workspace(curate: Curate, tmp_path: Path, source: Path) -> None:
    result = curate("import", source, "-c", "clip", "-C", tmp_path)
    assert result.code == 2
    assert "curate init" in result.err


def test_the_choices_of_order_are_those_of_the_library() -> None:
    from curate.cli.importing import _POLICIES
    from curate.importing.order import POLICIES

    assert sorted(_POLICIES) == sorted(POLICIES)


@pytest.mark.parametrize(
    ("flag", "value", "words"),
    [("--series-gap", "8 parsecs", "no duration"), ("--columns", "file", "WHAT=COLUMN"), ("--order", "luck", "luck")],
)
def test_senseless_options_give_exit_2(
    curate: Curate, root: Path, source: Path, flag: str, value: str, words: str
) -> None:
    result = curate("import", source, "-c", "clip", "-C", root, flag, value)
    assert result.code == 2
    assert words in result.err


def test_series_gap_and_columns(curate: Curate, root: Path, source: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("bild,teil\na.jpg,7\nb.jpg,8\n")
    arguments = ["--series-gap", "8h", "--manifest", tmp_path / "m.csv", "--columns", "file=bild, specimen=teil"]
    assert curate("import", source, "-c", "clip", "-C", root, *arguments).code == 0
    record = (root / "records" / "captures" / "clip" / "2022-08-11T10-00-00.csv").read_text()
    assert [line.split(",")[5] for line in record.splitlines()] == ["specimen", "8", "7"]
