from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from curate.disk import atomic
from curate.errors import StorageError


def test_an_error_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.txt"
    atomic.write_text(target, "old")

    def full_disk(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StorageError, match="No space left on device") as caught:
        atomic.write_text(target, "new")
    assert "free some space" in caught.value.hint
    assert target.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_place_file_copies_by_default_and_links_on_request(tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(b"pixels")
    assert atomic.place_file(source, tmp_path / "deep" / "copy.bin") in {"copy", "reflink"}
    assert not (tmp_path / "deep" / "copy.bin").samefile(source)
    assert atomic.place_file(source, tmp_path / "link.bin", link=True) == "link"
    assert (tmp_path / "link.bin").samefile(source)


def test_placing_a_link_again_leaves_no_temporary(tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(b"pixels")
    for _ in range(2):
        atomic.place_file(source, tmp_path / "link.bin", link=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.bin", "source.bin"]


def test_names_of_255_bytes_can_be_written(tmp_path: Path) -> None:
    name = "é" * 125 + ".json"
    assert len(name.encode()) == 255
    atomic.write_json(tmp_path / name, {"ü": 1})
    assert json.loads((tmp_path / name).read_text(encoding="utf-8")) == {"ü": 1}


def test_leftovers_are_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".curate-0123456789ab.tmp").write_bytes(b"half")
    (tmp_path / "sub" / "whole.png").write_bytes(b"whole")
    assert atomic.sweep_temporaries(tmp_path) == 1
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["whole.png"]


def test_nan_is_refused_in_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        atomic.write_json(tmp_path / "x.json", {"value": float("nan")})
    assert list(tmp_path.iterdir()) == []
