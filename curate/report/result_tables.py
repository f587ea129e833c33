"""What results say of methods, as tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from curate.evaluate.compare import MethodScore, MetricTable, compare_results
from curate.model.result import Detection, Localization, Result, ResultMean
from curate.report.charts import count, number, share
from curate.report.page import Grid

COMPARED = {
    "au_spro@0.05": "AU-sPRO@0.05",
    "au_spro@0.3": "AU-sPRO@0.3",
    "auroc": "AUROC",
    "ap": "AP",
    "tpr@tnr0.95": "TPR@TNR 95 %",
}
"""Metrics of the comparison of methods, and what they are called in papers."""


@dataclass(frozen=True, slots=True)
class NamedRun:
    """One run of one method: its name for people, and its result."""

    name: str
    method: str
    result: Result


def named_runs(results: Sequence[Result]) -> tuple[NamedRun, ...]:
    """Return every run of the results; one that is its method's only run is called by the method alone."""
    runs = [run for result in results for run in result.single_runs]
    methods = [run.submission.entrant for run in runs]
    return tuple(
        NamedRun(method if methods.count(method) == 1 else f"{method}, run {run.submission.run}", method, run)
        for method, run in zip(methods, runs, strict=True)
    )


def first_runs(runs: Sequence[NamedRun]) -> tuple[NamedRun, ...]:
    """Return the first run of each method: pictures of the others would show nearly the same."""
    return tuple(
        {run.method: run for run in reversed(runs)}[method] for method in dict.fromkeys(r.method for r in runs)
    )


def by_method(runs: Sequence[NamedRun]) -> dict[str, list[NamedRun]]:
    """Group runs by their method, in the order of the methods."""
    groups: dict[str, list[NamedRun]] = {}
    for run in runs:
        groups.setdefault(run.method, []).append(run)
    return groups


def spread_cell(values: Sequence[float | None]) -> str:
    """Write the mean of some runs in percent and, of several, their sample standard deviation.

    >>> spread_cell([0.5, 0.75]), spread_cell([0.5]), spread_cell([0.5, None])
    ('62.50 ± 17.68', '50.00', '–')
    """
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return "–"
    return share(fmean(known), 2) + (f" ± {share(stdev(known), 2)}" if len(known) > 1 else "")


_HEADLINE = ("AU-sPRO@0.01", "@0.05", "@0.3", "AU-PRO@0.3", "AUROC", "AP", "TPR@TNR 95 %")


def headline_grid(runs: Sequence[NamedRun]) -> Grid:
    """Return the numbers that papers print: a row per method and category, and each method's mean over categories."""
    rows, marked = [], set()
    for method, own in by_method(runs).items():
        names = list(dict.fromkeys(name for run in own for name in run.result.categories))
        for name in names:
            entries = [run.result.categories[name] for run in own if name in run.result.categories]
            numbers = [_headline(entry.localization, entry.detection) for entry in entries]
            rows.append((method, name, f"{len(entries):,}", *map(spread_cell, zip(*numbers, strict=True))))
        if len(names) > 1:
            numbers = [_headline(run.result.mean, run.result.mean) for run in own]
            rows.append((method, "mean", f"{len(own):,}", *map(spread_cell, zip(*numbers, strict=True))))
            marked |= {(len(rows) - 1, column) for column in range(3 + len(_HEADLINE))}
    several = len(runs) > len(by_method(runs))
    note = (
        "In percent, higher is better. AU-sPRO: area under the curve of saturated per-region overlap up to that false "
        "positive rate, by its limit. AUROC, AP and TPR judge whole images."
    )
    note += " Mean ± sample standard deviation over the runs of a method." if several else ""
    head = ("method", "category", "runs", *_HEADLINE)
    return Grid("Headline numbers", head, tuple(rows), texts=frozenset({1}), marked=frozenset(marked), note=note)


def runs_grid(runs: Sequence[NamedRun]) -> Grid | None:
    """Return the headline numbers of every run; None where each method has one only."""
    if len(runs) == len(by_method(runs)):
        return None
    rows = [
        (run.name, name, *(share(value, 2) for value in _headline(entry.localization, entry.detection)))
        for run in runs
        for name, entry in run.result.categories.items()
    ]
    head = ("method", "category", *_HEADLINE)
    return Grid("Every run", head, tuple(rows), texts=frozenset({1}), note="In percent.")


def _headline(places: Localization | ResultMean, images: Detection | ResultMean) -> tuple[float | None, ...]:
    values = [*(places.au_spro[limit] for limit in ("0.01", "0.05", "0.3")), (places.au_pro or {}).get("0.3")]
    values += [images.auroc, images.ap, images.tpr_at_tnr["0.95"]]
    return tuple(values)


