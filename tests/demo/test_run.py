from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from curate.datasets.dataset import read_dataset
from curate.demo.plan import plan_session
from curate.demo.run import DemoReport, run_demo
from curate.demo.workspace import sessions
from curate.disk.tables import read_table
from curate.errors import InputError
from curate.execution import Execution
from curate.geometry.affine import Affine
from curate.imaging.images import read_pixels
from curate.model.capture import Capture, Window
from curate.model.rows import SplitRow
from curate.model.screening import Screening
from curate.workspace.workspace import Workspace

FRAMES = 30


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoReport]:
    root = tmp_path_factory.mktemp("demo") / "new" / "demo"
    return root, run_demo(root, frames=FRAMES, execution=Execution(jobs=2))


def fingerprints(root: Path) -> dict[str, str]:
    """Hash every file but the scratch folder, which is disposable."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".curate" not in path.parts
    }


def windows(workspace: Workspace, category: str) -> dict[str, Window]:
    return {row.frame: row for row in read_table(workspace.windows_record("default", category, "main"), Window)}


def test_frames_are_imported_in_the_true_order_which_is_not_that_of_their_names(demo: tuple[Path, DemoReport]) -> None:
    workspace = Workspace(demo[0])
    for name, settings in sessions(FRAMES, 0).items():
        truth = [shot.file_name for shot in plan_session(settings)]
        rows = read_table(workspace.captures_record(name, "main"), Capture)
        assert [row.frame.partition("/")[2] for row in rows] == truth
        assert sorted(truth) != truth


def test_windows_lie_where_the_part_is_and_nowhere_in_empty_scenes(demo: tuple[Path, DemoReport]) -> None:
    workspace = Workspace(demo[0])
    for name, settings in sessions(FRAMES, 0).items():
        rows = windows(workspace, name)
        shots = plan_session(settings)
        for shot in shots:
            row = rows[f"main/{shot.file_name}"]
            if {"empty", "displaced"} & set(shot.conditions):
                assert row.status != "accepted"
            elif row.status == "accepted":
                to_frame = Affine(row.m00, row.m01, row.m02, row.m10, row.m11, row.m12).inverse()
                assert to_frame.apply(120.0, 120.0) == pytest.approx(shot.centre_px, abs=5.0)
        assert sum(row.status == "accepted" for row in rows.values()) >= len(shots) - 4  # empty, displaced, two more


def test_screening_finds_the_planted_bad_frames(demo: tuple[Path, DemoReport]) -> None:
    workspace = Workspace(demo[0])
    for name, settings in sessions(FRAMES, 0).items():
        rows = {row.frame: row for row in read_table(workspace.screening_record(name, "main"), Screening)}
        shots = plan_session(settings)
        rejected = {shot.index for shot in shots if rows[f"main/{shot.file_name}"].decision == "reject"}
        planted = {shot.index for shot in shots if shot.conditions}
        # Which frame of a repeated pair is set aside is the screening's choice.
        originals = {shot.duplicate_of for shot in shots if shot.duplicate_of is not None}
        assert len(planted - rejected) <= 1
        assert len(rejected - planted - originals) <= 1


def test_the_dataset_holds_each_label_that_was_drawn(demo: tuple[Path, DemoReport]) -> None:
    dataset = read_dataset(demo[0] / "build" / "autovi")
    assert {category.name for category in dataset.categories} == {"bracket_clip", "cover_screw"}
    for category in dataset.categories:
        rows = windows(Workspace(demo[0]), category.name)
        cut = [
            shot
            for shot in plan_session(sessions(FRAMES, 0)[category.name])
            if rows[f"main/{shot.file_name}"].status == "accepted"
        ]
        # Between what every later stage keeps and what a screening may take out: the planted bad frames.
        published = Counter(sample.label for sample in category.samples)
        assert published <= Counter(shot.label for shot in cut)
        assert published >= Counter(shot.label for shot in cut if not shot.conditions)
        assert {sample.label for sample in category.of_split("train")} == {"good"}
        assert all(sample.masks for sample in category.samples if not sample.is_good)


def test_masks_have_the_area_of_what_was_drawn(demo: tuple[Path, DemoReport]) -> None:
    root = demo[0] / "build" / "autovi"
    category = read_dataset(root).category("bracket_clip")
    for sample in (sample for sample in category.samples if sample.label == "missing"):
        (mask,) = sample.masks
        area = int((read_pixels(root / mask).max(axis=2) > 0).sum())
        assert area == pytest.approx(78 * 122, rel=0.005)


def test_training_frames_were_shot_before_the_good_ones_of_the_test(demo: tuple[Path, DemoReport]) -> None:
    for name in sessions(FRAMES, 0):
        rows = read_table(Workspace(demo[0]).split("default", name), SplitRow)
        sides = [row.side for row in rows if row.label == "good"]
        assert sides == sorted(sides, reverse=True)  # train, …, test, …
        assert set(sides) == {"train", "test"}


def test_the_detector_finds_most_of_what_was_planted(demo: tuple[Path, DemoReport]) -> None:
    result = demo[1].result
    assert result is not None
    assert json.loads((demo[0] / "result.json").read_bytes()) == result.to_json()
    for entry in result.categories.values():
        assert (entry.detection.by_defect["missing"].auroc or 0) > 0.9
        assert (entry.localization.au_spro["0.05"] or 0) > 0.7


def test_no_finding_is_an_error_and_every_path_exists(demo: tuple[Path, DemoReport]) -> None:
    root, report = demo
    assert [finding for finding in report.findings if finding.severity == "error"] == []
    assert report.paths
    assert all((root / path).exists() for path in report.paths.values())
    assert report.steps[0].name == "draw"
    assert set(report.to_json()) == {"steps", "result", "paths", "findings"}


def test_sheets_show_pictures(demo: tuple[Path, DemoReport]) -> None:
    sheets = [demo[0] / path for name, path in demo[1].paths.items() if path.startswith("sheets/")]
    assert len(sheets) == 6
    for sheet in sheets:
        pixels = read_pixels(sheet)
        assert pixels.shape[1] > 500
        assert np.mean(np.any(pixels < 200, axis=2)) > 0.3


def test_running_it_again_changes_nothing_and_one_worker_gives_the_same_bytes(
    demo: tuple[Path, DemoReport], tmp_path: Path
) -> None:
    root, report = demo
    before = fingerprints(root)
    (root / "incoming" / "bracket_clip" / ".curate-0123456789ab.tmp").write_bytes(b"what a killed demo left")
    assert run_demo(root, frames=FRAMES, execution=Execution(jobs=2)).result == report.result
    assert fingerprints(root) == before
    elsewhere = tmp_path / "elsewhere"
    run_demo(elsewhere, frames=FRAMES, execution=Execution(jobs=1))
    assert fingerprints(elsewhere) == before


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=r"is not empty, and was not made by `curate demo`"):
        run_demo(tmp_path, frames=FRAMES)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(InputError, match="is not a folder"):
        run_demo(tmp_path / "thesis.txt", frames=FRAMES)


def test_a_demo_with_other_numbers_is_refused(demo: tuple[Path, DemoReport]) -> None:
    with pytest.raises(InputError, match=r"seed 0, frames 30, generator 1; wanted seed 7, frames 30, generator 1"):
        run_demo(demo[0], seed=7, frames=FRAMES)


def test_a_damaged_mark_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{")
    with pytest.raises(InputError, match="no readable numbers"):
        run_demo(tmp_path, frames=FRAMES)


def test_too_few_frames_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 30 frames, found 5"):
        run_demo(tmp_path / "demo", frames=5)
    assert not (tmp_path / "demo").exists()
