from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from curate.errors import InputError
from curate.evaluate.compare import METRICS, compare_results
from curate.evaluate.comparison_text import FORMATS
from curate.evaluate.significance import best_methods, welch_p, wilcoxon_p
from curate.model.result import Result
from tests import results
from tests.results import category_document


def result(method: str, run: str, values: dict[str, float | None], **other: Any) -> Result:
    """A result with one AU-sPRO@0.05 per category; nothing else is looked at."""
    blocks = {name: category_document(localization={"au_spro": {"0.05": value}}) for name, value in values.items()}
    return results.result(method, run, categories=blocks, **other)


def three_methods() -> list[Result]:
    spread = {"sure": (0.90, 0.91, 0.92), "near": (0.89, 0.91, 0.90), "poor": (0.50, 0.52, 0.51)}
    return [
        result(method, f"seed{place}", {"clip": value, "staple": value / 2})
        for method, values in spread.items()
        for place, value in enumerate(values)
    ]


def test_mean_deviation_marks_and_ranks() -> None:
    (table,) = compare_results(three_methods()).tables
    assert table.columns == ("clip", "staple", "mean")
    assert [row.method for row in table.rows] == ["sure", "near", "poor"]
    sure, near, poor = (row.cells["clip"] for row in table.rows)
    assert sure.mean == pytest.approx(0.91)
    assert sure.std == pytest.approx(0.01)  # of 0.90, 0.91, 0.92
    assert (sure.best, near.best, poor.best) == (True, True, False)  # sure and near: t = 1.22, p = 0.29
    assert [row.mean_rank for row in table.rows] == [1.0, 2.0, 3.0]
    assert table.rows[0].cells["mean"].mean == pytest.approx(0.91 * 0.75)


def test_one_run_alone_gets_no_mark() -> None:
    runs = [
        result("only", "", {"clip": 0.99}),
        *[result("two", str(run), {"clip": 0.5 + run / 10}) for run in (1, 2)],
    ]
    (table,) = compare_results(runs).tables
    assert [(row.method, row.cells["clip"].best, row.cells["clip"].std is None) for row in table.rows] == [
        ("only", False, True),
        ("two", False, False),
    ]


def test_a_document_of_several_runs_counts_as_each_of_them() -> None:
    runs = three_methods()
    whole = replace(runs[0], runs=tuple(runs[:3]))
    assert compare_results([whole, *runs[3:]]).tables == compare_results(runs).tables


def test_a_method_without_a_category_has_no_mean_there() -> None:
    (table,) = compare_results(
        [result("a", "1", {"clip": 0.5, "staple": None}), result("b", "1", {"clip": 0.4})]
    ).tables
    assert [row.cells["staple"].mean for row in table.rows] == [None, None]
    assert [row.cells["mean"].mean for row in table.rows] == [None, None]
    assert FORMATS["terminal"](compare_results([result("a", "1", {"clip": None})])).count("n/a") == 2


@pytest.mark.parametrize(
    ("sort", "order"), [("name", "near poor sure"), ("rank", "sure near poor"), ("clip", "sure near poor")]
)
def test_sorting(sort: str, order: str) -> None:
    (table,) = compare_results(three_methods(), sort=sort).tables
    assert [row.method for row in table.rows] == order.split()


def test_an_unknown_column_and_a_repeated_run_are_refused() -> None:
    with pytest.raises(InputError, match="no column 'clop'"):
        compare_results(three_methods(), sort="clop")
    with pytest.raises(InputError, match="have the run 'seed0'"):
        compare_results([*three_methods(), three_methods()[0]])


def test_other_data_and_other_settings_are_told_but_versions_are_not() -> None:
    one = result("a", "1", {"clip": 0.5})
    assert (
        compare_results([one, result("b", "1", {"clip": 0.5}, signature="curate:2|resize:no|numpy:3")]).warnings == ()
    )
    other = result(
        "b",
        "1",
        {"clip": 0.5},
        dataset={"fingerprint": "sha256:" + "1" * 64},
        signature="curate:1|resize:nearest|numpy:2",
    )
    assert len(compare_results([one, other]).warnings) == 2


def test_paired_folds_show_what_unpaired_runs_hide() -> None:
    folds = {str(fold): fold / 10 for fold in range(10)}
    better = {fold: value + 0.01 + value / 1000 for fold, value in folds.items()}
    assert best_methods({"a": folds, "b": better}, "welch", 0.05) == {"a", "b"}
    assert best_methods({"a": folds, "b": better}, "wilcoxon", 0.005) == {"b"}  # all ten signs agree: p = 2 / 2^10
    assert wilcoxon_p(list(better.values()), list(folds.values())) == pytest.approx(2 / 2**10)


