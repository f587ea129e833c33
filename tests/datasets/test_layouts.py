from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curate.datasets.dataset import read_dataset
from curate.datasets.layouts.table import LAYOUTS
from curate.errors import InputError
from tests.datasets.trees import areas, array, counts, marks, mask, picture, text


def test_mvtec_ad_has_one_region_a_mask_and_entries_of_its_own(tmp_path: Path) -> None:
    picture(tmp_path / "nut/train/good/000.png")
    picture(tmp_path / "nut/test/good/000.png")
    picture(tmp_path / "nut/test/bent/001.png")
    picture(tmp_path / "nut/test/scratch/000.png")
    mask(tmp_path / "nut/ground_truth/bent/001_mask.png", (0, 0, 2, 2, 255), (6, 4, 9, 6, 255))
    mask(tmp_path / "nut/ground_truth/scratch/000_mask.png", (1, 1, 4, 2, 7))
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "mvtec-ad"
    assert counts(dataset) == {"nut": {"train/good": 1, "test/good": 1, "test/bent": 1, "test/scratch": 1}}
    assert areas(tmp_path) == {"nut/test/bent/001": [("bent", 10)], "nut/test/scratch/000": [("scratch", 3)]}
    assert [(entry.defect_name, entry.saturation.value) for entry in dataset.categories[0].defects] == [
        ("bent", 1.0),
        ("scratch", 1.0),
    ]


def test_mvtec_loco_by_its_folder_names_with_validation(tmp_path: Path) -> None:
    base = tmp_path / "box"
    for place in ("train/good/000", "validation/good/000", "test/good/000", "test/logical_anomalies/000"):
        picture(base / f"{place}.png")
    mask(base / "ground_truth/logical_anomalies/000/000.png", (0, 0, 2, 2, 255))
    mask(base / "ground_truth/logical_anomalies/000/001.png", (1, 1, 4, 4, 254))
    text(
        base / "defects_config.json",
        '[{"defect_name": "missing", "pixel_value": 255, "saturation_threshold": 3, "relative_saturation": false},'
        ' {"defect_name": "extra", "pixel_value": 254, "saturation_threshold": 1.0, "relative_saturation": true}]',
    )
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "mvtec-loco"
    assert counts(dataset)["box"] == {
        "train/good": 1,
        "val/good": 1,
        "test/good": 1,
        "test/logical_anomalies": 1,
    }
    assert areas(tmp_path) == {"box/test/logical_anomalies/000": [("missing", 4), ("extra", 9)]}


def test_mvtec_ad_2_leaves_the_private_sets_out(tmp_path: Path) -> None:
    base = tmp_path / "can/can"
    for place in ("train/good/000_regular", "validation/good/000_regular", "test_private/000_regular"):
        picture(base / f"{place}.png")
    picture(base / "test_public/good/001_regular.png")
    picture(base / "test_public/bad/000_regular.png")
    mask(base / "test_public/ground_truth/bad/000_regular_mask.png", (0, 0, 3, 1, 255))
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "mvtec-ad-2"
    assert counts(dataset) == {"can": {"train/good": 1, "val/good": 1, "test/bad": 1, "test/good": 1}}
    assert areas(tmp_path) == {"can/test/bad/000_regular": [("bad", 3)]}


def test_btad_pairs_masks_of_another_suffix(tmp_path: Path) -> None:
    picture(tmp_path / "01/train/ok/0000.bmp")
    picture(tmp_path / "01/test/ok/0001.bmp")
    picture(tmp_path / "01/test/ko/0002.bmp")
    mask(tmp_path / "01/ground_truth/ko/0002.png", (0, 0, 2, 1, 255))
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "btad"
    assert counts(dataset) == {"01": {"train/good": 1, "test/good": 1, "test/ko": 1}}
    assert areas(tmp_path) == {"01/test/ko/0002": [("ko", 2)]}


