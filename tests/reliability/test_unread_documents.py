"""Annotations of a dataset, or a folder of it, that cannot be read: never a dataset without annotations."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from curate.cli.exit_codes import ExitCode
from tests.disk.faults import failing_read
from tests.fuzz.material import make_project, run_in

SUFFIXES = {"in-coco": ".json", "in-yolo": ".txt"}
COMMANDS = {"validate": ("--no-cache",), "convert": ("-o", "out/data", "--to", "autovi")}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("unread") / "project")


@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize("layout", list(SUFFIXES))
@pytest.mark.parametrize("kind", ["document", "folder"])
def test_what_cannot_be_read_is_named_and_the_exit_code_is_2(
    sound: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str, layout: str, kind: str
) -> None:
    root = Path(shutil.copytree(sound, tmp_path / "project"))
    (root / "out").mkdir()
    documents = sorted((root / layout).rglob(f"*{SUFFIXES[layout]}"))
    document = next(path for path in documents if path.name != "croissant.json")
    gone = str(document if kind == "document" else document.parent)
    arguments = [command, str(root / layout), *COMMANDS[command]]
    with failing_read(root, 0, errno.EACCES, only=lambda path: path == gone, last=1_000_000) as reads:
        assert run_in(root, arguments) == ExitCode.BAD_INPUT
    assert reads.seen
    assert Path(gone).name in "".join(capfd.readouterr())
    assert [path for path in root.glob("out/*") if not path.name.startswith(".")] == []
    assert run_in(root, arguments) in {ExitCode.DONE, ExitCode.FINDINGS}
