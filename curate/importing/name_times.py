"""Read the times of a series' frames together: one text alone often does not say what it means. Pure.

* Where some dates can only have the day first (``31-08-2022``), all of the series have.
* Digits behind the second are a decimal fraction, unless their lengths show that they count milliseconds unpadded.
* ``-0100`` is an offset from UTC if it is one for the whole series; else it is a counter.
* Ten digits are a Unix time if they run through the series as a clock does; else they are a serial number.

What stays open is a doubt: it is reported wherever the order would have rested on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from curate.importing.order_evidence import CLOCK_TITLES, FrameEvidence
from curate.importing.stamps import NameStamp, find_stamp, looks_like_counter, stem_of, without
from curate.importing.times import Moment, parse_offset
from curate.importing.written_times import WrittenTime

_NAMED = 5
UNREADABLE = "that cannot be read"
"""Is in the message of a doubt that only the files themselves can tell, no record."""

_DAY_S, _HOUR_S = 86_400, 3_600
_MILLISECOND_DIGITS = 3
_OFTEN = 4
"""At most one step back of a counter in so many frames fits a clock."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Evidence that is there and was not used, or not all of it.

    Attributes
    ----------
    kind : str
        The clock that it would have been, or ``counter``.
    message : str
    frame : str
        The first frame that it is about.
    """

    kind: str
    message: str
    frame: str


def time_in_name(name: str) -> Moment | None:
    """Find the time stamp in a file name that can mean one thing only; None when there is none.

    >>> time_in_name("line/2020-07-20T08-37-08.48630993Z.jpg").isoformat()
    '2020-07-20T08:37:08.48630993+00:00'
    >>> time_in_name("IMG_20220811_172709123.jpg").isoformat()
    '2022-08-11T17:27:09.123'
    >>> time_in_name("frame_0042.png") is None
    True
    """
    stamp = find_stamp(stem_of(name))
    readings = stamp.moments() if stamp else ()
    return readings[0] if len(readings) == 1 else None


def settle_times(
    shots: Sequence[FrameEvidence], *, believe_names: bool = False
) -> tuple[list[FrameEvidence], list[Doubt]]:
    """Decide what the times of a series mean.

    Parameters
    ----------
    shots : sequence of FrameEvidence
        All frames of one series.
    believe_names : bool
        Whether a person says that names hold times, so that ten digits need not be asked whether they are one.

    Returns
    -------
    list of FrameEvidence
        In the same order, with every time that could be settled among their clocks.
    list of Doubt
    """
    settled = list(shots)
    doubts = _unread(shots)
    for clock in sorted({clock for shot in shots for clock in shot.open_times}):
        written = [shot.open_times.get(clock) for shot in shots]
        chosen, why = _one_convention(written, CLOCK_TITLES[clock])
        settled = _with_clock(settled, clock, chosen)
        doubts += [Doubt(clock, why, settled[_first(written)].frame)] if why else []
    stamps = [find_stamp(stem_of(shot.name)) for shot in shots]
    by_name, more = _names(settled, stamps, believe_names=believe_names)
    named = [
        shot if stamp is None else _read(shot, stamp, time)
        for shot, stamp, time in zip(settled, stamps, by_name, strict=True)
    ]
    return named, doubts + more


def _read(shot: FrameEvidence, stamp: NameStamp, time: Moment | None) -> FrameEvidence:
    """Note the time in a name, and what else is in it."""
    clocks = shot.clocks if time is None else {**shot.clocks, "name-time": time}
    return replace(shot, clocks=clocks, bare=without(stamp, stem_of(shot.name)))


def _with_clock(shots: list[FrameEvidence], clock: str, times: Sequence[Moment | None]) -> list[FrameEvidence]:
    return [
        shot if time is None or shot.clocks.get(clock) == time else replace(shot, clocks={**shot.clocks, clock: time})
        for shot, time in zip(shots, times, strict=True)
    ]


def _unread(shots: Sequence[FrameEvidence]) -> list[Doubt]:
    """Return one doubt for each kind of evidence that could not be read."""
    by_kind: dict[str, list[tuple[str, str, str]]] = {}
    for shot in shots:
        for kind, text in shot.unread:
            by_kind.setdefault(kind, []).append((shot.name, text, shot.frame))
    doubts = []
    for kind, entries in sorted(by_kind.items()):
        entries.sort()
        listed = ", ".join(f"{name} has {text}" for name, text, _ in entries[:_NAMED])
        more = " …" if len(entries) > _NAMED else ""
        many = "one frame" if len(entries) == 1 else f"{len(entries)} frames"
        what = "counter" if kind == "counter" else "time"
        doubts.append(Doubt(kind, f"{many} with a {what} {UNREADABLE}: {listed}{more}", entries[0][2]))
    return doubts


def _first(entries: Sequence[object | None]) -> int:
    return next(place for place, entry in enumerate(entries) if entry is not None)


def _one_convention(written: Sequence[WrittenTime | None], what: str) -> tuple[list[Moment | None], str]:
    """Choose between day first and month first for all; return what was chosen, and why nothing could be."""
    told = {time.day_first for time in written if time is not None} - {None}
    chosen: list[Moment | None] = []
    for time in written:
        if time is None or not time.readings:
            chosen.append(None)
        elif len(time.readings) == 1:
            chosen.append(time.readings[0])
        else:
            chosen.append(time.readings[0 if told == {True} else 1] if len(told) == 1 else None)
    lacking = [time for time, reading in zip(written, chosen, strict=True) if time is not None and reading is None]
    if not lacking:
        return chosen, ""
    why = "of the others, some have the day first and some the month" if told else "no other frame tells"
    return chosen, f"{what}: {lacking[0].text!r} may have the day or the month first, and {why}"


def _names(
    shots: Sequence[FrameEvidence], stamps: Sequence[NameStamp | None], *, believe_names: bool
) -> tuple[list[Moment | None], list[Doubt]]:
    """Return the time in each frame's name, and what is doubtful about them."""
    there = [(shot, stamp) for shot, stamp in zip(shots, stamps, strict=True) if stamp is not None]
    if not there:
        return [None] * len(shots), []
    notes = []
    no_clock = "" if believe_names else _why_no_unix_time(there)
    if no_clock:
        notes.append(f"numbers such as {_example(there)} in the names are taken for serial numbers: {no_clock}")
    decimal, doubtful = fractions_are_decimal([stamp.fraction for _, stamp in there])
    if doubtful:
        longest = max(there, key=lambda entry: len(entry[1].fraction))[0].name
        notes.append(
            f"the digits behind the second have different lengths ({longest}), so nobody can tell whether they are a "
            "decimal fraction or count milliseconds: whole seconds are compared, then the numbers in the names"
        )
    offsets = zones_are_offsets([stamp for _, stamp in there])
    written = [
        None
        if stamp is None or (stamp.is_unix and no_clock)
        else WrittenTime(shot.name, _moments(stamp, decimal=decimal, offsets=offsets), stamp.day_first)
        for shot, stamp in zip(shots, stamps, strict=True)
    ]
    chosen, open_dates = _one_convention(written, CLOCK_TITLES["name-time"])
    notes += [open_dates] if open_dates else []
    return chosen, [Doubt("name-time", note, there[0][0].frame) for note in notes]


