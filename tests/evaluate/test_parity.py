"""The whole road from files to numbers against slow, independent versions of every metric."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.evaluate.run import evaluate_submission
from curate.evaluate.scoring.memory import Memory
from curate.execution import Execution
from curate.model.evaluation_options import EvaluationOptions
from tests import reference
from tests.evaluate.samples import NAMES, SATURATIONS, Item, random_items, write_dataset, write_submission

LIMITS = ("0.01", "0.05", "0.1", "0.3", "1.0")


def expected(items: list[Item], train: list[float]) -> dict[str, Any]:
    maps = [item.scores for item in items]
    regions = [[(mask, SATURATIONS[value].area_px(int(mask.sum()))) for mask, value in item.regions] for item in items]
    outside = [
        float(v)
        for item, some in zip(items, regions, strict=True)
        for v in item.scores[~reference.union(some, item.scores.shape)]
    ]
    inside = [
        float(v)
        for item, some in zip(items, regions, strict=True)
        for v in item.scores[reference.union(some, item.scores.shape)]
    ]
    good = [float(item.scores.max()) for item in items if item.label == "good"]
    bad = [float(item.scores.max()) for item in items if item.label != "good"]
    threshold = reference.deployed_threshold(train, "0.01")
    return {
        "localization": {
            "au_spro": {limit: reference.au_spro(maps, regions, limit) for limit in LIMITS},
            "au_pro": {"0.3": reference.au_pro(maps, regions, "0.3")},
            "pixel_f1_max_threshold": reference.f1_threshold(outside, inside),
            "pixel_auroc": reference.pairs_auroc(outside, inside),
            "pixel_ap": reference.average_precision(outside, inside),
            "pixel_f1_max": reference.f1_max(outside, inside),
            "by_defect": {name: {"au_spro": by_defect(items, value)} for value, name in NAMES.items()},
        },
        "detection": {
            "auroc": reference.pairs_auroc(good, bad),
            "ap": reference.average_precision(good, bad),
            "f1_max": reference.f1_max(good, bad),
            "tpr_at_tnr": {target: reference.tpr_at_tnr(good, bad, target) for target in ("0.99", "0.95", "0.90")},
            "deployed": {
                rate: {"threshold": reference.deployed_threshold(train, rate)} for rate in ("0.01", "0.05", "0.10")
            },
        },
        "segmentation": reference.segmentation(maps, regions, [item.label != "good" for item in items], threshold),
    }


def by_defect(items: list[Item], value: int) -> dict[str, float]:
    chosen = [item for item in items if item.label == "good" or value in [entry for _, entry in item.regions]]
    maps = [item.scores for item in chosen]
    every = [[(mask, SATURATIONS[entry].area_px(int(mask.sum()))) for mask, entry in item.regions] for item in chosen]
    scored = [
        [(mask, SATURATIONS[entry].area_px(int(mask.sum()))) for mask, entry in item.regions if entry == value]
        for item in chosen
    ]
    return {limit: reference.au_spro(maps, every, limit, scored) for limit in LIMITS}


def assert_same(wanted: dict[str, Any], block: dict[str, Any], tolerance: float = 1e-12) -> None:
    for name, value in wanted.items():
        if isinstance(value, dict):
            assert_same(value, block[name], tolerance)
        elif isinstance(value, str | list):
            assert block[name] == value, name
        elif value is None or np.isnan(value):
            assert block[name] is None, name
        else:
            assert block[name] == pytest.approx(value, abs=tolerance, rel=0), name


@pytest.mark.parametrize(
    ("dtype", "suffix"),
    [
        (np.uint8, ".png"),
        (np.uint16, ".png"),
        (np.uint16, ".tiff"),
        (np.uint8, ".tif"),
        (np.float32, ".tiff"),
        (np.float16, ".npy"),
        (np.int64, ".npy"),
        (np.dtype(">f8"), ".npz"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_every_number_equals_the_slow_version(tmp_path: Path, dtype: Any, suffix: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = random_items(rng)
    train = [float(value) for value in rng.integers(4, 14, 3)]
    dataset = write_dataset(tmp_path / "data", "part", items, colour=seed == 1)
    submission = write_submission(tmp_path / "maps", "part", items, dtype=dtype, suffix=suffix, train=train)
    report = evaluate_submission(submission, dataset, execution=Execution(jobs=2))
    assert report.findings == ()
    assert report.result is not None
    assert_same(expected(items, train), report.result.to_json()["categories"]["part"])


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("exact", [0, 3])
def test_doubles_that_no_float32_holds(tmp_path: Path, seed: int, exact: int) -> None:
    """Of a submission in doubles, some maps may hold nothing but values that a float32 holds, too."""
    items = random_items(np.random.default_rng(seed), levels=300)
    for place, item in enumerate(items):
        item.scores = item.scores / (8.0 if place % 4 < exact else 7.0)
    dataset = write_dataset(tmp_path / "data", "part", items)
    submission = write_submission(
        tmp_path / "maps", "part", items, dtype=np.float64, suffix=".npy", train=[9.5, 20, 11]
    )
    options = EvaluationOptions(bootstrap=3)
    report = evaluate_submission(submission, dataset, options=options, execution=Execution(jobs=2))
    assert report.result is not None
    assert_same(expected(items, [9.5, 20, 11]), report.result.to_json()["categories"]["part"])


def little(edges_a_sweep: int, region_px: int = 10_000, waiting_bytes: int = 400, upper_bits: int = 2048) -> Memory:
    """Divide what fits into one sweep and one slab of rows into many."""
    return Memory(24 * edges_a_sweep, waiting_bytes, region_px, rows=7, upper_bits=upper_bits, mark_every=2)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("waiting_bytes", [300, 20_000])
@pytest.mark.parametrize("edges_a_sweep", [20, 10_000])
@pytest.mark.parametrize("upper_bits", [2048, 0])
def test_many_float_scores_in_little_memory(
    tmp_path: Path, seed: int, waiting_bytes: int, edges_a_sweep: int, upper_bits: int
) -> None:
    """What is done to hundreds of millions of scores, on a few."""
    rng = np.random.default_rng(seed)
    items = random_items(rng, levels=300)
    for item in items:
        item.scores = ((item.scores - 40 * (seed == 1)) / 7).astype(np.float32)
    dataset = write_dataset(tmp_path / "data", "part", items)
    submission = write_submission(
        tmp_path / "maps", "part", items, dtype=np.float32, suffix=".tiff", train=[9.5, 20, 11]
    )
    memory = little(edges_a_sweep, waiting_bytes=waiting_bytes, upper_bits=upper_bits)
    report = evaluate_submission(submission, dataset, execution=Execution(jobs=2), memory=memory)
    assert report.result is not None
    assert_same(expected(items, [9.5, 20, 11]), report.result.to_json()["categories"]["part"], 1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("upper_bits", [2048, 3])
def test_scores_of_many_magnitudes(tmp_path: Path, seed: int, upper_bits: int) -> None:
    """Scores whose upper bits do not follow each other, or have too many values."""
    rng = np.random.default_rng(seed)
    items = random_items(rng, levels=60)
    for item in items:
        far = rng.random(item.scores.shape) < 0.1
        scores = (1 + item.scores.astype(np.float64)) * np.where(far, 1e-30, 1.0) * np.where(rng.random() < 0.5, 1, -1)
        item.scores = scores.astype(np.float32)
    dataset = write_dataset(tmp_path / "data", "part", items)
    submission = write_submission(tmp_path / "maps", "part", items, dtype=np.float32, suffix=".tiff", train=[9, 20, 11])
    memory = Memory(waiting_bytes=1000, upper_bits=upper_bits)
    report = evaluate_submission(submission, dataset, execution=Execution(jobs=2), memory=memory)
    assert report.result is not None
    assert_same(expected(items, [9, 20, 11]), report.result.to_json()["categories"]["part"], 1e-12)


@pytest.mark.parametrize("train", [[], [9.5, 20, 11]])
@pytest.mark.parametrize("region_px", [0, 10_000])
@pytest.mark.parametrize("edges_a_sweep", [1, 5, 60])
def test_any_number_of_sweeps_gives_the_same_result(
    tmp_path: Path, edges_a_sweep: int, region_px: int, train: list[float]
) -> None:
    rng = np.random.default_rng(edges_a_sweep)
    items = random_items(rng, levels=150)
    dataset = write_dataset(tmp_path / "data", "part", items)
    submission = write_submission(tmp_path / "maps", "part", items, dtype=np.float32, suffix=".tiff", train=train)
    options = EvaluationOptions(bootstrap=50)
    documents = []
    for memory in (Memory(), little(edges_a_sweep, region_px)):
        report = evaluate_submission(submission, dataset, options=options, memory=memory)
        assert report.findings == ()
        assert report.result is not None
        documents.append(report.result.to_json())
    once, often = documents
    assert {**once, "categories": {}, "mean": {}} == {**often, "categories": {}, "mean": {}}
    assert_same(once["categories"]["part"], often["categories"]["part"], 1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_negative_scores_and_many_levels_in_float_maps(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = random_items(rng, levels=1000)
    for item in items:
        item.scores = (item.scores.astype(np.float64) - 500) / 7
    train = [float(value) for value in rng.normal(0, 60, 3)]
    dataset = write_dataset(tmp_path / "data", "part", items)
    submission = write_submission(tmp_path / "maps", "part", items, dtype=np.float64, suffix=".npy", train=train)
    report = evaluate_submission(submission, dataset)
    assert report.result is not None
    assert_same(expected(items, train), report.result.to_json()["categories"]["part"], 1e-11)


def test_integer_and_float_maps_of_the_same_scores_give_the_same_result(tmp_path: Path) -> None:
    items = random_items(np.random.default_rng(5), levels=200)
    dataset = write_dataset(tmp_path / "data", "part", items)
    results = []
    for dtype, suffix in ((np.uint16, ".png"), (np.float32, ".npy")):
        submission = write_submission(tmp_path / suffix, "part", items, dtype=dtype, suffix=suffix)
        report = evaluate_submission(submission, dataset)
        assert report.result is not None
        results.append(report.result.to_json()["categories"])
        for name in ("spro", "pixel_roc"):  # of float maps, the scores between those of regions were not kept
            del results[-1]["part"]["curves"][name]["threshold"]
    assert_same(results[0], results[1], 1e-14)


def test_golden_figures(shared: Path) -> None:
    figures = json.loads((shared / "golden" / "figures.json").read_text(encoding="utf-8"))
    report = evaluate_submission(shared / "golden" / "submission", shared / "data" / "autovi_pipe_staple")
    assert report.result is not None
    block = report.result.to_json()["categories"]["pipe_staple"]
    assert_same(figures["exact"], block, 1e-9)
    for limit, value in figures["published_autovi_script"]["localization"]["auc_spro"].items():
        assert block["localization"]["au_spro"][limit] == pytest.approx(value, abs=1e-4 if limit == "0.01" else 3e-5)
