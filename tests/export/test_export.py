from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from curate.datasets.card import read_card
from curate.datasets.dataset import read_dataset
from curate.disk.hashing import sha256_file
from curate.disk.schema import schema_problems
from curate.disk.tables import read_table, write_table
from curate.errors import InputError, MissingError
from curate.execution import Execution
from curate.export.options import ExportOptions
from curate.export.plan import plan_category
from curate.export.run import ExportReport, export_dataset
from curate.model.capture import Window
from curate.model.decision import DecisionDraft
from curate.model.rows import MaskRow, SplitRow
from curate.validate.run import validate_dataset
from curate.workspace.decisions import append_decision
from curate.workspace.pipeline import stale_because
from curate.workspace.workspace import open_workspace
from tests.workspaces import TinyWorkspace, capture, row

FRAMES: list[tuple[str, str, tuple[str, ...]]] = [
    ("good", "train", ()),
    ("scratch", "test", ("scratch",)),
    ("good", "train", ()),
    ("", "", ()),
    ("good", "test", ()),
    ("multiple", "test", ("scratch", "missing")),
    ("missing", "test", ("missing",)),
    ("scratch", "test", ("scratch", "scratch")),
]


def export(tiny: TinyWorkspace, **options: object) -> ExportReport:
    workspace, config, categories = open_workspace(tiny.root)
    known = {name: options.pop(name) for name in ("layout", "split", "link", "dry_run") if name in options}
    asked = ExportOptions(**known)  # type: ignore[arg-type]
    return export_dataset(workspace, config, categories, options=asked, **options)  # type: ignore[arg-type]


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture
def tiny(tmp_path: Path) -> TinyWorkspace:
    return TinyWorkspace(tmp_path / "line", FRAMES).write()


def test_images_are_numbered_in_shooting_order_and_their_bytes_unchanged(tiny: TinyWorkspace) -> None:
    report = export(tiny)
    root = tiny.root / "build/autovi/part"
    source = {"train/good/0000": 0, "train/good/0001": 2, "test/good/0000": 4, "test/scratch/0000": 1}
    source |= {"test/scratch/0001": 7, "test/multiple/0000": 5, "test/missing/0000": 6}
    images = {path for path in contents(root) if path.startswith(("train", "test"))}
    assert images == {f"{name}.png" for name in source}
    for name, index in source.items():
        window = tiny.root / f"windows/default/part/main/f{index}.png"
        assert (root / f"{name}.png").read_bytes() == window.read_bytes()
    assert report.findings == ()
    assert report.statistics["part"]["images"] == {
        "train": {"good": 2},
        "test": {"good": 1, "missing": 1, "multiple": 1, "scratch": 2},
    }
    assert report.statistics["part"]["regions"]["scratch"] == {
        "count": 4,
        "min_area_px": 15,
        "median_area_px": 15.0,
        "max_area_px": 15,
    }


