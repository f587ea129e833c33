"""Order the frames of one camera: its counter, checked by its clock, or the clock alone, or names.

What a camera writes can contradict itself. The rules, in the order in which they are tried:

* counter and clock agree: the clock gives the times, the counter settles equal ones;
* they disagree at a few places where the clock goes back (an hour: daylight saving; else: it was set): the counter is
  right, and each place is reported;
* they disagree at more places than that, yet not everywhere: neither can be trusted; the clock is taken, and an
  error asks the person to decide with ``--order``;
* they have nothing to do with each other: the numbers were given later, by someone else; the clock is taken;
* there is no clock: the counter if all names share one, else the natural order of the names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from curate.importing.counters import Unrolled, goes_back_an_hour, one_counter, ring_of, unroll
from curate.importing.name_numbers import NumberOrder, order_by_numbers
from curate.importing.order_evidence import CLOCK_TITLES, CLOCKS, FrameEvidence
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding
from curate.model.natural import natural_key as natural_text_key

_NS = 1_000_000_000
_LEAST_TRUSTED = 8
"""Fewer numbers than this agree with a clock at all but one place by chance in more than one of a hundred shuffles."""
_TRUSTED_SHARE = 16
"""At most one setback of the clock in so many shots leaves the counter trusted."""
_UNRELATED_SHARE = 4
"""At more than one setback in so many shots the numbers do not follow time (half is what chance gives)."""


@dataclass(frozen=True, slots=True)
class CameraOrder:
    """One camera's frames in order.

    Attributes
    ----------
    camera : str
    shots : tuple of FrameEvidence
        In shooting order.
    times : tuple of int or None
        Nanoseconds by the clock, comparable within the series; None without a clock.
    evidence, why : str
    findings : tuple of Finding
    """

    camera: str
    shots: tuple[FrameEvidence, ...]
    times: tuple[int | None, ...]
    evidence: str
    why: str
    findings: tuple[Finding, ...] = ()


def natural_key(name: str) -> tuple[Any, ...]:
    """Return the key that sorts names as a person would: 2 before 10, ``x`` before ``x (1)``, folder by folder.

    >>> sorted(["f10.jpg", "f2 (1).jpg", "f2.jpg"], key=natural_key)
    ['f2.jpg', 'f2 (1).jpg', 'f10.jpg']
    """
    *folders, last = name.split("/")
    stem, dot, suffix = last.rpartition(".")
    # A file's stem is compared before its suffix: a full stop sorts behind a blank and a bracket.
    return (*((natural_text_key(folder), "") for folder in folders), (natural_text_key(stem if dot else last), suffix))


def tie_key(shot: FrameEvidence) -> tuple[Any, ...]:
    """Return the key that settles what the evidence leaves open: counter, natural name, name, content."""
    return (-1 if shot.counter is None else shot.counter, natural_key(shot.name), shot.name, shot.sha256)


def track(shots: Sequence[FrameEvidence], clock: str, *, in_utc: bool, counter_only: bool = False) -> CameraOrder:
    """Order one camera's frames.

    Parameters
    ----------
    shots : sequence of FrameEvidence
        In any order.
    clock : str
        The clock that all of them have; ``""`` when there is none.
    in_utc : bool
        Whether readings are compared in UTC.
    counter_only : bool
        Follow the counter where there is one, whatever the clock says; it still helps to unroll it.
    """
    shots = sorted(shots, key=tie_key)
    times = [_ns(shot, clock, in_utc=in_utc) for shot in shots] if clock else None
    if counter_only:
        counter, title = _counter(shots, times)
        if counter is not None:
            return _laid(shots, times or [None] * len(shots), counter.sequence(), "counter", f"by {title}")
    if times is None:
        return _without_clock(shots)
    by_clock = sorted(range(len(shots)), key=times.__getitem__)
    counter, title = _counter(shots, times)
    every = "the one frame has" if len(shots) == 1 else f"all {len(shots)} frames have"
    base = f"by {CLOCK_TITLES[clock]}, which {every}"
    if counter is None:
        laid = _laid(shots, times, by_clock, clock, base)
        return _with(laid, _ties(laid, clock))
    count, setbacks = len(shots), len(counter.descents)
    if setbacks == 0:
        return _laid(shots, times, counter.sequence(), clock, f"{base}; {title} agrees")
    if count >= _LEAST_TRUSTED and setbacks <= max(1, count // _TRUSTED_SHARE):
        why = f"by {title}, because {CLOCK_TITLES[clock]} goes back at {_times(setbacks)} while it counts on"
        laid = _laid(shots, times, counter.sequence(), "counter", why)
        return _with(laid, _setbacks(laid, counter, clock))
    if count < _LEAST_TRUSTED or setbacks * _UNRELATED_SHARE > count:
        laid = _laid(shots, times, by_clock, clock, f"{base}; {title} does not follow it")
        return _with(laid, _ties(laid, clock))
    laid = _laid(shots, times, by_clock, clock, f"{base}; {title} contradicts it at {_times(setbacks)}")
    return _with(laid, [_contradiction(shots, counter, clock, title)])


def _ns(shot: FrameEvidence, clock: str, *, in_utc: bool) -> int:
    reading = shot.clocks[clock]
    utc = reading.utc_ns if in_utc else None
    return reading.local_ns if utc is None else utc


def _laid(
    shots: Sequence[FrameEvidence], times: Sequence[int | None], order: list[int], evidence: str, why: str
) -> CameraOrder:
    chosen = tuple(shots[index] for index in order)
    return CameraOrder(chosen[0].camera, chosen, tuple(times[index] for index in order), evidence, why)


def _with(laid: CameraOrder, findings: list[Finding]) -> CameraOrder:
    return CameraOrder(laid.camera, laid.shots, laid.times, laid.evidence, laid.why, (*laid.findings, *findings))


def _counter(shots: Sequence[FrameEvidence], times: Sequence[int] | None) -> tuple[Unrolled | None, str]:
    """Return the best counter of the shots, from EXIF or else from names, and what to call it."""
    exif = [shot.counter for shot in shots if shot.counter is not None]
    if len(exif) == len(shots) and len(set(exif)) > 1:
        reading = unroll(exif, ring_of([str(max(exif))]), times)
        if reading is not None:
            return reading, "the camera's counter"
    numbers = one_counter([shot.text for shot in shots])
    if not numbers or len(shots) < 2:  # noqa: PLR2004 - one number counts nothing
        return None, ""
    digits = [number.digits for number in numbers]
    return unroll([int(text) for text in digits], ring_of(digits), times), "the counter in the file names"


def _without_clock(shots: Sequence[FrameEvidence]) -> CameraOrder:
    nothing = [None] * len(shots)
    plain = sorted(range(len(shots)), key=lambda index: (natural_key(shots[index].name), *tie_key(shots[index])))
    counter, title = _counter(shots, None)
    numbers = None if counter else order_by_numbers([shot.text for shot in shots], plain)
    if numbers:
        return _by_numbers(shots, numbers, plain)
    order = counter.sequence() if counter else plain
    if counter is None or order == plain:
        return _laid(shots, nothing, plain, "name", "by natural order of the file names")
    laid = _laid(shots, nothing, order, "counter", f"by {title}")
    if not counter.wrapped:
        return laid
    values = [counter.values[index] for index in order]
    turn = max(range(len(values) - 1), key=lambda place: laid.shots[place].name > laid.shots[place + 1].name)
    last, first = laid.shots[turn], laid.shots[turn + 1]
    message = f"{title} turns over from {last.name} to {first.name} ({len(values)} frames), and no clock confirms it"
    return _with(laid, [found(codes.UNCONFIRMED_COUNTER_TURN, message, first.frame, related=(last.frame,))])


def _by_numbers(shots: Sequence[FrameEvidence], numbers: NumberOrder, plain: list[int]) -> CameraOrder:
    """Order by what the numbers in the names say, or by the names where they say nothing, and tell of doubts."""
    nothing = [None] * len(shots)
    if numbers.places:
        laid = _laid(shots, nothing, list(numbers.places), "counter", f"by {numbers.title}")
    else:
        laid = _laid(shots, nothing, plain, "name", "by natural order of the file names")
    return _with(laid, [found(codes.TIME_NOT_READ, numbers.doubt, laid.shots[0].frame)] if numbers.doubt else [])


def _ties(laid: CameraOrder, clock: str) -> list[Finding]:
    """Mention frames that the clock cannot tell apart, and that no counter did."""
    places = [place for place, (a, b) in enumerate(pairwise(laid.times)) if a == b]
    if not places:
        return []
    before, after = laid.shots[places[0]], laid.shots[places[0] + 1]
    message = f"{len(places)} frames have the same time as the one before by {CLOCK_TITLES[clock]}; names settle these"
    return [
        found(
            codes.EQUAL_TIMES,
            f"{message}, first {after.name} after {before.name}",
            after.frame,
            related=(before.frame,),
        )
    ]


def other_clocks(laid: CameraOrder, clock: str) -> list[Finding]:
    """Report places where another clock, which every frame has, goes back along the order that was chosen."""
    findings = []
    for other in CLOCKS:
        if other == clock or not all(other in shot.clocks for shot in laid.shots):
            continue
        in_utc = all(shot.clocks[other].utc_ns is not None for shot in laid.shots)
        times = [_ns(shot, other, in_utc=in_utc) for shot in laid.shots]
        places = [place for place, (a, b) in enumerate(pairwise(times)) if b < a]
        if places:
            before, after = laid.shots[places[0]], laid.shots[places[0] + 1]
            step_s = (times[places[0]] - times[places[0] + 1]) / _NS
            message = (
                f"{CLOCK_TITLES[other]} contradicts the order at {_times(len(places))}: "
                f"it goes back {step_s:.0f} s from {before.name} to {after.name}"
            )
            findings.append(found(codes.CLOCKS_CONTRADICT, message, after.frame, related=(before.frame,)))
    return findings


def _setbacks(laid: CameraOrder, counter: Unrolled, clock: str) -> list[Finding]:
    findings = []
    for place in counter.descents:
        before, after = laid.shots[place], laid.shots[place + 1]
        step_ns = (laid.times[place] or 0) - (laid.times[place + 1] or 0)
        cause = "the end of daylight saving" if goes_back_an_hour(step_ns) else "the clock was set"
        back = f"{CLOCK_TITLES[clock]} goes back {step_ns / _NS:.0f} s after {before.name}"
        message = f"{back} while the counter goes on: {cause}"
        findings.append(found(codes.CLOCK_GOES_BACK, message, after.frame, related=(before.frame,)))
    return findings


def _contradiction(shots: Sequence[FrameEvidence], counter: Unrolled, clock: str, title: str) -> Finding:
    order = [shots[index] for index in counter.sequence()]
    pairs = [(order[place], order[place + 1]) for place in counter.descents]
    named = ", ".join(f"{after.name} before {before.name}" for before, after in pairs[:3])
    message = f"{title} and {CLOCK_TITLES[clock]} contradict each other at {_times(len(pairs))}: by the clock {named}"
    return found(codes.COUNTER_CONTRADICTS_CLOCK, message, pairs[0][1].frame, related=(pairs[0][0].frame,))


def _times(count: int) -> str:
    return "one place" if count == 1 else f"{count} places"


def largest_gaps(times: Sequence[int | None], least_s: float) -> list[tuple[int, float]]:
    """Return the places after which nothing was shot for at least so long, and how long, in order."""
    return [
        (place, (b - a) / _NS)
        for place, (a, b) in enumerate(pairwise(times))
        if a is not None and b is not None and b - a >= least_s * _NS
    ]
