"""Forged result files: what the commands ``compare``, ``report`` and ``evaluate --verify`` say of each."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Curate
from tests.evaluate.samples import random_items, write_dataset, write_submission
from tests.fuzz.material import run_in

Forgery = Callable[[dict[str, Any]], dict[str, Any] | str]
SHA = "sha256:" + "5" * 64


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of two categories, another dataset, maps of both, and their honest results."""
    root = tmp_path_factory.mktemp("forged")
    for number, (dataset, name) in enumerate([("data", "one"), ("data", "two"), ("other", "one"), ("other", "two")]):
        items = random_items(np.random.default_rng(40 + number))
        write_dataset(root / dataset, name, items, train=5)
        write_submission(root / f"maps-{dataset}", name, items, train=[4, 9, 7, 3, 2])
        about = {"method": "ours", "run": "a", "team": "us"}
        (root / f"maps-{dataset}/submission.json").write_text(json.dumps(about), encoding="utf-8")
    for dataset in ("data", "other"):
        arguments = ["evaluate", f"maps-{dataset}", "--dataset", dataset, "-o", f"{dataset}.json", "--bootstrap", "20"]
        assert run_in(root, [*arguments, "-q"]) == 0
    return root


def at(document: dict[str, Any], *way: Any) -> Any:
    for key in way:
        document = document[key]
    return document


def edit(*way: Any, to: Any) -> Forgery:
    def forge(document: dict[str, Any]) -> dict[str, Any]:
        inside = at(document, *way[:-1])
        inside[way[-1]] = to(inside[way[-1]]) if callable(to) else to
        return document

    return forge


def swapped_categories(document: dict[str, Any]) -> dict[str, Any]:
    blocks = document["categories"]
    blocks["one"], blocks["two"] = blocks["two"], blocks["one"]
    return document


def as_text(old: str, new: str) -> Forgery:
    def forge(document: dict[str, Any]) -> str:
        text = json.dumps(document)
        assert old in text
        return text.replace(old, new, 1)

    return forge


def number_as(word: str) -> Forgery:
    def forge(document: dict[str, Any]) -> str:
        document["categories"]["one"]["detection"]["auroc"] = "HERE"
        return json.dumps(document).replace('"HERE"', word)

    return forge


def twice(key: str, value: str) -> Forgery:
    """Return a forgery: the honest number last, where Python reads it, and a better one before, where others may."""

    def forge(document: dict[str, Any]) -> str:
        text = json.dumps(document)
        return text.replace(f'"{key}":', f'"{key}": {value}, "{key}":', 1)

    return forge


def fewer_images(document: dict[str, Any]) -> dict[str, Any]:
    entry = document["categories"]["one"]
    place = next(n for n, image in enumerate(entry["images"]) if image["image"].startswith("test/good"))
    del entry["images"][place]
    entry["counts"]["test_good"] -= 1
    return document


CURVES = ("categories", "one", "curves")
DETECTION = ("categories", "one", "detection")

CONTRADICTIONS: dict[str, Forgery] = {
    "a point of the curve of images": edit(*CURVES, "roc", "tpr", 0, to=lambda y: y + 1e-6),
    "the threshold of a point": edit(*CURVES, "pr", "threshold", 1, to=lambda t: t + 1e-6),
    "score of an image": edit("categories", "one", "images", 0, "score", to=lambda score: score + 50.0),
    "score of a training image": edit("categories", "one", "images", -1, "score", to=lambda score: score + 50.0),
    "threshold of the best F1": edit(*DETECTION, "f1_max_threshold", to=lambda t: t + 0.5),
    "deployed threshold": edit(*DETECTION, "deployed", "0.01", "threshold", to=lambda t: t + 0.5),
    "method": edit("submission", "method", to="theirs"),
    "team": edit("submission", "team", to="them"),
    "no team": edit("submission", "team", to=None),
    "run": edit("submission", "run", to="b"),
    "fewer images": fewer_images,
    "setting": edit("settings", "allow_missing", to=True),
    "bootstrap": edit("settings", "bootstrap", to=1000),
    "fingerprint of the submission": edit("submission", "fingerprint", to=SHA),
    "NaN": number_as("NaN"),
    "Infinity": number_as("Infinity"),
    "a number as text": number_as('"0.99"'),
    "a number no double holds": number_as("1e999"),
    "a number twice": twice("auroc", "0.9999"),
    "a category twice": twice("one", "{}"),
    "the method twice": twice("method", '"theirs"'),
}
"""What the file itself says the opposite of: refused by all."""

LIES: dict[str, Forgery] = {
    "swapped categories": swapped_categories,
    "interval": edit("categories", "one", "intervals", "auroc", to=[0.97, 1.0]),
    "interval of one limit": edit("categories", "one", "intervals", "au_spro", "0.05", to=[0.97, 1.0]),
    "level of the intervals": edit("categories", "one", "intervals", "level", to=0.5),
    "point of the curve of regions": edit(*CURVES, "spro", "threshold", 3, to=lambda t: t + 1e-6),
    "threshold of pixels": edit("categories", "one", "localization", "pixel_f1_max_threshold", to=1.25),
    "threshold of segmentation": edit("categories", "one", "segmentation", "threshold", to=1.25),
    "fingerprint of the dataset": edit("dataset", "fingerprint", to=SHA),
    "layout": edit("dataset", "layout", to="visa"),
}
"""What only the maps and the dataset can disprove."""


def forged(project: Path, tmp_path: Path, name: str) -> Path:
    document = json.loads((project / "data.json").read_bytes())
    made = (CONTRADICTIONS | LIES)[name](copy.deepcopy(document))
    assert made != document
    path = tmp_path / "forged.json"
    path.write_text(made if isinstance(made, str) else json.dumps(made), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", [*CONTRADICTIONS, *LIES])
def test_verify_finds_every_forgery(project: Path, tmp_path: Path, curate: Curate, name: str) -> None:
    path = forged(project, tmp_path, name)
    told = curate("evaluate", project / "maps-data", "--dataset", project / "data", "--verify", path)
    assert told.code in {1, 2}, told.out


@pytest.mark.parametrize("name", list(CONTRADICTIONS))
def test_compare_and_report_refuse_what_contradicts_itself(
    project: Path, tmp_path: Path, curate: Curate, name: str
) -> None:
    path = forged(project, tmp_path, name)
    for command in (("compare", path), ("report", project / "data", "--result", path, "-o", tmp_path / "r.html")):
        refused = curate(*command)
        assert refused.code == 2, refused.out
        assert "forged.json" in refused.err
    assert not (tmp_path / "r.html").exists()


def test_the_result_of_another_dataset_is_none_of_this(project: Path, tmp_path: Path, curate: Curate) -> None:
    mine, other = project / "data.json", project / "other.json"
    checked = curate("evaluate", project / "maps-data", "--dataset", project / "data", "--verify", other)
    assert checked.code == 1
    assert "dataset.fingerprint" in checked.out
    assert curate("compare", mine, other).code == 2
    curate("report", project / "data", "--result", other, "-o", tmp_path / "r.html")
    assert "is not shown" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_the_honest_results_pass_everywhere(project: Path, tmp_path: Path, curate: Curate) -> None:
    path = project / "data.json"
    assert curate("evaluate", project / "maps-data", "--dataset", project / "data", "--verify", path).code == 0
    assert curate("compare", path).code == 0
    assert curate("report", project / "data", "--result", path, "-o", tmp_path / "r.html").code in {0, 1}
