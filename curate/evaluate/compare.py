"""Tables of methods × categories from results: mean ± standard deviation over runs, ranks, marks for the best."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from curate.errors import InputError
from curate.evaluate.significance import LEVELS, Test, best_methods, ranks

METRICS: dict[str, tuple[str, ...]] = {
    **{f"au_spro@{limit}": ("localization", "au_spro", limit) for limit in ("0.01", "0.05", "0.1", "0.3", "1.0")},
    "au_pro@0.3": ("localization", "au_pro", "0.3"),
    "pixel_auroc": ("localization", "pixel_auroc"),
    "pixel_ap": ("localization", "pixel_ap"),
    "pixel_f1_max": ("localization", "pixel_f1_max"),
    "auroc": ("detection", "auroc"),
    "ap": ("detection", "ap"),
    "f1_max": ("detection", "f1_max"),
    **{f"tpr@tnr{target}": ("detection", "tpr_at_tnr", target) for target in ("0.99", "0.95", "0.90")},
    "dice": ("segmentation", "dice"),
    "iou": ("segmentation", "iou"),
    "boundary_iou": ("segmentation", "boundary_iou"),
    "mean_dice": ("segmentation", "mean_dice"),
    "mean_iou": ("segmentation", "mean_iou"),
}
"""Name on the command line to the place in a category's block. Higher is better for all of them."""

DEFAULT_METRIC = "au_spro@0.05"
MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Cell:
    """One method on one category: None without a value; ``std`` is None for one run alone."""

    mean: float | None
    std: float | None
    runs: int
    rank: float | None
    best: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One method: its cells by column, and its mean rank over the categories it was ranked on."""

    method: str
    cells: dict[str, Cell]
    mean_rank: float | None


@dataclass(frozen=True, slots=True)
class Table:
    """One metric: columns are categories, and their mean where there are several."""

    metric: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All tables, how methods were tested, and what makes the results hard to compare."""

    tables: tuple[Table, ...]
    test: Test
    level: float
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as one document."""
        from dataclasses import asdict

        return {"schema": "curate/comparison/1", **asdict(self)}


def compare_results(
    documents: Sequence[dict[str, Any]],
    metrics: Sequence[str] = (DEFAULT_METRIC,),
    *,
    test: Test = "welch",
    level: float | None = None,
    sort: str = MEAN,
) -> Comparison:
    """Compare results of several methods and runs.

    Parameters
    ----------
    documents : sequence of dict
        Result documents. Those of the same method are its runs; a document of several runs counts as each of them.
    metrics : sequence of str
        Keys of :data:`METRICS`; one table each.
    test : str
        ``welch``, or ``wilcoxon`` for paired runs: those of the same name.
    level : float, optional
        0.05 for Welch's test, 0.005 for Wilcoxon's when left out.
    sort : str
        ``mean``, ``rank``, ``name`` or a category.

    Raises
    ------
    InputError
        If two runs of a method have the same name, or a column to sort by does not exist.
    """
    runs = [run for document in documents for run in document.get("runs", [document])]
    by_method = _by_method(runs)
    chosen_level = LEVELS[test] if level is None else level
    categories = sorted({name for run in runs for name in run["categories"]})
    columns = (*categories, *([MEAN] if len(categories) > 1 else []))
    if sort not in {"mean", "rank", "name", *columns}:
        raise InputError(
            f"there is no column {sort!r} to sort by", hint=f"one of mean, rank, name, {', '.join(columns)}"
        )
    tables = tuple(_table(by_method, metric, columns, test, chosen_level, sort) for metric in metrics)
    return Comparison(tables, test, chosen_level, tuple(_warnings(runs)))


def _by_method(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    by_method: dict[str, dict[str, dict[str, Any]]] = {}
    for run in runs:
        about = run["submission"]
        named = by_method.setdefault(about["method"], {})
        if about["run"] in named:
            raise InputError(
                f"two results of the method {about['method']!r} have the run {about['run']!r}",
                hint='give each its own "run" (or "method") in submission.json and evaluate again',
            )
        named[about["run"]] = run
    return dict(sorted(by_method.items()))


def _table(
    by_method: dict[str, dict[str, dict[str, Any]]],
    metric: str,
    columns: tuple[str, ...],
    test: Test,
    level: float,
    sort: str,
) -> Table:
    samples = {
        column: {method: _values(runs, metric, column, columns) for method, runs in by_method.items()}
        for column in columns
    }
    cells = {column: _column(values, test, level) for column, values in samples.items()}
    rows = []
    for method in by_method:
        mine = {column: cells[column][method] for column in columns}
        places = [cell.rank for column, cell in mine.items() if column != MEAN and cell.rank is not None]
        rows.append(Row(method, mine, statistics.fmean(places) if places else None))
    return Table(metric, columns, tuple(sorted(rows, key=lambda row: _sort_key(row, sort, columns))))


def _values(runs: dict[str, dict[str, Any]], metric: str, column: str, columns: tuple[str, ...]) -> dict[str, float]:
    """Return a method's values in a column, by run; a run's mean exists only where all its categories have a value."""
    values = {}
    for name, run in runs.items():
        wanted = [entry for entry in columns if entry != MEAN] if column == MEAN else [column]
        found = [_number(run["categories"].get(entry), metric) for entry in wanted]
        known = [value for value in found if value is not None]
        if len(known) == len(wanted):
            values[name] = statistics.fmean(known)
    return values


def _number(block: dict[str, Any] | None, metric: str) -> float | None:
    value: Any = block
    for step in METRICS[metric]:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, int | float) else None


def _column(values: dict[str, dict[str, float]], test: Test, level: float) -> dict[str, Cell]:
    means = {method: statistics.fmean(runs.values()) if runs else None for method, runs in values.items()}
    marked, places = best_methods(values, test, level), ranks(means)
    return {
        method: Cell(
            mean=means[method],
            std=statistics.stdev(runs.values()) if len(runs) > 1 else None,
            runs=len(runs),
            rank=places.get(method),
            best=method in marked,
        )
        for method, runs in values.items()
    }


def _sort_key(row: Row, sort: str, columns: tuple[str, ...]) -> tuple[float, str]:
    if sort == "name":
        return 0.0, row.method
    if sort == "rank":
        return row.mean_rank if row.mean_rank is not None else float("inf"), row.method
    column = columns[-1] if sort == MEAN else sort
    mean = row.cells[column].mean
    return -mean if mean is not None else float("inf"), row.method


def _warnings(runs: Sequence[dict[str, Any]]) -> list[str]:
    warnings = []
    if len({run["dataset"]["fingerprint"] for run in runs}) > 1:
        warnings.append("the results are of different datasets or categories: their fingerprints differ")
    if len({_rules(run["signature"]) for run in runs}) > 1:
        warnings.append("the results were computed with different settings: their signatures differ")
    return warnings


def _rules(signature: str) -> str:
    """Return the part of a signature that says how, not on what or with which version."""
    ignored = ("curate:", "numpy:", "opencv:", "maps:", "categories:", "bootstrap:")
    return "|".join(part for part in signature.split("|") if not part.startswith(ignored))
