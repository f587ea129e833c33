"""Blocks of a result beside localization: segmentation, tables of scores, classes, intervals, partial data."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.evaluate.bootstrap import ImageCurve, intervals, matrix_of_bins, pack
from curate.evaluate.images import ImageSummary
from curate.evaluate.metrics.spro import UNIT
from curate.evaluate.run import evaluate_submission
from curate.model.evaluation_options import EvaluationOptions
from tests import reference
from tests.evaluate.samples import SATURATIONS, Item, keyed, random_items, write_dataset, write_submission


def evaluated(items: list[Item], folder: Path, tables: dict[str, str] | None = None, **options: Any) -> dict[str, Any]:
    dtype, suffix = options.pop("dtype", np.uint16), options.pop("suffix", ".png")
    dataset = write_dataset(folder / "data", "part", items)
    submission = write_submission(folder / "maps", "part", items, dtype=dtype, suffix=suffix)
    for name, text in (tables or {}).items():
        (submission / "part" / name).write_text(text, encoding="utf-8")
    report = evaluate_submission(submission, dataset, options=EvaluationOptions(**options))
    assert report.findings == ()
    assert report.result is not None
    block: dict[str, Any] = report.result.to_json()["categories"]["part"]
    return block


def rows(header: str, values: dict[str, str]) -> str:
    return "\n".join([header, *(f"{key},{value}" for key, value in values.items())])


@pytest.mark.parametrize(("dtype", "suffix"), [(np.uint16, ".png"), (np.uint8, ".png"), (np.float32, ".npy")])
@pytest.mark.parametrize("seed", range(3))
def test_segmentation_at_the_pixel_f1_max(tmp_path: Path, dtype: Any, suffix: str, seed: int) -> None:
    items = random_items(np.random.default_rng(seed), levels=90, shape=(30, 40))
    block = evaluated(items, tmp_path, dtype=dtype, suffix=suffix)
    threshold = block["localization"]["pixel_f1_max_threshold"]
    assert (block["segmentation"]["threshold"], block["segmentation"]["threshold_from"]) == (threshold, "pixel_f1_max")
    regions = [[(mask, SATURATIONS[value].area_px(int(mask.sum()))) for mask, value in item.regions] for item in items]
    defective = [item.label != "good" for item in items]
    wanted = reference.segmentation([item.scores for item in items], regions, defective, threshold)
    assert {name: block["segmentation"][name] for name in wanted} == pytest.approx(wanted, abs=1e-12)
    assert block["segmentation"]["dice"] == pytest.approx(block["localization"]["pixel_f1_max"], abs=1e-12)
    scores = np.concatenate([item.scores.ravel() for item in items])
    assert threshold in scores.astype(float)


def test_scores_csv_replaces_the_maximum_and_its_training_rows_set_the_threshold(tmp_path: Path) -> None:
    items = random_items(np.random.default_rng(0))
    given = {
        key: str(place) for place, (key, _) in enumerate(keyed(items))
    }  # good, good, scratch, hole, multiple, good
    training = {"train/good/0000": "0.5", "train/good/0001": "1.5", "train/good/0002": "4.5"}
    block = evaluated(items, tmp_path, {"scores.csv": rows("image,score", given | training)})
    good, bad = [0.0, 1.0, 5.0], [2.0, 3.0, 4.0]
    assert block["detection"]["auroc"] == reference.pairs_auroc(good, bad)
    assert block["detection"]["deployed"]["0.01"]["threshold"] == 4.5
    assert block["detection"]["deployed"]["0.01"]["tp"] == 0
    assert block["detection"]["deployed"]["0.01"]["fp"] == 1
    assert block["segmentation"]["threshold_from"] == "pixel_f1_max"


@pytest.mark.parametrize("given", [True, False])
def test_images_name_every_score_of_one_source(tmp_path: Path, *, given: bool) -> None:
    items = random_items(np.random.default_rng(2))
    dataset = write_dataset(tmp_path / "data", "part", items, train=2)
    submission = write_submission(tmp_path / "maps", "part", items, train=[4, 9])
    keys = [key for key, _ in keyed(items)]
    scores = {key: float(item.scores.max()) for key, item in keyed(items)}
    scores |= {"train/good/0000": 4.0, "train/good/0001": 9.0}
    if given:  # scores.csv without training images: their maps' maxima are no scores of its scale
        scores = {key: number / 8 for number, key in enumerate(keys)}
        rows = "".join(f"{key},{value}\n" for key, value in scores.items())
        (submission / "part" / "scores.csv").write_text(f"image,score\n{rows}", encoding="utf-8")
    report = evaluate_submission(submission, dataset)
    assert report.result is not None
    listed = report.result.to_json()["categories"]["part"]["images"]
    assert {row["image"]: row["score"] for row in listed} == scores
    assert [row["image"] for row in listed] == sorted(scores)
    assert all(row["label"] == row["image"].split("/")[1] for row in listed)


def test_an_image_belongs_to_the_defects_of_its_regions_or_else_to_its_folder(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    items = [*random_items(rng), Item("dent", rng.integers(0, 9, (9, 11)))]
    block = evaluated(items, tmp_path)
    assert set(block["detection"]["by_defect"]) == {"scratch", "hole", "dent"}
    assert set(block["localization"]["by_defect"]) == {"scratch", "hole"}
    good = [float(item.scores.max()) for item in items if item.label == "good"]
    holed = [float(item.scores.max()) for item in items if item.label in {"hole", "multiple"}]
    assert block["detection"]["by_defect"]["hole"]["auroc"] == reference.pairs_auroc(good, holed)
    assert block["counts"]["test_defective"] == 4


def test_classes_by_hand(tmp_path: Path) -> None:
    items = random_items(np.random.default_rng(0))
    keys = [key for key, _ in keyed(items)]
    assert [key.split("/")[1] for key in keys] == ["good", "good", "scratch", "hole", "multiple", "good"]
    table = ["0.8,0.1,0.1", "0.2,0.5,0.3", "0.1,0.7,0.2", "0.6,0.1,0.3", "0.1,0.2,0.7", "0.9,0.1,0.0"]
    block = evaluated(
        items, tmp_path, {"predictions.csv": rows("image,good,scratch,hole", dict(zip(keys, table, strict=True)))}
    )
    classes = block["classification"]
    # scratch: images 2 and 4 (multiple shows both); hole: 3 and 4
    assert classes["correct_class_recall"] == {"scratch": 0.5, "hole": 0.5}
    assert classes["defect_recall"] == {"scratch": 1.0, "hole": 0.5}
    assert classes["aql"] == {"scratch": 0.0, "hole": 50.0}
    one = reference.pairs_auroc([0.1, 0.1, 0.6], [0.8, 0.2, 0.9])
    two = reference.pairs_auroc([0.1, 0.5, 0.1, 0.1], [0.7, 0.2])
    three = reference.pairs_auroc([0.1, 0.3, 0.2, 0.0], [0.3, 0.7])
    assert classes["auroc"] == pytest.approx({"good": one, "scratch": two, "hole": three})
    assert classes["auroc_weighted"] == pytest.approx((3 * one + 2 * two + 2 * three) / 7)


@pytest.mark.parametrize(("dtype", "suffix"), [(np.uint16, ".png"), (np.float32, ".npy")])
def test_intervals_hold_the_value_and_depend_on_the_seed_alone(tmp_path: Path, dtype: Any, suffix: str) -> None:
    rng = np.random.default_rng(0)
    items = [item for _ in range(12) for item in random_items(rng, levels=50)]
    options = {"dtype": dtype, "suffix": suffix, "bootstrap": 200}
    block = evaluated(items, tmp_path / "a", **options)
    again = evaluated(items, tmp_path / "b", **options)["intervals"]
    other = evaluated(items, tmp_path / "c", **options, seed=1)["intervals"]
    found = block["intervals"]
    assert found == again
    assert found["auroc"] != other["auroc"]
    for limit, value in block["localization"]["au_spro"].items():
        low, high = found["au_spro"][limit]
        assert low <= value <= high
        assert high > low
    for name in ("auroc", "ap", "f1_max"):
        low, high = found[name]
        assert low <= block["detection"][name] <= high


def test_a_resample_s_curve_is_the_curve_of_the_drawn_images() -> None:
    # Each image once: the interval of one resample that draws every image is the value itself.
    histogram = np.zeros(256, np.int64)
    histogram[[3, 9]] = 5, 5
    curves = [
        ImageCurve("test/good/0", 0, pack(histogram), None),
        ImageCurve("test/bad/0", 1, pack(histogram), (np.array([9]), np.array([UNIT]))),
    ]
    images = [ImageSummary("test/good/0", "good", (), 9.0, 0), ImageSummary("test/bad/0", "bad", ("bad",), 9.0, 1)]
    matrix = matrix_of_bins(curves, np.arange(256))
    found = intervals(images, {image.key: image.score for image in images}, matrix, 1, 0)
    # ten of twenty negatives tie with the region: up to a rate of 0.5 the diagonal of slope 2, then flat
    assert found.au_spro is not None
    assert found.au_spro["1.0"] == pytest.approx((0.75, 0.75))
    assert found.au_spro["0.1"] == pytest.approx((0.1, 0.1))
    assert found.auroc == (0.5, 0.5)


def test_rows_of_no_image_are_refused_also_where_images_may_be_missing(tmp_path: Path) -> None:
    items = random_items(np.random.default_rng(3))
    given = {key: str(place) for place, (key, _) in enumerate(keyed(items))}
    evaluated(items, tmp_path, {"scores.csv": rows("image,score", given)})
    less = dict(list(given.items())[1:])
    for more, wanted in (({}, []), ({"test/good/has no row": "3"}, ["CUR613"])):
        table = rows("image,score", less | more)
        (tmp_path / "maps" / "part" / "scores.csv").write_text(table, encoding="utf-8")
        options = EvaluationOptions(allow_missing=True)
        report = evaluate_submission(tmp_path / "maps", tmp_path / "data", options=options)
        assert [finding.code for finding in report.findings] == wanted
    refused = evaluate_submission(tmp_path / "maps", tmp_path / "data")
    assert sorted(finding.message for finding in refused.findings) == [
        "has a row for test/good/has no row, which is no image",
        f"has no row for {keyed(items)[0][0]}",
    ]


def test_a_submission_of_image_scores_alone_is_partial(tmp_path: Path) -> None:
    items = random_items(np.random.default_rng(3))
    given = {key: str(place) for place, (key, _) in enumerate(keyed(items))}
    evaluated(items, tmp_path, {"scores.csv": rows("image,score", given)})
    shutil.rmtree(tmp_path / "maps" / "part" / "test")
    options = EvaluationOptions(allow_missing=True, bootstrap=5)
    report = evaluate_submission(tmp_path / "maps", tmp_path / "data", options=options)
    assert report.result is not None
    block = report.result.to_json()["categories"]["part"]
    assert block["detection"]["auroc"] == reference.pairs_auroc([0.0, 1.0, 5.0], [2.0, 3.0, 4.0])
    assert block["localization"]["au_spro"]["0.05"] is None
    assert len(report.result.to_json()["left_out"]["images"]["part"]) == len(items)
    whole = evaluate_submission(tmp_path / "maps", tmp_path / "data")  # asked for or not, the figures are the same
    assert whole.result is not None
    assert whole.result.to_json()["categories"]["part"]["detection"] == block["detection"]


def test_fingerprints_do_not_depend_on_the_form_of_folders(tmp_path: Path) -> None:
    items = random_items(np.random.default_rng(4))
    dataset = write_dataset(tmp_path / "data", "part", items)
    submission = write_submission(tmp_path / "maps", "part", items)
    whole = evaluate_submission(submission, dataset).to_json()
    flat = evaluate_submission(submission / "part" / "test", dataset / "part").to_json()
    assert flat["dataset"]["fingerprint"] == whole["dataset"]["fingerprint"]
    assert flat["submission"]["files"] == whole["submission"]["files"]
    assert flat["submission"]["fingerprint"] != whole["submission"]["fingerprint"]  # methods are called by folders
    items[0].scores[0, 0] += 1
    write_submission(tmp_path / "maps", "part", items)
    changed = evaluate_submission(submission, dataset).to_json()
    assert changed["submission"]["fingerprint"] != whole["submission"]["fingerprint"]
    assert changed["dataset"]["fingerprint"] == whole["dataset"]["fingerprint"]
