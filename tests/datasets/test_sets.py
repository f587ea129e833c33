"""Sets as they are found in the wild go the whole way: ../shared/cases/sets, each case by its folder's name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from curate.datasets.dataset import read_dataset
from curate.datasets.truth import read_truth
from curate.imaging.maps import image_size
from tests.conftest import Curate
from tests.datasets.trees import HEIGHT_PX, WIDTH_PX, areas, array, counts, mask, picture, text

BOX_PX = 12 * 16
"""Area of the masks that `official/make.py` draws: rows 8 to 20, columns 8 to 24."""

Made = dict[str, Path]


@pytest.fixture(scope="session")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run every case's script in a folder of its own; returns the folder above."""
    root = tmp_path_factory.mktemp("sets")
    for script in sorted((shared / "cases/sets").glob("*/*.py")):
        folder = root / script.parent.name
        folder.mkdir(exist_ok=True)
        subprocess.run([sys.executable, str(script.resolve())], cwd=folder, check=True)
    return root


def regions(root: Path, layout: str | None = None) -> dict[str, int]:
    """Count regions by defect, as they are read."""
    return dict(_regions(root, layout))


@cache
def _regions(root: Path, layout: str | None) -> Counter[str]:
    found: Counter[str] = Counter()
    dataset = read_dataset(root, layout)
    for category in dataset.categories:
        for sample in category.samples:
            if sample.masks or sample.regions:
                truths = read_truth(root, category, sample, image_size(root / sample.path))
                found.update(truth.entry.defect_name for truth in truths)
    return found


def sides(root: Path, layout: str | None = None) -> dict[str, int]:
    """Count images by ``split/label``, over all categories."""
    total: Counter[str] = Counter()
    for own in counts(read_dataset(root, layout)).values():
        total.update(own)
    return dict(total)


