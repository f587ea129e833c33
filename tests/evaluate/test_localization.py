"""Which pixels and regions belong to which curve, and what is said where a curve does not exist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import InputError
from curate.evaluate import MapMetrics
from curate.evaluate.localization import PixelCurves, Totals
from curate.evaluate.run import evaluate_submission
from tests import reference
from tests.evaluate.samples import SATURATIONS, Item, write_dataset, write_submission

LIMITS = ("0.01", "0.05", "0.1", "0.3", "1.0")
FORMS = [(np.uint8, ".png"), (np.uint16, ".png"), (np.float32, ".tiff")]


def scene(seed: int, labels: str) -> list[Item]:
    """Draw images: g is good, s shows a scratch, h a hole, b both, u is defective without a drawn region."""
    rng = np.random.default_rng(seed)
    items = []
    for kind in labels:
        scores, regions = rng.integers(0, 40, (7, 9)), []
        for value in {"s": [255], "h": [10], "b": [255, 10]}.get(kind, []):
            mask = np.zeros(scores.shape, bool)
            top, left = (int(number) for number in rng.integers(0, 5, 2))
            mask[top : top + 2, left : left + 3] = True
            scores[mask] += 9
            regions.append((mask, value))
        label = {"g": "good", "s": "scratch", "h": "hole", "b": "multiple", "u": "scratch"}[kind]
        items.append(Item(label, scores, regions))
    return items


def localization(items: list[Item], folder: Path, dtype: Any, suffix: str) -> dict[str, Any]:
    dataset = write_dataset(folder / "data", "part", items)
    submission = write_submission(folder / "maps", "part", items, dtype=dtype, suffix=suffix)
    report = evaluate_submission(submission, dataset)
    assert report.result is not None, report.findings
    block: dict[str, Any] = report.result.to_json()["categories"]["part"]["localization"]
    return block


def regions_of(items: list[Item]) -> list[reference.Regions]:
    return [[(mask, SATURATIONS[value].area_px(int(mask.sum()))) for mask, value in item.regions] for item in items]


@pytest.mark.parametrize(("dtype", "suffix"), FORMS)
@pytest.mark.parametrize("labels", ["ggssu", "gsuu", "ssu", "gss", "ggshbu", "shb"])
def test_a_defect_is_scored_on_good_images_and_its_own(tmp_path: Path, labels: str, dtype: Any, suffix: str) -> None:
    items = scene(len(labels), labels)
    block = localization(items, tmp_path, dtype, suffix)
    whole = [item.scores for item in items]
    for limit in LIMITS:
        wanted = reference.au_spro(whole, regions_of(items), limit)
        assert block["au_spro"][limit] == pytest.approx(wanted, abs=1e-12), limit
    for name, value in (("scratch", 255), ("hole", 10)):
        own = [item for item in items if item.label == "good" or value in [entry for _, entry in item.regions]]
        scored = [
            [(mask, SATURATIONS[entry].area_px(int(mask.sum()))) for mask, entry in item.regions if entry == value]
            for item in own
        ]
        if not any(scored):
            assert name not in block["by_defect"]
            continue
        assert block["by_defect"][name]["regions"] == sum(map(len, scored))
        for limit in LIMITS:
            wanted = reference.au_spro([item.scores for item in own], regions_of(own), limit, scored)
            assert block["by_defect"][name]["au_spro"][limit] == pytest.approx(wanted, abs=1e-12), (name, limit)
    assert "notes" not in block


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(
    ("masks", "wanted"),
    [
        ([None, [[1, 0]]], []),
        ([None, None], ["no region in the test set: values that need one are null"]),
        ([[[1, 1]], [[1, 1]]], ["no negative pixel in the test set: values that need one are null"]),
    ],
)
def test_notes_say_what_is_absent(dtype: Any, masks: list[Any], wanted: list[str]) -> None:
    metrics = MapMetrics()
    for scores, its in zip(([[1, 2]], [[3, 1]]), masks, strict=True):
        metrics.update(np.array(scores, dtype), None if its is None else np.array(its))
    block = metrics.compute()["localization"]
    assert block.get("notes", []) == wanted
    assert (block["au_spro"]["0.05"] is None) == bool(wanted)
    assert (block["pixel_auroc"] is None) == bool(wanted)


def test_more_components_than_can_be_added_up_exactly_are_refused() -> None:
    mask = np.zeros((800, 800), np.uint8)
    mask[::2, ::2] = 1  # 160,000 components of one pixel, one region
    metrics = MapMetrics()
    metrics.update(np.ones(mask.shape, np.uint8), mask)
    with pytest.raises(InputError, match="has 160,000 components in its masks; at most 131,072 can be scored"):
        metrics.compute()


@given(st.integers(131_000, 131_200), st.booleans())
def test_as_many_regions_as_can_be_added_up_exactly(count: int, spread: bool) -> None:  # noqa: FBT001
    regions = {"a": count - 5, "b": 5} if spread else {"a": count}
    totals = Totals({(): 1}, count, regions, 1, 1.0)
    if count <= 1 << 17:
        assert PixelCurves(totals, "part").totals is totals
    else:
        with pytest.raises(InputError, match=f"part has {count:,} regions in its masks"):
            PixelCurves(totals, "part")
