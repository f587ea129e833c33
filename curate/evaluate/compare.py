"""Tables of methods × categories from results: mean ± standard deviation over runs, ranks, marks for the best."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from curate.errors import InputError
from curate.evaluate.significance import (
    LEVELS,
    Test,
    best_methods,
    fewest_pairs,
    least_wilcoxon_p,
    pairs_needed,
)
from curate.model.result import CategoryResult, Result

if TYPE_CHECKING:
    import pandas as pd


def _area(limit: str) -> Callable[[CategoryResult], float | None]:
    return lambda entry: entry.localization.au_spro[limit]


def _tpr(tnr: str) -> Callable[[CategoryResult], float | None]:
    return lambda entry: entry.detection.tpr_at_tnr[tnr]


def _recall(field: Literal["defect_recall", "correct_class_recall"]) -> Callable[[CategoryResult], float | None]:
    """Return the share of images called defective, or called by their own defect, as the mean over the defects."""

    def mean(entry: CategoryResult) -> float | None:
        found = getattr(entry.classification, field).values() if entry.classification else ()
        known = [value for value in found if value is not None]
        return statistics.fmean(known) if known else None

    return mean


METRICS: dict[str, Callable[[CategoryResult], float | None]] = {
    **{f"au_spro@{limit}": _area(limit) for limit in ("0.01", "0.05", "0.1", "0.3", "1.0")},
    "au_pro@0.3": lambda entry: entry.localization.au_pro["0.3"],
    "pixel_auroc": lambda entry: entry.localization.pixel_auroc,
    "pixel_ap": lambda entry: entry.localization.pixel_ap,
    "pixel_f1_max": lambda entry: entry.localization.pixel_f1_max,
    "auroc": lambda entry: entry.detection.auroc,
    "ap": lambda entry: entry.detection.ap,
    "f1_max": lambda entry: entry.detection.f1_max,
    **{f"tpr@tnr{tnr}": _tpr(tnr) for tnr in ("0.99", "0.95", "0.90")},
    "dice": lambda entry: entry.segmentation.dice,
    "iou": lambda entry: entry.segmentation.iou,
    "boundary_iou": lambda entry: entry.segmentation.boundary_iou,
    "mean_dice": lambda entry: entry.segmentation.mean_dice,
    "mean_iou": lambda entry: entry.segmentation.mean_iou,
    "class_auroc": lambda entry: entry.classification.auroc_weighted if entry.classification else None,
    "aupimo": lambda entry: (entry.further or {}).get("aupimo"),
    "defect_recall": _recall("defect_recall"),
    "correct_class_recall": _recall("correct_class_recall"),
}
"""Name on the command line to the number in a category's result. Higher is better for all of them."""

DEFAULT_METRIC = "au_spro@0.05"
MEAN = "mean"
MEAN_OF_ALL = "mean of all"
"""The column's name where a category is called ``mean``."""


@dataclass(frozen=True, slots=True)
class MethodScore:
    """One method on one category: None without a value; ``std`` is None for one run alone."""

    mean: float | None
    std: float | None
    runs: int
    rank: float | None
    best: bool


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One method: its cells by column, and its mean rank over the categories it was ranked on."""

    method: str
    cells: dict[str, MethodScore]
    mean_rank: float | None


@dataclass(frozen=True, slots=True)
class MetricTable:
    """One metric: columns are categories, and their mean where there are several."""

    metric: str
    columns: tuple[str, ...]
    rows: tuple[MethodRow, ...]


@dataclass(frozen=True, slots=True)
class MethodComparison:
    """All tables, how methods were tested, and what makes the results hard to compare."""

    tables: tuple[MetricTable, ...]
    test: Test
    level: float
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as one document."""
        return {"schema": "curate/comparison/1", **asdict(self)}


