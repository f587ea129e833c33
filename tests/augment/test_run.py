from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from curate.augment.run import augment_dataset
from curate.datasets.card import format_card, read_card
from curate.datasets.dataset import read_dataset
from curate.disk.schema import schema_problems
from curate.errors import InputError
from curate.execution import Execution
from curate.imaging.images import read_pixels, write_png
from curate.model.card import Card, SampleOrigin
from curate.validate.run import validate_dataset
from tests.crop.workspaces import texture


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for split, label, names in (("train", "good", "01"), ("test", "good", "01"), ("test", "dent", "012")):
        for name in names:
            write_png(root / "part" / split / label / f"000{name}.png", texture(90, 70, int(name)))
    for name in "012":
        mask = np.zeros((70, 90, 3), np.uint8)
        mask[30:40, 40:55] = 7
        write_png(root / "part/ground_truth/dent" / f"000{name}" / "0000.png", mask)
    entry = {"defect_name": "dent", "pixel_value": 7, "saturation_threshold": 1.0, "relative_saturation": True}
    (root / "part" / "defects_config.json").write_text(json.dumps([entry]), encoding="utf-8")
    return root


def tree(root: Path) -> dict[str, str]:
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_copies_masks_and_records(dataset: Path, tmp_path: Path) -> None:
    report = augment_dataset(dataset, tmp_path / "out", copies=4, seed=5)
    assert (len(report.rows), report.kept, report.findings) == (20, 2, ())
    (category,) = read_dataset(tmp_path / "out").categories
    assert len(category.of_split("test")) == 20
    assert len(category.of_split("train")) == 2
    assert all(len(sample.masks) == (sample.label == "dent") for sample in category.of_split("test"))
    with (tmp_path / "out" / "augmentation.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["image"] == "part/test/dent/0000_0.png"
    for row in rows:
        content = (tmp_path / "out" / row["image"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
        same = np.array_equal(read_pixels(tmp_path / "out" / row["image"]), read_pixels(dataset / row["source"]))
        assert same == (not row["steps"])
    settings = json.loads((tmp_path / "out" / "augmentation.json").read_text())
    assert [entry["name"] for entry in settings["transforms"]] == ["rotate", "noise"]
    assert schema_problems(settings, "augmentation") == []


def test_a_single_copy_keeps_its_images_name(dataset: Path, tmp_path: Path) -> None:
    augment_dataset(dataset, tmp_path / "out")
    kept = {name for name in tree(tmp_path / "out") if not name.startswith("augmentation")}
    assert kept == set(tree(dataset))
    train = "part/train/good/0000.png"
    assert tree(tmp_path / "out")[train] == tree(dataset)[train]


def test_the_same_seed_gives_the_same_bytes_whatever_the_jobs(dataset: Path, tmp_path: Path) -> None:
    for name, jobs, seed in (("one", 1, 9), ("two", 3, 9), ("other", 1, 8)):
        augment_dataset(dataset, tmp_path / name, copies=3, seed=seed, execution=Execution(jobs=jobs))
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert tree(tmp_path / "one") != tree(tmp_path / "other")


def test_an_earlier_augmentation_is_replaced_and_anything_else_is_not(dataset: Path, tmp_path: Path) -> None:
    augment_dataset(dataset, tmp_path / "out", copies=2)
    augment_dataset(dataset, tmp_path / "out")
    assert not (tmp_path / "out/part/test/dent/0000_1.png").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]
    with pytest.raises(InputError, match="not written by curate"):
        augment_dataset(dataset, dataset)


def test_a_region_that_leaves_its_picture_is_counted(dataset: Path, tmp_path: Path) -> None:
    corner, middle = np.zeros((70, 90), np.uint8), np.zeros((70, 90), np.uint8)
    corner[0, 0] = 7  # a corner always leaves the picture when it is turned
    middle[30:40, 40:50] = 7
    write_png(dataset / "part/ground_truth/dent/0001/0000.png", corner)
    write_png(dataset / "part/ground_truth/dent/0001/0001.png", middle)
    report = augment_dataset(dataset, tmp_path / "out", copies=20, names=["rotate"])
    rows = [row for row in report.rows if row.source.endswith("dent/0001.png")]
    assert any(row.steps for row in rows)
    assert all(row.lost == bool(row.steps) for row in rows)


def test_a_picture_that_would_lose_all_its_regions_is_not_turned(dataset: Path, tmp_path: Path) -> None:
    corner = np.zeros((70, 90), np.uint8)
    corner[0, 0] = 7
    for path in (dataset / "part/ground_truth/dent/0001").iterdir():
        path.unlink()
    write_png(dataset / "part/ground_truth/dent/0001/0000.png", corner)
    report = augment_dataset(dataset, tmp_path / "out", copies=20, names=["rotate", "noise"])
    rows = [row for row in report.rows if row.source.endswith("dent/0001.png")]
    assert {row.steps.partition("=")[0] for row in rows} == {"", "noise"}
    assert all((row.masks, row.lost) == (1, 0) for row in rows)


def test_an_empty_split_is_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no image in its split val"):
        augment_dataset(dataset, tmp_path / "out", split="val")


def test_an_unreadable_image_is_a_finding(dataset: Path, tmp_path: Path) -> None:
    (dataset / "part/test/good/0001.png").write_bytes(b"junk")
    report = augment_dataset(dataset, tmp_path / "out")
    assert [(finding.code, finding.path) for finding in report.findings] == [("CUR201", "part/test/good/0001.png")]
    assert len(report.rows) == 4


def test_the_card_is_carried_over_with_what_is_there_now(dataset: Path, tmp_path: Path) -> None:
    images = ["train/good/0000.png", "train/good/0001.png", "test/dent/0000.png"]
    card = Card(
        category="part",
        name="plant",
        version="2",
        license="CC-BY-4.0",
        description="clips",
        layout="autovi",
        fingerprint="sha256:" + 64 * "0",
        supervision="none",
        split={"name": "default"},
        statistics={"images": {"test": {"good": 2}}, "regions": {}, "sizes_px": {"90×70": 7}},
        samples=tuple(SampleOrigin(path, 64 * "0", frame=f"main/{number}.jpg") for number, path in enumerate(images)),
    )
    (dataset / "part" / "dataset.json").write_text(format_card(card), encoding="utf-8")
    augment_dataset(dataset, tmp_path / "out", copies=2, seed=5)
    fresh = read_card(tmp_path / "out" / "part" / "dataset.json")
    assert fresh is not None
    assert (fresh.name, fresh.license, fresh.supervision) == ("plant", "CC-BY-4.0", "none")
    assert fresh.description == "clips (2 changed copies of each image of test, seed 5)"
    assert fresh.statistics["images"] == {"train": {"good": 2}, "test": {"dent": 6, "good": 4}}
    assert fresh.statistics["regions"]["dent"]["count"] == 6
    origins = {origin.path: origin for origin in fresh.samples}
    assert len(origins) == 12
    assert origins["test/dent/0000_1.png"].frame == "main/2.jpg"
    assert origins["train/good/0001.png"].frame == "main/1.jpg"
    for path, origin in origins.items():
        assert origin.sha256 == hashlib.sha256((tmp_path / "out" / "part" / path).read_bytes()).hexdigest()
    report = validate_dataset(tmp_path / "out")
    assert [finding.code for finding in report.findings if "dataset.json" in finding.path] == []
