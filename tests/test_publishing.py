"""All commands that publish a folder: killed at any change of the disk, and two at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from curate.augment.run import augment_dataset
from curate.convert.run import convert_dataset, plan_conversion
from curate.datasets.dataset import read_dataset
from curate.disk.destination import replacing, writing_into
from curate.execution import Execution
from curate.export.run import export_dataset
from curate.submission.options import SubmissionAbout, SubmissionOptions
from curate.submission.run import make_submission
from curate.submissions.predictions import Prediction
from curate.workspace.workspace import open_workspace
from tests.convert.sources import rich_dataset
from tests.disk.kills import Killed, contents, killed_at
from tests.workspaces import TinyWorkspace

ALONE = Execution(jobs=1)
Command: TypeAlias = Callable[[str], object]


def ignore(_: str) -> None:
    pass


def export(root: Path, on_wait: Callable[[str], None] = ignore) -> Command:
    """The two states differ in the licence that ``curate.toml`` names."""
    frames = [("good", "train", ()), ("good", "test", ()), ("scratch", "test", ("scratch",))]
    tiny = TinyWorkspace(root / "line", frames).write()

    def run(state: str) -> None:
        config = tiny.root / "curate.toml"
        config.write_text(re.sub(r'license = ".*?"', f'license = "{state}"', config.read_text()))
        workspace, settings, categories = open_workspace(tiny.root)
        export_dataset(workspace, settings, categories, destination=root / "out", execution=ALONE, on_wait=on_wait)

    return run


def convert(root: Path, on_wait: Callable[[str], None] = ignore) -> Command:
    rich_dataset(root / "one")
    rich_dataset(root / "two")
    shutil.rmtree(root / "two/part/test/scratch")
    shutil.rmtree(root / "two/part/ground_truth/scratch")

    def run(state: str) -> None:
        dataset, _ = plan_conversion(root / {"old": "one", "new": "two"}[state], "mvtec-ad")
        convert_dataset(dataset, root / "out", "mvtec-ad", execution=ALONE, on_wait=on_wait)

    return run


def augment(root: Path, on_wait: Callable[[str], None] = ignore) -> Command:
    rich_dataset(root / "source")

    def run(state: str) -> None:
        seed = {"old": 1, "new": 2}[state]
        augment_dataset(root / "source", root / "out", seed=seed, execution=ALONE, on_wait=on_wait)

    return run


def submission(root: Path, on_wait: Callable[[str], None] = ignore) -> Command:
    rich_dataset(root / "source")
    dataset = read_dataset(root / "source")

    def run(state: str) -> None:
        samples = dataset.categories[0].of_split("test")
        maps = [Prediction(sample.path, scores=np.zeros((12, 16), np.float32)) for sample in samples]
        options = SubmissionOptions(about=SubmissionAbout(method=state), resize="nearest")
        make_submission(maps, dataset, root / "out", options=options, execution=ALONE, on_wait=on_wait)

    return run


COMMANDS = {command.__name__: command for command in (export, convert, augment, submission)}


def copies(out: Path) -> list[dict[str, bytes]]:
    """Every folder that a person could take for the published one: ``out`` or its category, or hidden beside it."""
    around = [*out.parent.iterdir(), *(out.iterdir() if out.is_dir() else ())]
    found = [contents(folder) for folder in around if folder.is_dir()]
    return found + [{f"part/{name}": content for name, content in files.items()} for files in found]


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_any_moment_a_whole_copy_is_left_and_the_next_run_ends_in_the_same_bytes(
    tmp_path: Path, name: str
) -> None:
    run, out = COMMANDS[name](tmp_path), tmp_path / "out"
    run("new")
    new = contents(out)
    shutil.rmtree(out)
    run("old")
    old = contents(out)
    assert old != new
    shutil.copytree(out, tmp_path / "kept")
    with killed_at(100_000) as done:
        run("new")
    # The swap is at the end: every moment there, and some of the long time before it.
    for moment in [*range(0, len(done) - 40, 11), *range(max(0, len(done) - 40), len(done))]:
        shutil.rmtree(out)
        shutil.copytree(tmp_path / "kept", out)
        with pytest.raises(Killed), killed_at(moment):
            run("new")
        assert any(files in (old, new) for files in copies(out))
        run("new")
        assert contents(out) == new
        assert sorted(path.name for path in out.parent.glob(".*")) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_second_writer_waits_and_says_so(tmp_path: Path, name: str) -> None:
    messages: list[str] = []
    run = COMMANDS[name](tmp_path, messages.append)
    hold = replacing if name in {"augment", "submission"} else writing_into
    with ThreadPoolExecutor(1) as threads:
        with hold(tmp_path / "out"):
            waiting = threads.submit(run, "new")
            while not messages and not waiting.done():
                pass
            assert not waiting.done()
        waiting.result(60)
    assert [message.startswith("another curate command is writing into") for message in messages] == [True]