def compare_results(
    results: Sequence[Result],
    metrics: Sequence[str] = (DEFAULT_METRIC,),
    *,
    test: Test = "welch",
    level: float | None = None,
    sort: str = MEAN,
) -> MethodComparison:
    """Compare results of several methods and runs.

    Parameters
    ----------
    results : sequence of Result
        Those of the same method are its runs; a result of several runs counts as each of them.
    metrics : sequence of str
        Keys of :data:`METRICS`; one table per metric.
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
    runs = [run for result in results for run in result.single_runs]
    _refuse_repeated(runs)
    categories = sorted({name for run in runs for name in run.categories})
    if sort not in {MEAN, "rank", "name", *categories}:
        raise InputError(
            f"there is no column {sort!r} to sort by", hint=f"one of mean, rank, name, {', '.join(categories)}"
        )
    chosen_level = LEVELS[test] if level is None else level
    tables = tuple(_table(metric, _values(runs, metric, categories), test, chosen_level, sort) for metric in metrics)
    warnings = [
        *_warnings(runs),
        *(_too_few_pairs(runs, metrics, categories, chosen_level) if test == "wilcoxon" else ()),
    ]
    return MethodComparison(tables, test, chosen_level, tuple(warnings))


def _refuse_repeated(runs: Sequence[Result]) -> None:
    seen = set()
    for run in runs:
        named = run.submission.entrant, run.submission.run
        if named in seen:
            raise InputError(
                f"two results of the method {named[0]!r} have the run {named[1]!r}",
                hint='give each its own "run" (or "method") in submission.json and evaluate again',
            )
        seen.add(named)


def _values(runs: Sequence[Result], metric: str, categories: Sequence[str]) -> pd.DataFrame:
    """Return a row per method and run, a column per category, and their mean where all categories have a value."""
    import pandas as pd

    number = METRICS[metric]
    rows = {
        (run.submission.entrant, run.submission.run): [
            number(run.categories[name]) if name in run.categories else None for name in categories
        ]
        for run in runs
    }
    index = pd.MultiIndex.from_tuples(rows, names=["method", "run"])
    values = pd.DataFrame(list(rows.values()), index, list(categories), dtype=float).sort_index()
    if len(categories) > 1:
        values[MEAN if MEAN not in values else MEAN_OF_ALL] = values.apply(statistics.fmean, axis=1)
    return values


def _table(metric: str, values: pd.DataFrame, test: Test, level: float, sort: str) -> MetricTable:
    """Summarise a table of :func:`_values`; its categories are all columns but the mean of several."""
    grouped = values.groupby(level="method")
    means, deviations, runs = grouped.agg(_mean), grouped.agg(_deviation), grouped.count()
    ranks = means.rank(ascending=False)
    mean_ranks = ranks.iloc[:, : max(1, values.shape[1] - 1)].mean(axis=1)
    best = [best_methods(_by_method(column), test, level) for _, column in values.items()]
    columns = tuple(map(str, values))
    keys = {"name": None, "rank": mean_ranks, MEAN: -means.iloc[:, -1]} if sort not in values else {}
    key = keys.get(sort, -means[sort] if sort in means else None)
    rows = []
    for method in means.index if key is None else key.sort_values(kind="stable").index:  # what has no value comes last
        numbers = zip(*(part.loc[method].tolist() for part in (means, deviations, runs, ranks)), strict=True)
        cells = [
            MethodScore(_or_none(mean), _or_none(deviation), int(count), _or_none(rank), method in marked)
            for (mean, deviation, count, rank), marked in zip(numbers, best, strict=True)
        ]
        rows.append(MethodRow(str(method), dict(zip(columns, cells, strict=True)), _or_none(mean_ranks[method])))
    return MetricTable(metric, columns, tuple(rows))


def _mean(values: pd.Series[float]) -> float:
    known = values.dropna()
    return statistics.fmean(known) if known.size else math.nan


def _deviation(values: pd.Series[float]) -> float:
    known = values.dropna()
    return statistics.stdev(known) if known.size > 1 else math.nan


def _by_method(column: pd.Series[float]) -> dict[str, dict[str, float]]:
    """Return the values of a column by method and run."""
    found: dict[str, dict[str, float]] = {}
    known = column.dropna()
    for (method, run), value in zip(known.index.tolist(), known.tolist(), strict=True):
        found.setdefault(method, {})[run] = value
    return found


def _or_none(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)


def _warnings(runs: Sequence[Result]) -> list[str]:
    warnings = []
    if len({run.dataset.fingerprint_version for run in runs}) > 1:
        warnings.append(
            "whether the results are of the same dataset cannot be said: their fingerprints differ in version"
        )
    elif len({run.dataset.fingerprint for run in runs}) > 1:
        warnings.append("the results are of different datasets or categories: their fingerprints differ")
    if len({_rules(run.signature) for run in runs}) > 1:
        warnings.append("the results were computed with different settings: their signatures differ")
    return warnings


def _too_few_pairs(
    runs: Sequence[Result], metrics: Sequence[str], categories: Sequence[str], level: float
) -> Iterator[str]:
    """Say where a paired test has too few pairs to tell anything: nothing is marked there."""
    columns = [column for metric in metrics for _, column in _values(runs, metric, categories).items()]
    counts = [(fewest_pairs(samples), len(samples)) for samples in map(_by_method, columns)]
    few = [pairs for pairs, methods in counts if methods > 1 and least_wilcoxon_p(pairs) >= level]
    if few:
        yield (
            f"the Wilcoxon test of {min(few)} pairs cannot come below p = {least_wilcoxon_p(min(few)):.3g}, so no "
            f"difference can reach the level {level:g} and nothing is marked: it takes {pairs_needed(level)} runs of "
            "the same names, or Welch's test (without --paired)"
        )


def _rules(signature: str) -> str:
    """Return the part of a signature that says how, not on what or with which version."""
    ignored = ("curate:", "numpy:", "opencv:", "maps:", "categories:", "bootstrap:")
    return "|".join(part for part in signature.split("|") if not part.startswith(ignored))
