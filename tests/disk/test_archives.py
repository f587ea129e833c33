from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from curate.disk.archives import ARCHIVE_SUFFIXES, Feed, list_archive
from curate.errors import ImageError, InputError

NAMES = ["./b.png", "sub/a.png", "é.png"]


def pack(path: Path, contents: dict[str, bytes]) -> Path:
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.mkdir("sub")
            for name, content in contents.items():
                archive.writestr(name, content)
        return path
    kind = path.name.rpartition(".tar")[2].lstrip(".") or path.suffix.removeprefix(".t")
    mode = {"gz": "w:gz", "bz2": "w:bz2", "xz": "w:xz"}.get(kind, "w")
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        folder = tarfile.TarInfo("sub")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("suffix", ARCHIVE_SUFFIXES)
def test_every_kind_is_listed_and_read(tmp_path: Path, suffix: str) -> None:
    contents = {name: f"content of {name}".encode() * 99 for name in NAMES}
    files, troubles = list_archive(pack(tmp_path / f"shift{suffix}", contents))
    assert troubles == []
    assert [file.name for file in files] == ["b.png", "sub/a.png", "é.png"]
    read = {file.name: content for file, content in Feed(files[1:])}
    assert read == {"sub/a.png": contents["sub/a.png"], "é.png": contents["é.png"]}


@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_names_that_lead_outside_are_refused(tmp_path: Path, suffix: str) -> None:
    path = pack(tmp_path / f"evil{suffix}", {"../../x.png": b"1", "/etc/y.png": b"2", "ok.png": b"3"})
    files, troubles = list_archive(path)
    assert [file.name for file in files] == ["ok.png"]
    assert [message for _, message in troubles] == ["leads outside the archive"] * 2
    assert {file.name: content for file, content in Feed(files)} == {"ok.png": b"3"}


def test_links_and_devices_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "links.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (
            ("soft.png", tarfile.SYMTYPE),
            ("hard.png", tarfile.LNKTYPE),
            ("pipe.png", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    files, troubles = list_archive(path)
    assert files == []
    assert troubles == [(name, "is a link or a device, not a file") for name in ("soft.png", "hard.png", "pipe.png")]


def test_a_member_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "bomb.zip", {"bomb.png": bytes(1001), "ok.png": bytes(1000)})
    files, troubles = list_archive(path, max_member_bytes=1000)
    assert [file.name for file in files] == ["ok.png"]
    assert troubles == [("bomb.png", "unpacks to 1001 bytes, at most 1000 are accepted")]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_a_cut_archive_gives_what_comes_before(tmp_path: Path, suffix: str) -> None:
    noise = [bytes((index * 7919 + place) * 104729 % 251 for place in range(40_000)) for index in range(5)]
    whole = pack(tmp_path / f"whole{suffix}", {f"{index}.png": content for index, content in enumerate(noise)})
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    files, troubles = list_archive(cut)
    assert troubles[-1][0] == ""
    assert "breaks off" in troubles[-1][1]
    read = {file.name: content for file, content in Feed(files)}
    assert read["0.png"] == noise[0]
    broken = [name for name, content in read.items() if isinstance(content, ImageError)]
    assert set(read) - set(broken) < {f"{index}.png" for index in range(5)}


def test_one_damaged_member_of_a_zip_file(tmp_path: Path) -> None:
    path = tmp_path / "shift.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", b"a" * 500)
        archive.writestr("b.png", b"b" * 500)
    content = bytearray(path.read_bytes())
    content[content.index(b"a" * 500) + 250] ^= 1
    path.write_bytes(bytes(content))
    read = {file.name: content for file, content in Feed(list_archive(path)[0])}
    assert isinstance(read["a.png"], ImageError)
    assert read["b.png"] == b"b" * 500


def test_what_is_no_archive(tmp_path: Path) -> None:
    for name in ("x.zip", "x.tar", "x.tar.gz"):
        (tmp_path / name).write_bytes(b"no archive at all")
        with pytest.raises(InputError, match="cannot be read as an archive"):
            list_archive(tmp_path / name)
