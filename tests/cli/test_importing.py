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


def test_a_category_that_the_configuration_does_not_name(curate: Curate, root: Path, source: Path) -> None:
    (root / "curate.toml").write_text("[categories.pipe_clip]\n[categories.screw]\n", encoding="utf-8")
    result = curate("import", source, "-c", "pipe_clp", "-C", root)
    assert result.code == 0
    assert "warning CUR726 curate.toml: curate.toml names pipe_clip, screw, not pipe_clp; did you mean" in result.err
    assert "-c pipe_clip" in result.err
    assert "CUR726" in curate("import", source, "-c", "pipe_clp", "-C", root).err  # also when nothing is new
    assert "CUR726" not in curate("import", source, "-c", "screw", "-C", root).err


def test_masks_among_the_frames_are_named_and_can_be_passed_over(curate: Curate, root: Path, source: Path) -> None:
    (source / "ground_truth").mkdir()
    (source / "ground_truth" / "a.png").write_bytes((source / "a.jpg").read_bytes())
    (source / "b_mask.jpg").write_bytes(encoded(9))
    arguments = ("import", source, "-c", "clip", "-C", root)
    result = curate(*arguments, "--dry-run")
    assert "CUR727" in result.err
    assert "2 of 4 files look like masks, not frames: *_mask.jpg 1, ground_truth 1" in result.err
    assert "--exclude '*_mask.jpg' --exclude ground_truth" in result.err
    result = curate(*arguments, "--exclude", "*_mask.jpg", "--exclude", "ground_truth")
    assert "clip: added 2 frames" in result.out
    assert "passed over: 2 excluded" in result.out
    assert "CUR727" not in result.err


def test_frames_that_are_all_called_masks_are_a_product(curate: Curate, root: Path, tmp_path: Path) -> None:
    shot(tmp_path / "line" / "masks" / "1.jpg", 1, "2022:08:11 10:00:00")
    assert curate("import", tmp_path / "line", "-c", "clip", "-C", root).err == ""


def test_passed_over_files_are_named(curate: Curate, root: Path, source: Path) -> None:
    for number in range(7):
        (source / f"note{number}.txt").touch()
    result = curate("import", source, "-c", "clip", "-C", root, "--dry-run")
    assert result.out.endswith(
        "passed over: 7 other\n"
        + "".join(f"    note{n}.txt\n" for n in range(5))
        + "    … and 2 more (-v names up to 100)\n"
    )
    result = curate("import", source, "-c", "clip", "-C", root, "--dry-run", "-v")
    assert "    note6.txt\n" in result.out
    assert "more (-v" not in result.out


def test_one_repeated_file_is_singular(curate: Curate, root: Path, source: Path) -> None:
    (source / "c.jpg").write_bytes((source / "a.jpg").read_bytes())
    assert "1 file repeats the content of another:" in curate("import", source, "-c", "clip", "-C", root).out
