"""Every code of validation has a case on disk that fires it and one that does not; see tests/cases/README.md."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from curate.model.codes import ALL_CODES
from curate.validate.run import validate_dataset

CASES = Path(__file__).parents[1] / "cases"
INSTRUCTIONS = {"removed.txt", "folders.txt", "also.txt", "alone.txt"}
CODES = sorted(path.name for path in CASES.iterdir() if path.name.startswith("CUR"))


def build(case: Path, root: Path) -> None:
    """Lay a case over a copy of the dataset that has nothing wrong."""
    if (case / "alone.txt").is_file():
        root.mkdir()
    else:
        shutil.copytree(CASES / "ok", root)
    for path in sorted(case.rglob("*")):
        target = root / path.relative_to(case)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        elif path.name not in INSTRUCTIONS:
            shutil.copyfile(path, target)
    for name in lines(case / "removed.txt"):
        (root / name).unlink()
        if not any((root / name).parent.iterdir()):
            (root / name).parent.rmdir()
    for name in lines(case / "folders.txt"):
        (root / name).mkdir(parents=True)


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split() if path.is_file() else []


def codes_found(code: str, kind: str, root: Path) -> set[str]:
    build(CASES / code / kind, root)
    return {
        finding.code
        for finding in validate_dataset(root).findings
        if finding.severity != "info" or finding.code == code
    }


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert validate_dataset(CASES / "ok").findings == ()


@pytest.mark.parametrize("code", CODES)
def test_the_case_fires_its_code_and_no_other(code: str, tmp_path: Path) -> None:
    assert codes_found(code, "fires", tmp_path / "data") == {code, *lines(CASES / code / "also.txt")}


@pytest.mark.parametrize("code", CODES)
def test_the_silent_case_does_not_fire_it(code: str, tmp_path: Path) -> None:
    assert code not in codes_found(code, "silent", tmp_path / "data")


def test_every_code_of_a_dataset_has_its_cases() -> None:
    readers = set(range(190, 200))  # what reading foreign layouts has to decide is tested with the readers
    readers |= {210}  # no folder holds a file that cannot be read: tests/reliability
    numbers = {int(entry.code[3:]) for entry in ALL_CODES} - readers
    assert set(CODES) == {f"CUR{number}" for number in numbers if number < 450 or number == 750}
