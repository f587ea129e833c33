"""Order the frames of one camera: its counter, checked by its clock, or the clock alone, or names.

What a camera writes can contradict itself. The rules, in the order in which they are tried:

* counter and clock agree (the counter may restart and turn over: :mod:`curate.importing.runs`): the clock gives the
  times, the counter settles equal ones;
* they disagree at a few places where the clock goes back (an hour: daylight saving; else: it was set): the counter is
  right, and each place is reported;
* they disagree at more places than that, yet not everywhere: neither can be trusted; the clock is taken, and an
  error asks the person to decide with ``--order``;
* they have nothing to do with each other: the numbers were given later, by someone else; the clock is taken;
* there is no clock: the counter if all names share one, else the natural order of the names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from curate.importing.clocks import Scale, read_clocks
from curate.importing.counters import Unrolled, unroll
from curate.importing.counting import Counted, counters_of, natural_key, tie_key
from curate.importing.name_numbers import NumberOrder, order_by_numbers
from curate.importing.order_evidence import CLOCK_TITLES, CLOCKS, FrameEvidence
from curate.importing.runs import Runs, goes_back_an_hour
from curate.importing.track_findings import about_contradiction, about_restarts, about_setbacks, times_in_words
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding

_NS = 1_000_000_000
_HOUR_NS = 3_600 * _NS


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
    keys : tuple of int
        Never falling: where each frame stands among those of other cameras, in nanoseconds; 0 without a clock.
    counted : bool
        Whether a counter counts all of them and does not contradict the order.
    """

    camera: str
    shots: tuple[FrameEvidence, ...]
    times: tuple[int | None, ...]
    evidence: str
    why: str
    findings: tuple[Finding, ...] = ()
    keys: tuple[int, ...] = ()
    counted: bool = False


def lay(counted: Counted, clock: str, scale: Scale, *, counter_only: bool = False) -> CameraOrder:
    """Put one camera's frames in order.

    Parameters
    ----------
    counted : Counted
    clock : str
        What the times are from.
    scale : Scale
        How the times are compared with those of other cameras.
    counter_only : bool
        Follow the counter wherever it goes on, however often the clock goes back.
    """
    shots, runs = counted.shots, counted.runs
    every = "the one frame has" if len(shots) == 1 else f"all {len(shots)} frames have"
    base = f"by {CLOCK_TITLES[clock]}, which {every}"
    setbacks = len(runs.setbacks) if runs else 0
    if runs and counter_only:
        return _as_counted(counted, runs)
    if runs and counted.follows_counter:
        places = times_in_words(setbacks)
        why = f"by {counted.title}, because {CLOCK_TITLES[clock]} goes back at {places} while it counts on"
        findings = [*about_setbacks(counted, clock), *about_restarts(counted, clock)]
        return _by_runs(counted, scale, "counter", why, findings)
    if runs and not setbacks:
        return _by_runs(counted, scale, clock, f"{base}; {counted.title} agrees", about_restarts(counted, clock))
    keys = [scale.key(time) for time in counted.times]
    order = sorted(range(len(shots)), key=keys.__getitem__)
    if runs is None:
        beside = f"; {counted.title} does not follow it" if counted.title else ""
        laid = _laid(counted, order, keys, clock, f"{base}{beside}")
        return _with(laid, _ties(laid, clock))
    why = f"{base}; {counted.title} contradicts it at {times_in_words(setbacks)}"
    return _with(_laid(counted, order, keys, clock, why), [about_contradiction(counted, clock)])


def _as_counted(counted: Counted, runs: Runs) -> CameraOrder:
    """Follow a counter because a person says so: in one line where no number comes twice, else run by run."""
    numbers, digits, _ = next(entry for entry in counters_of(counted.shots) if entry[2] == counted.title)
    line = unroll(numbers, 10 ** max(digits)) if runs.doubts or runs.crossing else None
    why = f"by {counted.title}"
    if line is None:
        return _by_runs(counted, Scale(), "counter", why, [])
    order = line.sequence()
    keys = list(counted.times)
    for before, after in pairwise(order):
        keys[after] = max(keys[before], keys[after])
    return replace(_laid(counted, order, keys, "counter", why), counted=True)


def fold_of(before: int, after: int) -> int | None:
    """Return the hour that a clock showed twice, as the local time at which it began; None where it was set otherwise.

    >>> hour = 3600 * 10**9
    >>> fold_of(3 * hour - 1, 2 * hour) == 2 * hour, fold_of(3 * hour - 1, hour) is None
    (True, True)
    """
    start = after - after % _HOUR_NS
    return start if goes_back_an_hour(before - after) and before < start + _HOUR_NS else None


def _by_runs(counted: Counted, scale: Scale, evidence: str, why: str, findings: Sequence[Finding]) -> CameraOrder:
    """Merge the chains of a counter by their clock, none of them torn apart."""
    keys = [0] * len(counted.times)
    chains = counted.runs.chains if counted.runs else ()
    for chain in chains:
        for place, key in zip(chain, _keys([counted.times[place] for place in chain], scale), strict=True):
            keys[place] = key
    rank = {place: (number, step) for number, chain in enumerate(chains) for step, place in enumerate(chain)}
    order = sorted(rank, key=lambda place: (keys[place], rank[place]))
    return replace(_laid(counted, order, keys, evidence, why), findings=tuple(findings), counted=True)