def tnr_grid(runs: Sequence[NamedRun]) -> Grid:
    """Return how many defective images are found while so many good ones pass."""
    rows = []
    for method, own in by_method(runs).items():
        for name in dict.fromkeys(name for run in own for name in run.result.categories):
            found = [r.result.categories[name].detection.tpr_at_tnr for r in own if name in r.result.categories]
            rows.append(
                (method, name, *(spread_cell([rates[goal] for rates in found]) for goal in ("0.99", "0.95", "0.90")))
            )
    head = ("method", "category", "99 % pass", "95 % pass", "90 % pass")
    note = "Defective images found, in percent, at the threshold that lets this share of the good test images pass."
    return Grid("TPR at fixed TNR", head, tuple(rows), texts=frozenset({1}), note=note)


def deployed_grid(runs: Sequence[NamedRun]) -> Grid | None:
    """Return what a threshold set on training images alone would do; None where no result has one."""
    rows = []
    for run in runs:
        for name, entry in run.result.categories.items():
            for rate, found in (entry.detection.deployed or {}).items():
                cells = (share(found.fpr, 1), share(found.recall, 1), share(found.precision, 1))
                rows.append((run.name, name, _percent(rate), number(found.threshold, 6), *cells))
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


def _percent(rate: str) -> str:
    """Return a rate that is a key of a file, in percent; as it stands where it is no number."""
    try:
        return f"{100 * float(rate):g} %"
    except ValueError:
        return rate


def defect_grid(runs: Sequence[NamedRun]) -> Grid | None:
    """Return the numbers of each kind of defect alone."""
    rows = []
    for run in runs:
        for name, entry in run.result.categories.items():
            places, images = entry.localization.by_defect, entry.detection.by_defect
            for defect in sorted({*places, *images}):
                place = places.get(defect)
                regions, area = (place.regions, place.au_spro["0.05"]) if place else (0, None)
                cells = (share(area, 2), share(images[defect].auroc if defect in images else None, 2))
                rows.append((run.name, name, defect, f"{regions:,}", *cells))
    if not rows:
        return None
    head = ("method", "category", "defect", "regions", "AU-sPRO@0.05", "AUROC")
    return Grid("By kind of defect", head, tuple(rows), texts=frozenset({1, 2}), note="In percent.")


def comparison_grids(results: Sequence[Result], runs: Sequence[NamedRun]) -> tuple[tuple[Grid, ...], tuple[str, ...]]:
    """Compare methods; nothing with one method of one run.

    Returns
    -------
    grids : tuple of Grid
        All metrics over all categories, then a table per metric where there are several categories.
    warnings : tuple of str
        What makes the results hard to compare.

    Raises
    ------
    InputError
        If two runs of a method have the same name.
    """
    if len(runs) < 2:  # noqa: PLR2004 - one alone is compared with nothing
        return (), ()
    comparison = compare_results(results, tuple(COMPARED))
    test = {"welch": "Welch's t-test", "wilcoxon": "the Wilcoxon signed-rank test"}[comparison.test]
    note = (
        f"Mean ± standard deviation over runs, in percent. Bold: the best, and all that {test} cannot tell from it at "
        f"the level {comparison.level:g}; one run alone gets no mark."
    )
    several = len(comparison.tables[0].columns) > 1
    each = tuple(_by_category(table) for table in comparison.tables) if several else ()
    return (_together(comparison.tables, note), *each), comparison.warnings


def _together(tables: Sequence[MetricTable], note: str) -> Grid:
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


def _by_category(table: MetricTable) -> Grid:
    rows, marked = [], set()
    for place, row in enumerate(table.rows):
        cells = [row.cells[name] for name in table.columns]
        rank = "–" if row.mean_rank is None else f"{row.mean_rank:.2f}"
        rows.append((row.method, *map(_cell, cells), rank))
        marked |= {(place, column) for column, cell in enumerate(cells, start=1) if cell.best}
    head = ("method", *table.columns, "mean rank")
    return Grid(f"Methods by category: {COMPARED[table.metric]}", head, tuple(rows), marked=frozenset(marked))


def _cell(cell: MethodScore) -> str:
    return share(cell.mean, 2) + (f" ± {share(cell.std, 2)}" if cell.std is not None else "")


def notes_of(runs: Sequence[NamedRun]) -> list[str]:
    """Return what the results say about themselves, each once."""
    notes: dict[str, None] = {}
    for run in runs:
        for name, entry in run.result.categories.items():
            for note in entry.all_notes:
                notes[f"{run.name}, {name}: {note}"] = None
        left_out = run.result.left_out
        if left_out:
            images = count(sum(map(len, left_out.images.values())), "image")
            categories = count(len(left_out.categories), "category", "categories")
            notes[f"{run.name}: left out {images} and {categories}"] = None
    return list(notes)
