from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.formats import label_studio
from curate.formats.label_studio_brush import decode_brush, encode_brush, unpack
from curate.formats.records import Drawn, Parsed, Surroundings
from curate.geometry.rasterize import rasterize
from curate.geometry.shapes import bitmap_of, corners
from curate.model.defect import Saturation
from curate.model.region import Ellipse, Polygon, Rectangle
from tests.annotated import item, task

AROUND = Surroundings(size_of=lambda _: (640, 400))
ELLIPSE = {"x": 50, "y": 30, "radiusX": 15.625, "radiusY": 7.5, "rotation": 30}
SQUARE = {"points": [[10, 10], [20, 10], [20, 20], [10, 20]], "closed": True}


def read(*tasks: dict[str, Any]) -> Parsed:
    return label_studio.read(list(tasks), "export.json", AROUND)


def only(reading: Parsed) -> Drawn:
    (drawn,) = reading.drawn
    return drawn


def codes(reading: Parsed) -> list[str]:
    return sorted(finding.code for finding in reading.findings)


def test_rotated_rectangle_of_the_reference_table() -> None:
    # docs/label-sources.md: 640x400, x 450, y 60, 120 x 50, 35 degrees.
    value = {"x": 70.3125, "y": 15, "width": 18.75, "height": 12.5, "rotation": 35}
    (region,) = only(read(task("a.png", [item("rectangle", value)]))).regions
    (shape,) = region.shapes
    assert isinstance(shape, Rectangle)
    assert (shape.width_px, shape.height_px) == (120, 50)
    assert np.allclose(corners(shape), [(450, 60), (548.3, 128.8), (519.6, 169.8), (421.3, 101.0)], atol=0.05)


def test_rotated_ellipse_of_the_reference_table() -> None:
    # docs/label-sources.md: centre (320, 120), radii 100 and 30.
    (region,) = only(read(task("a.png", [item("ellipse", ELLIPSE)]))).regions
    assert region.shapes == (Ellipse(320, 120, 100, 30, 30),)


def test_polygon_becomes_pixels() -> None:
    drawn = only(read(task("a.png", [item("polygon", SQUARE)])))
    assert drawn.regions[0].shapes == (Polygon(((64, 40), (128, 40), (128, 80), (64, 80))),)
    assert drawn.image.size_px == (640, 400)
    assert drawn.label == ""


def test_what_cannot_be_used_is_said() -> None:
    result = [
        item("polygon", {**SQUARE, "closed": False}, "open"),
        item("keypoint", {"x": 1, "y": 2, "width": 1}, "point"),
        item("polygon", {"points": [[1, 1], [2, 2]]}, "thin"),
        item("rectangle", {"x": 1, "y": 2, "width": 5}, "broken"),
        item("rectangle", {"x": 1, "y": 2, "width": 5, "height": 5}, "nameless", label=None),
        {**item("polygon", SQUARE, "two"), "value": {**SQUARE, "polygonlabels": ["scratch", "dent"]}},
        item("vector", {"vertices": []}, "bezier"),
    ]
    reading = read(task("a.png", result))
    assert codes(reading) == ["CUR505", "CUR505", "CUR506", "CUR514", "CUR514", "CUR516", "CUR518"]
    assert all(finding.path == "export.json#task-1" for finding in reading.findings)
    drawn = only(reading)
    assert drawn.lost
    assert drawn.regions == ()
    assert drawn.label == ""  # nothing usable is not the same as good


def test_no_region_means_good_and_no_annotation_means_nothing() -> None:
    assert only(read(task("a.png", []))).label == "good"
    nothing = read({"id": 1, "data": {"image": "a.png"}, "annotations": []})
    assert (nothing.drawn, nothing.findings) == ((), ())
    skipped = read(task("a.png", [], was_cancelled=True))
    assert codes(skipped) == ["CUR510"]
    assert skipped.drawn == ()


def control(kind: str, name: str, value: Any, key: str = "r1") -> dict[str, Any]:
    field = {"number": "number", "textarea": "text", "choices": "choices"}[kind]
    return {"id": key, "type": kind, "from_name": name, "to_name": "image", "value": {field: value}}


@pytest.mark.parametrize(
    ("controls", "expected"),
    [
        ([control("number", "saturation_px", 37)], Saturation(37, relative=False)),
        ([control("number", "saturation_percent", 37)], Saturation(0.37)),
        ([control("number", "saturation", 0.25)], Saturation(0.25)),
        ([control("textarea", "saturation", ["800 px"])], Saturation(800, relative=False)),
        ([control("textarea", "saturation", "50 %")], Saturation(0.5)),
        ([control("number", "sat", 37), control("choices", "unit", ["absolute"])], Saturation(37, relative=False)),
        ([control("choices", "unit", ["relative"]), control("number", "sat", 0.4)], Saturation(0.4)),
    ],
)
def test_saturation_attached_to_a_region(controls: list[dict[str, Any]], expected: Saturation) -> None:
    reading = read(task("a.png", [item("polygon", SQUARE), *controls]))
    assert only(reading).regions[0].saturation == expected
    assert reading.findings == ()


