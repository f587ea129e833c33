"""One fingerprint and one name: which dataset a result belongs to, wherever results meet."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curate.baselines.run import BaselineOptions, run_baseline
from curate.datasets.card import format_card, read_card
from curate.datasets.dataset import read_dataset
from curate.errors import InputError
from curate.evaluate.identity import know_dataset, refuse_other_datasets
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.imaging.images import write_png
from curate.model.card import Card
from curate.model.evaluation_options import EvaluationOptions
from curate.model.result import Result
from curate.report.run import Request, write_report
from curate.submissions.results import write_result
from tests import results
from tests.baselines.drawn import draw_dataset
from tests.conftest import Curate

ZEROS = "sha256:" + "0" * 64
NO_COUNTS: dict[str, object] = {"images": {}, "regions": {}}
ONES = "sha256:" + "1" * 64


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two categories, a submission and its results: of both, and of each alone."""
    folder = tmp_path_factory.mktemp("identity")
    for category in ("clip", "ring"):
        draw_dataset(folder / "data", category=category)
    run_baseline(folder / "data", folder / "maps", BaselineOptions("pixel-gaussian"))
    for name, chosen in {"both": (), "clip": ("clip",), "ring": ("ring",)}.items():
        write_result(folder / f"{name}.json", scored(folder / "maps", folder / "data", *chosen))
    return folder


def scored(submission: Path, dataset: Path, *categories: str) -> Result:
    result = evaluate_submission(submission, dataset, options=EvaluationOptions(categories=categories)).result
    assert result is not None
    return result


def mismatch(result: Result, root: Path) -> str:
    return know_dataset(root, read_dataset(root), Execution(jobs=1)).mismatch(result)


def changed(home: Path, tmp_path: Path, how: str) -> Path:
    """Return a copy of the dataset in which one thing differs."""
    root = tmp_path / "data"
    shutil.copytree(home / "data", root)
    base = root / "ring"
    if how == "image":
        write_png(base / "test" / "good" / "0000.png", np.zeros((64, 72, 3), np.uint8))
    elif how == "training image":
        write_png(base / "train" / "good" / "0000.png", np.zeros((64, 72, 3), np.uint8))
    elif how == "mask":
        mask = np.zeros((64, 72, 3), np.uint8)
        mask[:9, :9] = 255
        write_png(base / "ground_truth" / "block" / "0000" / "0000.png", mask)
    elif how == "configuration":
        path = base / "defects_config.json"
        path.write_text(path.read_text().replace("1.0", "0.5"))
    elif how == "name":
        (base / "test" / "good" / "0000.png").rename(base / "test" / "good" / "0009.png")
    return root


def test_a_result_of_this_dataset_is_none_of_another(home: Path) -> None:
    for name in ("both", "clip", "ring"):
        assert mismatch(Result.from_json(json.loads((home / f"{name}.json").read_bytes())), home / "data") == ""


@pytest.mark.parametrize("how", ["image", "training image", "mask", "configuration", "name"])
def test_whatever_a_number_depends_on_makes_another_dataset(home: Path, tmp_path: Path, how: str) -> None:
    root = changed(home, tmp_path, how)
    both, clip, ring = (
        Result.from_json(json.loads((home / f"{name}.json").read_bytes())) for name in ("both", "clip", "ring")
    )
    assert "is of another dataset (ring)" in mismatch(both, root)
    assert "is of another dataset" in mismatch(ring, root)
    assert mismatch(clip, root) == ""  # the category that it is of is the same


def test_the_folders_name_is_no_part_of_a_dataset(home: Path, tmp_path: Path) -> None:
    root = tmp_path / "elsewhere"
    shutil.copytree(home / "data", root)
    assert mismatch(scored(home / "maps", home / "data"), root) == ""