def test_kolektorsdd2_tells_good_images_by_their_black_masks(tmp_path: Path) -> None:
    for split, number, boxes in (("train", 10000, ()), ("train", 10001, ((0, 0, 1, 4, 255),)), ("test", 20000, ())):
        picture(tmp_path / f"{split}/{number}.png")
        mask(tmp_path / f"{split}/{number}_GT.png", *boxes)
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "kolektorsdd2"
    assert counts(dataset) == {"kolektorsdd2": {"train/good": 1, "train/defect": 1, "test/good": 1}}
    assert areas(tmp_path) == {"kolektorsdd2/train/defect/10001": [("defect", 4)]}


def test_dagm_of_the_hci_with_upper_case_suffixes(tmp_path: Path) -> None:
    for split in ("Train", "Test"):
        picture(tmp_path / f"Class1/{split}/0001.png").rename(tmp_path / f"Class1/{split}/0001.PNG")
        picture(tmp_path / f"Class1/{split}/0002.png").rename(tmp_path / f"Class1/{split}/0002.PNG")
        label = mask(tmp_path / f"Class1/{split}/Label/0002_label.png", (0, 0, 2, 2, 255))
        label.rename(label.with_suffix(".PNG"))
        text(tmp_path / f"Class1/{split}/Label/Labels.txt", "1\n1 0 0001.PNG 0 0\n2 1 0002.PNG 0 0002_label.PNG\n")
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "dagm"
    assert counts(dataset) == {
        "Class1": {f"{split}/{label}": 1 for split in ("train", "test") for label in ("defect", "good")}
    }
    assert dataset.findings == ()
    assert areas(tmp_path) == {f"Class1/{split}/defect/0002": [("defect", 4)] for split in ("train", "test")}


def test_dagm_without_its_split_says_so(tmp_path: Path) -> None:
    picture(tmp_path / "Class1/1.png")
    picture(tmp_path / "Class1/2.png")
    mask(tmp_path / "Class1/true_masks/2_label.png", (0, 0, 2, 2, 255))
    dataset = read_dataset(tmp_path)
    assert (dataset.layout, counts(dataset)) == ("dagm", {"Class1": {"test/defect": 1, "test/good": 1}})
    assert [finding.code for finding in dataset.findings] == ["CUR193"]


@pytest.mark.parametrize(
    ("image", "drawn"),
    [
        ("crack/a.png", "masks/crack/a.png"),
        ("crack/a.png", "mask/crack/a_mask.png"),
        ("crack/a.png", "crack/masks/a.png"),
        ("crack/a.png", "masks/a.png"),
        ("crack/a.jpg", "ground_truth/crack/a_mask.png"),
        ("crack/a.png", "crack/a_mask.png"),
    ],
)
def test_plain_folders_wherever_the_masks_are(tmp_path: Path, image: str, drawn: str) -> None:
    picture(tmp_path / "OK/b.png")
    picture(tmp_path / image)
    mask(tmp_path / drawn, (0, 0, 2, 1, 1))
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "folders"
    assert list(counts(dataset).values()) == [{"test/crack": 1, "test/good": 1}]
    assert [*areas(tmp_path).values()] == [[("crack", 2)]]
    assert [finding.code for finding in dataset.findings] == ["CUR193"]


def test_a_plain_mask_may_be_drawn_in_alpha(tmp_path: Path) -> None:
    picture(tmp_path / "good/b.png")
    picture(tmp_path / "burnt/a.png")
    drawn = np.dstack([np.full((8, 12, 3), 200, np.uint8), marks((0, 0, 3, 2, 255))])
    array(tmp_path / "masks/burnt/a.png", drawn)
    assert [*areas(tmp_path).values()] == [[("burnt", 6)]]


def test_masks_that_belong_to_nothing_are_told(tmp_path: Path) -> None:
    picture(tmp_path / "good/b.png")
    picture(tmp_path / "crack/a.png")
    mask(tmp_path / "masks/crack/z.png", (0, 0, 2, 1, 1))
    assert [finding.code for finding in read_dataset(tmp_path).findings] == ["CUR190", "CUR193"]


