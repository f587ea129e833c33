from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.formats import coco, cvat
from curate.formats import label_studio_writer as label_studio
from curate.formats.records import Drawn, Surroundings
from curate.formats.registry import format_of
from curate.formats.writing import WrittenLabels
from curate.geometry.rasterize import rasterize
from curate.geometry.shapes import bitmap_of
from curate.label.labelling import problems_of
from curate.mask.regions import whole_regions
from curate.model.config import CategoryConfig
from curate.model.defect import DefectType, Saturation
from curate.model.region import Annotation, Bitmap, Ellipse, Polygon, Rectangle, Region, Shape

WIDTH, HEIGHT = 64, 40
CATEGORY = CategoryConfig("part", defects={name: DefectType(name) for name in ("dent", 'scr"a&<tch')})

NUMBERS = st.floats(-10, 80, allow_nan=False, width=64)
LENGTHS = st.floats(0.5, 40, width=64)
ANGLES = st.floats(-400, 400, width=64)
POLYGONS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=8, unique=True).map(lambda p: Polygon(tuple(p)))
ELLIPSES = st.builds(Ellipse, NUMBERS, NUMBERS, LENGTHS, LENGTHS, ANGLES)
RECTANGLES = st.builds(Rectangle, NUMBERS, NUMBERS, LENGTHS, LENGTHS, ANGLES)


def bitmap(seed: int) -> Bitmap:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[5:17, 9:30] = np.random.default_rng(seed).random((12, 21)) < 0.6
    return bitmap_of(mask)


BITMAPS = st.integers(0, 99).map(bitmap)
RINGS = st.just(Polygon(((5, 5), (30, 5), (30, 30), (5, 30)), (((10, 10), (20, 10), (20, 20), (10, 20)),)))
SHAPES = st.one_of(POLYGONS, ELLIPSES, RECTANGLES, BITMAPS, RINGS)
SATURATIONS = st.sampled_from([None, Saturation(0.25), Saturation(40, relative=False)])


@st.composite
def annotated(draw: st.DrawFn) -> Annotation:
    regions = tuple(
        Region(
            f"r{index}",
            draw(st.sampled_from(list(CATEGORY.defects))),
            tuple(draw(st.lists(SHAPES, min_size=1, max_size=2))),
            draw(SATURATIONS),
        )
        for index in range(draw(st.integers(0, 4)))
    )
    label = "" if regions else draw(st.sampled_from(["good", "dent"]))
    return Annotation("main/a.png", WIDTH, HEIGHT, label, regions)


AROUND = Surroundings(size_of=lambda _: (WIDTH, HEIGHT))


def back(kind: str, document: Any) -> Drawn:
    entry = format_of(kind, document)
    assert entry is not None
    reading = entry.read(document, "x", AROUND)
    assert reading.findings == ()
    (drawn,) = reading.drawn
    return drawn


def masks(regions: Sequence[Region]) -> list[tuple[str, str, bytes]]:
    """What counts in the end: the masks of the whole regions, with their thresholds."""
    whole, problems = whole_regions(Annotation("f", WIDTH, HEIGHT, "", tuple(regions)), CATEGORY)
    assert problems == []
    return sorted((r.defect, str(r.saturation), rasterize(r.shapes, WIDTH, HEIGHT).tobytes()) for r in whole)


def numbers(shape: Shape) -> list[float]:
    if isinstance(shape, Polygon):
        return [value for point in shape.exterior for value in point]
    if isinstance(shape, Bitmap):
        return [shape.x_px, shape.y_px, shape.width_px, shape.height_px, *shape.runs]
    if isinstance(shape, Ellipse):
        return [shape.cx_px, shape.cy_px, shape.rx_px, shape.ry_px, shape.angle_deg]
    return [shape.cx_px, shape.cy_px, shape.width_px, shape.height_px, shape.angle_deg]