def test_results_of_one_dataset_may_be_set_side_by_side_and_others_not(home: Path) -> None:
    both, clip, ring = (scored(home / "maps", home / "data", *names) for names in ((), ("clip",), ("ring",)))
    refuse_other_datasets([("both", both), ("clip", clip), ("ring", ring)])
    zeros = results.result("zeros", categories={"ring": results.category_document()})
    ones = results.result("ones", dataset={"fingerprint": ONES}, categories={"ring": results.category_document()})
    other = results.result("other", dataset={"fingerprint": ONES}, categories={"clip": results.category_document()})
    refuse_other_datasets([("zeros", zeros), ("other", other)])  # of different categories: nothing says otherwise
    refuse_other_datasets([("zeros", zeros), ("ring", ring)])  # of different versions: nothing can be said
    with pytest.raises(InputError) as caught:
        refuse_other_datasets([("zeros", zeros), ("again", zeros), ("ones", ones)])
    assert "ring: sha256:000000000000… in zeros, again" in caught.value.message
    assert "ring: sha256:111111111111… in ones" in caught.value.message


@pytest.mark.parametrize("command", [("compare",), ("plot", "curves", "--output", "curves.png")])
def test_commands_refuse_results_of_two_datasets(
    home: Path, tmp_path: Path, curate: Curate, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    if "plot" in command:
        pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    root = changed(home, tmp_path, "mask")
    about = json.loads((home / "maps" / "submission.json").read_text())
    shutil.copytree(home / "maps", tmp_path / "maps")
    (tmp_path / "maps" / "submission.json").write_text(json.dumps({**about, "method": "other"}))
    write_result(tmp_path / "other.json", scored(tmp_path / "maps", root))
    done = curate(*command, home / "both.json", tmp_path / "other.json")
    assert done.code == 2
    assert "are of different datasets" in done.err
    assert "ring: sha256:" in done.err
    assert not (tmp_path / "curves.png").exists()


def test_the_report_leaves_a_stranger_out_and_says_why(home: Path, tmp_path: Path, curate: Curate) -> None:
    document = json.loads((home / "both.json").read_bytes())
    document["dataset"]["fingerprint"] = ZEROS
    document["dataset"]["category_fingerprints"] = {"clip": ZEROS, "ring": ZEROS}
    document["submission"]["method"] = "forger"
    document["submission"].pop("files")
    (tmp_path / "r.json").write_text(json.dumps(document))
    given = ("report", home / "data", "--result", home / "clip.json", "--result", tmp_path / "r.json")
    done = curate(*given, "-o", tmp_path / "report.html")
    assert done.code == 1
    assert "r.json is not shown: it is of another dataset (clip, ring)" in done.err
    page = (tmp_path / "report.html").read_text()
    assert "r.json is not shown" in page
    assert "forger" not in page
    mine = know_dataset(home / "data", read_dataset(home / "data"), Execution(jobs=1)).fingerprint()
    assert mine in page  # the one fingerprint of this dataset, as results of all its categories have it
    assert json.loads((home / "both.json").read_bytes())["dataset"]["fingerprint"] == mine


def test_two_methods_with_the_same_maps_are_two_methods(home: Path, tmp_path: Path) -> None:
    folders = []
    for method in ("first", "second"):
        shutil.copytree(home / "maps", tmp_path / method)
        (tmp_path / method / "submission.json").write_text(json.dumps({"method": method}))
        folders.append(tmp_path / method)
    written = write_report(
        Request(path=home / "data", submissions=tuple(folders)), tmp_path / "r.html", execution=Execution(jobs=1)
    )
    assert not written.refused
    page = (tmp_path / "r.html").read_text()
    assert all(f"Result: {method}" in page for method in ("first", "second"))


def test_the_name_is_the_datasets_own(tmp_path: Path) -> None:
    root = draw_dataset(tmp_path / "folder")
    assert read_dataset(root).name == "folder"
    card = Card("ring", "line 3", "1", "", "", "autovi", ZEROS, "none", {"policy": "published"}, NO_COUNTS, ())
    (root / "ring" / "dataset.json").write_text(format_card(card))
    assert read_card(root / "ring" / "dataset.json") == card
    assert read_dataset(root).name == "line 3"
    draw_dataset(root, category="other")
    (root / "other" / "dataset.json").write_text(format_card(replace(card, name="line 4", category="other")))
    assert read_dataset(root).name == "folder"  # its files disagree
