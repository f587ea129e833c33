"""Could not look is not looked and rejected: every read of every stage fails once, with every error.

A stage then ends with an error, leaves no new stamp, and ``status`` says that it is unfinished; run again it ends in
the bytes of an undisturbed run. ``../shared/cases/reliability/lost-frames.sh`` is the case that it began with.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from curate.card.run import make_card
from curate.crop.run import crop_windows
from curate.datasets.dataset import read_dataset
from curate.errors import CurateError
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.export.run import export_dataset
from curate.imaging.images import encode_png, write_png
from curate.importing.run import import_frames
from curate.importing.verify import verify_captures
from curate.label.run import import_labels
from curate.mask.run import write_masks
from curate.model.finding import Finding, has_errors
from curate.screen.run import screen_frames
from curate.split.run import make_splits
from curate.status.run import workspace_status
from curate.validate.run import validate_dataset
from curate.workspace.config import read_config
from curate.workspace.workspace import Workspace, open_workspace
from tests.crop.workspaces import texture
from tests.disk.faults import failing_read
from tests.disk.kills import contents

ERRORS = (errno.EIO, errno.ESTALE, errno.EACCES)
ALONE = Execution(jobs=1)
CONFIG = """
[categories.part]
window = { mode = "crop", box = [4, 4, 40, 30] }
split = { policy = "chronological", train = 0.5 }
[categories.part.defects.dent]
saturation = 0.5
"""
Stage: TypeAlias = Callable[[Path], Any]


def importing(root: Path) -> Any:
    return import_frames(Workspace(root), [root / "camera"], "part", execution=ALONE)


def cropping(root: Path) -> Any:
    workspace, _, (category,) = open_workspace(root)
    return crop_windows(workspace, category, execution=ALONE)


def screening(root: Path) -> Any:
    workspace, _, (category,) = open_workspace(root)
    return screen_frames(workspace, category, execution=ALONE)


def labelling(root: Path) -> Any:
    workspace, _, (category,) = open_workspace(root)
    return import_labels(workspace, category, [root / "drawn"])


def masking(root: Path) -> Any:
    workspace, _, (category,) = open_workspace(root)
    return write_masks(workspace, category, execution=ALONE)


def splitting(root: Path) -> Any:
    workspace, _, (category,) = open_workspace(root)
    return make_splits(workspace, category)


def exporting(root: Path) -> Any:
    workspace, config, categories = open_workspace(root)
    return export_dataset(workspace, config, categories, execution=ALONE)


STAGES: dict[str, Stage] = {
    "import": importing,
    "crop": cropping,
    "screen": screening,
    "label": labelling,
    "mask": masking,
    "split": splitting,
    "export": exporting,
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The workspace before each stage, by the stage's name, and at the end: ``""``."""
    base = tmp_path_factory.mktemp("line")
    root = base / "now"
    (root / "camera").mkdir(parents=True)
    (root / "drawn").mkdir()
    (root / "curate.toml").write_text(CONFIG)
    for number in range(5):
        (root / f"camera/f{number}.png").write_bytes(encode_png(texture(60, 50, number)))
        shapes = [{"label": "dent", "shape_type": "polygon", "points": [[10, 10], [20, 10], [20, 20]]}] * (number == 4)
        document = {"imagePath": f"f{number}.png", "imageWidth": 60, "imageHeight": 50, "shapes": shapes}
        (root / f"drawn/f{number}.json").write_text(json.dumps(document))
    kept = {}
    for name, stage in STAGES.items():
        kept[name] = Path(shutil.copytree(root, base / name))
        stage(root)
    for sample in read_dataset(root / "build/autovi").categories[0].of_split("test"):
        write_png(root / f"maps/part/{sample.key}.png", texture(40, 30, len(sample.key))[:, :, 0])
    kept[""] = root
    return kept


def written(root: Path) -> dict[str, bytes]:
    """All files but what may always be deleted."""
    return {name: content for name, content in contents(root).items() if not name.startswith(".curate/")}


def findings_of(report: Any) -> list[Finding]:
    reports = report if isinstance(report, list) else [report]
    return [finding for entry in reports for finding in entry.findings]


def state(root: Path, stage: str) -> str:
    report = workspace_status(Workspace(root), read_config(root / "curate.toml"))
    return next((entry.state for entry in report.stages if entry.stage == stage), "not run")