def test_two_images_of_one_stem_get_two_names(tmp_path: Path) -> None:
    picture(tmp_path / "good/b.png")
    picture(tmp_path / "good/b.jpg")
    names = [sample.name for sample in read_dataset(tmp_path).categories[0].samples]
    assert names == ["b_jpg", "b_png"]


def test_an_unknown_layout_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="autovi, mvtec-loco"):
        read_dataset(tmp_path, "nonsense")


def test_nothing_recognised_says_where_to_look(tmp_path: Path) -> None:
    text(tmp_path / "notes.txt", "")
    with pytest.raises(InputError, match=r"curate knows the layouts autovi, mvtec-loco, .*coco"):
        read_dataset(tmp_path)


def test_names_of_layouts_are_unique() -> None:
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS)


REAL = {
    "autovi_pipe_staple": ("autovi", {"pipe_staple": {"train/good": 60, "test/good": 40, "test/missing": 30}}, 30),
    "otx_hazelnut_toy": (
        "mvtec-ad",
        {"otx_hazelnut_toy": {"train/good": 28, "test/colour": 17, "test/good": 6}},
        17,
    ),
    "mvtec_ad_screw": (
        "mvtec-ad",
        {
            "screw": {
                "train/good": 6,
                "test/good": 4,
                "test/manipulated_front": 1,
                "test/scratch_head": 1,
                "test/thread_side": 2,
            }
        },
        4,
    ),
    "kolektorsdd": ("kolektorsdd", {"kolektorsdd": {"test/defect": 4, "test/good": 1}}, 4),
    "magnetic_tile": (
        "magnetic-tile",
        {"magnetic_tile": {f"test/{label}": 8 for label in ("Blowhole", "Break", "Crack", "Fray", "Uneven", "good")}},
        40,
    ),
    "dagm_samples": ("dagm", {f"class{n}": {"test/defect": 3, "test/good": 2} for n in (1, 2, 3)}, 9),
}


@pytest.mark.parametrize("folder", sorted(REAL))
def test_real_samples(shared: Path, folder: str) -> None:
    layout, wanted, regions = REAL[folder]
    dataset = read_dataset(shared / "data" / folder)
    assert dataset.layout == layout
    assert counts(dataset) == wanted
    assert sum(map(len, areas(shared / "data" / folder, dataset).values())) == regions


def test_real_kolektorsdd_keeps_items_and_every_index_of_a_palette(shared: Path) -> None:
    root = shared / "data/kolektorsdd"
    dataset = read_dataset(root)
    assert {sample.name: sample.specimen for sample in dataset.categories[0].samples} == {
        "kos01_Part4": "kos01",
        "kos01_Part5": "kos01",
        "kos20_Part4": "kos20",
        "kos38_Part0": "kos38",
        "kos38_Part1": "kos38",
    }
    # Counted with Pillow: palette indices 1 (2 pixels) and 2 (3690 pixels) of kos20's mask.
    assert areas(root)["kolektorsdd/test/defect/kos20_Part4"] == [("defect", 3692)]


def test_real_neu_det_counts_boxes_as_one_based_and_inclusive(shared: Path) -> None:
    root = shared / "data/neu_det"
    dataset = read_dataset(root)
    assert (dataset.layout, len(dataset.categories[0].samples)) == ("neu-det", 29)
    # crazing_2.xml: xmin 99, ymin 120, xmax 200, ymax 174, and others.
    first = areas(root)["neu_det/test/crazing/crazing_2"][0]
    assert first == ("crazing", (200 - 98) * (174 - 119))


def test_visa_prepared_for_two_classes_keeps_masks_by_split(tmp_path: Path) -> None:
    base = tmp_path / "2cls_fewshot/pcb1"
    for split in ("train", "test"):
        picture(base / f"{split}/good/0000.jpg")
        picture(base / f"{split}/bad/000.jpg")
        mask(base / f"ground_truth/{split}/bad/000.png", (0, 0, 2 if split == "test" else 3, 1, 255))
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "visa-2cls"
    assert areas(tmp_path) == {"pcb1/train/bad/000": [("bad", 3)], "pcb1/test/bad/000": [("bad", 2)]}
