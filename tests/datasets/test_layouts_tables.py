from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from curate.datasets.dataset import read_dataset
from curate.errors import InputError
from curate.geometry.run_lengths import compress, counts_of
from tests.datasets.trees import HEIGHT_PX, WIDTH_PX, areas, counts, marks, mask, picture, text, truths


def test_visa_as_downloaded_names_regions_by_mask_value(tmp_path: Path) -> None:
    base = tmp_path / "VisA"
    picture(base / "pcb1/Data/Images/Normal/0000.JPG".replace(".JPG", ".jpg"))
    picture(base / "pcb1/Data/Images/Normal/0001.jpg")
    picture(base / "pcb1/Data/Images/Anomaly/000.jpg")
    mask(base / "pcb1/Data/Masks/Anomaly/000.png", (0, 0, 2, 2, 1), (4, 4, 7, 5, 3))
    text(
        base / "split_csv/1cls.csv",
        "object,split,label,image,mask\n"
        "pcb1,train,normal,pcb1/Data/Images/Normal/0000.jpg,\n"
        "pcb1,test,normal,pcb1/Data/Images/Normal/0001.jpg,\n"
        "pcb1,test,normal,pcb1/Data/Images/Normal/0002.jpg,\n"
        "pcb1,test,anomaly,pcb1/Data/Images/Anomaly/000.jpg,pcb1/Data/Masks/Anomaly/000.png\n",
    )
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "visa"
    assert counts(dataset) == {"pcb1": {"train/good": 1, "test/good": 1, "test/bad": 1}}
    assert areas(tmp_path) == {"pcb1/test/bad/000": [("Bent", 4), ("Scratch", 3)]}
    assert [(finding.code, finding.path) for finding in dataset.findings] == [
        ("CUR191", "VisA/pcb1/Data/Images/Normal/0002.jpg")
    ]


def test_the_official_rows_of_visa(shared: Path, tmp_path: Path) -> None:
    rows = (shared / "data/visa_split_csv/split_head.csv").read_text().splitlines()
    text(tmp_path / "split_csv/1cls.csv", "\n".join(rows))
    listed = [row.split(",") for row in rows[1:]]
    for _, _, _, image, drawn in listed:
        text(tmp_path / image, "")
        if drawn:
            text(tmp_path / drawn, "")
    dataset = read_dataset(tmp_path)
    assert dataset.findings == ()
    assert sum(len(category.samples) for category in dataset.categories) == len(listed)


@pytest.mark.parametrize("shape", ["modern", "old", "pivot"])
def test_severstal_in_its_three_shapes(tmp_path: Path, shape: str) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        picture(tmp_path / "train_images" / name, (1600, 256))
    picture(tmp_path / "test_images/z.jpg", (1600, 256))
    # Pixel 255 is the last but one of the first column, so four pixels reach two into the second column.
    tables = {
        "modern": "ImageId,ClassId,EncodedPixels\na.jpg,3,255 4\nb.jpg,1,1 2\nb.jpg,4,600 1\n",
        "old": "ImageId_ClassId,EncodedPixels\na.jpg_1,\na.jpg_3,255 4\nb.jpg_1,1 2\nb.jpg_4,600 1\n",
        "pivot": "1,2,3,4,defects,img\n,,255 4,,1,a.jpg\n1 2,,,600 1,2,b.jpg\n",
    }
    text(tmp_path / "train.csv", tables[shape])
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "severstal"
    assert counts(dataset) == {"severstal": {"test/3": 1, "test/good": 1, "test/multiple": 1}}
    assert areas(tmp_path)["severstal/test/multiple/b"] == [("1", 2), ("4", 1)]
    (drawn,) = truths(tmp_path)["severstal/test/3/a"]
    assert np.argwhere(drawn.mask).tolist() == [[0, 1], [1, 1], [254, 0], [255, 0]]


