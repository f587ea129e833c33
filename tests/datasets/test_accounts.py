"""Every file below a root is used or left out with a reason; a layout is taken only when it explains every image."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from curate.datasets.dataset import read_dataset
from curate.errors import InputError
from tests.conftest import Curate
from tests.datasets.trees import HEIGHT_PX, WIDTH_PX, areas, counts, mask, picture, text

BOX = (0, 0, 2, 2, 255)


def mvtec(root: Path, good: str = "good", bad: str = "dent") -> None:
    for place in (f"train/{good}/000", f"test/{good}/000", f"test/{bad}/000"):
        picture(root / f"part/{place}.png")
    mask(root / f"part/ground_truth/{bad}/000_mask.png", BOX)
    text(root / "part/license.txt", "CC0")


def plain(root: Path) -> None:
    for part in ("nut", "bolt"):
        for place in ("good/000", "good/001", "dent/000"):
            picture(root / f"{part}/{place}.png")
        mask(root / f"{part}/masks/dent/000.png", BOX)


def btad(root: Path) -> None:
    for place in ("train/ok/0000", "test/ok/0001", "test/ko/0002"):
        picture(root / f"01/{place}.bmp")
    mask(root / "01/ground_truth/ko/0002.png", BOX)


def kolektor(root: Path) -> None:
    for number in ("10000", "10001"):
        picture(root / f"train/{number}.png")
        mask(root / f"train/{number}_GT.png", *([BOX] if number == "10001" else []))


def coco(root: Path) -> None:
    images = [{"id": n, "file_name": f"{n}.png", "width": WIDTH_PX, "height": HEIGHT_PX} for n in (1, 2)]
    entry = {"id": 1, "image_id": 1, "category_id": 7, "bbox": [0, 0, 2, 2]}
    document = {"images": images, "categories": [{"id": 7, "name": "dent"}], "annotations": [entry]}
    text(root / "annotations/instances_test.json", json.dumps(document))
    for number in (1, 2):
        picture(root / f"images/test/{number}.png")


def yolo(root: Path) -> None:
    text(root / "data.yaml", "names: [dent]\n")
    for name, line in (("a", "0 0.5 0.5 0.5 0.5\n"), ("b", "")):
        picture(root / f"images/test/{name}.png")
        text(root / f"labels/test/{name}.txt", line)


def voc(root: Path) -> None:
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>"
    for name, drawn in (("a", f"<object><name>dent</name>{box}</object>"), ("b", "")):
        picture(root / f"images/{name}.png")
        text(root / f"annotations/{name}.xml", f"<annotation><filename>{name}.png</filename>{drawn}</annotation>")


def severstal(root: Path) -> None:
    for name in ("a", "b"):
        picture(root / f"train_images/{name}.jpg", (1600, 256))
    picture(root / "test_images/z.jpg", (1600, 256))
    text(root / "train.csv", "ImageId,ClassId,EncodedPixels\na.jpg,3,1 4\n")


def dagm(root: Path) -> None:
    for folder in ("Class1", "Class1_def"):
        picture(root / f"{folder}/1.png", (64, 64))
    text(root / "Class1_def/labels.txt", "1\t9\t5\t-0.42\t30\t30\n")


TREES: tuple[Callable[[Path], None], ...] = (mvtec, plain, btad, kolektor, coco, yolo, voc, severstal, dagm)
LITTER = (
    "._000.png",
    ".ipynb_checkpoints/000-checkpoint.png",  # case 56-litter
    "@eaDir/000.png/SYNOPHOTO_THUMB_XL.png",
    "#recycle/000.png",
    "__MACOSX/000.png",
    "Thumbs.db",
)


@pytest.mark.parametrize("draw", TREES, ids=lambda draw: draw.__name__)
def test_used_and_left_out_are_all_there_is(tmp_path: Path, draw: Callable[[Path], None]) -> None:
    draw(tmp_path)
    before = read_dataset(tmp_path)
    folders = sorted({path.parent for path in tmp_path.rglob("*") if path.is_file()})
    for folder in folders:
        for name in LITTER:
            picture(folder / f"{name}.png").rename(folder / name) if name.endswith(".db") else picture(folder / name)
    after = read_dataset(tmp_path)
    assert (after.layout, counts(after), areas(tmp_path)) == (before.layout, counts(before), areas(tmp_path, before))
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    left_out = {out.place: out.reason for out in after.files.left_out}
    assert after.files.used + len(left_out) == after.files.total == len(files)
    assert left_out.keys() <= files
    assert sum(reason == "hidden, or left by a program" for reason in left_out.values()) == len(folders) * len(LITTER)


@pytest.mark.parametrize("draw", TREES[3:7], ids=lambda draw: draw.__name__)
def test_a_layout_that_leaves_an_image_unexplained_is_not_taken(
    tmp_path: Path, draw: Callable[[Path], None], curate: Curate
) -> None:
    draw(tmp_path)
    picture(tmp_path / "elsewhere/deep/x.png")
    with pytest.raises(InputError, match=r"leaves 1 images unexplained: elsewhere/deep/x\.png"):
        read_dataset(tmp_path)
    (name,) = {"kolektor": "kolektorsdd2", "voc": "neu-det"}.get(draw.__name__, draw.__name__).split()
    said = read_dataset(tmp_path, name).findings
    assert ("CUR196", "error", "elsewhere/deep/x.png") in {(one.code, one.severity, one.path) for one in said}
    assert curate("convert", tmp_path, tmp_path.with_name("out"), "--to", "coco", "--no-card").code == 2


def test_every_candidate_is_named_with_what_it_leaves(tmp_path: Path) -> None:
    coco(tmp_path)
    yolo(tmp_path)
    with pytest.raises(InputError) as caught:
        read_dataset(tmp_path)
    assert "COCO leaves 2 images unexplained" in str(caught.value)
    assert "YOLO (boxes and outlines) leaves 2 images unexplained" in str(caught.value)
    assert "--layout" in str(caught.value)


@pytest.mark.parametrize("good", ["OK", "Normal", "defect-free", "0", "pass"])
def test_52_good_words_are_known_in_every_room(tmp_path: Path, curate: Curate, good: str) -> None:
    # case 52-folder-words-OK-NG
    mvtec(tmp_path, good, "NG")
    assert counts(read_dataset(tmp_path)) == {"part": {"train/good": 1, "test/good": 1, "test/NG": 1}}
    result = curate("convert", tmp_path, tmp_path.with_name("out"), "--to", "autovi", "--check", "--no-card")
    assert (result.code, result.out.splitlines()[0]) == (0, "part: 3 images, 1 regions")


def test_52c_two_parts_of_plain_folders_keep_their_masks(tmp_path: Path) -> None:
    # case 52c-two-parts-of-plain-folders
    plain(tmp_path)
    dataset = read_dataset(tmp_path)
    assert counts(dataset) == {name: {"test/good": 2, "test/dent": 1} for name in ("bolt", "nut")}
    assert areas(tmp_path) == {f"{name}/test/dent/000": [("dent", 4)] for name in ("bolt", "nut")}


def test_52e_one_mask_for_two_images_makes_neither_known(tmp_path: Path) -> None:
    # case 52e-flat-mask-folder-two-defects
    for place in ("good/005", "dent/000", "scratch/000"):
        picture(tmp_path / f"{place}.png")
    mask(tmp_path / "masks/000.png", BOX)
    dataset = read_dataset(tmp_path)
    assert counts(dataset) == {tmp_path.name: {"test/good": 1}}
    (finding, _) = dataset.findings
    assert (finding.code, finding.path, finding.related) == (
        "CUR197",
        "masks/000.png",
        ("dent/000.png", "scratch/000.png"),
    )


def test_a_good_image_with_a_marked_mask_is_not_good(tmp_path: Path) -> None:
    for place in ("good/000", "good/001", "dent/002"):
        picture(tmp_path / f"{place}.png")
    mask(tmp_path / "masks/good/000.png", BOX)
    mask(tmp_path / "masks/good/001.png")
    mask(tmp_path / "masks/dent/002.png", BOX)
    dataset = read_dataset(tmp_path)
    assert counts(dataset) == {tmp_path.name: {"test/good": 1, "test/dent": 1}}
    assert dataset.findings[0].message == "is called good, and masks/good/000.png marks something in it"


def test_57_an_inverted_mask_is_remarked(tmp_path: Path, curate: Curate) -> None:
    # case 57-mask-inverted
    mvtec(tmp_path)
    mask(tmp_path / "part/ground_truth/dent/000_mask.png", (0, 0, WIDTH_PX, HEIGHT_PX - 1, 255))
    assert "marks 88% of the picture: it may be inverted" in curate("validate", tmp_path).out
    said = curate("convert", tmp_path, tmp_path.with_name("out"), "--to", "coco", "--no-card").err
    assert "a region of dent marks 88% of it: its mask may be inverted" in said


def test_recorded_sizes_are_those_of_the_files(tmp_path: Path) -> None:
    coco(tmp_path)
    picture(tmp_path / "images/test/1.png", (HEIGHT_PX, WIDTH_PX))
    dataset = read_dataset(tmp_path)
    assert counts(dataset) == {tmp_path.name: {"test/good": 1}}
    assert dataset.findings[0].code == "CUR503"
    assert "is 8×12 (width × height), annotations/instances_test.json says 12×8" in dataset.findings[0].message


def test_the_account_is_told(tmp_path: Path, curate: Curate) -> None:
    coco(tmp_path / "data")
    text(tmp_path / "data/notes.md", "x")
    result = curate("convert", tmp_path / "data", tmp_path / "out", "--to", "coco", "--no-card", "-v")
    assert "files: 4 = 3 used + 1 left out\n  1 no part of the layout: notes.md\nentries: 4 = 4 used" in result.err
    document = json.loads(
        curate("convert", tmp_path / "data", tmp_path / "out", "--to", "coco", "--no-card", "--json").out
    )
    assert document["account"]["files"] == {
        "used": 3,
        "left_out": [{"place": "notes.md", "reason": "no part of the layout"}],
        "total": 4,
    }
    assert "files: 4 = 3 used + 1 left out" in curate("validate", tmp_path / "data", "-v").err


def test_names_with_dots_keep_their_masks(tmp_path: Path, curate: Curate) -> None:
    """A name such as a_jpg.rf.1111 lost what is behind its last dot, and two images one mask folder."""
    for number in ("1111", "2222"):
        picture(tmp_path / f"data/part/test/dent/a_jpg.rf.{number}.png")
        mask(tmp_path / f"data/part/ground_truth/dent/a_jpg.rf.{number}_mask.png", BOX)
    picture(tmp_path / "data/part/test/good/0.png")
    for layout in ("autovi", "mvtec-ad", "mvtec-loco", "visa", "coco", "yolo"):
        out = tmp_path / layout
        assert curate("convert", tmp_path / "data", out, "--to", layout, "--check", "--no-card").code == 0
