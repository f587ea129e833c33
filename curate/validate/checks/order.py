"""Time: what the training images know of the test period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from curate.model.codes import found
from curate.model.dataset import Sample
from curate.model.finding import Finding
from curate.validate.table import SEVERAL_LISTED, CategoryTable


def good_before_training_ends(table: CategoryTable) -> Iterator[Finding]:
    """CUR750: good test images shot before the last training image.

    Defects do not count: the training images hold none, so nothing about them was learnt, and the AutoVI protocol tests
    every defect whenever it was shot.
    """
    places = places_in_time(table)
    training = [places[sample.path] for sample in table.samples if sample.split == "train" and sample.path in places]
    tested = [sample for sample in table.samples if sample.split == "test" and sample.is_good and sample.path in places]
    early = [sample.path for sample in tested if training and places[sample.path] < max(training)]
    if early:
        message = f"{len(early)} of {len(tested)} good test images were shot before the last training image"
        yield found("CUR750", message, table.at(), related=tuple(early[:SEVERAL_LISTED]))


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
