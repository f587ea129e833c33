"""Literals of docs/label-sources.md, and their traps; expected shapes are worked out by hand."""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from numpy.typing import NDArray

from curate.formats.records import Drawn, Parsed, Surroundings
from curate.formats.registry import format_of
from curate.geometry.rasterize import rasterize
from curate.geometry.run_lengths import compress
from curate.imaging.images import encode_png
from curate.model.defect import Saturation
from curate.model.region import Ellipse, Polygon, Rectangle, Shape

SIX_BY_FOUR = Polygon(((4, 2), (10, 2), (10, 6), (4, 6)))
BOX = Rectangle(7, 4, 6, 4, 0)
MASK = rasterize(SIX_BY_FOUR, 20, 10)


def decode(content: bytes) -> NDArray[Any]:
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED))


AROUND = Surroundings(
    size_of=lambda _: (20, 10),
    pixels_of={"m.png": MASK.astype(np.uint8) * 255}.get,
    classes={0: "scratch", 1: "dent"},
    decode=decode,
)


def read(kind: str, document: Any, name: str = "x.json", around: Surroundings = AROUND, expected: str = "") -> Parsed:
    entry = format_of(kind, document)
    assert entry is not None
    assert not expected or entry.name == expected
    return entry.read(document, name, around)


def codes(reading: Parsed) -> list[str]:
    return sorted(finding.code for finding in reading.findings)


def shapes(drawn: Drawn) -> list[Shape]:
    return [shape for region in drawn.regions for shape in region.shapes]


def filled(drawn: Drawn) -> NDArray[np.bool_]:
    return rasterize(shapes(drawn), 20, 10)


def coco(*annotations: dict[str, Any]) -> Parsed:
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 20, "height": 10}, {"id": 9, "file_name": "b.png"}],
        "annotations": [{"id": 5, "image_id": 1, "category_id": 7, **entry} for entry in annotations],
        "categories": [{"id": 7, "name": "dent"}],
    }
    return read("json", document, expected="coco")


def test_coco_polygons_are_a_union_and_images_without_are_good() -> None:
    reading = coco({"segmentation": [[4, 2, 10, 2, 10, 6, 4, 6], [12, 1, 14, 1, 14, 3]], "bbox": [4, 2, 10, 5]})
    first, second = reading.drawn
    assert first.regions[0].shapes == (SIX_BY_FOUR, Polygon(((12, 1), (14, 1), (14, 3))))
    assert (first.image.name, first.image.size_px, first.regions[0].defect) == ("a.png", (20, 10), "dent")
    assert (second.image.name, second.label) == ("b.png", "good")


def test_coco_run_lengths_go_down_the_columns() -> None:
    counts = [42, 4, 6, 4, 6, 4, 6, 4, 6, 4, 6, 4, 104]
    for code in (counts, compress(counts)):
        reading = coco({"segmentation": {"size": [10, 20], "counts": code}, "iscrowd": 1})
        assert np.array_equal(filled(reading.drawn[0]), MASK)
    broken = coco({"segmentation": {"size": [10, 20], "counts": [1, 2]}})
    assert codes(broken) == ["CUR514"]
    assert broken.drawn[0].label == ""


def test_coco_boxes_attributes_and_strangers() -> None:
    reading = coco({"bbox": [4, 2, 6, 4], "segmentation": [], "attributes": {"saturation_px": 9, "group_id": 3}})
    (region,) = reading.drawn[0].regions
    assert (region.shapes, region.saturation, region.group) == ((BOX,), Saturation(9, relative=False), "3")
    bad = coco(
        {"keypoints": [1, 2, 2]}, {"category_id": 8, "bbox": [1, 1, 1, 1]}, {"image_id": 77, "bbox": [1, 1, 1, 1]}
    )
    assert codes(bad) == ["CUR505", "CUR514", "CUR516"]


CVAT = """<annotations><version>1.1</version><meta/><image id="0" name="s/a.png" width="20" height="10">
<polygon label="dent" points="4.00,2.00;10.00,2.00;10.00,6.00;4.00,6.00" z_order="0" group_id="2">
<attribute name="saturation_percent">50</attribute></polygon>
<box label="dent" xtl="4" ytl="2" xbr="10" ybr="6" rotation="90.00"/>
<ellipse label="scratch" cx="8" cy="5" rx="4" ry="2" rotation="30"/>
<mask label="dent" rle="0, 5, 1, 6" left="4" top="2" width="4" height="3"/>
<mask label="dent" rle="0, 12, 4, 2, 7, 4" left="4" top="2" width="4" height="3"/>
<polyline label="dent" points="1,1;2,2"/>
</image><image id="1" name="s/b.png" width="20" height="10"/></annotations>"""