def _keys(times: Sequence[int], scale: Scale) -> Iterator[int]:
    """Yield what the shots of one chain are compared by: never less than the one before."""
    passed: set[int] = set()
    late, key, before = 0, None, None
    for time in times:
        if before is not None and goes_back_an_hour(before - time):
            fold = fold_of(before, time)
            late = _HOUR_NS if fold is None or fold not in scale.folds else 0
            passed |= set() if fold is None else {fold}
        plain = scale.key(time, twice=scale.fold_around(time) in passed)
        late = 0 if key is not None and plain >= key else late  # a pause after which the clock has caught up
        key = max(plain + late, plain if key is None else key)
        before = time
        yield key


def _laid(counted: Counted, order: Sequence[int], keys: Sequence[int], evidence: str, why: str) -> CameraOrder:
    shots = tuple(counted.shots[place] for place in order)
    times = tuple(counted.times[place] for place in order)
    return CameraOrder(shots[0].camera, shots, times, evidence, why, (), tuple(keys[place] for place in order))


def without_clock(shots: Sequence[FrameEvidence]) -> CameraOrder:
    """Order one camera's frames, of which none has a clock that counts, by their counter or else by their names."""
    shots = sorted(shots, key=tie_key)
    plain = sorted(range(len(shots)), key=lambda index: (natural_key(shots[index].name), *tie_key(shots[index])))
    counter, title = _counter(shots)
    numbers = None if counter else order_by_numbers([shot.text for shot in shots], plain)
    if numbers:
        return _by_numbers(shots, numbers, plain)
    order = counter.sequence() if counter else plain
    if counter is None or order == plain:
        laid = _timeless(shots, plain, "name", "by natural order of the file names")
        return replace(laid, counted=counter is not None)
    laid = replace(_timeless(shots, order, "counter", f"by {title}"), counted=True)
    if not counter.wrapped:
        return laid
    turn = max(range(len(order) - 1), key=lambda place: laid.shots[place].name > laid.shots[place + 1].name)
    last, first = laid.shots[turn], laid.shots[turn + 1]
    message = f"{title} turns over from {last.name} to {first.name} ({len(order)} frames), and no clock confirms it"
    return _with(laid, [found(codes.UNCONFIRMED_COUNTER_TURN, message, first.frame, related=(last.frame,))])


def _timeless(shots: Sequence[FrameEvidence], order: Sequence[int], evidence: str, why: str) -> CameraOrder:
    chosen = tuple(shots[index] for index in order)
    nothing = (None,) * len(chosen)
    return CameraOrder(chosen[0].camera, chosen, nothing, evidence, why, (), (0,) * len(chosen))


def _counter(shots: Sequence[FrameEvidence]) -> tuple[Unrolled | None, str]:
    """Return the first counter that gives every shot a place of its own, and what to call it."""
    for numbers, digits, title in counters_of(shots):
        reading = unroll(numbers, 10 ** max(digits))
        if reading is not None:
            return reading, title
    return None, ""


def _by_numbers(shots: Sequence[FrameEvidence], numbers: NumberOrder, plain: list[int]) -> CameraOrder:
    """Order by what the numbers in the names say, or by the names where they say nothing, and report doubts."""
    if numbers.places:
        laid = _timeless(shots, numbers.places, "counter", f"by {numbers.title}")
    else:
        laid = _timeless(shots, plain, "name", "by natural order of the file names")
    return _with(laid, [found(codes.TIME_NOT_READ, numbers.doubt, laid.shots[0].frame)] if numbers.doubt else [])


def _with(laid: CameraOrder, findings: Sequence[Finding]) -> CameraOrder:
    return replace(laid, findings=(*laid.findings, *findings))


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
        read = read_clocks(laid.shots, other).times
        times = [read[shot.frame] for shot in laid.shots]
        places = [place for place, (a, b) in enumerate(pairwise(times)) if b < a]
        if places:
            before, after = laid.shots[places[0]], laid.shots[places[0] + 1]
            step_s = (times[places[0]] - times[places[0] + 1]) / _NS
            message = (
                f"{CLOCK_TITLES[other]} contradicts the order at {times_in_words(len(places))}: "
                f"it goes back {step_s:.0f} s from {before.name} to {after.name}"
            )
            findings.append(found(codes.CLOCKS_CONTRADICT, message, after.frame, related=(before.frame,)))
    return findings


def largest_gaps(times: Sequence[int | None], least_s: float) -> list[tuple[int, float]]:
    """Return the places after which nothing was shot for at least so long, and how long, in order."""
    return [
        (place, (b - a) / _NS)
        for place, (a, b) in enumerate(pairwise(times))
        if a is not None and b is not None and b - a >= least_s * _NS
    ]
