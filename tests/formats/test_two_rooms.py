"""One reader a format: what a dataset holds and what a label import takes of the same document is the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.datasets.dataset import read_dataset
from curate.formats import coco
from curate.formats.records import Surroundings
from curate.geometry.patch import Patch
from curate.geometry.rasterize import rasterize
from curate.model.defect import Saturation
from curate.model.region import Region
from tests.datasets.trees import HEIGHT_PX, WIDTH_PX, picture, text


def document(mask: np.ndarray, saturation: Saturation | None) -> dict[str, object]:
    entry = coco.patch_entry(Patch.of(mask), mask.shape[::-1]) | (
        coco.threshold_entry(saturation) if saturation else {}
    )
    return {
        "images": [{"id": 1, "file_name": "1.png", "width": WIDTH_PX, "height": HEIGHT_PX}],
        "categories": [{"id": 7, "name": "dent"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 7, **entry}],
    }


def drawn_in_both_rooms(folder: Path, written: dict[str, object]) -> tuple[Region, Region]:
    text(folder / "annotations/instances_test.json", json.dumps(written))
    picture(folder / "test/1.png")
    (sample,) = read_dataset(folder).categories[0].samples
    parsed = coco.read(json.loads(json.dumps(written)), "x.json", Surroundings())
    assert parsed.findings == ()
    return sample.regions[0], parsed.drawn[0].regions[0]


def test_a_threshold_of_one_pixel_is_one_pixel_in_both_rooms(tmp_path: Path) -> None:
    """A threshold of a dataset was read as labels as 100 %, and one of a label export was not read at all."""
    mask = np.ones((HEIGHT_PX, WIDTH_PX), bool)
    for saturation in (Saturation(1, relative=False), Saturation(40, relative=False), Saturation(0.5), Saturation(1.0)):
        in_dataset, in_labels = drawn_in_both_rooms(tmp_path, document(mask, saturation))
        assert in_dataset.saturation == in_labels.saturation == saturation
    exported = document(mask, None)
    exported["annotations"][0]["attributes"] = {"saturation": "1 px"}  # type: ignore[index]
    in_dataset, in_labels = drawn_in_both_rooms(tmp_path, exported)
    assert in_dataset.saturation == in_labels.saturation == Saturation(1, relative=False)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([None, Saturation(3, relative=False), Saturation(0.25)]))
def test_what_is_written_is_read(seed: int, saturation: Saturation | None) -> None:
    mask = np.random.default_rng(seed).random((HEIGHT_PX, WIDTH_PX)) < 0.5
    mask[0, 0] = True
    parsed = coco.read(json.loads(json.dumps(document(mask, saturation))), "x.json", Surroundings())
    (region,) = parsed.drawn[0].regions
    assert (parsed.findings, region.defect, region.saturation) == ((), "dent", saturation)
    assert np.array_equal(rasterize(region.shapes, WIDTH_PX, HEIGHT_PX), mask)