def test_cvat_shapes_turn_about_their_centre() -> None:
    reading = read("xml", fromstring(CVAT), expected="cvat")
    first, second = reading.drawn
    assert codes(reading) == ["CUR505"]
    assert second.label == "good"
    polygon, box, ellipse, mask, appended = first.regions
    assert (polygon.shapes, polygon.saturation, polygon.group) == ((SIX_BY_FOUR,), Saturation(0.5), "2")
    assert box.shapes == (Rectangle(7, 4, 6, 4, 90),)
    assert ellipse.shapes == (Ellipse(8, 5, 4, 2, 30),)
    expected = np.zeros((10, 20), bool)
    expected[2:5, 4:8] = [[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 1, 1]]
    assert np.array_equal(rasterize(mask.shapes, 20, 10), expected)
    assert rasterize(appended.shapes, 20, 10).sum() == 12


def labelme(*entries: dict[str, Any], **more: Any) -> Parsed:
    shapes = [{"label": "dent", "group_id": None, "flags": {}, **entry} for entry in entries]
    document = {"shapes": shapes, "imagePath": "..\\img\\a.png", "imageHeight": 10, "imageWidth": 20, **more}
    return read("json", document, expected="labelme")


def test_labelme() -> None:
    picture = base64.b64encode(encode_png(np.array([[1, 0], [1, 1]], np.uint8))).decode()
    reading = labelme(
        {"shape_type": "rectangle", "points": [[10, 6], [4, 2]], "group_id": 1},
        {"shape_type": "circle", "points": [[8, 5], [11, 9]], "description": "saturation: 12 px"},
        {"shape_type": "mask", "points": [[3, 4], [4, 5]], "mask": picture},
        {"points": [[4, 2], [10, 2], [10, 6], [4, 6], [4, 2]]},
        {"shape_type": "linestrip", "points": [[1, 1], [2, 2]]},
        {"shape_type": "mask", "points": [[3, 4], [9, 9]], "mask": picture},
    )
    (drawn,) = reading.drawn
    rectangle, circle, mask, polygon = drawn.regions
    assert (rectangle.shapes, rectangle.group) == ((BOX,), "1")
    assert (circle.shapes, circle.saturation) == ((Ellipse(8, 5, 5, 5),), Saturation(12, relative=False))
    assert np.argwhere(rasterize(mask.shapes, 20, 10)).tolist() == [[4, 3], [5, 3], [5, 4]]
    assert polygon.shapes == (SIX_BY_FOUR,)
    assert codes(reading) == ["CUR505", "CUR514"]
    assert labelme(flags={"good": True, "blurred": False}).drawn[0].label == "good"


def via_regions() -> list[dict[str, Any]]:
    return [
        {
            "shape_attributes": {"name": "ellipse", "cx": 15, "cy": 5, "rx": 4, "ry": 2, "theta": 0.5},
            "region_attributes": {"type": "dent", "saturation": "50 %"},
        },
        {
            "shape_attributes": {"name": "polygon", "all_points_x": [4, 10, 10, 4], "all_points_y": [2, 2, 6, 6]},
            "region_attributes": {"type": {"dent": True, "scratch": False}},
        },
        {"shape_attributes": {"name": "rect", "x": 4, "y": 2, "width": 6, "height": 4}, "region_attributes": {}},
        {"shape_attributes": {"name": "point", "cx": 4, "cy": 2}, "region_attributes": {"type": "dent"}},
    ]


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("numbered", [False, True])
def test_via(wrapped: bool, numbered: bool) -> None:  # noqa: FBT001 - pytest passes them by name
    regions: Any = via_regions()
    if numbered:
        regions = {str(index): region for index, region in enumerate(regions)}
    entries = {"a.png1234": {"filename": "a.png", "size": 1234, "regions": regions, "file_attributes": {}}}
    reading = read("json", {"_via_settings": {}, "_via_img_metadata": entries} if wrapped else entries, expected="via")
    (drawn,) = reading.drawn
    ellipse, polygon = drawn.regions
    assert ellipse.shapes == (Ellipse(15, 5, 4, 2, math.degrees(0.5)),)
    assert ellipse.saturation == Saturation(0.5)
    assert (polygon.defect, polygon.shapes) == ("dent", (SIX_BY_FOUR,))
    assert codes(reading) == ["CUR505", "CUR516"]


def test_via_table() -> None:
    header = "filename file_size file_attributes region_count region_id region_shape_attributes region_attributes"
    rows = [
        ["a.png", "1", "{}", "1", "0", json.dumps(r["shape_attributes"]), json.dumps(r["region_attributes"])]
        for r in via_regions()[:2]
    ]
    rows += [["b.png", "1", "{}", "0", "0", "{}", "{}"], ["c.png", "1", "{}", "0", "0", "{", "{}"]]
    reading = read("csv", [header.split(), *rows], expected="via")
    assert [(drawn.image.name, len(drawn.regions), drawn.label) for drawn in reading.drawn] == [
        ("a.png", 2, ""),
        ("b.png", 0, "good"),
        ("c.png", 0, ""),
    ]
    assert codes(reading) == ["CUR514"]


