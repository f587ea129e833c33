"""What is written in any layout is read back: regions, defects and thresholds, as far as the layout holds them."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curate.convert.run import ConversionOptions, convert_dataset
from curate.datasets.dataset import read_dataset
from curate.datasets.layouts.building import LayoutPicture, categories_of, label_of
from curate.datasets.layouts.table import BY_NAME
from curate.datasets.truth import read_truth
from curate.datasets.writers.registry import WRITERS
from curate.geometry.shapes import bitmap_of
from curate.model.dataset import Dataset
from curate.model.defect import Saturation
from curate.model.region import Region
from tests.datasets.trees import picture

WIDTH, HEIGHT = 12, 9
Mask = NDArray[np.bool_]
Shown = tuple[str, str, bytes]

MASKS = st.integers(1, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).random((HEIGHT, WIDTH)) < np.random.default_rng(seed).random()
)
"""Anything from a speck to nearly all, of many pieces and with holes."""
SATURATIONS = st.sampled_from([None, Saturation(0.25), Saturation(1.0), Saturation(40, relative=False)])
REGIONS = st.lists(st.tuples(st.sampled_from(["dent", "a b/c", "schräg"]), MASKS, SATURATIONS), max_size=3)
IMAGES = st.lists(REGIONS, min_size=1, max_size=3)


def dataset_of(root: Path, images: list[list[tuple[str, Mask, Saturation | None]]]) -> Dataset:
    pictures = []
    for number, drawn in enumerate(images):
        picture(root / f"{number}.png", (WIDTH, HEIGHT))
        regions = tuple(
            Region(str(place), defect, (bitmap_of(mask),), saturation)
            for place, (defect, mask, saturation) in enumerate(drawn)
            if mask.any()
        )
        pictures.append(LayoutPicture("part", "test", label_of(regions), f"{number}", f"{number}.png", regions=regions))
    return Dataset(str(root), "set", "coco", categories_of(pictures))


def expected(layout: str, images: list[list[tuple[str, Mask, Saturation | None]]]) -> Counter[tuple[Shown, ...]]:
    """Say what must come back, by the table of docs/layouts.md and by painting pixel by pixel."""
    holds = BY_NAME[layout].holds
    listed = []
    for drawn in images:
        regions = [(defect, mask, saturation) for defect, mask, saturation in drawn if mask.any()]
        if holds.regions == "yes":
            shown = [
                (defect, str(saturation or Saturation(1.0)) if holds.saturation == "yes" else "1", mask.tobytes())
                for defect, mask, saturation in regions
            ]
        elif holds.defects == "yes":
            canvas: dict[tuple[int, int], str] = {}
            for defect, mask, _ in regions:
                canvas |= dict.fromkeys(zip(*np.nonzero(mask), strict=True), defect)
            shown = []
            for defect in sorted(set(canvas.values())):
                mask = np.zeros((HEIGHT, WIDTH), bool)
                mask[tuple(zip(*[place for place, name in canvas.items() if name == defect], strict=True))] = True
                shown.append((defect, "1", mask.tobytes()))
        else:
            union = np.logical_or.reduce([mask for _, mask, _ in regions]) if regions else None
            shown = [] if union is None else [("", "1", union.tobytes())]
        listed.append(tuple(sorted(shown)))
    return Counter(listed)


def read_back(root: Path, layout: str) -> Counter[tuple[Shown, ...]]:
    (category,) = read_dataset(root, layout).categories
    named = BY_NAME[layout].holds.defects == "yes"
    listed = []
    for sample in category.samples:
        truths = read_truth(root, category, sample, (WIDTH, HEIGHT))
        listed.append(
            tuple(
                sorted(
                    (
                        truth.entry.defect_name if named else "",
                        str(truth.entry.saturation),
                        (truth.mask != 0).tobytes(),
                    )
                    for truth in truths
                )
            )
        )
    return Counter(listed)


@pytest.mark.parametrize("layout", [writer.layout for writer in WRITERS])
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(images=IMAGES)
def test_what_is_written_is_read_back(
    tmp_path: Path, layout: str, images: list[list[tuple[str, Mask, Saturation | None]]]
) -> None:
    for folder in ("source", "out"):
        shutil.rmtree(tmp_path / folder, ignore_errors=True)
    dataset = dataset_of(tmp_path / "source", images)
    options = ConversionOptions(check=True, sync=False)
    report = convert_dataset(dataset, tmp_path / "out", layout, options=options)
    assert [finding for finding in report.findings if finding.code == "CUR195"] == []
    assert read_back(tmp_path / "out", layout) == expected(layout, images)