def same_geometry(first: Sequence[Region], second: Sequence[Region]) -> None:
    ones = [shape for region in first for shape in region.shapes]
    others = [shape for region in second for shape in region.shapes]
    assert len(ones) == len(others)
    for one, other in zip(ones, others, strict=True):
        if isinstance(one, Polygon) and one.holes:
            assert isinstance(other, Bitmap)
            assert np.array_equal(rasterize(one, WIDTH, HEIGHT), rasterize(other, WIDTH, HEIGHT))
        else:
            assert type(one) is type(other)
            assert np.allclose(numbers(one), numbers(other), rtol=0, atol=1e-6)


def named(written: WrittenLabels, annotation: Annotation) -> None:
    """Exactly the regions with holes are named as changed."""
    holed = [r.region_id for r in annotation.regions for s in r.shapes if isinstance(s, Polygon) and s.holes]
    assert [finding.message.split(":")[0] for finding in written.findings] == [f"region {name}" for name in holed]


@settings(max_examples=50, deadline=None)
@given(annotated())
def test_label_studio_round_trip(annotation: Annotation) -> None:
    written = label_studio.write([annotation], lambda frame: frame, CATEGORY)
    document = json.loads(json.dumps(written.document))
    assert problems_of(document[0]["annotations"][0]["result"], CATEGORY) == []
    drawn = back("json", document)
    assert (drawn.image.frame, drawn.label) == (annotation.frame, annotation.label)
    same_geometry(annotation.regions, drawn.regions)
    named(written, annotation)
    # A region of several shapes comes back as a group, which is one region again.
    assert [name for name, _, _ in masks(drawn.regions)] == [name for name, _, _ in masks(annotation.regions)]
    assert [text for _, text, _ in masks(drawn.regions)] == [text for _, text, _ in masks(annotation.regions)]


@settings(max_examples=50, deadline=None)
@given(annotated())
def test_cvat_round_trip(annotation: Annotation) -> None:
    written = cvat.write([annotation], lambda frame: frame, CATEGORY)
    drawn = back("xml", fromstring(written.document))
    assert (drawn.image.name, drawn.label) == (annotation.frame, annotation.label)
    same_geometry(annotation.regions, drawn.regions)
    named(written, annotation)
    assert len(masks(drawn.regions)) == len(masks(annotation.regions))


@settings(max_examples=50, deadline=None)
@given(annotated())
def test_coco_round_trip_keeps_every_pixel(annotation: Annotation) -> None:
    annotation = replace(annotation, label="" if annotation.regions else "good")
    written = coco.write([annotation], lambda frame: frame, CATEGORY)
    document = json.loads(json.dumps(written.document))
    drawn = back("json", document)
    assert drawn.label == annotation.label
    assert masks(drawn.regions) == masks(annotation.regions)
    for before, after in zip(annotation.regions, drawn.regions, strict=True):
        if all(isinstance(shape, Polygon) and not shape.holes for shape in before.shapes):
            assert before.shapes == after.shapes
    areas = [int(rasterize(region.shapes, WIDTH, HEIGHT).sum()) for region in annotation.regions]
    assert [entry["area"] for entry in document["annotations"]] == areas


def test_groups_survive() -> None:
    box = Rectangle(20, 20, 8, 6)
    regions = tuple(Region(name, "dent", (box,), None, group) for name, group in [("a", "g"), ("b", "g"), ("c", "")])
    annotation = Annotation("main/a.png", WIDTH, HEIGHT, "", regions)
    ours = [back("json", label_studio.write([annotation], str, CATEGORY).document).regions]
    ours.append(back("xml", fromstring(cvat.write([annotation], str, CATEGORY).document)).regions)
    ours.append(back("json", coco.write([annotation], str, CATEGORY).document).regions)
    for found in ours:
        first, second, third = (region.group for region in found)
        assert first == second != third == ""
        assert first


def test_what_the_server_would_swallow_is_refused() -> None:
    result, _ = label_studio.result_of(Annotation("f", 8, 8, "", (Region("r", "hole", (Rectangle(4, 4, 2, 2),)),)))
    result.append({"id": "x", "from_name": "other", "to_name": "image", "value": {"closed": False}})
    assert problems_of(result, CATEGORY) == [
        "region r has the unknown label 'hole'",
        "region x belongs to the unknown control 'other'",
        "region x is not closed",
    ]
