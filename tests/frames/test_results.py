"""Results as tables: numbers and counts are those of the result files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from curate.errors import InputError
from curate.evaluate import evaluate_submission
from curate.evaluate.compare import METRICS
from curate.frames import flat_metrics, load_results
from curate.frames.results import COLUMNS
from curate.model.result import Result
from curate.submissions.results import write_result
from tests.conftest import Curate
from tests.evaluate.samples import random_items, write_dataset, write_submission


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Results of two methods on two categories."""
    items = {name: random_items(np.random.default_rng(seed)) for seed, name in enumerate(("bolt", "nut"))}
    for name, drawn in items.items():
        write_dataset(tmp_path / "data", name, drawn)
    paths = []
    for method in ("one", "two"):
        for name, drawn in items.items():
            write_submission(tmp_path / method, name, drawn, dtype=np.float32, suffix=".npy")
        (tmp_path / method / "submission.json").write_text(f'{{"method": "{method}", "run": "7"}}', encoding="utf-8")
        result = evaluate_submission(tmp_path / method, tmp_path / "data").result
        assert result is not None
        paths.append(tmp_path / f"{method}.json")
        write_result(paths[-1], result)
    return paths


def result_of(path: Path) -> Result:
    return load_results(path).results[0]


@pytest.mark.parametrize("what", list(COLUMNS))
def test_every_table_has_its_columns_and_types_with_and_without_rows(files: list[Path], what: str) -> None:
    for frame in (load_results(files).frame(what), load_results([]).frame(what)):  # type: ignore[arg-type]
        assert list(frame) == list(COLUMNS[what])  # type: ignore[index]
        assert [str(kind) for kind in frame.dtypes] == [kind for kind, _ in COLUMNS[what].values()]  # type: ignore[index]
    assert all(meaning for _, meaning in COLUMNS[what].values())  # type: ignore[index]


def test_numbers_are_those_of_the_results(files: list[Path]) -> None:
    frames, results = load_results(files), [result_of(path) for path in files]
    table = frames.frame("categories").set_index(["method", "category"])
    assert len(table) == 4
    for result in results:
        for name, entry in result.categories.items():
            row: Any = table.loc[(result.submission.method, name)]
            assert row["au_spro@0.05"] == entry.localization.au_spro["0.05"]
            assert row["tpr@tnr0.95"] == entry.detection.tpr_at_tnr["0.95"]
            assert row["regions"] == entry.counts.regions
            defects = frames.frame("defects").query("method == @result.submission.method and category == @name")
            assert set(defects["defect"]) == set(entry.detection.by_defect)
            images = frames.frame("images").query("method == @result.submission.method and category == @name")
            assert list(images["score"]) == [image.score for image in entry.images or ()]
    runs = frames.frame("runs").set_index("method")
    for result in results:
        whole: Any = runs.loc[result.submission.method]
        assert whole["au_spro@0.05"] == pytest.approx(result.mean.au_spro["0.05"], abs=1e-15)
        assert whole["categories"] == 2


def test_an_unknown_table_is_named(files: list[Path]) -> None:
    with pytest.raises(InputError, match="there is no table 'regions'"):
        load_results(files).frame("regions")  # type: ignore[arg-type]


def test_flat_metrics_have_names_that_trackers_take(files: list[Path]) -> None:
    result = result_of(files[0])
    flat = flat_metrics(result)
    assert all(isinstance(value, float) for value in flat.values())
    assert all(sign.isalnum() or sign in "_-./ " for name in flat for sign in name)
    assert flat["nut/au_spro_0.05"] == result.categories["nut"].localization.au_spro["0.05"]
    assert flat["mean/auroc"] == pytest.approx(result.mean.auroc, abs=1e-15)
    assert {name.split("/")[0] for name in flat} == {"bolt", "nut", "mean"}


def test_a_result_has_a_short_repr_and_a_table_for_notebooks(files: list[Path]) -> None:
    result = result_of(files[0])
    assert len(repr(result)) < 200
    assert repr(result).startswith("Result(method='one', run='7', dataset=data, categories=bolt, nut, au_spro@0.05=")
    assert len(repr(result.categories["nut"])) < 120
    assert result._repr_html_().startswith("<table><caption>Result</caption>")
    hostile = Result.from_json(result.to_json() | {"dataset": {**result.to_json()["dataset"], "name": "<script>"}})
    assert "<script>" not in hostile._repr_html_()
    assert repr(load_results(files)) == "ResultFrames(2 runs of one, two)"


def test_compare_writes_all_metrics_as_csv(files: list[Path], curate: Curate, tmp_path: Path) -> None:
    done = curate("compare", *files, "--format", "csv", "-o", tmp_path / "table.csv")
    assert done.code == 0
    table = pd.read_csv(tmp_path / "table.csv")
    assert set(table["metric"]) == set(METRICS)
    one = table.query("metric == 'auroc' and method == 'one' and category == 'nut'")
    assert one["mean"].item() == result_of(files[0]).categories["nut"].detection.auroc
