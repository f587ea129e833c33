"""Many submissions at once: what is current is skipped, what is broken stops no other, limits hold."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.baselines.run import BaselineOptions, run_baseline
from curate.evaluate import many
from curate.evaluate.many import ManyReport, SubmissionLimits, evaluate_many
from tests.baselines.drawn import draw_dataset
from tests.clusters import Cluster
from tests.conftest import Curate


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    draw_dataset(folder / "data", train=4, good=3, defective=3)
    run_baseline(folder / "data", folder / "one", BaselineOptions("pixel-gaussian"))
    return folder


@pytest.fixture
def inbox(home: Path, tmp_path: Path) -> Path:
    """A folder with a good submission, a zipped one, one without a map, one with a broken map, and one of nothing."""
    folder = tmp_path / "in"
    for name in ("good", "missing", "broken"):
        shutil.copytree(home / "one", folder / name)
        about = json.loads((folder / name / "submission.json").read_text())
        (folder / name / "submission.json").write_text(json.dumps({**about, "team": name}))
    (folder / "missing" / "ring" / "test" / "good" / "0001.npy").unlink()
    (folder / "broken" / "ring" / "test" / "good" / "0001.npy").write_bytes(b"no map")
    shutil.make_archive(str(folder / "zipped"), "zip", folder / "good")
    (folder / "empty").mkdir()
    return folder


def submissions(inbox: Path) -> list[Path]:
    return sorted(inbox.iterdir())


def run(inbox: Path, home: Path, output: Path, **given: Any) -> ManyReport:
    return evaluate_many(submissions(inbox), home / "data", output, **given)


def states(report: ManyReport) -> dict[str, str]:
    return {outcome.name: outcome.state for outcome in report.outcomes}


FIRST = {"broken": "refused", "empty": "refused", "good": "scored", "missing": "refused", "zipped": "scored"}


def test_the_broken_ones_are_refused_and_the_others_scored_once(home: Path, inbox: Path, tmp_path: Path) -> None:
    report = run(inbox, home, tmp_path / "out")
    assert states(report) == FIRST
    assert sorted(path.name for path in (tmp_path / "out").glob("*.json")) == ["good.json", "zipped.json"]
    reasons = {outcome.name: outcome.reasons[0] for outcome in report.outcomes if outcome.reasons}
    assert "ring/test/good/0001" in reasons["missing"]
    assert "0001.npy" in reasons["broken"]
    assert "holds no submission" in reasons["empty"]
    assert next(outcome.team for outcome in report.outcomes if outcome.name == "good") == "good"
    again = run(inbox, home, tmp_path / "out")
    assert states(again) == {name: "current" if state == "scored" else state for name, state in FIRST.items()}


def test_what_changed_is_scored_again_and_a_result_never_outlives_its_submission(
    home: Path, inbox: Path, tmp_path: Path
) -> None:
    run(inbox, home, tmp_path / "out")
    path = inbox / "good" / "ring" / "test" / "block" / "0000.npy"
    np.save(path, np.load(path) * 2)
    assert states(run(inbox, home, tmp_path / "out"))["good"] == "scored"
    path.unlink()
    assert states(run(inbox, home, tmp_path / "out"))["good"] == "refused"
    assert not (tmp_path / "out" / "good.json").exists()


def test_results_are_those_of_single_evaluations(home: Path, inbox: Path, tmp_path: Path, curate: Curate) -> None:
    done = curate("evaluate", *submissions(inbox), "--dataset", home / "data", "--output-dir", tmp_path / "out")
    assert done.code == 1
    assert "2 accepted, 3 refused" in done.err
    assert "good     scored    good · pixel-Gaussian" in done.out
    single = curate("evaluate", inbox / "good", "--dataset", home / "data", "-o", tmp_path / "single.json")
    assert single.code == 0
    assert (tmp_path / "out" / "good.json").read_bytes() == (tmp_path / "single.json").read_bytes()


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (SubmissionLimits(max_bytes=10_000), "bytes, 10,000 are allowed"),
        (SubmissionLimits(max_images=5), "holds 10 maps, 5 are allowed"),
    ],
)
def test_limits_hold_before_anything_is_read(
    home: Path, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: SubmissionLimits, reason: str
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("evaluated")

    monkeypatch.setattr(many, "evaluate_submission", never)
    chosen = [inbox / "good", inbox / "zipped.zip"]
    report = evaluate_many(chosen, home / "data", tmp_path / "out", limits=limits)
    assert [outcome.state for outcome in report.outcomes] == ["refused", "refused"]
    assert all(reason in outcome.reasons[0] for outcome in report.outcomes)


def _sleeps(*_: object) -> None:
    time.sleep(60)


def test_what_takes_too_long_is_ended(home: Path, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "_child", _sleeps)
    limits = SubmissionLimits(max_seconds=0.2)
    report = evaluate_many([inbox / "good"], home / "data", tmp_path / "out", limits=limits)
    assert report.outcomes[0].reasons == ("took longer than 0.2 s to be scored",)


def test_in_time_the_same_result_comes_out(home: Path, inbox: Path, tmp_path: Path) -> None:
    limits = SubmissionLimits(max_seconds=500)
    report = evaluate_many([inbox / "good", inbox / "missing"], home / "data", tmp_path / "out", limits=limits)
    assert [outcome.state for outcome in report.outcomes] == ["scored", "refused"]
    evaluate_many([inbox / "good"], home / "data", tmp_path / "plain")
    assert (tmp_path / "out" / "good.json").read_bytes() == (tmp_path / "plain" / "good.json").read_bytes()


def test_submissions_of_one_name_are_refused(home: Path, inbox: Path, tmp_path: Path, curate: Curate) -> None:
    shutil.make_archive(str(inbox / "good"), "zip", inbox / "good")
    done = curate("evaluate", *submissions(inbox), "--dataset", home / "data", "--output-dir", tmp_path / "out")
    assert done.code == 2
    assert "several submissions are called good" in done.err
    one = ("evaluate", inbox / "good", inbox / "missing", "--dataset", home / "data")
    assert "several submissions need --output-dir" in curate(*one).err
    assert curate("evaluate", inbox / "good", "--dataset", home / "data", "--max-images", 3).code == 2


def test_submissions_are_spread_over_a_cluster(home: Path, inbox: Path, tmp_path: Path, cluster: Cluster) -> None:
    from curate.execution import Execution

    report = run(inbox, home, tmp_path / "out", execution=Execution(scheduler=cluster.address))
    assert states(report) == FIRST
    run(inbox, home, tmp_path / "here")
    assert (tmp_path / "out" / "good.json").read_bytes() == (tmp_path / "here" / "good.json").read_bytes()
