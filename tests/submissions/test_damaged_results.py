"""Damaged result files: refused with the place, what was found and what was expected; never a traceback."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.cli.evaluate import result_table
from curate.disk.schema import schema_problems
from curate.errors import InputError
from curate.evaluate.compare import METRICS, compare_results
from curate.evaluate.comparison_text import FORMATS
from curate.evaluate.run import evaluate_submission
from curate.model.evaluation_options import EvaluationOptions
from curate.model.result import Result
from curate.model.typed_json import DocumentError
from curate.report.result_charts import curve_figures, histogram_figure
from curate.report.result_tables import defect_grid, deployed_grid, headline_grid, named_runs, notes_of, tnr_grid
from curate.submissions.results import read_result, write_result
from tests.conftest import Curate
from tests.evaluate.samples import keyed, random_items, write_dataset, write_submission
from tests.results import category_document, result_document

EXAMPLES = 200


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Results of every kind that curate writes."""
    root = tmp_path_factory.mktemp("results")
    items = random_items(np.random.default_rng(5))
    dataset = write_dataset(root / "data", "part", items)
    write_dataset(root / "data", "good only", [item for item in items if item.label == "good"])
    (root / "several").mkdir()
    for number in range(2):
        run = write_submission(root / f"several/{number}", "part", random_items(np.random.default_rng(number)))
        rows = "".join(f"{key},0.5,0.25,0.25\n" for key, _ in keyed(items))
        (run / "part/predictions.csv").write_text(f"image,good,scratch,hole\n{rows}", encoding="utf-8")
    write_submission(root / "plain", "part", items, train=[4, 9, 7], dtype=np.float32, suffix=".npy")
    write_submission(root / "plain", "good only", [item for item in items if item.label == "good"])
    partial = write_submission(root / "partial", "part", items)
    (partial / "part/test/good/0000.png").unlink()
    every = {
        "plain": evaluate_submission(root / "plain", dataset),
        "partial": evaluate_submission(partial, dataset, options=EvaluationOptions(allow_missing=True)),
        "several": evaluate_submission(
            root / "several", dataset, options=EvaluationOptions(categories=("part",), bootstrap=5)
        ),
    }
    documents = {name: json.loads(json.dumps(report.to_json())) for name, report in every.items()}
    assert all(document["schema"] == "curate/result/1" for document in documents.values())
    return documents | {f"old {name}": old(document) for name, document in documents.items()}


def old(document: dict[str, Any]) -> dict[str, Any]:
    """Make of a result what curate wrote before it kept curves and images, and before fingerprints had a version."""
    made = copy.deepcopy(document)
    for run in (made, *made.get("runs", ())):
        for name in ("dataset", "submission"):
            for key in ("fingerprint_version", "files"):
                run[name].pop(key, None)
        for block in run["categories"].values():
            block.pop("curves", None)
            block.pop("images", None)
    return made