@pytest.mark.parametrize("value", [37, 0, -1, "lots", "12 mm"])
def test_saturation_without_a_unit_or_sense_is_said(value: Any) -> None:
    reading = read(task("a.png", [item("polygon", SQUARE), control("textarea", "saturation", [str(value)])]))
    assert codes(reading) == ["CUR512"]
    assert only(reading).regions[0].saturation is None


def test_control_that_repeats_the_geometry_is_one_region() -> None:
    # The editor copies the region's geometry into the value of per-region controls.
    number = control("number", "saturation_px", 12)
    number["value"].update(ELLIPSE)
    drawn = only(read(task("a.png", [number, item("ellipse", ELLIPSE)])))
    assert [region.saturation for region in drawn.regions] == [Saturation(12, relative=False)]


def test_label_from_a_per_region_choice_or_a_generic_labels_tag() -> None:
    plain = item("rectangle", {"x": 1, "y": 1, "width": 9, "height": 9}, label=None)
    assert only(read(task("a.png", [plain, control("choices", "kind", ["dent"])]))).regions[0].defect == "dent"
    generic = {**item("polygon", SQUARE), "type": "labels", "value": {**SQUARE, "labels": ["dent"]}}
    assert only(read(task("a.png", [generic]))).regions[0].defect == "dent"


def test_relations_and_parents_form_groups() -> None:
    result = [
        item("polygon", SQUARE, "a"),
        item("polygon", SQUARE, "b"),
        item("polygon", SQUARE, "c", parentID="b"),
        item("polygon", SQUARE, "d"),
        {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": []},
    ]
    groups = {region.region_id: region.group for region in only(read(task("a.png", result))).regions}
    assert groups == {"a": "a", "b": "a", "c": "a", "d": ""}


def test_image_choices_and_rotated_view() -> None:
    choice = control("choices", "quality", ["OK"], "x")
    assert only(read(task("a.png", [choice]))).label == "good"
    turned = read(task("a.png", [item("polygon", SQUARE, image_rotation=90)]))
    assert codes(turned) == ["CUR517"]
    assert only(turned).regions[0].shapes == (Polygon(((64, 40), (128, 40), (128, 80), (64, 80))),)


def test_annotators_and_times_are_kept() -> None:
    first = task("a.png", [], completed_by={"id": 3, "email": "a@x.test"}, updated_at="2026-01-02")
    assert (only(read(first)).annotator, only(read(first)).drawn_at) == ("a@x.test", "2026-01-02")


def test_brush_round_trip_and_threshold() -> None:
    random = np.random.default_rng(3)
    mask = np.zeros((40, 50), bool)
    mask[5:30, 10:33] = random.random((25, 23)) < 0.5
    bitmap = bitmap_of(mask)
    packed = encode_brush(bitmap, (50, 40))
    assert decode_brush({"format": "rle", "rle": packed}, (50, 40)) == bitmap
    assert np.array_equal(rasterize(bitmap, 50, 40), mask)
    with pytest.raises(ValueError, match="holds 2000 pixels, the picture has 41×50"):
        decode_brush({"rle": packed}, (41, 50))
    with pytest.raises(ValueError, match="ends in the middle"):
        decode_brush({"rle": packed[:-9]}, (50, 40))


def test_real_editor_files(shared: Path) -> None:
    root = shared / "data" / "label_studio"
    expected: dict[str, list[type]] = {
        "lsf_examples/image_ellipses/annotations/1.json": [Ellipse],
        "lsf_examples/image_polygons/annotations/0.json": [Polygon],
        "sdk_converter/test_export_yolo/data_obb.json": [Rectangle],
    }
    for name, kinds in expected.items():
        document = json.loads((root / name).read_text(encoding="utf-8"))
        assert label_studio.recognises(document)
        shapes = [s for d in label_studio.read(document, name, AROUND).drawn for r in d.regions for s in r.shapes]
        assert shapes
        assert {type(shape) for shape in shapes} == set(kinds)


def test_real_brush_stroke(shared: Path) -> None:
    path = shared / "data" / "label_studio" / "ml_backend_yolo" / "test_brush_labels.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    value = document[0]["result"][0]["value"]
    alpha = unpack(np.array(value["rle"], np.uint8)).reshape(576, 768, 4)[..., 3]
    assert np.all((alpha == 0) | (alpha == 255))
    assert decode_brush(value, (768, 576)).width_px > 0


def test_json_min_is_refused_by_name() -> None:
    document = [{"id": 1, "image": "a.png", "annotation_id": 2, "annotator": 1, "lead_time": 3.0, "sat": [5]}]
    assert label_studio.recognises_min(document)
    assert not label_studio.recognises(document)
    (finding,) = label_studio.read_min(document, "min.json", AROUND).findings
    assert (finding.code, finding.hint) == ("CUR514", "export the project as JSON instead")


def test_anything_that_the_server_stored_is_accounted_for() -> None:
    note = {"id": "n", "type": "textarea", "from_name": "remark", "to_name": "image", "value": {"text": ["hm"]}}
    reading = read(task("a.png", [{"foo": 1}, note]))
    assert codes(reading) == ["CUR514", "CUR515"]
    assert only(reading).label == ""
