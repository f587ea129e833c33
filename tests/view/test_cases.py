from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curate.datasets.dataset import read_dataset
from curate.errors import InputError
from curate.model.dataset import Category
from curate.model.submission import CategorySubmission
from curate.submissions.submission import read_submission
from curate.view.cases import case_pictures, heat_scale, region_scores, worst_cases
from tests import reference
from tests.view.documents import CURVES, entry

SIZE = (8, 6)
"""Height and width."""

CONFIG = [
    {"defect_name": "dent", "pixel_value": 255, "saturation_threshold": 0.5, "relative_saturation": True},
    {"defect_name": "hole", "pixel_value": 254, "saturation_threshold": 3, "relative_saturation": False},
]


def _mask(value: int, rows: slice, columns: slice) -> Any:
    mask = np.zeros(SIZE, np.uint8)
    mask[rows, columns] = value
    return mask


DENT = _mask(255, slice(0, 2), slice(0, 5))
"""10 pixels, 5 of them required."""
HOLE = _mask(254, slice(4, 5), slice(1, 3))
"""2 pixels, both required, though the threshold says 3."""


def _save(path: Path, pixels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)


def _write_dataset(root: Path) -> Category:
    grey = np.full(SIZE, 100, np.uint8)
    for key in ("train/good/0", "test/good/0", "test/good/1", "test/good/2", "test/dent/0", "test/dent/1"):
        _save(root / f"bolt/{key}.png", grey)
    _save(root / "bolt/ground_truth/dent/0/0000.png", DENT)
    _save(root / "bolt/ground_truth/dent/0/0001.png", HOLE)
    _save(root / "bolt/ground_truth/dent/1/0000.png", DENT)
    (root / "bolt/defects_config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    return read_dataset(root).category("bolt")


def _submit(root: Path, dataset: Path, maps: dict[str, Any]) -> CategorySubmission:
    for name, scores in maps.items():
        path = root / "bolt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".npy":
            np.save(path, scores)
        else:
            _save(path, scores)
    return read_submission(root, read_dataset(dataset)).runs[0].categories[0]


def test_regions_are_scored_by_what_of_the_required_area_was_found(tmp_path: Path) -> None:
    category = _write_dataset(tmp_path / "data")
    scores = np.zeros(SIZE, np.uint8)
    scores[0, 0:4] = 7  # 4 of the dent's pixels above 6; 5 are required
    scores[1, 0:2] = 6  # at the threshold is not above it
    scores[4, 1] = 200  # 1 of the hole's 2 pixels
    maps = {"test/dent/0.png": scores, "test/dent/1.png": np.full(SIZE, 9, np.uint8)}
    submission = _submit(tmp_path / "maps", tmp_path / "data", maps)
    found = region_scores(tmp_path / "data", category, tmp_path / "maps", submission, 6.0)
    assert [
        (entry.key, entry.mask, entry.defect, entry.area_px, entry.required_px, entry.found_px, entry.share)
        for entry in found
    ] == [
        ("test/dent/0", "bolt/ground_truth/dent/0/0000.png", "dent", 10, 5, 4, 0.8),
        ("test/dent/0", "bolt/ground_truth/dent/0/0001.png", "hole", 2, 2, 1, 0.5),
        ("test/dent/1", "bolt/ground_truth/dent/1/0000.png", "dent", 10, 5, 10, 1.0),
    ]


def test_a_threshold_between_two_float32_values_is_not_rounded_to_one_of_them(tmp_path: Path) -> None:
    category = _write_dataset(tmp_path / "data")
    value = np.float32(0.1)
    below = float(value) - 1e-10  # in float32 this is the value itself, and nothing would be greater
    submission = _submit(tmp_path / "maps", tmp_path / "data", {"test/dent/1.npy": np.full(SIZE, value)})
    (entry,) = region_scores(tmp_path / "data", category, tmp_path / "maps", submission, below)
    assert entry.found_px == 10


def test_images_without_a_map_are_left_out_and_maps_of_another_size_refused_or_resampled(tmp_path: Path) -> None:
    category = _write_dataset(tmp_path / "data")
    small = np.full((4, 3), 9.0, np.float32)
    submission = _submit(tmp_path / "maps", tmp_path / "data", {"test/dent/1.npy": small})
    arguments = (tmp_path / "data", category, tmp_path / "maps", submission, 1.0)
    with pytest.raises(InputError, match=r"is 3×4 .*its image is 6×8"):
        region_scores(*arguments)
    assert [(entry.key, entry.share) for entry in region_scores(*arguments, resize="bilinear")] == [("test/dent/1", 1)]


@given(
    scores=arrays(np.uint8, SIZE, elements=st.integers(0, 3)),
    marked=arrays(np.bool_, SIZE).filter(lambda mask: bool(mask.any())),
    share=st.sampled_from([0.1, 0.3, 0.5, 0.7, 1.0]),
    place=st.integers(0, 4),
)
def test_shares_are_those_of_the_reference_curve(
    tmp_path_factory: pytest.TempPathFactory, scores: Any, marked: Any, share: float, place: int
) -> None:
    """The share of the only region, at the threshold of each vertex, is that vertex' sPRO."""
    if marked.all():
        marked[0, 0] = False  # the reference divides by the number of negative pixels
    root = tmp_path_factory.mktemp("case")
    _save(root / "data/bolt/test/good/0.png", np.zeros(SIZE, np.uint8))
    _save(root / "data/bolt/test/dent/0.png", np.zeros(SIZE, np.uint8))
    _save(root / "data/bolt/ground_truth/dent/0/0000.png", marked.astype(np.uint8) * 255)
    config = [{**CONFIG[0], "saturation_threshold": share}]
    (root / "data/bolt/defects_config.json").write_text(json.dumps(config), encoding="utf-8")
    submission = _submit(root / "maps", root / "data", {"test/dent/0.png": scores})
    area = reference.saturation_area(share, int(marked.sum()), relative=True)
    curve = reference.spro_curve([scores], [[(marked, area)]])
    thresholds = reference.thresholds([float(value) for value in scores.ravel()])
    vertex = min(place, len(thresholds) - 1)
    category = read_dataset(root / "data").category("bolt")
    (entry,) = region_scores(root / "data", category, root / "maps", submission, thresholds[vertex])
    assert Fraction(entry.found_px, entry.required_px) >= curve[vertex][1]
    assert entry.share == pytest.approx(float(curve[vertex][1]), abs=1e-15)


def _rows(**scores: float) -> list[dict[str, Any]]:
    names = {"g": "test/good", "d": "test/dent", "t": "train/good"}
    return [
        {"image": f"{names[name[0]]}/{name[1:]}", "label": names[name[0]].partition("/")[2], "score": score}
        for name, score in scores.items()
    ]


def test_worst_are_high_scores_of_good_images_and_low_ones_of_defective(tmp_path: Path) -> None:
    category = _write_dataset(tmp_path)
    images = _rows(g0=0.5, g1=0.9, g2=0.5, d0=0.3, d1=0.8, t0=2.0, g7=3.0)
    submission = CategorySubmission("bolt", maps={"test/good/1": "bolt/test/good/1.png"})
    cases = worst_cases(entry(images=images), category, submission, count=2)
    assert [(case.kind, case.key, case.score) for case in cases] == [
        ("false positive", "test/good/1", 0.9),
        ("false positive", "test/good/0", 0.5),
        ("false negative", "test/dent/0", 0.3),
        ("false negative", "test/dent/1", 0.8),
    ]
    assert [case.map for case in cases] == ["bolt/test/good/1.png", "", "", ""]
    assert cases[0].image == "bolt/test/good/1.png"
    assert cases[2].label == "dent"


def test_results_without_image_scores_give_no_cases(tmp_path: Path) -> None:
    category = _write_dataset(tmp_path)
    assert worst_cases(entry(), category) == []
    assert worst_cases(entry(images=[]), category) == []


def test_pictures_show_image_regions_and_map(tmp_path: Path) -> None:
    category = _write_dataset(tmp_path / "data")
    scores = np.zeros(SIZE, np.uint16)
    scores[4, 1:3] = 500
    _submit(tmp_path / "maps", tmp_path / "data", {"test/dent/0.png": scores})
    sample = next(sample for sample in category.samples if sample.key == "test/dent/0")
    shown = case_pictures(tmp_path / "data", category, sample, tmp_path / "maps/bolt/test/dent/0.png")
    assert shown.image.shape == (8, 6, 3)
    assert set(shown.image.ravel().tolist()) == {100}
    assert [(region.defect, region.area_px) for region in shown.regions] == [("dent", 10), ("hole", 2)]
    assert shown.regions[1].outlines == (((1.0, 4.0), (3.0, 4.0), (3.0, 5.0), (1.0, 5.0)),)
    assert shown.heat is not None
    assert (shown.scale, shown.peak, shown.problems) == ((0.0, 500.0), 500.0, ())
    assert shown.heat[0, 0].tolist() == [100, 100, 100]  # no score, no colour
    assert shown.heat[4, 1].max() - shown.heat[4, 1].min() > 50


@pytest.mark.parametrize(
    "pixels",
    [
        np.full(SIZE, 4095, np.uint16),
        np.full((*SIZE, 3), 255, np.uint8),
        np.full((*SIZE, 4), 255, np.uint8),
        np.linspace(0, 1, 48, dtype=np.float32).reshape(SIZE),
    ],
    ids=["12 bits", "colour", "with alpha", "float"],
)
def test_any_kind_of_image_can_be_shown(tmp_path: Path, pixels: Any) -> None:
    name = "0.tiff" if pixels.dtype == np.float32 else "0.png"
    _save(tmp_path / "bolt/test/good" / name, pixels)
    _save(tmp_path / "bolt/test/dent/1.png", np.zeros(SIZE, np.uint8))
    category = read_dataset(tmp_path).category("bolt")
    shown = case_pictures(tmp_path, category, next(sample for sample in category.samples if sample.is_good))
    assert shown.image.dtype == np.uint8
    assert shown.image.shape == (8, 6, 3)
    assert shown.image.max() == 255
    assert (shown.heat, shown.scale, shown.peak) == (None, None, None)


def test_what_is_broken_is_told_and_the_rest_shown(tmp_path: Path) -> None:
    category = _write_dataset(tmp_path / "data")
    (tmp_path / "data/bolt/ground_truth/dent/0/0000.png").write_bytes(b"not a picture")
    sample = next(sample for sample in category.samples if sample.key == "test/dent/0")
    shown = case_pictures(tmp_path / "data", category, sample, tmp_path / "none.png")
    assert [region.defect for region in shown.regions] == ["hole"]
    assert shown.heat is None
    assert len(shown.problems) == 2
    assert "0000.png" in shown.problems[0]
    assert "test/dent/0" in shown.problems[1]
    assert not any(str(tmp_path) in problem for problem in shown.problems)


def test_thumbnails_have_their_outlines_and_maps_shrunk_with_them(tmp_path: Path) -> None:
    category = _write_dataset(tmp_path / "data")
    wide = np.zeros((3, 2), np.float32)
    _submit(tmp_path / "maps", tmp_path / "data", {"test/dent/1.npy": wide})
    sample = next(sample for sample in category.samples if sample.key == "test/dent/1")
    path = tmp_path / "maps/bolt/test/dent/1.npy"
    shown = case_pictures(tmp_path / "data", category, sample, path, side_px=4, scale=(-1.0, 1.0))
    assert shown.image.shape == (4, 3, 3)
    assert shown.size_px == (6, 8)
    assert shown.heat is not None
    assert shown.heat.shape == (4, 3, 3)
    assert shown.scale == (-1.0, 1.0)
    assert shown.regions[0].outlines == (((0.0, 0.0), (2.5, 0.0), (2.5, 1.0), (0.0, 1.0)),)


def test_one_scale_for_a_category_comes_from_its_curve() -> None:
    assert heat_scale(entry(curves=CURVES)) == (1.0, 9.0)
    assert heat_scale(entry()) is None
    flat = {"fpr": [0.0, 1.0], "spro": [0.0, 1.0], "threshold": [2.0, 2.0]}
    assert heat_scale(entry(curves={"spro": flat, "pixel_roc": None, "roc": None, "pr": None})) is None
