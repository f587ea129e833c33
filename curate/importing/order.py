"""Put the frames of a series into the order in which they were shot, and say on which evidence.

The total order
---------------
1. the chosen evidence: for each camera a clock, a counter, a manifest or the names (:mod:`curate.importing.tracks`);
   clocks are compared in UTC where every frame has an offset, else as they show;
2. the camera's own counter, then the natural order of the names (``2`` before ``10``), then the names' code points;
3. the sha256 of the content.

No two frames of a category share all of these, so shuffling the input never changes the result. Several cameras keep
their own order each and are merged by their clocks, which nobody has compared: that is reported.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from curate.errors import InputError
from curate.importing.counters import goes_back_an_hour, last_number
from curate.importing.name_times import settle_times
from curate.importing.order_evidence import ASKED, ASKED_CLOCKS, CLOCK_TITLES, CLOCKS, FALLBACK_CLOCKS, FrameEvidence
from curate.importing.order_findings import (
    about_cameras,
    about_clocks,
    about_dates,
    about_doubts,
    about_named_cameras,
    about_pauses,
)
from curate.importing.tracks import CameraOrder, natural_key, other_clocks, tie_key, track
from curate.model.finding import Finding

POLICIES = ("auto", *CLOCKS, "counter", "name", "manifest-rows", *ASKED_CLOCKS)
"""What ``--order`` takes."""

_NAMED = 5
_MOST_COUNTERS = 16
"""Names with more different texts around their numbers are not looked at for several counters."""
_HOUR_NS = 3_600 * 10**9


@dataclass(frozen=True, slots=True)
class Ordering:
    """An order and its reasons.

    Attributes
    ----------
    frames : tuple of str
        In shooting order.
    clock : str
        The clock that the series has in common; ``""`` when there is none.
    evidence : str
        ``exif``, ``name-time``, ``counter``, ``name``, …; several cameras' joined by ``+``.
    why : str
        In words, for a person.
    times : tuple of int or None
        Nanoseconds by the clock, one a frame.
    findings : tuple of Finding
    evidence_of : dict of str to FrameEvidence
        What the order was made of, by frame, with the times that only the series as a whole could settle.
    """

    frames: tuple[str, ...]
    clock: str
    evidence: str
    why: str
    times: tuple[int | None, ...]
    findings: tuple[Finding, ...]
    evidence_of: dict[str, FrameEvidence]


def order_frames(shots: Sequence[FrameEvidence], series: str, policy: str = "auto") -> Ordering:
    """Order the frames of one series.

    Parameters
    ----------
    shots : sequence of FrameEvidence
        In any order.
    series : str
        For messages.
    policy : str
        One of :data:`POLICIES`; anything but ``auto`` is taken at its word, for all cameras alike.

    Raises
    ------
    InputError
        If the evidence that was asked for is not there for every frame; the frames that lack it are named.
    """
    shots, doubts = settle_times(sorted(shots, key=lambda shot: shot.frame), believe_names=policy == "name-time")
    if policy != "auto":
        return _as_asked(shots, series, policy)
    clock = next((name for name in (*CLOCKS, *FALLBACK_CLOCKS) if all(name in shot.clocks for shot in shots)), "")
    in_utc = _all_in_utc(shots, clock)
    cameras = [_tracks_of(mine, clock, in_utc=in_utc) for mine in _by_camera(shots)]
    tracks = [part for parts in cameras for part in parts]
    merged = list(_merged(tracks))
    chosen, times = [shot for shot, _ in merged], tuple(time for _, time in merged)
    findings = [finding for part in tracks for finding in (*part.findings, *other_clocks(part, clock))]
    findings += about_doubts(doubts, clock)
    findings += about_clocks(shots, series, clock, in_utc=in_utc)
    findings += about_cameras(cameras, series, clock)
    if len(cameras) == 1:
        findings += about_named_cameras(chosen, series, clock, in_utc=in_utc)
    findings += about_pauses(chosen, times) if clock else about_dates(chosen, series)
    return Ordering(
        frames=tuple(shot.frame for shot in chosen),
        clock=clock,
        evidence="+".join(sorted({part.evidence for part in tracks})),
        why=_reason(shots, tracks, clock),
        times=times,
        findings=tuple(findings),
        evidence_of={shot.frame: shot for shot in shots},
    )


def _by_camera(shots: Sequence[FrameEvidence]) -> list[list[FrameEvidence]]:
    """Return the frames of each camera; frames that name none belong to the only camera that is named."""
    groups: dict[str, list[FrameEvidence]] = defaultdict(list)
    named = {shot.camera for shot in shots} - {""}
    for shot in shots:
        groups[shot.camera if len(named) > 1 else ""].append(shot)
    return [groups[name] for name in sorted(groups)]


def _tracks_of(shots: Sequence[FrameEvidence], clock: str, *, in_utc: bool) -> list[CameraOrder]:
    """Order one camera's frames; as several tracks where names hold several counters, and one corrects the clock.

    Bodies without a serial number often write their own letters into the names: then no counter counts all frames, but
    each counts its own, and shows where the clock was set back.
    """
    whole = track(shots, clock, in_utc=in_utc)
    numbers = {shot.frame: last_number(shot.text) for shot in shots}
    groups: dict[tuple[str, str], list[FrameEvidence]] = defaultdict(list)
    for shot in shots:
        number = numbers[shot.frame]
        groups[(number.before, number.after) if number else ("", "")].append(shot)
    if not clock or not 1 < len(groups) <= _MOST_COUNTERS:
        return [whole]
    parts = [track(groups[key], clock, in_utc=in_utc) for key in sorted(groups)]
    return parts if any(part.evidence == "counter" for part in parts) else [whole]


def _all_in_utc(shots: Sequence[FrameEvidence], clock: str) -> bool:
    return bool(clock) and all(shot.clocks[clock].utc_ns is not None for shot in shots)


def _merged(tracks: list[CameraOrder]) -> Iterator[tuple[FrameEvidence, int | None]]:
    """Merge tracks by clock without changing the order inside any; without clocks one track follows the other.

    A track whose clock was set back goes on at once: its frames count as shot when its clock had been farthest.
    """

    def keyed(number: int, part: CameraOrder) -> Iterator[tuple[int, str, int, int, FrameEvidence, int | None]]:
        back = 0
        before: int | None = None
        for place, (shot, time) in enumerate(zip(part.shots, part.times, strict=True)):
            if before is not None and time is not None and goes_back_an_hour(before - time):
                back += _HOUR_NS  # go on as if daylight saving had not ended
            before = time
            yield (time or 0) + back, part.camera, number, place, shot, time

    keyed_tracks = [keyed(number, part) for number, part in enumerate(tracks)]
    for _, _, _, _, shot, time in heapq.merge(*keyed_tracks, key=lambda entry: entry[:4]):
        yield shot, time


def _as_asked(shots: Sequence[FrameEvidence], series: str, policy: str) -> Ordering:
    """Order by one piece of evidence and nothing else."""
    if policy == "counter":
        return _by_counter(shots, series)
    if policy == "name":
        chosen = sorted(shots, key=lambda shot: (natural_key(shot.name), *tie_key(shot)))
        return _asked_result(chosen, "", policy, "by natural order of the file names", in_utc=False)
    if policy == "manifest-rows":
        _refuse_without([shot for shot in shots if shot.row is None], policy, series, "a row in the manifest")
        chosen = sorted(shots, key=lambda shot: (shot.row or 0, *tie_key(shot)))
        return _asked_result(chosen, "", policy, "by the order of the manifest's rows", in_utc=False)
    _refuse_without([shot for shot in shots if policy not in shot.clocks], policy, series, CLOCK_TITLES[policy])
    in_utc = _all_in_utc(shots, policy)

    def key(shot: FrameEvidence) -> tuple[object, ...]:
        reading = shot.clocks[policy]
        return (reading.utc_ns if in_utc else reading.local_ns, *tie_key(shot))

    return _asked_result(sorted(shots, key=key), policy, policy, f"by {CLOCK_TITLES[policy]}", in_utc=in_utc)


def _by_counter(shots: Sequence[FrameEvidence], series: str) -> Ordering:
    clock = next((name for name in CLOCKS if all(name in shot.clocks for shot in shots)), "")
    in_utc = _all_in_utc(shots, clock)
    tracks = []
    for mine in _by_camera(shots):
        name = mine[0].camera
        counted = track(mine, clock, in_utc=in_utc, counter_only=True)
        if counted.evidence != "counter":
            hint = "give the counter's place in the names with --pattern '…(?P<counter>\\d+)…'"
            message = f"--order counter: the {len(mine)} frames{f' of camera {name}' if name else ''} share no counter"
            raise InputError(message, path=series, hint=hint)
        tracks.append(counted)
    merged = list(_merged(tracks))
    ordering = _asked_result([shot for shot, _ in merged], clock, "counter", tracks[0].why, in_utc=in_utc)
    extra = about_cameras([[part] for part in tracks], series, clock)
    return replace(ordering, times=tuple(time for _, time in merged), findings=tuple(extra))


def _refuse_without(lacking: Sequence[FrameEvidence], policy: str, series: str, what: str) -> None:
    if lacking:
        named = ", ".join(sorted(shot.name for shot in lacking)[:_NAMED])
        more = " …" if len(lacking) > _NAMED else ""
        raise InputError(
            f"--order {policy}: {len(lacking)} frames lack {what}: {named}{more}",
            path=series,
            hint="leave --order out, choose other evidence, or import these frames into a series of their own",
        )


def _asked_result(chosen: Sequence[FrameEvidence], clock: str, policy: str, why: str, *, in_utc: bool) -> Ordering:
    times: list[int | None] = [None] * len(chosen)
    if clock:
        readings = [shot.clocks[clock] for shot in chosen]
        times = [reading.utc_ns if in_utc else reading.local_ns for reading in readings]
    frames = tuple(shot.frame for shot in chosen)
    evidence_of = {shot.frame: shot for shot in chosen}
    return Ordering(frames, clock, f"{policy}{ASKED}", f"{why}, as asked", tuple(times), (), evidence_of)


def _reason(shots: Sequence[FrameEvidence], tracks: Sequence[CameraOrder], clock: str) -> str:
    better = CLOCKS[: CLOCKS.index(clock)] if clock in CLOCKS else CLOCKS
    passed = "; ".join(_without(shots, name) for name in better if name != "manifest")
    reasons = list(dict.fromkeys(part.why for part in tracks))
    each = f"for each of {len(tracks)} cameras " if len(tracks) > 1 else ""
    return f"{passed + ', so ' if passed else ''}{each}{'; '.join(reasons)}"


def _without(shots: Sequence[FrameEvidence], clock: str) -> str:
    count = sum(clock not in shot.clocks for shot in shots)
    which = "no frame has" if count == len(shots) else f"{count} of {len(shots)} frames lack"
    return f"{which} {CLOCK_TITLES[clock]}"
