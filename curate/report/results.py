"""What results say of methods, as tables. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curate.evaluate.compare import Cell, compare_results
from curate.evaluate.compare import Table as ComparisonTable
from curate.report.charts import count, number, share
from curate.report.page import Grid
from curate.view.curves import runs_of

COMPARED = {
    "au_spro@0.05": "AU-sPRO@0.05",
    "au_spro@0.3": "AU-sPRO@0.3",
    "auroc": "AUROC",
    "ap": "AP",
    "tpr@tnr0.95": "TPR@TNR 95 %",
}
"""Metrics of the comparison of methods, and what they are called in papers."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one method: its name for people, and its result."""

    name: str
    method: str
    document: Mapping[str, Any]


def named_runs(documents: Sequence[Mapping[str, Any]]) -> tuple[Run, ...]:
    """Return every run of the results; one that is its method's only run is called by the method alone."""
    runs = [run for document in documents for run in runs_of(document)]
    methods = [run["submission"]["method"] for run in runs]
    return tuple(
        Run(method if methods.count(method) == 1 else f"{method}, run {run['submission']['run']}", method, run)
        for method, run in zip(methods, runs, strict=True)
    )


def first_runs(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return the first run of each method: pictures of the others would show nearly the same."""
    return tuple(
        {run.method: run for run in reversed(runs)}[method] for method in dict.fromkeys(r.method for r in runs)
    )


def headline_grid(runs: Sequence[Run]) -> Grid:
    """Return the numbers that papers print: one row a run and category, and each run's mean."""
    rows, marked = [], set()
    for run in runs:
        blocks = run.document["categories"]
        for name, block in blocks.items():
            rows.append((run.name, name, *_headline(block["localization"], block["detection"])))
        if len(blocks) > 1 and "mean" in run.document:
            rows.append((run.name, "mean", *_headline(run.document["mean"], run.document["mean"])))
            marked |= {(len(rows) - 1, column) for column in range(9)}
    head = ("method", "category", "AU-sPRO@0.01", "@0.05", "@0.3", "AU-PRO@0.3", "AUROC", "AP", "TPR@TNR 95 %")
    note = (
        "In per cent, higher is better. AU-sPRO: area under the curve of saturated per-region overlap up to that false "
        "positive rate, by its limit. AUROC, AP and TPR judge whole images."
    )
    return Grid("Headline numbers", head, tuple(rows), texts=frozenset({1}), marked=frozenset(marked), note=note)


def _headline(places: Mapping[str, Any], images: Mapping[str, Any]) -> tuple[str, ...]:
    values = [*(places["au_spro"][limit] for limit in ("0.01", "0.05", "0.3")), places["au_pro"]["0.3"]]
    values += [images["auroc"], images["ap"], images["tpr_at_tnr"]["0.95"]]
    return tuple(share(value, 2) for value in values)


def tnr_grid(runs: Sequence[Run]) -> Grid:
    """Return how many defective images are found while so many good ones pass."""
    rows = []
    for run in runs:
        for name, block in run.document["categories"].items():
            detected = block["detection"]["tpr_at_tnr"]
            rows.append((run.name, name, *(share(detected[target], 2) for target in ("0.99", "0.95", "0.90"))))
    head = ("method", "category", "99 % pass", "95 % pass", "90 % pass")
    note = "Defective images found, in per cent, at the threshold that lets this share of the good test images pass."
    return Grid("TPR at fixed TNR", head, tuple(rows), texts=frozenset({1}), note=note)


def deployed_grid(runs: Sequence[Run]) -> Grid | None:
    """Return what a threshold set on training images alone would do; None where no result has one."""
    rows = []
    for run in runs:
        for name, block in run.document["categories"].items():
            for rate, entry in (block["detection"].get("deployed") or {}).items():
                cells = (share(entry["fpr"], 1), share(entry["recall"], 1), share(entry["precision"], 1))
                rows.append((run.name, name, f"{100 * float(rate):g} %", number(entry["threshold"], 6), *cells))
    if not rows:
        return None
    head = (
        "method",
        "category",
        "false alarms allowed",
        "threshold",
        "false alarms, %",
        "defects found, %",
        "precision, %",
    )
    note = (
        "The threshold lets all but this share of the training images pass: all that a plant can know before its first "
        "defect. The last three columns are what it then does on the test set."
    )
    return Grid("Deployed thresholds", head, tuple(rows), texts=frozenset({1, 2}), note=note)


def defect_grid(runs: Sequence[Run]) -> Grid | None:
    """Return the numbers of each kind of defect alone."""
    rows = []
    for run in runs:
        for name, block in run.document["categories"].items():
            places = block["localization"].get("by_defect") or {}
            images = block["detection"].get("by_defect") or {}
            for defect in sorted({*places, *images}):
                area = places.get(defect, {}).get("au_spro", {}).get("0.05")
                cells = (share(area, 2), share(images.get(defect, {}).get("auroc"), 2))
                rows.append((run.name, name, defect, f"{places.get(defect, {}).get('regions', 0):,}", *cells))
    if not rows:
        return None
    head = ("method", "category", "defect", "regions", "AU-sPRO@0.05", "AUROC")
    return Grid("By kind of defect", head, tuple(rows), texts=frozenset({1, 2}), note="In per cent.")


def comparison_grids(
    documents: Sequence[dict[str, Any]], runs: Sequence[Run]
) -> tuple[tuple[Grid, ...], tuple[str, ...]]:
    """Compare methods; nothing with one method of one run.

    Returns
    -------
    grids : tuple of Grid
        All metrics over all categories, then a table a metric where there are several categories.
    warnings : tuple of str
        What makes the results hard to compare.

    Raises
    ------
    InputError
        If two runs of a method have the same name.
    """
    if len(runs) < 2:  # noqa: PLR2004 - one alone is compared with nothing
        return (), ()
    comparison = compare_results(documents, tuple(COMPARED))
    test = {"welch": "Welch's t-test", "wilcoxon": "the Wilcoxon signed-rank test"}[comparison.test]
    note = (
        f"Mean ± standard deviation over runs, in per cent. Bold: the best, and all that {test} cannot tell from it at "
        f"the level {comparison.level:g}; one run alone gets no mark."
    )
    several = len(comparison.tables[0].columns) > 1
    each = tuple(_by_category(table) for table in comparison.tables) if several else ()
    return (_together(comparison.tables, note), *each), comparison.warnings


def _together(tables: Sequence[ComparisonTable], note: str) -> Grid:
    """Put the last column of every metric's table side by side: the mean, or the only category."""
    last = tables[0].columns[-1]
    rows, marked = [], set()
    for place, method in enumerate(row.method for row in tables[0].rows):
        cells = [next(row.cells[last] for row in table.rows if row.method == method) for table in tables]
        rows.append((method, f"{cells[0].runs:,}", *map(_cell, cells)))
        marked |= {(place, column) for column, cell in enumerate(cells, start=2) if cell.best}
    head = ("method", "runs", *COMPARED.values())
    over = "mean over the categories" if len(tables[0].columns) > 1 else last
    return Grid(f"Methods, {over}", head, tuple(rows), marked=frozenset(marked), note=note)


def _by_category(table: ComparisonTable) -> Grid:
    rows, marked = [], set()
    for place, row in enumerate(table.rows):
        cells = [row.cells[name] for name in table.columns]
        rank = "–" if row.mean_rank is None else f"{row.mean_rank:.2f}"
        rows.append((row.method, *map(_cell, cells), rank))
        marked |= {(place, column) for column, cell in enumerate(cells, start=1) if cell.best}
    head = ("method", *table.columns, "mean rank")
    return Grid(f"Methods by category: {COMPARED[table.metric]}", head, tuple(rows), marked=frozenset(marked))


def _cell(cell: Cell) -> str:
    return share(cell.mean, 2) + (f" ± {share(cell.std, 2)}" if cell.std is not None else "")


def notes_of(runs: Sequence[Run]) -> list[str]:
    """Return what the results say about themselves, each once."""
    notes: dict[str, None] = {}
    for run in runs:
        for name, block in run.document["categories"].items():
            for part in (block["localization"], block["detection"], block):
                for note in part.get("notes", ()):
                    notes[f"{run.name}, {name}: {note}"] = None
        left_out = run.document.get("left_out")
        if left_out:
            images = count(sum(map(len, left_out.get("images", {}).values())), "image")
            categories = count(len(left_out.get("categories", ())), "category", "categories")
            notes[f"{run.name}: left out {images} and {categories}"] = None
    return list(notes)
