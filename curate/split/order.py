"""One shooting order for a category whose series each have their own.

Inside a series the captures record is the order, whatever evidence it came from. Series follow one another, or run side
by side (two cameras), so they are merged by time; a series' own order is never changed by its clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from natsort import natsorted

from curate.model.capture import Capture


@dataclass(frozen=True, slots=True)
class ShootingOrder:
    """The frames of a category in one order.

    Attributes
    ----------
    captures : tuple of Capture
        First shot first.
    evidence : str
        How the series were put in order, for people; ``""`` when there is only one.
    certain : bool
        False when no clock could order the series and their names had to.
    """

    captures: tuple[Capture, ...]
    evidence: str = ""
    certain: bool = True


def shooting_order(series: Mapping[str, Sequence[Capture]]) -> ShootingOrder:
    """Merge series into one order.

    Frames are merged by their time where every series has times of one kind (all with a UTC offset, or none with one);
    a frame without a time, or with one that runs back, counts as shot together with the frame before it. Otherwise the
    series follow each other in natural order of their names, which is a guess and is said to be one.
    """
    names = natsorted(name for name, captures in series.items() if captures)
    if len(names) < 2:  # noqa: PLR2004 - one series needs no merging
        return ShootingOrder(tuple(capture for name in names for capture in series[name]))
    clocks = {name: [parse_time(capture.shot_at) for capture in series[name]] for name in names}
    reason = _why_not_comparable(clocks)
    if reason:
        ordered = tuple(capture for name in names for capture in series[name])
        return ShootingOrder(ordered, f"series in order of their names, because {reason}", certain=False)
    keyed = [
        (moment, rank, index, capture)
        for rank, name in enumerate(names)
        for index, (moment, capture) in enumerate(zip(_never_back(clocks[name]), series[name], strict=True))
    ]
    keyed.sort(key=lambda item: item[:3])
    return ShootingOrder(tuple(item[3] for item in keyed), "series merged by the time of their frames")


def parse_time(text: str) -> datetime | None:
    """Read an ISO 8601 time; None for ``""`` or something else. Digits beyond microseconds are dropped.

    >>> parse_time("2020-07-20T08:37:08.48630993Z").isoformat()
    '2020-07-20T08:37:08.486309+00:00'
    >>> parse_time("") is None
    True
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _why_not_comparable(clocks: Mapping[str, Sequence[datetime | None]]) -> str:
    timeless = [name for name, moments in clocks.items() if not any(moments)]
    if timeless:
        return f"no frame of {', '.join(timeless)} has a time"
    aware = {moment.tzinfo is not None for moments in clocks.values() for moment in moments if moment}
    return "some times have a UTC offset and others have none" if len(aware) > 1 else ""


def _never_back(moments: Sequence[datetime | None]) -> list[datetime]:
    """Give each frame the latest time seen so far in its series; frames before the first time get that time."""
    latest = next(moment for moment in moments if moment)
    raised = []
    for moment in moments:
        latest = max(latest, moment) if moment else latest
        raised.append(latest if latest.tzinfo is None else latest.astimezone(UTC))
    return raised