def test_severstal_runs_that_leave_the_image_are_told(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        picture(tmp_path / "train_images" / name, (1600, 256))
    text(tmp_path / "train.csv", "ImageId,ClassId,EncodedPixels\na.jpg,3,409600 2\n")
    dataset = read_dataset(tmp_path)
    assert counts(dataset) == {"severstal": {"test/good": 1}}  # nobody says what a.jpg shows
    assert [finding.code for finding in dataset.findings] == ["CUR197", "CUR514", "CUR193"]


def test_dagm_ellipses_in_radians(tmp_path: Path) -> None:
    picture(tmp_path / "Class1/1.png", (64, 64))
    picture(tmp_path / "Class1_def/1.png", (64, 64))
    picture(tmp_path / "Class1_def/2.png", (64, 64))
    # Semi-axes 20 and 5, turned by a right angle: high, not wide.
    text(tmp_path / "Class1_def/labels.txt", "1\t 20\t 5\t 1.5707963\t 32\t 32\n")
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "dagm-ellipses"
    assert counts(dataset) == {"Class1": {"test/defect": 1, "test/good": 1}}
    (drawn,) = truths(tmp_path)["Class1/test/defect/1"]
    rows, columns = np.nonzero(drawn.mask)
    assert (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1) == (40, 10)
    assert [finding.code for finding in dataset.findings] == ["CUR197", "CUR193"]


def test_deep_pcb_pairs_boards_with_their_templates(tmp_path: Path) -> None:
    base = tmp_path / "PCBData"
    for number in ("00041000", "00041001"):
        picture(base / f"group00041/00041/{number}_test.jpg")
        picture(base / f"group00041/00041/{number}_temp.jpg")
    text(base / "group00041/00041_not/00041000.txt", "1 2 4 5 3\n6,1,8,2,6\n")
    text(base / "group00041/00041_not/00041001.txt", "1 2 4 5 9\n2 2 3 3 1\n")
    text(base / "trainval.txt", "group00041/00041/00041000.jpg group00041/00041_not/00041000.txt\n")
    text(base / "test.txt", "group00041/00041/00041001.jpg group00041/00041_not/00041001.txt\n")
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "deep-pcb"
    assert counts(dataset) == {"deep_pcb": {"train/good": 1, "train/multiple": 1, "test/good": 1}}
    assert areas(tmp_path)["deep_pcb/train/multiple/00041000"] == [("mousebite", 9), ("pin-hole", 2)]
    assert [finding.code for finding in dataset.findings] == ["CUR197", "CUR514"]


def test_real_iad_by_its_json(tmp_path: Path) -> None:
    base = tmp_path / "realiad_1024/usb"
    picture(base / "OK/S0001/usb_0001_OK_C1.jpg")
    picture(base / "NG/HS/S0002/usb_0002_NG_HS_C1.jpg")
    mask(base / "NG/HS/S0002/usb_0002_NG_HS_C1.png", (0, 0, 4, 1, 255))
    document = {
        "meta": {"normal_class": "OK", "prefix": "usb/"},
        "train": [
            {"category": "usb", "anomaly_class": "OK", "image_path": "OK/S0001/usb_0001_OK_C1.jpg", "mask_path": None}
        ],
        "test": [
            {
                "category": "usb",
                "anomaly_class": "HS",
                "image_path": "NG/HS/S0002/usb_0002_NG_HS_C1.jpg",
                "mask_path": "NG/HS/S0002/usb_0002_NG_HS_C1.png",
            },
            {"category": "usb", "anomaly_class": "OK", "image_path": "OK/S0009/gone.jpg", "mask_path": None},
        ],
    }
    text(tmp_path / "realiad_jsons/realiad_jsons/usb.json", json.dumps(document))
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "real-iad"
    assert counts(dataset) == {"usb": {"train/good": 1, "test/HS": 1}}
    assert areas(tmp_path) == {"usb/test/HS/usb_0002_NG_HS_C1": [("HS", 4)]}
    assert [sample.specimen for sample in dataset.categories[0].samples] == ["OK/S0001", "HS/S0002"]
    assert [finding.code for finding in dataset.findings] == ["CUR191"]


def test_voc_with_splits_and_an_annotation_without_an_image(tmp_path: Path) -> None:
    xml = (
        "<annotation><filename>{0}</filename><object><name>patches</name>"
        "<bndbox><xmin>5</xmin><ymin>3</ymin><xmax>10</xmax><ymax>6</ymax></bndbox></object></annotation>"
    )
    for split, name in (("train", "patches_1"), ("validation", "crazing_2"), ("validation", "patches_3")):
        text(tmp_path / f"{split}/annotations/{name}.xml", xml.format(name))
    picture(tmp_path / "train/images/patches/patches_1.jpg")
    picture(tmp_path / "validation/images/crazing/crazing_2.jpg")
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "neu-det"
    assert counts(dataset) == {"neu_det": {"train/patches": 1, "val/patches": 1}}
    # 1-based and inclusive: six columns, four rows.
    assert areas(tmp_path)["neu_det/train/patches/patches_1"] == [("patches", 24)]
    assert [finding.code for finding in dataset.findings] == ["CUR191", "CUR194"]


def coco(**changes: object) -> str:
    run = marks((1, 0, 3, 8, 1)).astype(bool)
    document = {
        "images": [
            {"id": number, "file_name": f"{number}.png", "width": WIDTH_PX, "height": HEIGHT_PX} for number in (1, 2, 3)
        ],
        "categories": [{"id": 7, "name": "dent"}, {"id": 9, "name": "stain"}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 7,
                "segmentation": [[4, 2, 10, 2, 10, 6, 4, 6], [0, 0, 1, 0, 1, 1, 0, 1]],
            },
            {"id": 2, "image_id": 1, "category_id": 9, "segmentation": [], "bbox": [4, 2, 6, 4]},
            {
                "id": 3,
                "image_id": 2,
                "category_id": 7,
                "segmentation": {"size": [HEIGHT_PX, WIDTH_PX], "counts": compress(counts_of(run))},
            },
        ],
    }
    return json.dumps(document | changes)


