"""One shooting order for a category whose series each have their own.

Inside a series the captures record is the order, whatever evidence it came from. Series follow one another, or run side
by side (two cameras), so they are merged by time; a series' own order is never changed by its clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from curate.model.capture import Capture
from curate.model.natural import natural_sorted


@dataclass(frozen=True, slots=True)
class ShootingOrder:
    """The frames of a category in one order.

    Attributes
    ----------
    captures : tuple of Capture
        First shot first.
    moments : tuple of datetime or None
        When each was shot, never earlier than a frame of its series before it; None in a series without any time.
    evidence : str
        How the series were put in order, for people; ``""`` when there is only one.
    certain : bool
        False when no clock could order the series and their names had to.
    """

    captures: tuple[Capture, ...]
    moments: tuple[datetime | None, ...]
    evidence: str = ""
    certain: bool = True


def shooting_order(series: Mapping[str, Sequence[Capture]]) -> ShootingOrder:
    """Merge series into one order.

    Frames are merged by their time where every series has times of one kind (all with a UTC offset, or none with one);
    a frame without a time, or with one that runs back, counts as shot together with the frame before it. Otherwise the
    series follow each other in natural order of their names, which is a guess and is said to be one.
    """
    names = natural_sorted(name for name, captures in series.items() if captures)
    clocks = {name: _never_back([parse_time(capture.shot_at) for capture in series[name]]) for name in names}
    reason = _why_not_comparable(clocks) if len(names) > 1 else ""
    keyed = [
        (rank, place, moment, capture)
        for rank, name in enumerate(names)
        for place, (moment, capture) in enumerate(zip(clocks[name], series[name], strict=True))
    ]
    if len(names) > 1 and not reason:
        keyed.sort(key=lambda item: (_seconds(item[2]), *item[:2]))
    evidence = f"series in order of their names, because {reason}" if reason else ""
    if len(names) > 1 and not reason:
        evidence = "series merged by the time of their frames"
    return ShootingOrder(
        captures=tuple(item[3] for item in keyed),
        moments=tuple(item[2] for item in keyed),
        evidence=evidence,
        certain=not reason,
    )


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


def _never_back(moments: Sequence[datetime | None]) -> list[datetime | None]:
    """Give each frame the latest time seen so far in its series; frames before the first time get that time."""
    if len({moment.tzinfo is None for moment in moments if moment}) > 1:
        moments = [
            moment and moment.replace(tzinfo=None) for moment in moments
        ]  # the clock on the wall is all they share
    latest = next((moment for moment in moments if moment), None)
    raised: list[datetime | None] = []
    for moment in moments:
        latest = max(latest, moment) if moment and latest else latest
        raised.append(latest)
    return raised


def _seconds(moment: datetime | None) -> float:
    """Return a number to sort by; times are compared only where all have an offset or none has one."""
    return 0.0 if moment is None else (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
