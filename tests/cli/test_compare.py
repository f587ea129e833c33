from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Curate
from tests.evaluate.samples import random_items, write_dataset, write_submission


@pytest.fixture
def results(tmp_path: Path, curate: Curate) -> list[Path]:
    items = random_items(np.random.default_rng(1))
    dataset = write_dataset(tmp_path / "data", "part", items)
    paths = []
    for method in ("first", "second"):
        for run in range(2):
            submission = write_submission(tmp_path / method / str(run), "part", items)
            about = {"method": method, "run": run}
            (submission / "submission.json").write_text(json.dumps(about), encoding="utf-8")
            paths.append(tmp_path / f"{method}{run}.json")
            done = curate("evaluate", submission, "--dataset", dataset, "--no-validate", "-o", paths[-1])
            assert done.code == 0
    return paths


def test_a_table_of_methods(curate: Curate, results: list[Path]) -> None:
    done = curate("compare", *results)
    assert done.code == 0
    assert done.err == ""
    assert "au_spro@0.05, percent" in done.out
    assert [line.split()[0] for line in done.out.splitlines()[4:6]] == ["first", "second"]


def test_json_and_files(tmp_path: Path, curate: Curate, results: list[Path]) -> None:
    document = json.loads(curate("compare", *results, "--json", "--metric", "auroc", "--metric", "ap", "--paired").out)
    assert (document["test"], document["level"]) == ("wilcoxon", 0.005)
    assert [table["metric"] for table in document["tables"]] == ["auroc", "ap"]
    for style in ("markdown", "latex", "csv"):
        shown = curate("compare", *results, "--format", style).out
        assert curate("compare", *results, "--format", style, "-o", tmp_path / "table").code == 0
        assert (tmp_path / "table").read_text(encoding="utf-8") == shown


def test_what_is_no_result_is_named(tmp_path: Path, curate: Curate, results: list[Path]) -> None:
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    done = curate("compare", results[0], tmp_path / "other.json")
    assert done.code == 2
    assert "other.json: is no result of curate" in done.err
    assert curate("compare", tmp_path / "nowhere.json").code == 2