def test_every_result_comes_out_of_its_types_as_it_went_in(written: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    for name, document in written.items():
        result = Result.from_json(document)
        assert json.dumps(result.to_json()) == json.dumps(document), name  # the order of the keys, too
        write_result(tmp_path / "result.json", result)
        assert read_result(tmp_path / "result.json") == result
        assert schema_problems(document, "result") == []


def test_a_result_that_follows_the_page_of_the_formats_is_read() -> None:
    """Another program may write only the keys that others rely on."""
    document = result_document(categories={"clip": category_document()})
    document["mean"] = {name: document["mean"][name] for name in ("au_spro", "auroc", "ap", "tpr_at_tnr")}
    document["categories"]["clip"]["detection"]["by_defect_mean"] = {}
    assert schema_problems(document, "result") == []
    result = Result.from_json(document)
    assert result.to_json() == document
    use(result)


def places(document: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in a document."""
    if place:
        yield place
    inside = document if isinstance(document, list) else []
    for key, value in document.items() if isinstance(document, dict) else enumerate(inside):
        yield from places(value, (*place, key))


def test_unknown_keys_are_kept_wherever_they_stand(written: dict[str, dict[str, Any]]) -> None:
    document = copy.deepcopy(written["several"])
    added = 0
    for place in [(), *places(written["several"])]:
        inside: Any = document
        for key in place:
            inside = inside[key]
        # Of curves, which are lists of one length, the format says that it holds nothing else.
        if isinstance(inside, dict) and "extra" not in inside and "threshold" not in inside and not is_keyed(place):
            inside["a new key"] = {"a": [1, None, "x"]}
            added += 1
    assert added > 30
    assert Result.from_json(document).to_json() == document


KEYED = {"categories", "by_defect", "au_spro", "au_pro", "tpr_at_tnr", "deployed", "auroc", "aql", "images"}
KEYED |= {"correct_class_recall", "defect_recall", "category_fingerprints", "covers"}


def is_keyed(place: tuple[Any, ...]) -> bool:
    """Whether an object's keys are names and limits, not those of the format."""
    return bool(place) and place[-1] in KEYED


HARM: tuple[Any, ...] = (
    None,
    True,
    "0.9",
    "",
    "nan",
    -1,
    2,
    1e308,
    -1e308,
    10**400,
    0.5,
    [],
    {},
    [None],
    {"a": 1},
    "\x1b[31m",
    ["x"] * 300,
)


def harmed(document: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """Replace, remove or add something at up to three places."""
    made = copy.deepcopy(document)
    for _ in range(draw.choice((1, 1, 2, 3))):
        *way, last = draw.choice(list(places(made)))
        inside: Any = made
        for key in way:
            inside = inside[key]
        what = draw.random()
        if what < 0.25:
            del inside[last]
        elif what < 0.35 and isinstance(inside, list):
            inside.append(copy.deepcopy(draw.choice(HARM)))
        else:
            inside[last] = copy.deepcopy(draw.choice(HARM))
    return made


def use(result: Result) -> None:
    """Do with a result whatever reads one."""
    assert result_table(result)
    comparison = compare_results([result], tuple(METRICS))
    assert all(render(comparison) for render in FORMATS.values())
    assert json.dumps(comparison.to_json(), allow_nan=False)
    runs = named_runs([result])
    assert headline_grid(runs).rows is not None
    for make in (tnr_grid, deployed_grid, defect_grid, notes_of):
        make(runs)
    for name in result.categories:
        curve_figures(runs, name, "k")
        for run in runs:
            histogram_figure(run, name, "k")


def test_whatever_is_read_can_be_used_and_the_rest_is_refused_in_words(written: dict[str, dict[str, Any]]) -> None:
    draw = random.Random(20)
    refusals = []
    for number in range(EXAMPLES):
        document = harmed(written[draw.choice(sorted(written))], draw)
        try:
            result = Result.from_json(document)
        except DocumentError as error:
            refusals.append(error)
            continue
        assert result.to_json() == document
        assert schema_problems(document, "result") == [], number  # what others check files by asks for no more
        try:
            use(result)
        except InputError as error:  # two runs of one name, which a file may well hold
            if "have the run" not in error.message:
                raise
    assert EXAMPLES > len(refusals) > EXAMPLES // 2
    for refusal in refusals:
        assert refusal.problems
        assert all(problem.found and problem.expected for problem in refusal.problems)
        assert str(refusal).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("categories", "part", "detection", "auroc"), "0.9", 'categories.part.detection.auroc: found "0.9", expected'),
        (("categories", "part", "detection", "auroc"), 97.5, "found 97.5, expected a number from 0 to 1 or null"),
        (
            ("categories", "part", "detection", "tpr_at_tnr", "0.95"),
            True,
            "tpr_at_tnr.0.95: found true, expected a number",
        ),
        (("categories", "part", "localization", "au_spro"), None, "found null, expected an object"),
        (("categories", "part", "localization", "au_spro"), {}, "expected the keys 0.01, 0.05, 0.1, 0.3, 1.0 in it"),
        (("categories", "part", "counts", "regions"), 10**400, "expected a number"),
        (("categories", "part", "images", 0, "score"), None, "images[0].score: found null, expected a number"),
        (("categories", "part", "curves", "spro", "spro"), [0.5], "a curve whose lists have "),
        (("categories", "part", "curves"), None, "categories.part.curves: found null, expected an object"),
        (("submission",), "me", 'submission: found "me", expected an object'),
        (("submission", "fingerprint"), "sha256:0", 'expected "sha256:" and 64 hexadecimal digits'),
        (("settings", "resize"), "lanczos", 'expected "" or "bilinear" or "bicubic" or "nearest"'),
        (("settings", "bootstrap"), -1, "settings.bootstrap: found -1, expected a number from 0 up"),
    ],
)
def test_a_refusal_names_file_place_found_and_expected(
    written: dict[str, dict[str, Any]], tmp_path: Path, curate: Curate, place: tuple[Any, ...], value: Any, says: str
) -> None:
    document = copy.deepcopy(written["plain"])
    inside = document
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    path = tmp_path / "damaged.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    for command in (
        ("compare", path),
        ("plot", "curves", path, "-o", tmp_path / "c.png"),
        ("report", "--result", path, "-o", tmp_path / "r.html"),
    ):
        refused = curate(*command)
        assert refused.code == 2
        assert "damaged.json: is a damaged result of curate: 1 problem\n" in refused.err
        assert says in refused.err
        assert "next: " in refused.err


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"schema": "curate/findings/1"}', "[" * 9999, "NaN"])
def test_what_is_no_result_at_all_is_named(tmp_path: Path, curate: Curate, text: str) -> None:
    (tmp_path / "other.json").write_text(text, encoding="utf-8")
    refused = curate("compare", tmp_path / "other.json")
    assert refused.code == 2
    assert "other.json: is n" in refused.err
