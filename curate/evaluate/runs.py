"""Summarise several runs of a method: mean and sample standard deviation of every number."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

_NO_NUMBERS = ("notes", "intervals", "classes", "curves", "images")
"""What has no mean; each run's own block has it."""


def several_runs(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put the results of several runs into one document.

    Returns
    -------
    dict
        ``categories`` and ``mean`` hold means over the runs, ``std`` the sample standard deviations in the same shape,
        ``runs`` the whole results.
    """
    first = documents[0]
    methods = {document["submission"]["method"] for document in documents}
    averaged = {name: across([document[name] for document in documents], _mean) for name in ("categories", "mean")}
    for name, block in averaged["categories"].items():
        if "notes" in first["categories"][name]:
            block["notes"] = first["categories"][name]["notes"]  # about the dataset, so the same in every run
    spread = {name: across([document[name] for document in documents], _deviation) for name in ("categories", "mean")}
    return {
        **{name: first[name] for name in ("schema", "curate_version", "signature", "settings", "dataset")},
        "submission": {
            "method": methods.pop() if len(methods) == 1 else "several",
            "run": "+".join(document["submission"]["run"] for document in documents),
            "fingerprint": first["submission"]["fingerprint"],
        },
        **averaged,
        "std": spread,
        "runs": list(documents),
    }


def across(values: Sequence[Any], combine: Callable[[Sequence[float]], float]) -> Any:
    """Combine the numbers at each place of several documents of the same shape; null where one has none.

    >>> across([{"ap": 0.5, "auroc": None}, {"ap": 1.0, "auroc": 0.3}], statistics.fmean)
    {'ap': 0.75, 'auroc': None}
    """
    if all(isinstance(value, dict) for value in values):
        names = [name for name in values[0] if name not in _NO_NUMBERS and all(name in value for value in values)]
        return {name: across([value[name] for value in values], combine) for name in names}
    if all(isinstance(value, int | float) for value in values):
        return combine(values)
    return values[0] if all(value == values[0] for value in values) else None


def _mean(values: Sequence[float]) -> float:
    return values[0] if len(set(values)) == 1 else statistics.fmean(values)


def _deviation(values: Sequence[float]) -> float:
    return statistics.stdev(values)