OFFICIAL = {
    # case sets/official: layout, images by split and label, regions by defect
    "ad2": ("mvtec-ad-2", {"train/good": 4, "val/good": 4, "test/good": 4, "test/bad": 4}, {"bad": 4}),
    "aitex": ("aitex", {"test/good": 4, "test/002": 4}, {"002": 4}),
    "btad": ("btad", {"train/good": 4, "test/good": 4, "test/ko": 4}, {"ko": 4}),
    "cad3": ("mvtec-ad", {"train/good": 4, "test/good": 4, "test/bad": 4}, {"bad": 4}),
    "dtd": ("mvtec-ad", {"train/good": 4, "test/good": 4, "test/bad": 4}, {"bad": 4}),
    "deepcrack": ("deepcrack", {"train/crack": 4, "test/crack": 4}, {"crack": 8}),
    "eyecandies": ("eyecandies", {"train/good": 8, "val/good": 8, "test/good": 4, "test/anomaly": 4}, {"anomaly": 4}),
    "gc10": ("voc", {"test/1_chongkong": 4}, {"1_chongkong": 4}),
    "goodsad": ("mvtec-ad", {"train/good": 4, "test/good": 4, "test/surface_damage": 4}, {"surface_damage": 4}),
    "ksdd2": ("kolektorsdd2", {"train/good": 2, "train/defect": 2, "test/good": 2, "test/defect": 2}, {"defect": 4}),
    "loco": (
        "mvtec-loco",
        {
            "train/good": 4,
            "val/good": 4,
            "test/good": 4,
            "test/logical_anomalies": 4,
            "test/structural_anomalies": 4,
        },
        {"missing_almonds": 4, "scratch": 4},
    ),
    "mpdd": ("mvtec-ad", {"train/good": 4, "test/good": 4, "test/hole": 4}, {"hole": 4}),
    "pku_pcb": ("pku-pcb", {"test/good": 4, "test/missing_hole": 4}, {"missing_hole": 8}),
    "realiad": ("real-iad", {"train/good": 4, "test/good": 4, "test/BX": 8}, {"BX": 8}),
    "rsdds": ("rsdds", {"test/defect": 4}, {"defect": 4}),
    "segm": ("segmentation", {"train/defect": 4, "test/defect": 4}, {"defect": 8}),
    "wood": ("wood", {"test/Live_Knot": 4}, {"Live_Knot": 4}),
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_trees_validate_without_an_error_and_convert_without_a_loss(
    made: Path, name: str, curate: Curate, tmp_path: Path
) -> None:
    root = made / "official" / name
    layout, images, defects = OFFICIAL[name]
    assert read_dataset(root).layout == layout
    assert sides(root) == images
    assert regions(root) == defects
    checked = json.loads(curate("validate", root, "--json", "--no-cache").out)
    assert [one for one in checked["findings"] if one["severity"] == "error"] == []
    for to in ("autovi", "coco"):
        done = curate("convert", root, "-o", tmp_path / to, "--to", to, "--check", "--no-card", "--no-sync")
        assert done.code == 0, done.err
        assert sum(regions(tmp_path / to).values()) == sum(defects.values())


def test_roboflow_valid_is_validation_and_no_category(made: Path, curate: Curate) -> None:
    # case sets/roboflow
    assert counts(read_dataset(made / "roboflow/rf")) == {
        "rf": {"train/good": 3, "train/scratch": 3, "val/good": 2, "val/scratch": 1, "test/good": 2, "test/scratch": 1}
    }
    assert curate("validate", made / "roboflow/rf").code == 0


@pytest.mark.parametrize(
    "to", ["autovi", "mvtec-ad", "mvtec-loco", "visa", "coco", "yolo", "huggingface", "webdataset"]
)
def test_dots_in_names_keep_every_mask(made: Path, curate: Curate, tmp_path: Path, to: str) -> None:
    # case sets/dots
    done = curate("convert", made / "dots/coco", "-o", tmp_path, "--to", to, "--check", "--no-card", "--no-sync")
    assert done.code == 0, done.err
    assert sum(regions(tmp_path).values()) == 3
    assert sum(len(own.samples) for own in read_dataset(tmp_path).categories) == 3


def test_the_same_coco_file_at_two_places_is_read_once(made: Path) -> None:
    # case sets/coco, twice
    dataset = read_dataset(made / "coco/twice")
    assert [one.code for one in dataset.findings] == []
    assert sides(made / "coco/twice") == {"train/good": 1, "train/scratch": 2, "test/good": 1, "test/scratch": 2}
    assert dataset.files.left_out == ()


def test_coco_with_images_below_each_split(made: Path) -> None:
    # case sets/coco, inner
    assert sides(made / "coco/inner") == {"train/good": 1, "train/scratch": 2, "test/good": 1, "test/scratch": 2}


def test_a_box_below_a_pixel_stops_nothing_and_all_are_named(made: Path, curate: Curate, tmp_path: Path) -> None:
    # case sets/coco, subpixel
    root = made / "coco/subpixel"
    said = "region 2 (scratch) leaves no pixel in it: 0.16×0.42 px at 30,30"
    assert f"error CUR405 test/test2.jpg: {said}" in curate("validate", root).out
    refused = curate("convert", root, "-o", tmp_path / "no", "--to", "autovi", "--no-card")
    assert refused.code == 2
    assert f"1 images have regions that cannot be used:\n  test/test2.jpg: {said}" in refused.err
    assert "--skip-bad" in refused.err
    assert not (tmp_path / "no/subpixel").exists()
    done = curate("convert", root, "-o", tmp_path / "yes", "--to", "autovi", "--no-card", "--skip-bad")
    assert done.code == 1
    assert f"error CUR197 test/test2.jpg: is left out: test/test2.jpg: {said}" in done.err
    assert sides(tmp_path / "yes") == {"train/good": 3, "test/good": 1, "test/scratch": 1}


def test_boxes_outside_and_of_negative_width(made: Path, curate: Curate, tmp_path: Path) -> None:
    # case sets/coco, outside: each is named, one makes its image unknown, the other is refused until it is skipped
    found = json.loads(curate("validate", made / "coco/outside", "--json").out)["findings"]
    errors = {(one["code"], one["path"]) for one in found if one["severity"] == "error"}
    assert errors == {
        ("CUR197", "test/test3.jpg"),
        ("CUR405", "test/test2.jpg"),
        ("CUR514", "test/_annotations.coco.json#image-3"),
    }
    out = tmp_path / "out"
    assert curate("convert", made / "coco/outside", "-o", out, "--to", "coco", "--no-card", "--skip-bad").code == 1
    assert sides(out) == {"train/good": 3, "test/good": 1, "test/scratch": 1}


@pytest.mark.parametrize(("tree", "left"), [("mvtec", 10), ("mt", 6)])
def test_empty_masks_are_all_named_and_skipped(
    made: Path, curate: Curate, tmp_path: Path, tree: str, left: int
) -> None:
    # case sets/emptymask
    root = made / "emptymask" / tree
    errors = [one for one in curate("validate", root).out.splitlines() if one.startswith("error CUR405")]
    refused = curate("convert", root, "-o", tmp_path / "no", "--to", "coco", "--no-card")
    named = [line for line in refused.err.splitlines() if "is empty: a region has at least one pixel" in line]
    assert (len(errors), refused.code, len(named)) == (2, 2, 2)
    done = curate("convert", root, "-o", tmp_path / "yes", "--to", "coco", "--no-card", "--skip-bad", "--check")
    assert done.code == 1
    assert f"{left} images, 2 regions" in done.out


@pytest.mark.parametrize(
    ("tree", "options", "images"),
    [
        ("pan", [], {"train/good": 6, "test/good": 6, "test/defective": 6}),
        ("ew", [], {"train/good": 6, "test/good": 6, "test/1_defective": 6}),
        ("num", [], {"train/good": 6, "test/good": 6, "test/1": 6}),
        ("casting", ["--good", "ok_front"], {"train/good": 6, "test/good": 6, "test/def_front": 6}),
    ],
)
def test_sets_without_masks_are_no_errors(
    made: Path, curate: Curate, tmp_path: Path, tree: str, options: list[str], images: dict[str, int]
) -> None:
    # case sets/nominal
    root = made / "nominal" / tree
    assert sides(root, "folders?good=ok_front" if options else None) == images
    checked = curate("validate", root, *options)
    assert checked.code == 0
    assert "info CUR402" in checked.out
    assert "no image has a mask, of 6 defective ones: only labels of images can be scored" in checked.out
    done = curate("convert", root, *options, "-o", tmp_path, "--to", "coco", "--no-card")
    assert (done.code, done.out.split(": ")[1].strip()) == (0, "18 images, 0 regions")


def test_an_unknown_tree_is_shown_with_the_options_that_describe_it(made: Path, curate: Curate) -> None:
    said = curate("validate", made / "nominal/casting")
    assert said.code == 2
    assert "test/def_front: 6, 000.png …\n  test/ok_front: 6, 000.png …\n  train/ok_front: 6" in said.err
    assert all(option in said.err for option in ("--good", "--defect-masks", "--split-folders", "layout.toml"))


def test_a_stray_picture_in_a_folder_test_makes_no_native_tree(made: Path, curate: Curate) -> None:
    # case sets/stray
    root = made / "stray/set"
    dataset = read_dataset(root)
    assert dataset.layout == "labelme"
    assert sides(root) == {"test/Pitting": 4}
    unknown = next(one for one in dataset.findings if one.code == "CUR197")
    assert "5 images have no annotation; if they are good, say --unmarked-good" in unknown.message
    assert sides(root, "labelme?unmarked_good=yes") == {"test/Pitting": 4, "test/good": 5}
    assert curate("validate", root, "--layout", "labelme", "--unmarked-good").code == 0


def test_two_large_pictures_with_many_boxes(made: Path, curate: Curate, tmp_path: Path) -> None:
    # case sets/bigyolo; tests/bench/convert.py prints what it costs
    done = curate("convert", made / "bigyolo/coco", "-o", tmp_path, "--to", "yolo", "--no-card", "--no-sync", "--copy")
    assert (done.code, done.out) == (0, "coco: 2 images, 100 regions\n")


@pytest.mark.parametrize(
    "data",
    [
        *("neu_det", "kolektorsdd", "magnetic_tile", "dagm_samples", "otx_hazelnut_toy"),
        *("autovi_pipe_staple", "mvtec_ad_screw"),
    ],
)
def test_samples_of_real_sets_have_no_false_errors(shared: Path, curate: Curate, data: str) -> None:
    checked = json.loads(curate("validate", shared / "data" / data, "--json").out)
    assert [
        (one["code"], one["path"], one["message"]) for one in checked["findings"] if one["severity"] == "error"
    ] == []


def photo(path: Path) -> None:
    """Write a picture like no other."""
    rng = np.random.default_rng(list(path.as_posix().encode()))
    array(path, rng.integers(0, 255, (HEIGHT_PX, WIDTH_PX), dtype=np.uint8))


def described(root: Path) -> None:
    for place in ("a/training/nominal/0", "a/training/nominal/1", "a/holdout/ok_front/0", "a/holdout/dent/0"):
        photo(root / f"{place}.png")
    mask(root / "a/masken/dent/0.png", (0, 0, 2, 2, 60), (3, 3, 5, 5, 200), (6, 0, 7, 1, 255))


SAID = {
    "good": "ok_front",
    "defect-masks": "masken",
    "split-folders": "train=training,test=holdout",
    "values": "60=dent,200=scratch,255=ignore",
}


def test_a_layout_is_described_by_options_or_a_file(tmp_path: Path, curate: Curate) -> None:
    root = tmp_path / "set"
    described(root)
    expected = {"a": {"train/good": 2, "test/good": 1, "test/dent": 1}}
    options = [part for key, value in SAID.items() for part in (f"--{key}", value)]
    done = curate("convert", root, *options, "-o", tmp_path / "out", "--to", "autovi", "--check", "--no-card")
    assert (done.code, done.out.splitlines()[0]) == (0, "a: 4 images, 2 regions")
    assert regions(tmp_path / "out") == {"dent": 1, "scratch": 1}
    text(
        tmp_path / "mine.toml",
        'good = ["ok_front"]\ndefect_masks = ["masken"]\nsplit_folders = {train = "training", test = "holdout"}\n'
        '[values]\n60 = "dent"\n200 = "scratch"\n255 = "ignore"\n',
    )
    by_file = read_dataset(root, str(tmp_path / "mine.toml"))
    assert (by_file.layout, counts(by_file)) == ("folders", expected)
    (tmp_path / "mine.toml").rename(root / "layout.toml")
    assert counts(read_dataset(root)) == expected
    assert areas(root) == {"a/test/dent/0": [("dent", 4), ("scratch", 4)]}
    assert curate("validate", root).code == 0
    # The card counts each class by itself, and nothing of what is to be ignored.
    (category,) = json.loads(curate("card", root, "--json").out)["categories"].values()
    assert {name: one["area_px"] for name, one in category["defects"].items()} == {
        "dent": [4, 4, 4],
        "scratch": [4, 4, 4],
    }


def test_a_layout_is_described_by_patterns(tmp_path: Path) -> None:
    for place in ("day1/dent_0", "day1/good_1"):
        picture(tmp_path / f"pics/{place}.png")
    mask(tmp_path / "truth/day1-dent_0.png", (0, 0, 2, 2, 255))
    patterns = 'images = ["pics/{specimen}/{label}_{name}"]\nmasks = ["truth/{specimen}-{label}_{name}"]\n'
    text(tmp_path / "layout.toml", f'{patterns}category = "part"\n')
    dataset = read_dataset(tmp_path)
    assert counts(dataset) == {"part": {"test/dent": 1, "test/good": 1}}
    assert areas(tmp_path) == {"part/test/dent/day1_0": [("dent", 4)]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x = 1", "x: not known"),
        ("good = 5", "good: int is not what it takes"),
        ("[", "is not valid TOML"),
        ('images = ["{frame}"]', "no part of a path"),
        ('images = ["{label}"]', "has no {name}"),
        ('layout = "nothing"', "unknown layout 'nothing'"),
        ('layout = "coco"\ngood = ["a"]', "only `--layout folders`"),
        ('split_folders = {learn = "a"}', "'learn' is no split folder"),
        ('values = "60"', "is not VALUE=NAME"),
    ],
)
def test_a_description_that_cannot_be_understood_is_named(
    tmp_path: Path, curate: Curate, content: str, said: str
) -> None:
    picture(tmp_path / "good/0.png")
    text(tmp_path / "layout.toml", content)
    refused = curate("validate", tmp_path)
    assert refused.code == 2
    assert said in refused.err


