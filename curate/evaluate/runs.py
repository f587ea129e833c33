"""Summarise several runs of a method: mean and sample standard deviation of every number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from curate.evaluate.provenance import runs_fingerprint
from curate.model.result import CategoryResult, Result, ResultMean, ResultSpread
from curate.model.typed_json import decode

_NO_NUMBERS = ("notes", "intervals", "classes", "curves", "images")
"""What has no mean; each run's own block has it."""


def several_runs(results: Sequence[Result]) -> Result:
    """Put the results of several runs into one.

    Returns
    -------
    Result
        ``categories`` and ``mean`` hold means over the runs, ``std`` the sample standard deviations in the same shape,
        ``runs`` the whole results.
    """
    first = results[0]
    methods = {result.submission.method for result in results}
    categories, mean = _across_runs(results, _mean)
    # Notes on categories are about the dataset, so the same in every run.
    noted = {name: replace(entry, notes=first.categories[name].notes) for name, entry in categories.items()}
    return Result(
        schema=first.schema,
        curate_version=first.curate_version,
        signature=first.signature,
        settings=first.settings,
        dataset=first.dataset,
        submission=replace(
            first.submission,
            method=methods.pop() if len(methods) == 1 else "several",
            fingerprint=_fingerprint(results),
            files=None,
            run="+".join(result.submission.run for result in results),
        ),
        categories=noted,
        mean=mean,
        std=ResultSpread(*_across_runs(results, _deviation)),
        runs=tuple(results),
    )


def _fingerprint(results: Sequence[Result]) -> str:
    """Return one of all runs; version 1 has that of the first."""
    if results[0].submission.fingerprint_version is None:
        return results[0].submission.fingerprint
    return runs_fingerprint(result.submission.fingerprint for result in results)


def _across_runs(
    results: Sequence[Result], combine: Callable[[Sequence[float]], float]
) -> tuple[Mapping[str, CategoryResult], ResultMean]:
    documents = [result.to_json() for result in results]
    categories, mean = (across([document[name] for document in documents], combine) for name in ("categories", "mean"))
    return {name: decode(CategoryResult, block) for name, block in categories.items()}, decode(ResultMean, mean)


def across(values: Sequence[Any], combine: Callable[[Sequence[float]], float]) -> Any:
    """Combine the numbers at each place of several documents of the same shape; null where one has none.

    >>> across([{"ap": 0.5, "auroc": None}, {"ap": 1.0, "auroc": 0.3}], max)
    {'ap': 1.0, 'auroc': None}
    """
    if all(isinstance(value, dict) for value in values):
        names = [name for name in values[0] if name not in _NO_NUMBERS and all(name in value for value in values)]
        return {name: across([value[name] for value in values], combine) for name in names}
    if all(isinstance(value, int | float) for value in values):
        return combine(values)
    return values[0] if all(value == values[0] for value in values) else None


def _mean(values: Sequence[float]) -> float:
    return values[0] if len(set(values)) == 1 else math.fsum(values) / len(values)


def _deviation(values: Sequence[float]) -> float:
    import statistics  # several runs are rare

    return statistics.stdev(values)
