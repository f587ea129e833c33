from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from curate.imaging.images import read_file
from curate.validate import run
from curate.validate.report import ValidationReport
from curate.validate.run import validate_dataset

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(CASES / "ok", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose content was read."""
    names: list[str] = []

    def counted(path: Path) -> bytes:
        names.append(path.name)
        return read_file(path)

    monkeypatch.setattr(run, "read_file", counted)
    return names


def validate(data: Path) -> ValidationReport:
    return validate_dataset(data, cache=data.parent / "cache")


def test_a_second_run_reads_no_picture_and_finds_the_same(data: Path, reads: list[str]) -> None:
    shutil.copyfile(data / "part/train/good/0001.png", data / "part/test/good/0001.png")
    first = validate(data)
    assert [finding.code for finding in first.findings] == ["CUR301"]
    reads.clear()
    assert validate(data) == first
    assert reads == []


def test_only_what_changed_is_read_again(data: Path, reads: list[str]) -> None:
    validate(data)
    reads.clear()
    path = data / "part/test/good/0002.png"
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(bytes(content))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # size and modification time as before
    assert [finding.code for finding in validate(data).findings] == ["CUR201"]
    assert reads == ["0002.png"]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04"])
def test_a_broken_cache_is_an_empty_one(data: Path, content: bytes) -> None:
    first = validate(data)
    (cache,) = (data.parent / "cache/facts").iterdir()
    cache.write_bytes(content)
    assert validate(data) == first


def test_without_a_cache_nothing_is_written(data: Path) -> None:
    validate_dataset(data)
    assert [path.name for path in data.parent.iterdir()] == ["data"]


def test_a_cache_that_cannot_be_written_is_no_failure(data: Path) -> None:
    (data.parent / "cache").write_text("a file where a folder is needed")
    assert validate(data).findings == ()
