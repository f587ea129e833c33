from __future__ import annotations

from typing import Any

from curate.model.result import Result
from curate.report.result_charts import curve_figures, histogram_figure, region_figure
from curate.report.result_tables import (
    comparison_grids,
    deployed_grid,
    first_runs,
    headline_grid,
    named_runs,
    notes_of,
    runs_grid,
    tnr_grid,
)
from curate.view.cases import RegionScore
from tests import results
from tests.results import category_document, confusion_document


def block(spro: float, auroc: float) -> dict[str, Any]:
    areas = {"0.01": 0.1, "0.05": spro, "0.1": 0.2, "0.3": 0.3, "1.0": 0.4}
    rates = {"fpr": 0.25, "recall": 0.5, "precision": 0.75}
    thresholds = {"0.01": 3.0, "0.05": 2.95, "0.10": None}
    return category_document(
        localization={
            "au_spro": areas,
            "pixel_auroc": 0.9,
            "by_defect": {"dent": {"regions": 2, "au_spro": areas}},
        },
        detection={
            "auroc": auroc,
            "ap": 0.8,
            "f1_max_threshold": 2.0,
            "tpr_at_tnr": {"0.99": 0.5, "0.95": 0.6, "0.90": None},
            "deployed": {rate: confusion_document(threshold=value, **rates) for rate, value in thresholds.items()},
            "notes": ["a note"],
        },
        curves={
            "spro": {"fpr": [0.0, 0.01, 0.05, 1.0], "spro": [0.0, 0.5, 0.6, 1.0], "threshold": [9.0, 5.0, 4.0, 0.0]},
            "pixel_roc": None,
            "roc": {"fpr": [0.0, 0.5, 1.0], "tpr": [0.5, 1.0, 1.0], "threshold": [3.0, 2.0, 1.0]},
            "pr": None,
        },
        images=[
            {"image": "test/good/0", "label": "good", "score": 0.0},
            {"image": "test/dent/0", "label": "dent", "score": 4.0},
            {"image": "train/good/0", "label": "good", "score": 1.0},
        ],
    )


def result(method: str, run: str = "1", spro: float = 0.5, auroc: float = 0.7, **known: Any) -> Result:
    return results.result(method, run, **{"categories": {"part": block(spro, auroc)}, **known})


def test_the_headline_table_is_in_per_cent() -> None:
    grid = headline_grid(named_runs([result("a")]))
    assert grid.rows == (("a", "part", "1", "10.00", "50.00", "30.00", "–", "70.00", "80.00", "60.00"),)
    mean = {"au_spro": {"0.05": 0.6}}
    two = result("a", categories={"part": block(0.5, 0.7), "other": block(0.7, 0.9)}, mean=mean)
    rows = headline_grid(named_runs([two])).rows
    assert [row[1] for row in rows] == ["part", "other", "mean"]
    assert rows[2][4] == "60.00"


def test_the_runs_of_a_method_are_one_row_with_their_spread() -> None:
    runs = named_runs([result("a", "1", spro=0.5), result("a", "2", spro=0.7), result("b", spro=0.4)])
    grid = headline_grid(runs)
    # Mean of 50 and 70; sample standard deviation sqrt(2 · 10²).
    assert [(row[0], row[2], row[4]) for row in grid.rows] == [("a", "2", "60.00 ± 14.14"), ("b", "1", "40.00")]
    every = runs_grid(runs)
    assert every is not None
    assert [(row[0], row[3]) for row in every.rows] == [("a, run 1", "50.00"), ("a, run 2", "70.00"), ("b", "40.00")]
    assert runs_grid(named_runs([result("a"), result("b")])) is None


def test_a_method_has_one_colour_and_one_entry_in_the_legend() -> None:
    runs = named_runs([result("a", "1"), result("a", "2"), result("b")])
    spro = curve_figures(runs, "part", "k")[0]
    looks = [(trace["name"], trace["showlegend"], trace["line"]["color"]) for trace in spro.traces]
    assert looks == [("a", True, "--c0"), ("a", False, "--c0"), ("b", True, "--c1")]


def test_runs_of_one_method_are_told_apart() -> None:
    runs = named_runs([result("a", "1"), result("a", "2"), result("b")])
    assert [run.name for run in runs] == ["a, run 1", "a, run 2", "b"]
    assert [run.name for run in first_runs(runs)] == ["a, run 1", "b"]


