"""Frames and labels found in the wild go through a whole workspace: cases sets/supervised and sets/dots."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from curate.datasets.dataset import read_dataset
from tests.conftest import Curate
from tests.datasets.trees import array, counts


def made(script: Path, folder: Path) -> Path:
    """Run a case's script in a folder of its own."""
    folder.mkdir()
    subprocess.run([sys.executable, str(script.resolve())], cwd=folder, check=True)
    return folder


def labelled(root: Path, case: Path, curate: Curate, split: str, defect: str, *options: str) -> None:
    """Make a workspace and take a case's frames and labels in, up to the masks."""
    assert curate("init", root).code == 0
    with (root / "curate.toml").open("a", encoding="utf-8") as config:
        config.write(f'\n[categories.part]\nsplit = {split}\n[categories.part.defects.{defect}]\nkind = "structural"\n')
    at = ("-c", "part", "-C", root)
    steps = (
        ("import", case / "frames", *options, *at),
        ("label", "import", case / "labelme", *at),
        ("crop", *at),
        ("mask", *at),
    )
    for step in steps:
        done = curate(*step)
        assert (done.code, "warning" in done.err) == (0, False), done.err


POLICIES = {
    # Five parts of four frames, all defective: 20 frames, and how many of them train.
    '{ policy = "chronological", train = 0.6, supervised = true }': 12,
    '{ policy = "grouped", by = "specimen", train = 0.4, supervised = true }': 8,
    '{ policy = "k-fold", folds = 5, by = "specimen", supervised = true }': 16,
}


@pytest.mark.parametrize("policy", POLICIES)
def test_frames_that_are_all_defective(shared: Path, tmp_path: Path, curate: Curate, policy: str) -> None:
    # case sets/supervised
    root = tmp_path / "w"
    case = made(shared / "cases/sets/supervised/make.py", tmp_path / "case")
    labelled(root, case, curate, policy, "pit", "--pattern", r"part(?P<specimen>\d+)")
    at = ("-c", "part", "-C", root)
    done = curate("split", *at)
    assert (done.code, "warning" in done.err) == (0, False), done.err
    fold = ("--split", "default-fold1") if "k-fold" in policy else ()
    done = curate("export", *fold, "-o", root / "out", "-C", root)
    assert done.code == 0, done.err
    train = POLICIES[policy]
    assert counts(read_dataset(root / "out")) == {"part": {"train/pit": train, "test/pit": 20 - train}}
    assert f"train {train} pit; test {20 - train} pit; 20 regions" in done.out
    said = json.loads(curate("validate", root / "out", "--json").out)
    assert [(one["severity"], one["code"]) for one in said["findings"]] == [("info", "CUR104")] * 2
    back = curate("convert", root / "out", "-o", tmp_path / "coco", "--to", "coco", "--check", "--no-card", "--no-sync")
    assert (back.code, back.out.splitlines()[0]) == (0, "part: 20 images, 20 regions")


def test_frames_whose_names_are_time_stamps_with_dots(shared: Path, tmp_path: Path, curate: Curate) -> None:
    # case sets/dots, makews.py
    root = tmp_path / "w"
    case = made(shared / "cases/sets/dots/makews.py", tmp_path / "case")
    labelled(root, case, curate, '{ policy = "chronological", train = 0.5 }', "scratch")
    for layout in ("autovi", "mvtec-ad", "coco", "yolo"):
        assert curate("split", "-c", "part", "-C", root).code == 0
        done = curate("export", "--layout", layout, "-o", root / layout, "-C", root)
        assert (done.code, "train 4 good; test 5 good, 3 scratch; 3 regions" in done.out) == (0, True), done.err
        assert curate("validate", root / layout).code == 0
        found = counts(read_dataset(root / layout)).values()
        assert list(found) == [{"train/good": 4, "test/good": 5, "test/scratch": 3}]


ROWS = 80
SEVERSTAL = {
    # Of the first rows of each sample table: images, and those with a region, counted with cut and sort -u.
    "pseudo_ImageId_ClassId_head3000.csv": (20, 7),
    "val_df_pivot.csv": (80, 80),
}


@pytest.mark.parametrize("table", SEVERSTAL)
def test_tables_of_severstal_with_pictures_of_their_own(
    tmp_path: Path, shared: Path, curate: Curate, table: str
) -> None:
    content = (shared / "data/severstal" / table).read_text(encoding="utf-8")
    content = "".join(content.splitlines(keepends=True)[: 1 + ROWS])
    rows = list(csv.DictReader(content.splitlines()))
    named = {(row.get("ImageId_ClassId") or row["img"]).partition("_")[0] for row in rows}
    rng = np.random.default_rng(1)
    for name in named:
        array(tmp_path / "steel/train_images" / name, rng.integers(60, 190, (256, 1600), dtype=np.uint8))
    (tmp_path / "steel/train.csv").write_text(content, encoding="utf-8")
    (found,) = counts(read_dataset(tmp_path / "steel")).values()
    defective = sum(number for side, number in found.items() if side != "test/good")
    assert (sum(found.values()), defective) == SEVERSTAL[table]
    said = json.loads(curate("validate", tmp_path / "steel", "--json").out)
    assert [one for one in said["findings"] if one["severity"] == "error"] == []