def test_voc_counts_from_one_and_both_ends_are_inside() -> None:
    text = """<annotation><filename>crazing_1</filename>
    <size><width>20</width><height>10</height><depth>1</depth></size>
    <object><name>dent</name><bndbox><xmin>5</xmin><ymin>3</ymin><xmax>10</xmax><ymax>6</ymax></bndbox></object>
    <object><name>dent</name><robndbox><cx>3</cx></robndbox></object></annotation>"""
    reading = read("xml", fromstring(text), expected="voc")
    (drawn,) = reading.drawn
    assert drawn.image.name == "crazing_1"
    assert shapes(drawn) == [BOX]
    assert codes(reading) == ["CUR505"]


def test_yolo() -> None:
    lines = [
        "0 0.2 0.2 0.5 0.2 0.5 0.6 0.2 0.6",
        "1 0.35 0.4 0.3 0.4",
        "1 0.35 0.4 0.3 0.4 0.9",
        "1 0.1 0.1 0.2 0.1 0.2 0.2 0.3",
    ]
    reading = read("text", lines, "labels/train/a.b.txt", expected="yolo")
    (drawn,) = reading.drawn
    assert drawn.image.name == "labels/train/a.b"
    assert [region.defect for region in drawn.regions] == ["scratch", "dent"]
    polygon, box = shapes(drawn)
    assert isinstance(polygon, Polygon)
    assert np.allclose(polygon.exterior, SIX_BY_FOUR.exterior)
    assert isinstance(box, Rectangle)
    assert np.allclose((box.cx_px, box.cy_px, box.width_px, box.height_px), (7, 4, 6, 4))
    assert codes(reading) == ["CUR505", "CUR514"]
    assert read("text", [], "a.txt").drawn[0].label == "good"


def test_dagm_ellipses_in_radians_or_degrees() -> None:
    around = Surroundings(defect="dent")
    reading = read("text", ["1\t  39.3\t  24.5\t  -0.42\t  220\t  305"], "Class1_def/labels.txt", around, "dagm")
    (drawn,) = reading.drawn
    assert drawn.image.name == "Class1_def/1.png"
    (ellipse,) = shapes(drawn)
    assert ellipse == Ellipse(220, 305, 39.3, 24.5, math.degrees(-0.42))
    in_degrees = read("text", ["1 39.3 24.5 -42 220 305"], "labels.txt", around)
    assert shapes(in_degrees.drawn[0]) == [Ellipse(220, 305, 39.3, 24.5, -42)]
    table = [
        ["filename", "class", "label", "x", "y", "angle", "w", "h"],
        ["001.png", "1", "1", "69", "87", "0.5", "60", "37"],
    ]
    assert shapes(read("csv", table, "d.csv", around, "dagm").drawn[0]) == [Ellipse(69, 87, 60, 37, math.degrees(0.5))]
    assert codes(read("text", ["1 39.3 24.5 -42 220 305"], "labels.txt")) == ["CUR516"]


def test_dagm_masks() -> None:
    around = Surroundings(pixels_of=AROUND.pixels_of, defect="dent")
    lines = ["1", "1 0 0001.PNG 0 0", "12 1 0012.PNG 0 m.png", "13 1 0013.PNG 0 none.png"]
    reading = read("text", lines, "Train/Label/Labels.txt", around, "dagm")
    assert [(drawn.image.name, drawn.label) for drawn in reading.drawn] == [
        ("Train/Label/0001.PNG", "good"),
        ("Train/Label/0012.PNG", ""),
        ("Train/Label/0013.PNG", ""),
    ]
    assert np.array_equal(filled(reading.drawn[1]), MASK)
    assert codes(reading) == ["CUR514"]


# Rows 2..5 of columns 4..9 of a picture 10 high: starts 43, 53, … counted from 1.
RUNS = " ".join(f"{10 * column + 3} 4" for column in range(4, 10))


@pytest.mark.parametrize(
    "table",
    [
        [["ImageId", "ClassId", "EncodedPixels"], ["a.jpg", "1", RUNS]],
        [["ImageId", "EncodedPixels", "ClassId"], ["a.jpg", RUNS, "1"]],
        [["ImageId_ClassId", "EncodedPixels"], ["a.jpg_1", RUNS], ["a.jpg_2", ""], ["b.jpg_1", ""]],
        [["1", "2", "defects", "img"], [RUNS, "", "1", "a.jpg"], ["", "", "0", "b.jpg"]],
    ],
)
def test_severstal(table: list[list[str]]) -> None:
    reading = read("csv", table, expected="severstal")
    assert reading.findings == ()
    assert np.array_equal(filled(reading.drawn[0]), MASK)
    assert reading.drawn[0].regions[0].defect == "dent"
    assert [drawn.label for drawn in reading.drawn[1:]] in ([], ["good"])


