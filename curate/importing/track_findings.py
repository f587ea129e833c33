"""What a camera's counter and its clock say against each other. Pure."""

from __future__ import annotations

from curate.importing.counting import LEAST_TRUSTED, Counted
from curate.importing.order_evidence import CLOCK_TITLES, FrameEvidence
from curate.importing.runs import goes_back_an_hour
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding, Severity

_NS = 1_000_000_000


def about_setbacks(counted: Counted, clock: str) -> list[Finding]:
    """Report each place at which the clock goes back while the counter goes on."""
    findings = []
    for joint in counted.runs.setbacks if counted.runs else ():
        before, after = counted.shots[joint.before], counted.shots[joint.after]
        step_ns = counted.times[joint.before] - counted.times[joint.after]
        cause = "the end of daylight saving" if goes_back_an_hour(step_ns) else "the clock was set"
        back = f"{CLOCK_TITLES[clock]} goes back {step_ns / _NS:.0f} s after {before.name}"
        message = f"{back} while the counter goes on: {cause}"
        findings.append(found(codes.CLOCK_GOES_BACK, message, after.frame, related=(before.frame,)))
    return findings


def about_restarts(counted: Counted, clock: str) -> list[Finding]:
    """Report restarts of a counter that may be something else, and stretches that two counters share."""
    if counted.runs is None:
        return []
    findings = []
    for joint in counted.runs.doubts:
        before, after = counted.shots[joint.before], counted.shots[joint.after]
        message = (
            f"{counted.title} starts lower at {after.name}, after {before.name} by {CLOCK_TITLES[clock]}: it was "
            "started again, or the clock was set; the clock was followed"
        )
        findings.append(_contradicting(message, after, before, "warning"))
    if counted.runs.crossing:
        joint, *more = counted.runs.crossing
        before, after = counted.shots[joint.before], counted.shots[joint.after]
        message = (
            f"{counted.title} counts twice at the same time by {CLOCK_TITLES[clock]}, from {after.name} on, at "
            f"{times_in_words(1 + len(more))}: there are several cameras, or the clock was set; the clock was followed"
        )
        findings.append(_contradicting(message, after, before, "warning"))
    return findings


def about_contradiction(counted: Counted, clock: str) -> Finding:
    """Report a counter that contradicts the clock too often, or is too short or too late, to be believed."""
    joints = counted.runs.setbacks if counted.runs else ()
    pairs = [(counted.shots[joint.before], counted.shots[joint.after]) for joint in joints]
    named = ", ".join(f"{after.name} before {before.name}" for before, after in pairs[:3])
    places = times_in_words(len(pairs))
    message = f"{counted.title} and {CLOCK_TITLES[clock]} contradict each other at {places}: by the clock {named}"
    if counted.renamed:
        message += "; the names were given later, and EXIF has sub-seconds: the clock was followed"
    weak = counted.renamed or len(counted.shots) < LEAST_TRUSTED
    return _contradicting(message, pairs[0][1], pairs[0][0], "warning" if weak else "error")


def _contradicting(message: str, after: FrameEvidence, before: FrameEvidence, severity: Severity) -> Finding:
    return found(codes.COUNTER_CONTRADICTS_CLOCK, message, after.frame, related=(before.frame,), severity=severity)


def times_in_words(count: int) -> str:
    """Say at how many places: ``one place``, ``2 places``."""
    return "one place" if count == 1 else f"{count} places"
