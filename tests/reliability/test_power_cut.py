"""A simulated power cut: what was not flushed to the disk, content or name, is gone."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from curate.crop.run import crop_windows
from curate.disk.atomic import write_text
from curate.disk.tables import read_table
from curate.errors import InputError, MissingError
from curate.execution import Execution, SilentProgress
from curate.export.run import export_dataset
from curate.imaging.images import encode_png
from curate.importing.options import ImportOptions
from curate.importing.run import import_frames
from curate.mask.run import write_masks
from curate.model.capture import Capture
from curate.model.config import CategoryConfig
from curate.model.region import Annotation, Rectangle, Region
from curate.split.run import make_splits
from curate.status.run import workspace_status
from curate.workspace.annotations import write_annotations
from curate.workspace.config import read_config
from curate.workspace.workspace import Workspace, init_workspace, open_workspace
from tests.crop.workspaces import texture

CONFIG = """[dataset]
name = "small"
[categories.part]
window = { mode = "full" }
split = { policy = "chronological", train = 0.5 }
[categories.part.defects.scratch]
saturation = 0.5
"""
OPEN_FILES = Path("/proc/self/fd")
on_linux = pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="looks at open files as Linux shows them")


class PowerCut:
    """Remembers what ``fsync`` has put on the disk: contents of files, and names in folders, by inode."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.contents: dict[int, bytes] = {}
        self.names: dict[int, dict[str, int]] = {}
        self.checked: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.kept: list[int] = []

    def flushed(self, path: Path) -> None:
        self.kept.append(os.open(path, os.O_RDONLY))  # while it is open, nothing else gets its inode
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
        """Whether all that a surviving record names survives, too, with the bytes that it says."""
        alive = self.survivors()
        for path, content in alive.items():
            for named, sha256 in names_of(path, content):
                assert named in alive, f"{path} names {named}, which is lost"
                assert not sha256 or hashlib.sha256(alive[named]).hexdigest() == sha256, f"{named} is torn"
                self.checked[path.split("/")[1]] += 1


def names_of(path: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Yield what a record names, relative to the workspace, and its sha256, ``""`` where it holds none."""
    parts = path.split("/")
    if parts[0] == "records" and path.endswith(".csv"):
        below = {"captures": "captures/part", "windows": "windows/default/part", "masks": "masks/default/part"}
        column = {"captures": "frame", "windows": "image", "masks": "mask"}
        if parts[1] in below:
            for row in csv.DictReader(io.StringIO(content.decode())):
                if row["sha256"]:
                    yield f"{below[parts[1]]}/{row[column[parts[1]]]}", row["sha256"]
    elif parts[:2] == ["records", "stamps"]:
        yield from json.loads(content)["outputs"].items()
    elif parts[-1] == "dataset.json":
        for sample in json.loads(content)["samples"]:
            yield f"build/autovi/{parts[2]}/{sample['path']}", sample["sha256"]
            for mask in sample.get("masks", {}):  # with the hash of its pixels
                yield f"build/autovi/{parts[2]}/{mask}", ""


@contextmanager
def watched(cut: PowerCut) -> Iterator[None]:
    """Check after every flush."""
    fsync = os.fsync

    def flushing(descriptor: int) -> None:
        fsync(descriptor)
        with cut.lock:  # stages flush from several threads
            cut.flushed(OPEN_FILES / str(descriptor))
            cut.check()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", flushing)
        try:
            yield
        finally:
            for descriptor in cut.kept:
                os.close(descriptor)


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
    cut.flushed(line.root)  # whoever makes a folder flushes the one around it
    with watched(cut):
        import_frames(line, [tmp_path / "camera"], "part", ImportOptions(link=link))
    alive = cut.survivors()
    assert "records/captures/part/main.csv" in alive
    assert sum(path.startswith("captures/part/") for path in alive) == 6
    assert cut.checked["captures"] >= 6


class Interrupted(SilentProgress):
    """Is a person who presses Ctrl-C after some items."""

    def __init__(self, after: int) -> None:
        self.left = after

    def advance(self) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def drawn_on(line: Workspace, tmp_path: Path) -> CategoryConfig:
    """Import frames of which the last two are drawn on."""
    write_text(line.config_path, CONFIG)
    import_frames(line, [tmp_path / "camera"], "part", ImportOptions(order="name"))
    frames = [row.frame for row in read_table(line.captures_record("part", "main"), Capture)]
    region = Region("r1", "scratch", (Rectangle(10, 10, 8, 6),))
    drawn = [Annotation(frame, 40, 30, "" if frame in frames[4:] else "good", (), "test") for frame in frames]
    write_annotations(
        line.annotations("part"),
        [replace(entry, regions=(region,)) if not entry.label else entry for entry in drawn],
    )
    return open_workspace(line.root)[2][0]


@on_linux
@pytest.mark.parametrize("interrupted", [False, True])
def test_no_stage_records_what_a_power_cut_takes(line: Workspace, tmp_path: Path, *, interrupted: bool) -> None:
    """Windows, masks and the published dataset; also what an interrupted run had written and the next one keeps."""
    cut = PowerCut(line.root)
    cut.flushed(line.root)
    with watched(cut):
        category = drawn_on(line, tmp_path)
        if interrupted:
            with pytest.raises(KeyboardInterrupt):
                crop_windows(line, category, execution=Execution(jobs=2, progress=Interrupted(3)))
        crop_windows(line, category, execution=Execution(jobs=2))
        if interrupted:
            with pytest.raises(KeyboardInterrupt):
                write_masks(line, category, execution=Execution(jobs=1, progress=Interrupted(2)))
        write_masks(line, category, execution=Execution(jobs=2))
        make_splits(line, category)
        export_dataset(line, read_config(line.config_path), [category])
    assert min(cut.checked[kind] for kind in ("captures", "windows", "masks", "stamps", "autovi")) > 1
    alive = cut.survivors()
    for path in (path for path in line.root.rglob("*") if path.is_file() and ".curate" not in path.parts):
        assert alive.get(path.relative_to(line.root).as_posix()) == path.read_bytes(), path


def flushed_while(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List what was flushed, by path."""
    flushed: list[str] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        flushed.append(str((OPEN_FILES / str(descriptor)).readlink()))
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", noting)
        work()
    return flushed


@on_linux
def test_who_is_in_a_hurry_flushes_no_frame(line: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ImportOptions(sync=False)
    flushed = flushed_while(lambda: import_frames(line, [tmp_path / "camera"], "part", options), monkeypatch)
    assert not [path for path in flushed if path.startswith(str(line.root / "captures")) or "incoming" in path]


@on_linux
def test_who_is_in_a_hurry_flushes_no_window_and_no_mask(
    line: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    category = drawn_on(line, tmp_path)
    flushed = flushed_while(lambda: crop_windows(line, category, sync=False), monkeypatch)
    flushed += flushed_while(lambda: write_masks(line, category, sync=False), monkeypatch)
    assert not [path for path in flushed if path.startswith(str(line.root / "windows"))]
    assert not [path for path in flushed if path.startswith(str(line.root / "masks/default/part/main"))]


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