def test_few_pairs_mark_nothing_and_say_so() -> None:
    names = [str(fold) for fold in range(4)]
    results = [
        result(method, run, {"clip": value + int(run) / 100})
        for method, value in (("a", 0.5), ("b", 0.7))
        for run in names
    ]
    comparison = compare_results(results, test="wilcoxon")
    assert not any(row.cells["clip"].best for row in comparison.tables[0].rows)
    # All four signs agree: 2 / 2^4 is the least that can be; 2 / 2^9 is the first below 0.005.
    (warning,) = comparison.warnings
    assert "of 4 pairs cannot come below p = 0.125" in warning
    assert "it takes 9 runs" in warning
    loose = compare_results(results, test="wilcoxon", level=0.2)
    assert [row.cells["clip"].best for row in loose.tables[0].rows] == [True, False]
    assert loose.warnings == ()
    assert compare_results(results[:4], test="wilcoxon").warnings == ()


@pytest.mark.filterwarnings("error")
def test_nothing_of_scipys_warnings_leaks() -> None:
    assert welch_p([0.5, 0.5], [0.5, 0.5 + 1e-16]) >= 0
    assert 0 <= wilcoxon_p([1.0, 2.0, 3.0, 3.0], [0.0, 1.0, 2.0, 5.0]) <= 1
    assert 0 <= wilcoxon_p([1.0, 1.0], [0.0, 2.0]) <= 1


def test_rank_is_explained_where_it_stands() -> None:
    comparison = compare_results(three_methods())
    assert "rank: the mean over the categories of the place" in FORMATS["terminal"](comparison)
    assert "rank: the mean" not in FORMATS["terminal"](comparison, "categories")


def test_welch_by_hand() -> None:
    # means 2 and 5, variances 1 and 1 over 3: t = -3 / sqrt(2/3), 4 degrees of freedom
    assert welch_p([1, 2, 3], [4, 5, 6]) == pytest.approx(0.02131164, abs=1e-7)


def test_markdown_and_latex_escape_and_mark() -> None:
    documents = [result("a_b&c", str(run), {"clip_1": 0.5 + run / 1000}) for run in range(2)]
    latex = FORMATS["latex"](compare_results(documents))
    assert r"a\_b\&c & \textbf{50.05 $\pm$ 0.07} & 1.00 \\" in latex
    assert r"method & clip\_1 & rank \\" in latex
    assert "**50.05 ± 0.07**" in FORMATS["markdown"](compare_results(documents))
    assert "50.05 ± 0.07 *" in FORMATS["terminal"](compare_results(documents))


def two_metrics() -> list[Result]:
    values = {"A": {"clip": (0.5, 0.7), "pipe": (0.2, 0.4)}, "B": {"clip": (0.9, 0.1), "pipe": (0.6, 0.8)}}
    return [
        results.result(
            method,
            "1",
            categories={
                name: category_document(detection={"tpr_at_tnr": {"0.99": low, "0.95": high, "0.90": None}})
                for name, (low, high) in entries.items()
            },
        )
        for method, entries in values.items()
    ]


def latex_rows(layout: str, metrics: tuple[str, ...]) -> list[str]:
    text = FORMATS["latex"](compare_results(two_metrics(), metrics, sort="name"), layout)
    return [line for line in text.splitlines() if line.endswith(r"\\") or line.startswith(("%", r"\begin"))]


def test_a_row_per_category_is_the_layout_of_the_autovi_papers_tables() -> None:
    rows = latex_rows("categories", ("tpr@tnr0.99",))
    assert rows[0].startswith("% tpr@tnr0.99, percent;")
    assert rows[1:] == [
        r"\begin{tabular}{lrr}",
        r"category & A & B \\",
        r"clip & 50.00 & 90.00 \\",
        r"pipe & 20.00 & 60.00 \\",
        r"mean & 35.00 & 75.00 \\",
    ]
    both = latex_rows("categories", ("tpr@tnr0.99", "tpr@tnr0.95"))  # its table 8
    assert both[1:5] == [
        r"\begin{tabular}{llrr}",
        r"category & metric & A & B \\",
        r"clip & tpr@tnr0.99 & 50.00 & 90.00 \\",
        r"clip & tpr@tnr0.95 & 70.00 & 10.00 \\",
    ]
    assert both[-1] == r"mean & tpr@tnr0.95 & 55.00 & 45.00 \\"


def test_metrics_side_by_side_are_the_layout_of_the_sinks_papers_table() -> None:
    rows = latex_rows("metrics", ("tpr@tnr0.99", "tpr@tnr0.95"))
    assert rows[0].startswith("% clip, percent;")
    assert rows[1:5] == [
        r"\begin{tabular}{lrr}",
        r"method & tpr@tnr0.99 & tpr@tnr0.95 \\",
        r"A & 50.00 & 70.00 \\",
        r"B & 90.00 & 10.00 \\",
    ]
    assert [row for row in rows if row.startswith("%")][1].startswith("% pipe")
    assert "n/a" in FORMATS["terminal"](compare_results(two_metrics(), ("tpr@tnr0.90",)), "categories")


def test_csv_can_be_read_back() -> None:
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"](compare_results(three_methods())))))
    assert len(rows) == 9
    assert float(
        next(row["mean"] for row in rows if row["method"] == "near" and row["category"] == "clip")
    ) == pytest.approx(0.9)


@pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS.keys())
def test_the_order_of_results_changes_no_byte(render: Callable[[Any], str]) -> None:
    documents = three_methods()
    assert render(compare_results(documents, list(METRICS))) == render(compare_results(documents[::-1], list(METRICS)))