def test_masks_of_classes_are_refused_by_validate_as_by_convert_until_they_are_named(
    tmp_path: Path, curate: Curate
) -> None:
    root = tmp_path / "set"
    for place in ("good/0", "dent/1"):
        photo(root / f"{place}.png")
    mask(root / "masks/dent/1.png", (0, 0, 2, 2, 60), (3, 3, 5, 5, 200))
    checked = curate("validate", root)
    assert checked.code == 1
    assert (
        "--values 60=dent,200=scratch,255=ignore" in curate("convert", root, "-o", tmp_path / "a", "--to", "coco").err
    )
    named = ["--values", "60=dent,200=scratch"]
    assert curate("validate", root, *named).code == 0
    assert curate("convert", root, *named, "-o", tmp_path / "b", "--to", "coco", "--check", "--no-card").code == 0
    assert regions(tmp_path / "b") == {"dent": 1, "scratch": 1}
    # A label map beside the masks says the same to every command.
    text(root / "masks/labelmap.txt", "dent:60,60,60::\nscratch:200,200,200::\n")
    assert curate("validate", root).code == 0
    assert regions(root) == {"dent": 1, "scratch": 1}
    # A value that nothing names is refused with its number of pixels.
    assert "200 (4 px)" in curate("convert", root, "--values", "60=dent", "-o", tmp_path / "c", "--to", "coco").err