def test_coco_polygons_boxes_and_run_lengths(tmp_path: Path) -> None:
    text(tmp_path / "annotations/instances_val2017.json", coco())
    for number in (1, 2):
        picture(tmp_path / f"val2017/{number}.png")
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "coco"
    name = tmp_path.name
    assert counts(dataset) == {name: {"val/multiple": 1, "val/dent": 1}}
    assert areas(tmp_path) == {
        f"{name}/val/multiple/1": [("dent", 25), ("stain", 24)],
        f"{name}/val/dent/2": [("dent", 16)],
    }
    assert [finding.code for finding in dataset.findings] == ["CUR191"]


def test_coco_as_roboflow_exports_it(tmp_path: Path) -> None:
    text(tmp_path / "train/_annotations.coco.json", coco())
    for number in (1, 2, 3):
        picture(tmp_path / f"train/{number}.png")
    assert counts(read_dataset(tmp_path)) == {tmp_path.name: {"train/multiple": 1, "train/dent": 1, "train/good": 1}}


def test_yolo_boxes_outlines_and_images_without_labels(tmp_path: Path) -> None:
    text(tmp_path / "data.yaml", "path: .\ntrain: images/train\nval: images/val\nnames:\n  0: dent\n  1: stain\n")
    for place in ("train/a", "val/b", "val/c", "val/d"):
        picture(tmp_path / f"images/{place}.png")
    text(tmp_path / "labels/val/b.txt", "0 0.5 0.5 0.5 0.5\n1 0 0 0.25 0 0.25 0.25 0 0.25\n")
    text(tmp_path / "labels/val/d.txt", "0 0.5 0.5 0.5 0.5\n1 0.1\n")
    text(tmp_path / "labels/val/c.txt", "")
    text(tmp_path / "labels/val/z.txt", "")
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "yolo"
    assert counts(dataset) == {tmp_path.name: {"train/good": 1, "val/multiple": 1, "val/good": 1}}
    assert areas(tmp_path) == {f"{tmp_path.name}/val/multiple/b": [("dent", 24), ("stain", 6)]}
    # A picture without a label file is taken for good with a warning; one of a broken file shows nobody knows what.
    assert [(finding.code, finding.severity, finding.path) for finding in dataset.findings] == [
        ("CUR197", "error", "images/val/d.png"),
        ("CUR528", "error", "labels/val/d.txt"),
        ("CUR190", "warning", "labels/val/z.txt"),
        ("CUR197", "warning", "images/train/a.png"),
    ]


def test_a_yolo_file_without_names(tmp_path: Path) -> None:
    text(tmp_path / "data.yaml", "nc: 2\n")
    picture(tmp_path / "images/train/a.png")
    with pytest.raises(InputError, match="names"):
        read_dataset(tmp_path)


def test_tables_of_anomalib(tmp_path: Path) -> None:
    for place in ("a", "b", "c"):
        picture(tmp_path / f"images/{place}.png")
    mask(tmp_path / "masks/c.png", (0, 0, 2, 2, 255))
    text(
        tmp_path / "samples.csv",
        "image_path,label,mask_path\nimages/a.png,normal,\nimages/b.png,normal_test,\nimages/c.png,abnormal,masks/c.png\n",
    )
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "anomalib-table"
    assert counts(dataset) == {"samples": {"train/good": 1, "test/good": 1, "test/abnormal": 1}}
    assert areas(tmp_path) == {"samples/test/abnormal/images_c": [("abnormal", 4)]}


