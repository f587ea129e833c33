"""Labels that could not be read are no labels that are not there: all such files are named, and nothing is imported."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from curate.disk.reading import names_in
from curate.errors import ReadError
from curate.label.sources import read_sources
from curate.workspace.picture_index import read_picture_index
from curate.workspace.workspace import open_workspace
from tests.conftest import Curate
from tests.disk.faults import failing_read
from tests.fuzz.material import SIDE_PX, make_project

ERRORS = (errno.EIO, errno.EACCES, errno.ESTALE)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven frames, their labels in as many LabelMe documents, and the same as masks."""
    root = make_project(tmp_path_factory.mktemp("unread") / "project")
    for number in range(5, 7):
        path = root / f"masks/scratch/{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        pixels[4:10, 4:12] = 255
        assert cv2.imwrite(str(path), pixels)
    return root


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "project"))


def record_bytes(root: Path) -> list[bytes]:
    workspace, _, _ = open_workspace(root / "w")
    folder = workspace.root / "labels"
    return [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]


def opened(*paths: Path) -> Callable[[str], bool]:
    return lambda path: Path(path) in paths


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize(
    ("source", "gone"),
    [
        ("labels", ("labels/1.json", "labels/6.json")),  # a document with a region and one without
        ("masks", ("masks/scratch/5.png", "masks/scratch/6.png")),
        ("labels", ("labels",)),
        ("masks", ("masks/scratch",)),
        ("labels/6.json", ("labels/6.json",)),
    ],
)
def test_all_that_cannot_be_read_is_named_and_nothing_is_imported(
    root: Path, curate: Curate, source: str, gone: tuple[str, ...], code: int
) -> None:
    before = record_bytes(root)
    arguments = ("label", "import", root / source, "-c", "part", "-C", root / "w")
    with failing_read(root, 0, code, only=opened(*(root / name for name in gone)), last=1_000_000):
        refused = curate(*arguments)
    assert refused.code == 2, refused.out
    assert [name for name in gone if name not in refused.err] == []
    assert record_bytes(root) == before
    assert curate(*arguments).code in {0, 1}, "the sound source is imported"


def test_pictures_whose_bytes_alone_cannot_be_had_are_no_damaged_masks(
    root: Path, curate: Curate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is there and its state is known, as on a disk with a bad sector."""
    monkeypatch.setattr("tests.disk.faults.CALLS", ("listdir",))
    gone = [root / f"masks/scratch/{number}.png" for number in (5, 6)]
    assert names_in(root / "masks/scratch") == ["5.png", "6.png"]
    with failing_read(root, 0, errno.EIO, only=opened(*gone), last=1_000_000):
        refused = curate("label", "import", root / "masks", "-c", "part", "-C", root / "w")
    assert refused.code == 2
    assert all(str(path) in refused.err for path in gone)
    assert "cannot be decoded" not in refused.err


@pytest.mark.parametrize(
    ("source", "gone"),
    [("labels", ("labels/1.json", "labels/6.json")), ("masks", ("masks/scratch/5.png", "masks/scratch/6.png"))],
)
def test_what_is_lost_while_it_is_read_is_named(root: Path, source: str, gone: tuple[str, ...]) -> None:
    """The files were hashed before; then the share went away."""
    workspace, _, configs = open_workspace(root / "w")
    index = read_picture_index(workspace, configs[0])
    places = [root / name for name in gone]
    with (
        failing_read(root, 0, errno.EIO, only=opened(*places), last=1_000_000),
        pytest.raises(ReadError, match="nothing is known about them") as caught,
    ):
        read_sources([root / source], index, ("scratch",), root=workspace.root)
    assert [error.path for error in caught.value.files] == [str(place) for place in places]
