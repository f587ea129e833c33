"""Time: what the training images know of the test period."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Sample
from curate.model.finding import Finding, Severity
from curate.validate.table import CategoryTable

_OVERLAPPING = ("k-fold", "grouped")
"""Policies whose sides overlap in time on purpose."""


def good_before_training_ends(table: CategoryTable) -> Iterator[Finding]:
    """CUR750: good test images shot before the last training image.

    Defects do not count: the training images hold none, so nothing about them was learnt, and the AutoVI protocol tests
    every defect whenever it was shot. Where the card says that each series was divided on its own, they are compared
    inside a series; where folds rotate or whole groups were kept together, it is no mistake but worth knowing.
    """
    places = places_in_time(table)
    policy = _policy(table)
    series = {path: origin.series if policy.get("each") == "series" else "" for path, origin in table.origins.items()}
    last: dict[str, float] = {}
    for sample in table.samples:
        if sample.split == "train" and sample.path in places:
            own = series.get(sample.path, "")
            last[own] = max(places[sample.path], last.get(own, places[sample.path]))
    tested = [sample for sample in table.samples if sample.split == "test" and sample.is_good and sample.path in places]
    early = [s.path for s in tested if places[s.path] < last.get(series.get(s.path, ""), -math.inf)]
    if early:
        message = f"{len(early)} of {len(tested)} good test images were shot before the last training image"
        severity: Severity | None = "info" if policy.get("policy") in _OVERLAPPING or policy.get("by") else None
        yield found(
            codes.GOOD_TEST_BEFORE_TRAINING_END,
            message,
            table.at(),
            related=tuple(early),
            severity=severity,
        )


def _policy(table: CategoryTable) -> dict[str, Any]:
    """Return the settings that the card says the split was made with."""
    policy = table.card.split.get("policy") if table.card else None
    return policy if isinstance(policy, dict) else {}


def places_in_time(table: CategoryTable) -> dict[str, float]:
    """Return for each image a number that grows with time: its place in the shooting order, else its time.

    Only images whose place is known are in it, and only when they can be compared: from the card, or by times that all
    have a UTC offset or all have none.
    """
    orders = {sample.path: table.origins[sample.path].order for sample in table.samples if sample.path in table.origins}
    if orders and all(order >= 0 for order in orders.values()):
        return {path: float(order) for path, order in orders.items()}
    moments = {sample.path: moment for sample in table.samples if (moment := _moment(table, sample))}
    if len({moment.tzinfo is None for moment in moments.values()}) > 1:
        moments = {path: moment.replace(tzinfo=None) for path, moment in moments.items()}
    return {path: _seconds(moment) for path, moment in moments.items()}


def _moment(table: CategoryTable, sample: Sample) -> datetime | None:
    try:
        return datetime.fromisoformat(table.shot_at(sample))
    except ValueError:
        return None


def _seconds(moment: datetime) -> float:
    # A time without an offset is compared only with its like, so any fixed offset will do.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


CHECKS = (good_before_training_ends,)