def test_masks_of_segmentation_sets_are_named_by_their_label_map(tmp_path: Path) -> None:
    """VOC's and CVAT's folders: JPEGImages, SegmentationClass, labelmap.txt."""
    picture(tmp_path / "JPEGImages/0.jpg")
    picture(tmp_path / "JPEGImages/1.jpg")
    picture(tmp_path / "JPEGImages/2.jpg")
    mask(tmp_path / "SegmentationClass/0.png", (0, 0, 2, 2, 128))
    mask(tmp_path / "SegmentationClass/1.png")
    text(tmp_path / "labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\ndent:128,128,128::\n")
    dataset = read_dataset(tmp_path)
    assert counts(dataset) == {tmp_path.name: {"test/defect": 1, "test/good": 1}}
    assert areas(tmp_path) == {f"{tmp_path.name}/test/defect/0": [("dent", 4)]}
    # An image without a mask, where good ones have a black one, is not good.
    assert ("CUR197", "JPEGImages/2.jpg") in {(one.code, one.path) for one in dataset.findings}


def test_elpv_calls_nothing_good_that_may_be_defective(tmp_path: Path) -> None:
    for number in range(4):
        picture(tmp_path / f"images/cell000{number}.png")
    lines = ("cell0000.png 0.0 mono", "cell0001.png 0.3333333333333333 poly", "cell0002.png 0.6666666666666666 mono")
    text(tmp_path / "labels.csv", "".join(f"images/{line}\n" for line in (*lines, "cell0003.png 1.0 poly")))
    assert counts(read_dataset(tmp_path)) == {
        "elpv": {"test/good": 1, "test/defective_33": 1, "test/defective_67": 1, "test/defective": 1}
    }


