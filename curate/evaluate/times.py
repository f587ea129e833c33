"""The table of times: how long methods trained and how fast they score, as their submissions state it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from curate.errors import InputError
from curate.model.result import Result

_HEAD = ("method", "training, s", "images/s", "device")


def time_rows(results: Sequence[Result]) -> list[tuple[str, float | None, float | None, str]]:
    """Return a row a method: mean seconds of training, mean images a second over runs and categories, devices.

    Raises
    ------
    InputError
        If no result states a time.
    """
    found: dict[str, list[dict[str, object]]] = {}
    for run in (run for result in results for run in result.single_runs):
        facts = run.submission.extra.get("facts")
        stated = facts.values() if isinstance(facts, dict) else ()
        found.setdefault(run.submission.method, []).extend(entry for entry in stated if isinstance(entry, dict))
    if not any(found.values()):
        raise InputError("no result states a time", hint="times are in what `curate baseline` writes")
    return [
        (
            method,
            _mean(stated, "training_s"),
            _mean(stated, "images_per_s"),
            ", ".join(sorted({str(entry["device"]) for entry in stated if "device" in entry})),
        )
        for method, stated in found.items()
    ]


def _mean(stated: Sequence[dict[str, object]], name: str) -> float | None:
    values = [float(value) for entry in stated if isinstance(value := entry.get(name), int | float)]
    return statistics.fmean(values) if values else None


def time_table(results: Sequence[Result], style: str) -> str:
    """Render the table: ``terminal``, ``markdown``, ``latex`` or ``csv``."""
    from tabulate import tabulate

    rows = [
        [method, *("n/a" if value is None else f"{value:.1f}" for value in (seconds, rate)), device]
        for method, seconds, rate, device in time_rows(results)
    ]
    if style == "csv":
        import pandas as pd

        return str(pd.DataFrame(rows, columns=list(_HEAD)).to_csv(index=False, lineterminator="\n")).rstrip("\n")
    form = {"terminal": "simple", "markdown": "github", "latex": "latex_booktabs"}[style]
    return str(tabulate(rows, _HEAD, tablefmt=form, colalign=("left", "right", "right", "left"), disable_numparse=True))