def _moments(stamp: NameStamp, *, decimal: bool, offsets: bool) -> tuple[Moment, ...]:
    return stamp.moments(with_fraction=decimal, with_zone=offsets or not looks_like_counter(stamp.zone))


def _example(there: Sequence[tuple[FrameEvidence, NameStamp]]) -> str:
    shot, stamp = next(entry for entry in there if entry[1].is_unix)
    return stem_of(shot.name)[stamp.start : stamp.end]


def _why_no_unix_time(there: Sequence[tuple[FrameEvidence, NameStamp]]) -> str:
    """Say why the Unix times in names cannot be times; ``""`` when they may be, or when there is only one."""
    timed = sorted(
        (stamp.moments()[0].local_ns, shot.counter, stem_of(shot.name)[: stamp.start], stem_of(shot.name)[stamp.end :])
        for shot, stamp in there
        if stamp.is_unix
    )
    if len(timed) < 2:  # noqa: PLR2004 - one number does not run
        return ""
    steps = [(after[0] - before[0]) / 10**9 for before, after in pairwise(timed)]
    if not any(steps):
        return "they are all the same"
    if median(steps) > _DAY_S:
        return f"as Unix times they would lie {median(steps) / _DAY_S:.0f} days apart"
    counts = _counts(timed)
    back = sum(second < first for first, second in pairwise(counts))
    if back and back * _OFTEN > len(counts):
        return f"as Unix times they would run against the counter at {back} of {len(counts) - 1} places"
    return ""


def _counts(timed: Sequence[tuple[int, int | None, str, str]]) -> list[int]:
    """Return the camera's counter, or else the numbers beside the Unix times, where all frames have different ones."""
    counters = [counter for _, counter, _, _ in timed if counter is not None]
    for texts in ([before for _, _, before, _ in timed], [after for _, _, _, after in timed]):
        numbers = ["".join(character for character in text if character.isdigit()) for text in texts]
        if len(counters) != len(timed) and all(numbers) and len(set(numbers)) == len(timed):
            counters = [int(number) for number in numbers]
    return counters if len(set(counters)) == len(timed) else []


def fractions_are_decimal(fractions: Sequence[str]) -> tuple[bool, bool]:
    """Whether the digits behind the seconds are decimal fractions, and whether that is in doubt.

    Decimal fractions differ in length only where zeros at their end were left out: then none ends in zero. Unpadded
    milliseconds never begin with one.

    >>> fractions_are_decimal(["1234567", "5", "05"]), fractions_are_decimal(["45", "900", "5"])
    ((True, False), (False, False))
    >>> fractions_are_decimal(["45", "123", "5"])
    (False, True)
    """
    digits = [text for text in fractions if text]
    if len({len(text) for text in digits}) < 2:  # noqa: PLR2004 - of one length, both readings have one order
        return True, False
    begins = any(len(text) > 1 and text.startswith("0") for text in digits)
    ends = any(len(text) > 1 and text.endswith("0") for text in digits)
    if begins != ends:
        return begins, False
    if not begins and max(map(len, digits)) > _MILLISECOND_DIGITS:
        return True, False  # seven digits, say, are what programs write that leave out zeros
    return False, True


def zones_are_offsets(stamps: Sequence[NameStamp]) -> bool:
    """Whether what stands behind the times of a series are offsets from UTC rather than counters.

    ``-0100`` may be either. It is an offset when all frames have the same, or when two an hour apart follow each other
    once, as at an end of daylight saving.
    """
    doubtful = [stamp for stamp in stamps if looks_like_counter(stamp.zone)]
    if not doubtful:
        return True
    offsets = {parse_offset(stamp.zone) for stamp in doubtful}
    if None in offsets or len(doubtful) < len(stamps):
        return False
    known = sorted(offset for offset in offsets if offset is not None)
    if len(known) == 1:
        return True
    if len(known) != 2 or known[1] - known[0] != _HOUR_S:  # noqa: PLR2004 - before and after the change
        return False
    by_time = sorted(doubtful, key=lambda stamp: (stamp.moments()[0].utc_ns or 0, stamp.zone))
    return sum(first.zone != second.zone for first, second in pairwise(by_time)) == 1