def test_crackforest_is_read_from_its_matlab_files(tmp_path: Path) -> None:
    from scipy.io import savemat

    drawn = np.ones((8, 12), np.uint8)
    drawn[2:4, 3:9] = 2
    for number, truth in (("001", drawn), ("002", np.ones((8, 12), np.uint8))):
        picture(tmp_path / f"image/{number}.jpg")
        (tmp_path / "groundTruth").mkdir(exist_ok=True)
        savemat(tmp_path / f"groundTruth/{number}.mat", {"groundTruth": {"Segmentation": truth, "Boundaries": truth}})
    dataset = read_dataset(tmp_path)
    assert (dataset.layout, counts(dataset)) == ("crackforest", {"crackforest": {"test/crack": 1, "test/good": 1}})
    assert areas(tmp_path) == {"crackforest/test/crack/001": [("crack", 12)]}


def roboflow_names(root: Path, form: str) -> None:
    """Draw Roboflow's export of 4 images a split, three of them with one box of 15 × 15 px."""
    for split in ("train", "valid", "test"):
        for number in range(4):
            name = f"{split}{number}_jpg.rf.{number:032x}"
            folder = root / split / "images" if form == "yolo" else root / split
            photo(folder / f"{name}.png")
            if form == "yolo":
                text(root / split / "labels" / f"{name}.txt", "0 0.5 0.5 0.5 0.5\n" if number else "")
            else:
                box = "<bndbox><xmin>2</xmin><xmax>5</xmax><ymin>2</ymin><ymax>4</ymax></bndbox>"
                drawn = f"<object><name>dent</name>{box}</object>" if number else ""
                text(folder / f"{name}.xml", f"<annotation><filename>{name}.png</filename>{drawn}</annotation>")
    if form == "yolo":
        text(root / "data.yaml", "train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['dent']\n")


