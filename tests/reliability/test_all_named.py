"""A file that could not be read ends no work: everything else is looked at, and all such files are named at once."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from curate.cli.exit_codes import ExitCode
from curate.errors import ReadError
from curate.model.codes import names as codes
from curate.validate.run import validate_dataset
from tests.disk.faults import failing_read
from tests.evaluate.samples import random_items, write_dataset, write_submission
from tests.fuzz.material import run_in

CATEGORIES = ("alpha", "beta")
COMMANDS = {
    "validate": ("validate", "--no-cache"),
    "card": ("card",),
    "convert": ("convert", "-o", "out", "--to", "visa"),
    "augment": ("augment", "--split", "test", "-o", "out"),
    "report": ("report", "-o", "out.html"),
    "evaluate": ("evaluate", "maps", "--dataset"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("all_named") / "project"
    for seed, category in enumerate(CATEGORIES):
        items = random_items(np.random.default_rng(5 + seed))
        write_dataset(root / "data", category, items)
        write_submission(root / "maps", category, items)
    return root


def unreadable(root: Path) -> set[Path]:
    """One image of each side, one mask and an image together with its mask, of each category."""
    chosen = set()
    for category in CATEGORIES:
        folder = root / "data" / category
        chosen |= {folder / "train/good/0001.png", folder / "test/good/0002.png"}
        chosen |= {folder / "ground_truth/hole/0000/0001.png"}
        chosen |= {folder / "test/scratch/0000.png", folder / "ground_truth/scratch/0000/0000.png"}
    return chosen


@pytest.mark.parametrize(
    ("command", "code"), [*((command, errno.EIO) for command in COMMANDS), ("convert", errno.EACCES)]
)
def test_all_unreadable_files_are_named_and_the_exit_code_is_2(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str, code: int
) -> None:
    root = tmp_path / "project"
    shutil.copytree(project, root)
    gone = unreadable(root)
    name, *options = COMMANDS[command]
    at = [str(root / "data")]
    arguments = [str(root / "maps") if word == "maps" else word for word in options]
    arguments = [name, *arguments, *at] if command == "evaluate" else [name, *at, *arguments]
    with failing_read(root, 0, code, only=lambda path: Path(path) in gone, last=1_000_000):
        assert run_in(root, arguments) == ExitCode.BAD_INPUT
    shown = "".join(capfd.readouterr())
    assert sorted(path for path in gone if path.relative_to(root / "data").as_posix() not in shown) == []
    assert [path for path in root.glob("out/*") if not path.name.startswith(".")] == []
    assert run_in(root, arguments) != ExitCode.BAD_INPUT


def test_maps_that_cannot_be_read_are_no_missing_maps(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "project"
    shutil.copytree(project, root)
    gone = {root / "maps" / category / "test" / name for category in CATEGORIES for name in ("good/0000.png",)}
    with failing_read(root, 0, errno.EIO, only=lambda path: Path(path) in gone, last=1_000_000):
        code = run_in(root, ["evaluate", str(root / "maps"), "--dataset", str(root / "data"), "--json"])
    assert code == ExitCode.BAD_INPUT
    findings = json.loads(capfd.readouterr().out)["findings"]
    assert {(entry["code"], entry["path"]) for entry in findings} == {
        (codes.UNREAD_FILE, f"{category}/test/good/0000.png") for category in CATEGORIES
    }


@pytest.mark.parametrize(
    ("document", "silent"),
    [
        ("defects_config.json", {codes.NO_DEFECTS_CONFIG, codes.PIXEL_VALUE_WITHOUT_MASK, codes.UNKNOWN_MASK_VALUE}),
        ("dataset.json", {codes.DEFECT_IN_TRAINING, codes.BROKEN_DATASET_JSON}),
    ],
)
def test_what_leans_on_a_document_that_could_not_be_read_is_not_said(
    project: Path, tmp_path: Path, document: str, silent: set[str]
) -> None:
    root = tmp_path / "data"
    shutil.copytree(project / "data", root)
    (root / "alpha/dataset.json").write_text((root / "alpha/defects_config.json").read_text())  # any file
    (root / "alpha/train/hole").mkdir()
    shutil.copy(root / "alpha/test/hole/0000.png", root / "alpha/train/hole/0000.png")
    gone = root / "alpha" / document
    with failing_read(root, 0, errno.EIO, only=lambda path: Path(path) == gone, last=1_000_000):
        found = validate_dataset(root).findings
    here = {entry.code for entry in found if entry.path.startswith("alpha")}
    assert codes.UNREAD_FILE in here
    assert not here & silent
    assert (codes.UNREAD_FILE, f"alpha/{document}") in {(entry.code, entry.path) for entry in found}


def test_nobody_can_silence_what_was_not_looked_at(project: Path, tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(project / "data", root)
    rule = f'[[silence]]\ncode = "{codes.UNREAD_FILE}"\nreason = "it will be fine"\n'
    (root / "curate-validate.toml").write_text(rule, encoding="utf-8")
    gone = root / "alpha/test/good/0000.png"
    with failing_read(root, 0, errno.EIO, only=lambda path: Path(path) == gone, last=1_000_000):
        report = validate_dataset(root)
    assert [entry.path for entry in report.findings if entry.code == codes.UNREAD_FILE] == ["alpha/test/good/0000.png"]
    assert report.silenced == ()


def test_a_read_error_of_a_source_is_none_of_the_target(tmp_path: Path) -> None:
    from curate.disk.atomic import place_file

    source = tmp_path / "source.png"
    source.write_bytes(b"bytes")
    with (
        failing_read(tmp_path, 0, errno.EIO, only=lambda path: path == str(source)),
        pytest.raises(ReadError) as caught,
    ):
        place_file(source, tmp_path / "target.png")
    assert caught.value.path == str(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.png"]