@pytest.mark.parametrize("layout", ["autovi", "coco"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_dataset_without_an_image_is_refused(tmp_path: Path, layout: str, *, dry_run: bool) -> None:
    tiny = TinyWorkspace(tmp_path / "line", [("", "", ())] * 3).write()
    with pytest.raises(InputError, match="part would have no image: the split puts no frame on a side") as caught:
        export(tiny, layout=layout, dry_run=dry_run)
    assert "curate label import FILE -c part" in caught.value.hint
    assert "curate split -c part" in caught.value.hint
    assert not (tiny.root / "build").exists()


def test_a_dataset_that_loses_its_images_keeps_the_published_one(tiny: TinyWorkspace) -> None:
    export(tiny)
    before = contents(tiny.root / "build")
    write_table(tiny.workspace.split("default", "part"), [SplitRow("main/f1.jpg", "scratch", "", "")], SplitRow)
    with pytest.raises(InputError, match="no image"):
        export(tiny)
    assert contents(tiny.root / "build") == before


def test_what_the_published_autovi_script_insists_on(tiny: TinyWorkspace) -> None:
    export(tiny)
    root = tiny.root / "build/autovi/part"
    config = json.loads((root / "defects_config.json").read_text())
    for entry in config:
        # JSON float when relative, JSON int when absolute.
        assert type(entry["saturation_threshold"]) is (float if entry["relative_saturation"] else int)
        assert type(entry["pixel_value"]) is int
    known = {entry["pixel_value"] for entry in config}
    files = [path for path in (root / "ground_truth").rglob("*") if path.is_file()]
    folders = {path.parent.parent.relative_to(root / "ground_truth").as_posix() for path in files}
    assert folders == {"scratch", "missing", "multiple"}
    assert not folders & {"logical_anomalies", "structural_anomalies"}
    images = {
        f"{path.parent.name}/{path.stem}" for path in (root / "test").rglob("*.png") if path.parent.name != "good"
    }
    assert {f"{path.parent.parent.name}/{path.parent.name}" for path in files} == images
    for path in files:
        assert path.suffix == ".png"
        assert path.relative_to(root / "ground_truth").parts[2:] == (path.name,)
        mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert mask is not None
        assert mask.shape == (16, 16, 3)
        assert mask.dtype == np.uint8
        assert (mask == mask[:, :, :1]).all()
        values = set(np.unique(mask).tolist()) - {0}
        assert len(values) == 1
        assert values <= known
    assert sorted(path.name for path in (root / "ground_truth/multiple/0000").iterdir()) == ["0000.png", "0001.png"]


def test_the_card_says_where_every_image_comes_from(tiny: TinyWorkspace) -> None:
    report = export(tiny)
    root = tiny.root / "build/autovi/part"
    assert schema_problems(json.loads((root / "dataset.json").read_text()), "dataset") == []
    card = read_card(root / "dataset.json")
    assert card is not None
    assert card.fingerprint == report.fingerprints["part"]
    sample = next(sample for sample in card.samples if sample.path == "test/scratch/0001.png")
    assert (sample.frame, sample.shot_at, sample.series, sample.order) == (
        "main/f7.jpg",
        "2024-05-01T10:07:00",
        "main",
        7,
    )
    for origin in card.samples:
        assert origin.sha256 == sha256_file(root / origin.path)
        assert all(sha256_file(root / path) == digest for path, digest in origin.masks.items())
    assert len(card.samples) == 7


def test_the_export_reads_back_with_every_region(tiny: TinyWorkspace) -> None:
    export(tiny)
    (category,) = read_dataset(tiny.root / "build/autovi").categories
    masks = {sample.key: len(sample.masks) for sample in category.samples if sample.masks}
    assert masks == {"test/missing/0000": 1, "test/multiple/0000": 2, "test/scratch/0000": 1, "test/scratch/0001": 2}
    assert [entry.pixel_value for entry in category.defects] == [255, 254]


def test_same_bytes_whatever_the_number_of_jobs_and_how_often(tiny: TinyWorkspace, tmp_path: Path) -> None:
    export(tiny, destination=tmp_path / "one", execution=Execution(jobs=1))
    export(tiny, destination=tmp_path / "many", execution=Execution(jobs=4), link=False)
    assert contents(tmp_path / "one") == contents(tmp_path / "many")
    export(tiny, destination=tmp_path / "one")
    assert contents(tmp_path / "one") == contents(tmp_path / "many")


def test_leftovers_of_an_earlier_export_are_gone(tiny: TinyWorkspace) -> None:
    export(tiny)
    root = tiny.root / "build/autovi"
    TinyWorkspace(tiny.root, FRAMES[:5]).write()
    export(tiny)
    assert not (root / "part/test/multiple").exists()
    assert not (root / "part/ground_truth/missing").exists()
    assert [path.name for path in root.iterdir()] == ["part"]


@pytest.mark.parametrize("moment", ["while writing", "between the renames"])
def test_a_killed_export_is_completed_to_the_same_bytes(tiny: TinyWorkspace, moment: str) -> None:
    export(tiny)
    root = tiny.root / "build/autovi"
    undisturbed = contents(root)
    half = root / ".curate-new-part"
    (half / "train/good").mkdir(parents=True)
    (half / "train/good/0000.png").write_bytes(b"half")
    (half / "train/good/.curate-0123456789ab.tmp").write_bytes(b"h")
    if moment == "between the renames":
        (root / "part").rename(root / ".curate-old-part")
    else:
        assert [category.name for category in read_dataset(root).categories] == ["part"]
    export(tiny)
    assert contents(root) == undisturbed


def test_a_failure_leaves_the_old_export(tiny: TinyWorkspace) -> None:
    export(tiny)
    before = contents(tiny.root / "build")
    (tiny.root / "windows/default/part/main/f7.png").unlink()
    with pytest.raises(MissingError, match="curate crop"):
        export(tiny)
    assert contents(tiny.root / "build") == before
    assert [path.name for path in (tiny.root / "build/autovi").iterdir()] == ["part"]


def test_a_folder_that_curate_did_not_write_is_never_replaced(tiny: TinyWorkspace, tmp_path: Path) -> None:
    (tmp_path / "mine/part").mkdir(parents=True)
    (tmp_path / "mine/part/thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not written by curate"):
        export(tiny, destination=tmp_path / "mine")
    assert (tmp_path / "mine/part/thesis.txt").read_text() == "years of work"


def test_hard_links_only_when_wanted(tiny: TinyWorkspace, tmp_path: Path) -> None:
    export(tiny, destination=tmp_path / "linked")
    export(tiny, destination=tmp_path / "copied", link=False)
    window = tiny.root / "windows/default/part/main/f0.png"
    assert (tmp_path / "linked/part/train/good/0000.png").samefile(window)
    assert not (tmp_path / "copied/part/train/good/0000.png").samefile(window)


def test_what_is_left_out_is_reported(tmp_path: Path) -> None:
    frames = [*FRAMES, ("good", "test", ("scratch",)), ("scratch", "test", ())]
    tiny = TinyWorkspace(tmp_path / "line", frames, status={4: "review"}).write()
    report = export(tiny, dry_run=True)
    assert [(finding.code, finding.related) for finding in report.findings] == [
        ("CUR555", ("main/f9.png",)),
        ("CUR556", ("main/f8.png",)),
        ("CUR553", ("main/f4.jpg",)),
    ]
    assert "review: ambiguous match (1)" in report.findings[2].message
    assert not (tiny.root / "build").exists()


def test_an_unsplit_category_names_the_command(tiny: TinyWorkspace) -> None:
    tiny.workspace.split("default", "part").unlink()
    with pytest.raises(MissingError, match="curate split"):
        export(tiny)


def test_another_split_goes_to_a_folder_of_its_own(tiny: TinyWorkspace) -> None:
    rows = read_table(tiny.workspace.split("default", "part"), SplitRow)
    write_table(
        tiny.workspace.split("cv-fold1", "part"), [replace(row, side="test") for row in rows if row.label], SplitRow
    )
    report = export(tiny, split="cv-fold1")
    assert report.root == "build/autovi-cv-fold1"
    assert report.statistics["part"]["images"] == {"test": {"good": 3, "missing": 1, "multiple": 1, "scratch": 2}}
    with pytest.raises(MissingError, match="no split named cv-fold2; there are cv-fold1, default"):
        export(tiny, split="cv-fold2")


@pytest.mark.parametrize(("drawn", "level"), [((), "weak"), (("scratch",), "strong")])
def test_defects_that_train_keep_their_masks_apart(tmp_path: Path, drawn: tuple[str, ...], level: str) -> None:
    frames = [("good", "train", ()), ("scratch", "train", drawn), *FRAMES[4:]]
    tiny = TinyWorkspace(tmp_path / "line", frames).write()
    export(tiny)
    root = tiny.root / "build/autovi/part"
    card = read_card(root / "dataset.json")
    assert card is not None
    assert card.supervision == level
    assert (root / "train/scratch/0000.png").is_file()
    masks = [path.relative_to(root).as_posix() for path in root.rglob("ground_truth_train/*/*/*.png")]
    assert masks == (["ground_truth_train/scratch/0000/0000.png"] if drawn else [])
    (category,) = read_dataset(tiny.root / "build/autovi").categories
    (trained,) = [sample for sample in category.samples if sample.key == "train/scratch/0000"]
    assert list(trained.masks) == [f"part/{mask}" for mask in masks]
    assert [
        finding.code for finding in validate_dataset(tiny.root / "build/autovi").findings if finding.severity == "error"
    ] == []


def test_a_tile_beside_the_defect_of_its_frame_is_good_and_on_its_frames_side() -> None:
    rows = [SplitRow("main/a.jpg", "scratch", "test", ""), SplitRow("main/b.jpg", "good", "train", "")]
    windows = [
        row(Window, frame=f"main/{frame}.jpg", image=f"main/{frame}_{tile}.png", status="accepted", mode="tile")
        for frame in "ab"
        for tile in (0, 1)
    ]
    masks = [row(MaskRow, image="main/a_1.png", mask="main/a_1/0000.png", defect="scratch", pixel_value=255)]
    captures = {f"main/{frame}.jpg": capture(f"main/{frame}.jpg") for frame in "ab"}
    plan = plan_category(rows, windows, masks, captures, record="r.csv")
    assert {sample.image: sample.target for sample in plan.samples} == {
        "main/a_0.png": "test/good/0000.png",
        "main/a_1.png": "test/scratch/0000.png",
        "main/b_0.png": "train/good/0000.png",
        "main/b_1.png": "train/good/0001.png",
    }
    assert plan.findings == ()


def test_masks_of_frames_that_a_person_called_good_since_are_left_out(tiny: TinyWorkspace) -> None:
    workspace, _, (category,) = open_workspace(tiny.root)
    export(tiny)
    append_decision(workspace, "part", DecisionDraft("main/f7.jpg", "label", "good", "only dust"), seen=None)
    assert stale_because(workspace, "export", category) == ["1 decision is new: label of main/f7.jpg: good (only dust)"]
    # The split has not run again, so it still calls the frame a scratch.
    report = export(tiny)
    assert report.statistics["part"]["images"]["test"] == {"good": 1, "missing": 1, "multiple": 1, "scratch": 1}
    assert [(finding.code, finding.severity, finding.path) for finding in report.findings] == [
        ("CUR555", "error", "records/splits/default/part.csv"),
        ("CUR458", "info", "main/f7.jpg"),
    ]
    assert report.findings[1].message == "called good by hand: only dust: 2 masks are left out"
    rows = read_table(workspace.split("default", "part"), SplitRow)
    rows = [replace(row, label="good") if row.frame == "main/f7.jpg" else row for row in rows]
    write_table(workspace.split("default", "part"), rows, SplitRow)
    report = export(tiny)
    assert report.statistics["part"]["images"]["test"] == {"good": 2, "missing": 1, "multiple": 1, "scratch": 1}
    assert [finding.code for finding in report.findings] == ["CUR458"]
    assert stale_because(workspace, "export", category) == []