@pytest.mark.parametrize("form", ["yolo", "voc"])
def test_roboflow_exports_keep_splits_names_and_regions(tmp_path: Path, curate: Curate, form: str) -> None:
    root = tmp_path / "rf"
    roboflow_names(root, form)
    expected = {f"{split}/{label}": n for split in ("train", "val", "test") for label, n in (("good", 1), ("dent", 3))}
    assert counts(read_dataset(root)) == {"rf": expected}
    checked = curate("validate", root)
    assert (checked.code, "taken for a supervised set" in checked.out) == (0, True)
    for to in ("autovi", "mvtec-ad", "coco"):
        done = curate("convert", root, "-o", tmp_path / to, "--to", to, "--check", "--no-card", "--no-sync")
        assert (done.code, done.out.splitlines()[0]) == (0, "rf: 12 images, 9 regions"), done.err


def test_yolo_with_a_list_of_classes_alone(tmp_path: Path) -> None:
    """Label Studio's export: images, labels, classes.txt."""
    for number in range(2):
        photo(tmp_path / f"images/{number}.png")
        text(tmp_path / f"labels/{number}.txt", "0 0.5 0.5 0.5 0.5\n" if number else "")
    text(tmp_path / "classes.txt", "dent\n")
    dataset = read_dataset(tmp_path)
    assert (dataset.layout, counts(dataset)) == ("yolo", {tmp_path.name: {"test/good": 1, "test/dent": 1}})


def test_images_beside_annotated_ones_that_have_no_annotation_are_not_good(tmp_path: Path) -> None:
    """GC10-DET has pictures without an annotation in its folders."""
    box = "<bndbox><xmin>2</xmin><xmax>5</xmax><ymin>2</ymin><ymax>4</ymax></bndbox>"
    for name in ("a", "b"):
        photo(tmp_path / f"1/{name}.png")
    drawn = f"<annotation><filename>a.png</filename><object><name>dent</name>{box}</object></annotation>"
    text(tmp_path / "lable/a.xml", drawn)
    dataset = read_dataset(tmp_path)
    assert counts(dataset) == {tmp_path.name: {"test/dent": 1}}
    assert ("CUR197", "1/b.png") in {(one.code, one.path) for one in dataset.findings}
    assert counts(read_dataset(tmp_path, "voc?unmarked_good=yes")) == {tmp_path.name: {"test/dent": 1, "test/good": 1}}
