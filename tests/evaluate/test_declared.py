from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from curate.baselines.run import BaselineOptions, run_baseline
from curate.evaluate.run import EvaluationReport, evaluate_submission
from tests.baselines.drawn import draw_dataset


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    draw_dataset(tmp_path / "data", train=24)
    run_baseline(tmp_path / "data", tmp_path / "out", BaselineOptions("pixel-gaussian"))
    return tmp_path / "out"


def declare(submission: Path, held: list[str], how: str = "held-out") -> EvaluationReport:
    path = submission / "submission.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({**about, "train_maps": how, "held_out": {"ring": held}}))
    return evaluate_submission(submission, submission.parent / "data")


def keys(first: int, last: int) -> list[str]:
    return [f"train/good/{number:04d}" for number in range(first, last)]


def test_a_declared_choice_of_training_images_sets_the_threshold(submission: Path) -> None:
    for number in range(4):
        (submission / "ring" / "train" / "good" / f"{number:04d}.npy").unlink()
    report = declare(submission, keys(4, 24))
    assert report.result is not None
    maxima = [np.load(submission / "ring" / f"{key}.npy").max() for key in keys(4, 24)]
    deployed = report.result.categories["ring"].detection.deployed
    assert deployed is not None
    assert deployed["0.05"].threshold == pytest.approx(sorted(maxima)[-2], rel=1e-6)  # one of twenty is above
    assert report.result.submission.extra["train_maps"] == "held-out"


@pytest.mark.parametrize(
    ("held", "text"),
    [
        (keys(4, 23), "declares 19 training images as held out, expected at least 20"),
        (keys(4, 24), "has an anomaly map, but is not declared as held out"),
        ([*keys(0, 24), "train/good/0099"], "is declared as held out, but is no training image"),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(submission: Path, held: list[str], text: str) -> None:
    report = declare(submission, held)
    assert report.result is None
    assert {finding.code for finding in report.findings} == {"CUR617"}
    assert any(text in finding.message for finding in report.findings)


def test_a_missing_map_of_a_declared_image_is_named(submission: Path) -> None:
    for number in (*range(4), 20):
        (submission / "ring" / "train" / "good" / f"{number:04d}.npy").unlink()
    report = declare(submission, keys(4, 24))
    assert [finding.path for finding in report.findings] == ["ring/train/good/0020"]


def test_maps_of_what_was_learned_are_warned_of(submission: Path) -> None:
    honest = declare(submission, [], "leave-one-out").result
    memorised = declare(submission, [], "in-sample").result
    assert honest is not None
    assert memorised is not None
    assert not any("in-sample" in note for note in honest.categories["ring"].all_notes)
    assert any("in-sample" in note for note in memorised.categories["ring"].all_notes)


def test_maps_of_which_nothing_is_declared_count_as_in_sample(submission: Path) -> None:
    path = submission / "submission.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({key: about[key] for key in about if key != "train_maps"}))
    result = evaluate_submission(submission, submission.parent / "data").result
    assert result is not None
    notes = result.categories["ring"].all_notes
    assert any("does not say how the training images were scored" in note for note in notes)
    assert result.categories["ring"].detection.deployed is not None
    for number in range(24):  # without maps of the training images, there is nothing to declare
        (submission / "ring" / "train" / "good" / f"{number:04d}.npy").unlink()
    result = evaluate_submission(submission, submission.parent / "data").result
    assert result is not None
    assert not any("does not say" in note for note in result.categories["ring"].all_notes)


def test_an_empty_declaration_is_refused(submission: Path) -> None:
    report = declare(submission, [], "")
    assert report.result is None
    assert {finding.code for finding in report.findings} == {"CUR616"}
    assert any("train_maps" in finding.message for finding in report.findings)


def test_a_result_carries_what_the_submission_states(submission: Path) -> None:
    result = evaluate_submission(submission, submission.parent / "data").result
    assert result is not None
    facts = result.to_json()["submission"]["facts"]["ring"]
    assert facts["device"] == "cpu"
    assert facts["training_s"] >= 0
    assert "inputs" not in facts
