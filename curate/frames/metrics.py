"""The numbers of a category by their names, as ``curate compare`` calls them, and of a result for trackers."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable

from curate.evaluate.compare import MEAN, METRICS
from curate.model.result import CategoryResult, Result


def numbers_of(entry: CategoryResult) -> dict[str, float | None]:
    """Return every metric of a category, by its name; None where the test set gives none."""
    return {name: number(entry) for name, number in METRICS.items()}


def means_of(result: Result) -> dict[str, float | None]:
    """Return the mean of every metric over the categories; None where one of them has none."""
    entries = list(result.categories.values())
    return {name: _mean(number, entries) for name, number in METRICS.items()}


def _mean(number: Callable[[CategoryResult], float | None], entries: Iterable[CategoryResult]) -> float | None:
    values = [number(entry) for entry in entries]
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known and len(known) == len(values) else None


def flat_metrics(result: Result) -> dict[str, float]:
    """Return a result's numbers as one level of names, for MLflow, Weights & Biases and the like.

    Parameters
    ----------
    result : Result
        Of several runs, their means.

    Returns
    -------
    dict of str to float
        ``<category>/<metric>`` and, of several categories, ``mean/<metric>``; shares from 0 to 1. Names hold letters,
        digits, ``_-./`` and spaces alone, as MLflow insists: other characters, ``@`` among them, become ``_``. What has
        no value is left out.

    Examples
    --------
    >>> wandb.log(flat_metrics(result))  # doctest: +SKIP
    """
    tables = {name: numbers_of(entry) for name, entry in result.categories.items()}
    if len(tables) > 1:
        tables[MEAN] = means_of(result)
    return {
        f"{_plain(category)}/{_plain(name)}": value
        for category, numbers in tables.items()
        for name, value in numbers.items()
        if value is not None
    }


def _plain(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "_-. " else "_" for sign in name)
