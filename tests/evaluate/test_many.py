"""Many submissions at once: what is current is skipped, what is broken stops no other, limits hold."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.baselines.run import BaselineOptions, run_baseline
from curate.datasets.dataset import read_dataset
from curate.errors import InputError, ReadError, StorageError
from curate.evaluate import many
from curate.evaluate.many import ManyReport, SubmissionLimits, evaluate_many
from curate.submissions.concealed import TruthKey
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


_WRITES_AND_SLEEPS = """
import sys, tempfile, time
from pathlib import Path
for path in (Path(tempfile.mkdtemp(), "map.npy"), Path(sys.argv[1], "good.json"), Path(sys.argv[1], "outcome.json")):
    path.write_text("{}")
time.sleep(600)
"""


def test_what_takes_too_long_is_ended_and_leaves_nothing(
    home: Path, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setattr(many, "_CHILD", _WRITES_AND_SLEEPS)
    limits = SubmissionLimits(max_seconds=0.7)
    report = evaluate_many([inbox / "good"], home / "data", tmp_path / "out", limits=limits)
    assert report.outcomes[0].state == "refused"
    assert report.outcomes[0].reasons == ("took longer than 0.7 s to be scored",)
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "out" / "good.json").exists()


def test_a_process_that_breaks_is_no_verdict_and_one_that_is_killed_names_memory(
    home: Path, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = SubmissionLimits(max_seconds=500)
    for code, state, words in (
        ("raise SystemExit(3)", "unread", "ended with exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "refused", "may need too much memory"),
    ):
        monkeypatch.setattr(many, "_CHILD", code)
        outcome = evaluate_many([inbox / "good"], home / "data", tmp_path / "out", limits=limits).outcomes[0]
        assert outcome.state == state
        assert words in outcome.reasons[0]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ReadError("cannot be read: Input/output error", path="ring/a.npy"), "unread"),
        (StorageError("cannot be written: No space left on device", path="out/good.json"), "unread"),
        (PermissionError(13, "Permission denied", "ring"), "unread"),
        (FileNotFoundError(2, "No such file or directory", "ring"), "unread"),
        (InputError("holds no submission"), "refused"),
    ],
)
def test_could_not_look_is_no_verdict(
    home: Path, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, curate: Curate, error: Any, state: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(many, "evaluate_submission", fails)
    given = ("evaluate", inbox / "good", "--dataset", home / "data", "--output-dir", tmp_path / "out")
    done = curate(*given)
    assert f"good  {state:<8}  " in done.out
    assert done.code == (2 if state == "unread" else 1)
    assert ("0 accepted, 0 refused, 1 could not be looked at" in done.err) == (state == "unread")


def test_a_folder_that_cannot_be_listed_and_an_archive_on_a_bad_disk_are_unread(
    home: Path, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlisted(_: Path) -> None:
        raise ReadError("cannot be read: Input/output error", path="in")

    def unopened(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(many, "list_tree", unlisted)
    monkeypatch.setattr(zipfile, "ZipFile", unopened)
    report = evaluate_many([inbox / "good", inbox / "zipped.zip", inbox / "gone"], home / "data", tmp_path / "out")
    assert [outcome.state for outcome in report.outcomes] == ["unread", "unread", "refused"]
    assert report.outcomes[2].reasons == ("there is no such submission",)


def test_linked_folders_count_and_their_changes_are_seen(home: Path, inbox: Path, tmp_path: Path) -> None:
    shutil.move(inbox / "good" / "ring", tmp_path / "elsewhere")
    (inbox / "good" / "ring").symlink_to(tmp_path / "elsewhere")
    path = tmp_path / "elsewhere" / "test" / "good" / "0000.npy"
    shutil.move(path, tmp_path / "far.npy")
    path.symlink_to(tmp_path / "far.npy")
    limits = SubmissionLimits(max_images=9)
    outcome = evaluate_many([inbox / "good"], home / "data", tmp_path / "out", limits=limits).outcomes[0]
    assert outcome.reasons == ("holds 10 maps, 9 are allowed",)
    limits = SubmissionLimits(max_bytes=10_000)
    outcome = evaluate_many([inbox / "good"], home / "data", tmp_path / "out", limits=limits).outcomes[0]
    assert "10,000 are allowed" in outcome.reasons[0]
    seen = []
    for change in (None, None, tmp_path / "far.npy", tmp_path / "elsewhere" / "test" / "block" / "0000.npy"):
        if change:
            np.save(change, np.load(change) * 2)
        seen.append(states(evaluate_many([inbox / "good"], home / "data", tmp_path / "out"))["good"])
    assert seen == ["scored", "current", "scored", "scored"]


def test_another_key_is_another_result(home: Path, inbox: Path, tmp_path: Path) -> None:
    images = {sample.key: sample.key for sample in read_dataset(home / "data").categories[0].samples}
    good, block = "test/good/0000", "test/block/0000"
    wrong = TruthKey("data", "", {"ring": {**images, good: block, block: good}})
    right = TruthKey("data", "", {"ring": images})
    found = []
    for key in (wrong, right, right):
        report = evaluate_many([inbox / "good"], home / "data", tmp_path / "out", key=key)
        found.append((report.outcomes[0].state, (tmp_path / "out" / "good.json").read_bytes()))
    assert [state for state, _ in found] == ["scored", "scored", "current"]
    evaluate_many([inbox / "good"], home / "data", tmp_path / "plain")
    assert found[0][1] != found[1][1] == (tmp_path / "plain" / "good.json").read_bytes()


def test_errors_of_the_dataset_are_listed_and_give_exit_code_1(
    home: Path, inbox: Path, tmp_path: Path, curate: Curate
) -> None:
    shutil.copytree(home / "data", tmp_path / "data")
    shutil.rmtree(tmp_path / "data" / "ring" / "ground_truth" / "block" / "0000")
    given = ("evaluate", inbox / "good", "--dataset", tmp_path / "data", "--output-dir", tmp_path / "out")
    done = curate(*given)
    assert done.code == 1
    assert "1 accepted, 0 refused" in done.err
    assert "these errors of the dataset change the numbers" in done.err
    assert "ring/test/block/0000.png" in done.err
    again = curate(*given, "--json")
    assert again.code == 1
    assert [entry["path"] for entry in json.loads(again.out)["dataset_errors"]] == ["ring/test/block/0000.png"]


def test_in_time_the_same_result_comes_out(
    home: Path, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a worker of a cluster that a nanny started: multiprocessing lets it have no children.
    monkeypatch.setitem(vars(multiprocessing.current_process())["_config"], "daemon", value=True)
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
    limits = SubmissionLimits(max_seconds=500)
    run(inbox, home, tmp_path / "timed", execution=Execution(scheduler=cluster.address), limits=limits)
    assert (tmp_path / "out" / "good.json").read_bytes() == (tmp_path / "timed" / "good.json").read_bytes()
    run(inbox, home, tmp_path / "here")
    assert (tmp_path / "out" / "good.json").read_bytes() == (tmp_path / "here" / "good.json").read_bytes()