@pytest.mark.parametrize(
    "changes",
    [
        {"categories": [{"id": 1}]},
        {"categories": None},
        {"images": [{"id": 1}]},
        {"annotations": [{"id": 1}]},
        {"annotations": [7]},
    ],
)
def test_a_broken_coco_file_is_named(tmp_path: Path, changes: dict[str, object]) -> None:
    text(tmp_path / "annotations/instances_test.json", coco(**changes))
    with pytest.raises(InputError, match=r"instances_test\.json"):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    ("segmentation", "said"),
    [
        ({"size": [8, 12], "counts": [5, 5]}, "add up"),
        ({"size": [8, 12], "counts": "~"}, "compressed"),
        ([], "neither"),
    ],
)
def test_a_broken_annotation_of_coco_is_told_and_the_rest_read(tmp_path: Path, segmentation: object, said: str) -> None:
    annotation = {"id": 1, "image_id": 1, "category_id": 7, "segmentation": segmentation}
    images = [{"id": n, "file_name": f"{n}.png", "width": WIDTH_PX, "height": HEIGHT_PX} for n in (1, 2)]
    text(tmp_path / "annotations/instances_test.json", coco(annotations=[annotation], images=images))
    for number in (1, 2):
        picture(tmp_path / f"test/{number}.png")
    dataset = read_dataset(tmp_path)
    assert counts(dataset) == {tmp_path.name: {"test/good": 1}}
    unknown, reason, *_ = dataset.findings
    assert (unknown.code, unknown.path) == ("CUR197", "test/1.png")
    assert said in reason.message


def test_tables_that_are_not_what_their_layout_has(tmp_path: Path) -> None:
    picture(tmp_path / "usb/OK/S0001/a.jpg")
    text(tmp_path / "realiad_jsons/usb.json", '{"train": [], "test": [], "meta": 5}')
    with pytest.raises(InputError, match="Real-IAD"):
        read_dataset(tmp_path)


def test_a_table_of_visa_without_its_columns(tmp_path: Path) -> None:
    picture(tmp_path / "pcb1/Data/Images/Normal/0000.jpg")
    text(tmp_path / "split_csv/1cls.csv", "object,image\npcb1,x\n")
    with pytest.raises(InputError, match="expected object,split,label,image,mask"):
        read_dataset(tmp_path)


def test_a_layout_whose_images_are_all_missing_says_so(tmp_path: Path) -> None:
    text(tmp_path / "annotations/instances_test.json", coco())
    with pytest.raises(InputError, match=r"looks like COCO, but no image .* 3 listed images are not there"):
        read_dataset(tmp_path)


def test_visa_without_its_split_table(tmp_path: Path) -> None:
    for category in ("pcb1", "candle"):
        picture(tmp_path / f"{category}/Data/Images/Normal/0000.jpg")
        picture(tmp_path / f"{category}/Data/Images/Anomaly/000.jpg")
        mask(tmp_path / f"{category}/Data/Masks/Anomaly/000.png", (0, 0, 2, 2, 4))
    dataset = read_dataset(tmp_path)
    assert (dataset.layout, [finding.code for finding in dataset.findings]) == ("visa", ["CUR193"])
    assert areas(tmp_path) == {
        "candle/test/bad/000": [("Different Colour Spot", 4)],
        "pcb1/test/bad/000": [("Missing", 4)],
    }
    assert areas(tmp_path / "pcb1") == {"pcb1/test/bad/000": [("Missing", 4)]}


def test_real_iad_with_its_list_beside_the_category(tmp_path: Path) -> None:
    picture(tmp_path / "usb/OK/S0001/a.jpg")
    picture(tmp_path / "usb/NG/HS/S0002/b.jpg")
    mask(tmp_path / "usb/NG/HS/S0002/b.png", (0, 0, 2, 2, 255))
    document = {
        "meta": {"normal_class": "OK", "prefix": "usb/"},
        "train": [{"anomaly_class": "OK", "image_path": "OK/S0001/a.jpg"}],
        "test": [{"anomaly_class": "HS", "image_path": "NG/HS/S0002/b.jpg", "mask_path": "NG/HS/S0002/b.png"}],
    }
    text(tmp_path / "usb.json", json.dumps(document))
    assert counts(read_dataset(tmp_path)) == {"usb": {"train/good": 1, "test/HS": 1}}
    assert areas(tmp_path) == {"usb/test/HS/b": [("HS", 4)]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_tables_cell_may_be_long_and_its_lines_end_in_any_way(tmp_path: Path, end: str) -> None:
    picture(tmp_path / "img/a.png")
    rows = ("image_path,label,split,note", f'img/a.png, "normal",train,{"x" * 200_000}')
    (tmp_path / "part.csv").write_bytes(end.join(rows).encode())
    assert counts(read_dataset(tmp_path)) == {"part": {"train/good": 1}}
