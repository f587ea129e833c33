from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from curate.disk.members import list_members, read_member
from curate.errors import ImageError, MissingError
from curate.imaging.images import read_file
from curate.imaging.maps import image_size
from tests.datasets.trees import picture


def tar(path: Path, files: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def test_a_file_in_an_archive_is_read_like_any_other(tmp_path: Path) -> None:
    content = picture(tmp_path / "a.png", (5, 3)).read_bytes()
    tar(tmp_path / "part/test-000000.tar", {"./first.txt": b"1", "below/a.png": content})
    assert read_file(tmp_path / "part/test-000000.tar!/first.txt") == b"1"
    assert read_file(tmp_path / "part/test-000000.tar!/below/a.png") == content
    assert image_size(tmp_path / "part/test-000000.tar!/below/a.png") == (5, 3)


def test_a_real_folder_of_such_a_name_goes_before(tmp_path: Path) -> None:
    tar(tmp_path / "x.tar", {"a": b"packed"})
    (tmp_path / "x.tar!").mkdir()
    (tmp_path / "x.tar!/a").write_bytes(b"plain")
    assert read_file(tmp_path / "x.tar!/a") == b"plain"


def test_what_is_not_there(tmp_path: Path) -> None:
    tar(tmp_path / "x.tar", {"a": b"1"})
    for path in (tmp_path / "x.tar!/b", tmp_path / "y.tar!/a"):
        with pytest.raises(MissingError):
            read_file(path)
        with pytest.raises(MissingError):
            image_size(path)


def test_names_that_lead_outside_and_links_are_names_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    tar(tmp_path / "in/x.tar", {"../secret": b"harmless", "/etc/hostname": b"harmless, too"})
    with tarfile.open(tmp_path / "in/x.tar", "a") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "secret")
        archive.addfile(link)
    assert list(list_members(tmp_path / "in/x.tar")) == ["../secret", "/etc/hostname"]
    with pytest.raises(MissingError):
        read_file(tmp_path / "in/x.tar!/link")


def test_an_archive_that_was_written_again_is_listed_again(tmp_path: Path) -> None:
    path = tar(tmp_path / "x.tar", {"a": b"1"})
    assert read_file(tmp_path / "x.tar!/a") == b"1"
    tar(path, {"b": b"2", "a": b"3"})
    os.utime(path, ns=(1, 1))
    assert read_file(tmp_path / "x.tar!/a") == b"3"


def test_an_archive_that_breaks_off_or_is_none(tmp_path: Path) -> None:
    path = tar(tmp_path / "x.tar", {"a": b"1" * 5000, "b": b"2" * 5000})
    path.write_bytes(path.read_bytes()[:7000])
    with pytest.raises(ImageError, match="uncompressed tar"):
        read_file(tmp_path / "x.tar!/a")
    (tmp_path / "y.tar").write_bytes(b"no archive at all")
    with pytest.raises(ImageError, match="uncompressed tar"):
        read_file(tmp_path / "y.tar!/a")


def test_a_file_larger_than_any_picture_is_refused(tmp_path: Path) -> None:
    tar(tmp_path / "x.tar", {"a": b"1" * 11})
    assert read_member(tmp_path / "x.tar!/a", max_member_bytes=11) == b"1" * 11
    with pytest.raises(ImageError, match="at most 10"):
        read_member(tmp_path / "x.tar!/a", max_member_bytes=10)
