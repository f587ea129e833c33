from __future__ import annotations

import errno
import json
import os
import re
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from curate.disk import atomic
from curate.errors import InputError, StorageError


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


def _kinds(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_device_is_written_to_and_stays_a_device(tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        device.open("wb").close()
    except OSError:
        pytest.skip("devices can be made and opened only with special rights")
    for durable in (False, True):
        atomic.write_bytes(device, b"x", durable=durable)
    assert stat.S_ISCHR(device.stat().st_mode)
    assert _kinds(tmp_path) == ["null"]


def test_the_null_device_is_not_replaced() -> None:
    before = Path(os.devnull).stat()
    # Somebody without rights could not replace it either way; no name is made beside it for anybody.
    atomic.write_text(Path(os.devnull), "x")
    assert os.path.samestat(before, Path(os.devnull).stat())


def test_a_named_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = bytes(range(256)) * 1024  # more than a pipe holds
    with ThreadPoolExecutor(1) as threads:
        reader = threads.submit(pipe.read_bytes)
        atomic.write_bytes(pipe, content, durable=True)
        assert reader.result(30) == content
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert _kinds(tmp_path) == ["pipe"]


def test_what_a_process_has_open_is_written_to(tmp_path: Path) -> None:
    with (tmp_path / "log").open("ab", buffering=0) as stream:
        stream.write(b"before ")
        atomic.write_bytes(Path(f"/dev/fd/{stream.fileno()}"), b"after", durable=True)
        assert os.path.samestat(os.fstat(stream.fileno()), (tmp_path / "log").stat())
    assert (tmp_path / "log").read_bytes() == b"before after"


@pytest.mark.parametrize("dangling", [False, True])
def test_a_symbolic_link_is_followed(tmp_path: Path, *, dangling: bool) -> None:
    (tmp_path / "disk").mkdir()
    target = tmp_path / "disk/real.json"
    if not dangling:
        target.write_text("old")
    (tmp_path / "middle").symlink_to(target)
    (tmp_path / "link").symlink_to("middle")
    atomic.write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert target.read_text() == "new"
    assert _kinds(tmp_path / "disk") == ["real.json"]


@pytest.mark.parametrize("kind", ["folder", "link to a folder", "socket", "loop"])
def test_what_cannot_be_written_is_refused_and_stays(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's name must be short
    if kind == "folder":
        Path("out").mkdir()
    elif kind == "link to a folder":
        Path("there").mkdir()
        Path("out").symlink_to("there")
    elif kind == "loop":
        Path("out").symlink_to("out")
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("out")
    before = (_kinds(tmp_path), Path("out").lstat().st_mode)
    with pytest.raises(StorageError, match=r"cannot be written|expected a file") as caught:
        atomic.write_bytes(Path("out"), b"x")
    assert caught.value.hint
    assert (_kinds(tmp_path), Path("out").lstat().st_mode) == before


def test_what_a_killed_writer_left_is_swept_and_a_living_one_left_alone(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f".curate-{name * 12}.tmp").write_bytes(b"half")
    with atomic._temporary_beside(tmp_path / "other") as (living, _):
        atomic.write_text(tmp_path / "out", "x")
        assert _kinds(tmp_path) == sorted([living.name, "out"])
        living.unlink()


def test_writers_of_one_folder_never_sweep_each_other(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(20):
            atomic.write_bytes(tmp_path / str(number), b"x" * number, durable=number % 2 == 0)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    assert _kinds(tmp_path) == [str(number) for number in range(8)]


def test_a_link_is_placed_as_the_file_behind_it(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"pixels")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/link").symlink_to("../real")
    for link in (True, False):
        atomic.place_file(tmp_path / "deep/link", tmp_path / f"out/{link}", link=link)
        assert not (tmp_path / f"out/{link}").is_symlink()
        assert (tmp_path / f"out/{link}").read_bytes() == b"pixels"


@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_what_may_never_end_is_not_copied(tmp_path: Path, kind: str) -> None:
    source, target = tmp_path / "source.png", tmp_path / "target.png"
    if kind == "device":
        source.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(source)
    else:
        source.mkdir()
    with pytest.raises(InputError, match=re.escape(str(source))):
        atomic.place_file(source, target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.png"]