def is_image(path: str) -> bool:
    return path.endswith(".png")


def is_other(path: str) -> bool:
    return not is_image(path)


@pytest.mark.parametrize("name", STAGES)
def test_a_read_that_fails_leaves_the_stage_unfinished(tmp_path: Path, undisturbed: dict[str, Path], name: str) -> None:
    root = tmp_path / "now"
    shutil.copytree(undisturbed[name], root)
    STAGES[name](root)
    expected = written(root)
    failed = 0
    # Every read of an image; of the many others a sample, which is another one for every stage.
    for only, codes, moments in (
        (is_image, (errno.ENOENT, *ERRORS), range(10_000)),
        (is_other, ERRORS, range(len(name), 10_000, 4)),
    ):
        for moment in moments:
            shutil.rmtree(root)
            shutil.copytree(undisturbed[name], root)
            code = codes[moment % len(codes)]
            report = None
            with failing_read(root, moment, code, only=only) as reads, suppress(CurateError, OSError):
                report = STAGES[name](root)
            if not reads.reached:
                break
            where = (moment, errno.errorcode[code], reads.seen[moment])
            if report is None or has_errors(findings_of(report)):
                failed += 1
                assert state(root, name) != "done", where
                STAGES[name](root)
            assert written(root) == expected, where
            assert state(root, name) == "done", where
    assert failed >= {"label": 3, "split": 3}.get(name, 8)


@pytest.mark.parametrize("code", [errno.ENOENT, *ERRORS])
@pytest.mark.parametrize("name", ["crop", "screen", "export"])
def test_files_that_are_gone_for_a_while_are_named_and_an_older_stamp_does_not_count(
    tmp_path: Path, undisturbed: dict[str, Path], name: str, code: int
) -> None:
    root = tmp_path / "now"
    shutil.copytree(undisturbed[""], root)
    expected = written(root)
    for window in (root / "windows").rglob("f[123].png") if name == "crop" else ():
        window.unlink()
    gone = ("f1.png", "f2.png", "f3.png") if name != "export" else ("windows/default/part/main/f1.png",)
    with (
        failing_read(root, 0, code, only=lambda path: path.endswith(gone) and "camera" not in path, last=10_000),
        pytest.raises(CurateError) as caught,
    ):
        STAGES[name](root)
    assert [frame for frame in ("f1.png", "f2.png", "f3.png") if frame in str(caught.value)] == (
        ["f1.png", "f2.png", "f3.png"] if name != "export" else ["f1.png"]
    )
    assert state(root, name) == "stale"
    assert json.loads((root / f"records/stamps/{name}/part.json").read_text())["stage"] == name
    STAGES[name](root)
    assert (state(root, name), written(root)) == ("done", expected)


def checking(root: Path) -> tuple[list[Finding], Any]:
    return list(validate_dataset(root / "build/autovi", execution=ALONE).findings), None


def verifying(root: Path) -> tuple[list[Finding], Any]:
    return list(verify_captures(Workspace(root), ["part"], execution=ALONE).findings), None


def describing(root: Path) -> tuple[list[Finding], Any]:
    report = make_card(root / "build/autovi", execution=ALONE)
    return list(report.findings), report.to_json()


def scoring(root: Path) -> tuple[list[Finding], Any]:
    report = evaluate_submission(root / "maps", root / "build/autovi", execution=ALONE)
    return list(report.findings), report.result


@pytest.mark.parametrize("check", [checking, verifying, describing, scoring])
def test_a_check_that_could_not_look_is_not_clean(
    undisturbed: dict[str, Path], check: Callable[[Path], tuple[list[Finding], Any]]
) -> None:
    root = undisturbed[""]
    clean = check(root)
    failed = 0
    for only, codes in ((is_image, (errno.ENOENT, *ERRORS)), (is_other, ERRORS)):
        for moment in range(10_000):
            code = codes[moment % len(codes)]
            with failing_read(root, moment, code, only=only) as reads:
                try:
                    found = check(root)
                except (CurateError, OSError):
                    failed += 1
                    continue
            if not reads.reached:
                break
            failed += found != clean
            assert found == clean or has_errors(found[0]), (moment, errno.errorcode[code], reads.seen[moment])
    assert failed > 5