def test_thresholds_that_a_plant_can_set() -> None:
    runs = named_runs([result("a")])
    assert tnr_grid(runs).rows == (("a", "part", "50.00", "60.00", "–"),)
    grid = deployed_grid(runs)
    assert grid is not None
    assert grid.rows[0] == ("a", "part", "1 %", "3", "25.0", "50.0", "75.0")
    bare = block(0.5, 0.7)
    bare["detection"]["deployed"] = None
    assert deployed_grid(named_runs([result("a", categories={"part": bare})])) is None


def test_methods_are_compared_in_one_table() -> None:
    documents = [result("a", "1", 0.5), result("a", "2", 0.6), result("b", "1", 0.1)]
    (grid,), warnings = comparison_grids(documents, named_runs(documents))
    assert warnings == ()
    assert grid.head[:3] == ("method", "runs", "AU-sPRO@0.05")
    assert grid.rows[0][:3] == ("a", "2", "55.00 ± 7.07")  # sqrt(2) * 5
    assert grid.rows[1][:3] == ("b", "1", "10.00")
    assert (0, 2) in grid.marked
    assert comparison_grids(documents[2:], named_runs(documents[2:])) == ((), ())


def test_curves_mark_the_limits_and_leave_out_what_is_null() -> None:
    figures = curve_figures(named_runs([result("a"), result("b")]), "part", "k")
    assert [figure.key for figure in figures] == ["k-spro", "k-roc"]
    spro, roc = figures
    assert [trace["name"] for trace in spro.traces] == ["a", "b"]
    assert spro.traces[0]["x"] == [0.01, 0.05, 1.0]  # a logarithmic axis has no 0
    assert [shape["x0"] for shape in spro.layout["shapes"]] == [0.01, 0.05, 0.1, 0.3]
    assert [note["x"] for note in spro.layout["annotations"]] == [-2.0, -1.30103, -1.0, -0.522879]
    assert spro.grid.rows[0] == ("a", "50.00", "50.0", "60.0", "62.1", "70.5", "100.0")  # 0.6 + 0.4 * 0.05 / 0.95
    assert "AU-sPRO@0.05 of a 50.00 % and b 50.00 %" in spro.says
    assert roc.traces[0]["line"]["shape"] == "hv"


def test_scores_are_shown_as_shares_of_their_group() -> None:
    figure = histogram_figure(named_runs([result("a")])[0], "part", "k")
    assert figure is not None
    assert [trace["name"] for trace in figure.traces] == ["good (1)", "defective (1)", "training (1)"]
    assert max(figure.traces[0]["y"]) == 100
    # 3.0 and 2.95 are closer than a quarter of the axis: one name for both lines.
    assert [note["text"] for note in figure.layout["annotations"]] == ["deployed: 5 %, 1 %"]
    assert [shape["x0"] for shape in figure.layout["shapes"]] == [2.95, 3.0]
    assert sum(int(row[1]) for row in figure.grid.rows) == 1


def test_a_bar_a_region_grouped_by_defect() -> None:
    scores = [
        RegionScore("test/b/0", "b0.png", "b", 100, 50, 25, 0.5),
        RegionScore("test/a/0", "a0.png", "a", 10, 10, 0, 0.0),
        RegionScore("test/a/1", "a1.png", "a", 10, 10, 10, 1.0),
    ]
    figure = region_figure(named_runs([result("m")])[0], "part", scores, "k")
    assert [(trace["name"], trace["x"]) for trace in figure.traces] == [("a (2)", [1, 2]), ("b (1)", [3])]
    assert figure.traces[0]["y"] == [100, 0.6]  # a bar of nothing is still to be seen
    assert "of 3 regions, 1 are found in full and 1 not at all" in figure.says
    assert figure.grid.rows[2] == ("b0.png", "b", "100", "50", "25", "50.0")


def test_notes_say_whose_they_are() -> None:
    assert notes_of(named_runs([result("a")])) == ["a, part: a note"]
    partial = result("a", left_out={"categories": ["x"], "images": {"part": ["test/good/0", "test/good/1"]}})
    assert "a: left out 2 images and 1 category" in notes_of(named_runs([partial]))
