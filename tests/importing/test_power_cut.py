"""A simulated power cut: what was not flushed to the disk, content or name, is gone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from curate.errors import InputError, MissingError
from curate.imaging.images import encode_png
from curate.importing.options import ImportOptions
from curate.importing.run import import_frames
from curate.status.run import workspace_status
from curate.workspace.config import read_config
from curate.workspace.workspace import Workspace, init_workspace
from tests.crop.workspaces import texture

OPEN_FILES = Path("/proc/self/fd")
on_linux = pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="looks at open files as Linux shows them")


class PowerCut:
    """Remembers what ``fsync`` has put on the disk: contents of files, and names in folders, by inode."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.contents: dict[int, bytes] = {}
        self.names: dict[int, dict[str, int]] = {}
        self.checked = 0

    def flushed(self, path: Path) -> None:
        state = path.stat()
        if stat.S_ISDIR(state.st_mode):
            self.names[state.st_ino] = {
                entry.name: entry.stat(follow_symlinks=False).st_ino for entry in path.iterdir()
            }
        else:
            self.contents[state.st_ino] = path.read_bytes()

    def survivors(self) -> dict[str, bytes]:
        """What would be there after a power cut now."""
        found: dict[str, bytes] = {}
        waiting = [("", self.root.stat().st_ino)]
        while waiting:
            prefix, inode = waiting.pop()
            for name, inner in self.names.get(inode, {}).items():
                if inner in self.names:
                    waiting.append((f"{prefix}{name}/", inner))
                elif inner in self.contents:
                    found[f"{prefix}{name}"] = self.contents[inner]
        return found

    def check(self) -> None:
        """Whether all frames that a surviving record names survive, too."""
        alive = self.survivors()
        for path, content in alive.items():
            if path.startswith("records/captures/"):
                for line in content.decode().splitlines()[1:]:
                    frame = line.partition(",")[0]
                    assert alive.get(f"captures/part/{frame}"), f"{path} names {frame}, which is lost"
                    self.checked += 1


@contextmanager
def watched(cut: PowerCut) -> Iterator[None]:
    """Check after every flush."""
    fsync = os.fsync

    def flushing(descriptor: int) -> None:
        fsync(descriptor)
        cut.flushed(OPEN_FILES / str(descriptor))
        cut.check()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", flushing)
        yield


@pytest.fixture
def line(tmp_path: Path) -> Workspace:
    for number in range(6):
        path = tmp_path / "camera" / ("deep" if number % 2 else ".") / f"f{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(texture(40, 30, number)))
    return init_workspace(tmp_path / "line")[0]


@on_linux
@pytest.mark.parametrize("link", [False, True])
def test_a_record_never_names_a_frame_that_a_power_cut_takes(line: Workspace, tmp_path: Path, *, link: bool) -> None:
    cut = PowerCut(line.root)
    for folder in (line.root, line.root / "captures", line.root / "records"):  # an older workspace
        cut.flushed(folder)
    with watched(cut):
        import_frames(line, [tmp_path / "camera"], "part", ImportOptions(link=link))
    alive = cut.survivors()
    assert "records/captures/part/main.csv" in alive
    assert sum(path.startswith("captures/part/") for path in alive) == 6
    assert cut.checked >= 6


@on_linux
def test_who_is_in_a_hurry_flushes_no_frame(line: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        flushed.append(str((OPEN_FILES / str(descriptor)).readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    import_frames(line, [tmp_path / "camera"], "part", ImportOptions(sync=False))
    assert not [path for path in flushed if path.startswith(str(line.root / "captures")) or "incoming" in path]


def test_a_manifest_that_is_not_there_is_named_also_where_nothing_is_new(line: Workspace, tmp_path: Path) -> None:
    for _ in range(2):
        import_frames(line, [tmp_path / "camera"], "part")
    with pytest.raises(MissingError, match="no such manifest"):
        import_frames(line, [tmp_path / "camera"], "part", ImportOptions(manifest=Path("/nonexistent.csv")))


def test_status_agrees_with_verify_about_frames_that_are_gone(line: Workspace, tmp_path: Path) -> None:
    import_frames(line, [tmp_path / "camera"], "part")

    def said() -> tuple[str, tuple[str, ...]]:
        stages = workspace_status(line, read_config(line.config_path)).stages
        return next((stage.state, stage.reasons) for stage in stages if stage.stage == "import")

    assert said() == ("done", ())
    next(line.captures("part").rglob("f2.png")).unlink()
    assert said() == ("stale", ("1 recorded frame is gone: `curate verify` names them",))


def test_a_workspace_is_not_made_at_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="is a URL") as caught:
        init_workspace(Path("s3://KEY:SECRET@bucket/line"))
    assert "SECRET" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