@pytest.mark.parametrize("code", ["3", "0 4", "199 3", "a b"])
def test_severstal_refuses_impossible_runs(code: str) -> None:
    reading = read("csv", [["ImageId", "ClassId", "EncodedPixels"], ["a.jpg", "1", code]])
    assert codes(reading) == ["CUR514"]
    assert reading.drawn[0].label == ""


def test_a_run_may_cross_a_column() -> None:
    reading = read("csv", [["ImageId", "ClassId", "EncodedPixels"], ["a.jpg", "1", "9 4"]])
    assert np.argwhere(filled(reading.drawn[0])).tolist() == [[0, 1], [1, 1], [8, 0], [9, 0]]


def test_supervisely() -> None:
    packed = base64.b64encode(zlib.compress(encode_png(np.array([[0, 255], [255, 255]], np.uint8)))).decode()
    document = {
        "size": {"height": 10, "width": 20},
        "tags": [],
        "objects": [
            {"id": 1, "classTitle": "dent", "geometryType": "bitmap", "bitmap": {"data": packed, "origin": [4, 2]}},
            {
                "id": 2,
                "classTitle": "dent",
                "geometryType": "polygon",
                "points": {
                    "exterior": [[4, 2], [10, 2], [10, 6], [4, 6]],
                    "interior": [[[5, 3], [7, 3], [7, 5], [5, 5]]],
                },
                "tags": [{"name": "saturation_px", "value": 3}],
            },
            {"id": 3, "classTitle": "dent", "geometryType": "rectangle", "points": {"exterior": [[10, 6], [4, 2]]}},
            {"id": 4, "classTitle": "dent", "geometryType": "point", "points": {"exterior": [[1, 1]]}},
            {"id": 5, "classTitle": "dent", "geometryType": "bitmap", "bitmap": {"data": "eJw=", "origin": [4, 2]}},
        ],
    }
    reading = read("json", document, "ann/a.jpg.json", expected="supervisely")
    (drawn,) = reading.drawn
    assert drawn.image.name == "ann/a.jpg"
    bitmap, polygon, rectangle = drawn.regions
    assert np.argwhere(rasterize(bitmap.shapes, 20, 10)).tolist() == [[2, 5], [3, 4], [3, 5]]
    assert rasterize(polygon.shapes, 20, 10).sum() == 20
    assert polygon.saturation == Saturation(3, relative=False)
    assert rectangle.shapes == (BOX,)
    assert codes(reading) == ["CUR505", "CUR514"]


def manifest(pixels: NDArray[Any], colours: Iterable[tuple[str, str]]) -> Parsed:
    line = {
        "source-ref": "images/a.jpg",
        "anomaly-label": 1,
        "anomaly-label-metadata": {"class-name": "anomaly", "type": "groundtruth/image-classification"},
        "mask-ref": "m.png",
        "mask-ref-metadata": {
            "internal-color-map": {
                str(n): {"class-name": name, "hex-color": code} for n, (name, code) in enumerate(colours)
            },
            "type": "groundtruth/semantic-segmentation",
        },
    }
    good = {
        "source-ref": "b.jpg",
        "x": 0,
        "x-metadata": {"class-name": "n", "type": "groundtruth/image-classification"},
    }
    return read("lines", [line, good], "t.manifest", Surroundings(pixels_of={"m.png": pixels}.get), "sagemaker")


def test_sagemaker_alpha_decides_then_the_nearest_colour() -> None:
    pixels = np.zeros((10, 20, 4), np.uint8)
    pixels[..., :3] = 200  # arbitrary colours where nothing is marked
    pixels[1:3, 1:5] = (0, 0, 250, 255)  # nearly red, in B, G, R
    pixels[3, 1:5] = (0, 0, 120, 90)  # a soft edge, less than half covered
    pixels[6:9, 10:12] = (240, 10, 0, 255)  # nearly blue
    reading = manifest(pixels, [("BACKGROUND", "#ffffff"), ("dent", "#ff0000"), ("scratch", "#0000ff")])
    first, second = reading.drawn
    found = {region.defect: int(rasterize(region.shapes, 20, 10).sum()) for region in first.regions}
    assert found == {"dent": 8, "scratch": 6}
    assert second.label == "good"
    lost = manifest(pixels, [("dent", "#ff")])
    assert codes(lost) == ["CUR520"]


def test_unknown_documents_are_not_guessed() -> None:
    assert format_of("json", {"hello": 1}) is None
    assert format_of("text", ["read me first"]) is None
    assert format_of("csv", [["a", "b"]]) is None
    assert format_of("json", {"images": [], "annotations": []}, "labelme") is None
