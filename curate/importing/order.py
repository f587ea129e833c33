"""Put the frames of a series into the order in which they were shot, and say on which evidence.

The total order
---------------
1. the chosen evidence: for each camera a clock, a counter, a manifest or the names (:mod:`curate.importing.tracks`);
   clocks are compared as :mod:`curate.importing.clocks` says;
2. the camera's own counter, then the natural order of the names (``2`` before ``10``), then the names' code points;
3. the sha256 of the content.

No two frames of a category share all of these, so shuffling the input never changes the result. Several cameras keep
their own order each and are merged by their clocks; unless a person compared these, that is reported. A frame without
a clock among frames that have one is placed by its counter, or set apart at the end: it never changes how the others
are ordered.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from curate.errors import InputError
from curate.importing.clocks import ClockFix, Scale, Timeline, cameras_of, corrected, read_clocks
from curate.importing.counters import last_number
from curate.importing.counting import Counted, count, natural_key, tie_key
from curate.importing.name_times import settle_times
from curate.importing.order_evidence import ASKED, ASKED_CLOCKS, CLOCK_TITLES, CLOCKS, FrameEvidence
from curate.importing.order_findings import (
    about_apart,
    about_cameras,
    about_clocks,
    about_dates,
    about_doubts,
    about_named_cameras,
    about_pauses,
    about_repeated_hour,
)
from curate.importing.placing import copies_among, place_among, with_copies
from curate.importing.tracks import CameraOrder, fold_of, lay, other_clocks, without_clock
from curate.model.finding import Finding

POLICIES = ("auto", *CLOCKS, "counter", "name", "manifest-rows", *ASKED_CLOCKS)
"""What ``--order`` takes."""

_GIVEN = {"manifest": "--manifest FILE or --pattern REGEX", "manifest-rows": "--manifest FILE"}
"""How a person gives the evidence that no file holds."""

_NAMED = 5
_MOST_COUNTERS = 16
"""Names with more different texts around their numbers are not looked at for several counters."""


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
    apart : tuple of str
        Frames at the end whose place nothing tells.
    keys : dict of str to int
        Where each frame stands among those of other imports, in nanoseconds; frames set apart have none.
    """

    frames: tuple[str, ...]
    clock: str
    evidence: str
    why: str
    times: tuple[int | None, ...]
    findings: tuple[Finding, ...]
    evidence_of: dict[str, FrameEvidence]
    apart: tuple[str, ...] = ()
    keys: dict[str, int] = field(default_factory=dict)


def order_frames(
    shots: Sequence[FrameEvidence],
    series: str,
    policy: str = "auto",
    clocks: Mapping[str, ClockFix] = MappingProxyType({}),
    *,
    clocked: bool = False,
) -> Ordering:
    """Order the frames of one series.

    Parameters
    ----------
    shots : sequence of FrameEvidence
        In any order.
    series : str
        For messages.
    policy : str
        One of :data:`POLICIES`; anything but ``auto`` is taken at its word, for all cameras alike.
    clocks : mapping of str to ClockFix
        What a person says about the clocks of cameras.
    clocked : bool
        Whether the frames that were imported before are ordered by a clock: then later ones without any never count
        more, however many they are.

    Raises
    ------
    InputError
        If the evidence that was asked for is not there for every frame; the frames that lack it are named.
    """
    shots, doubts = settle_times(sorted(shots, key=lambda shot: shot.frame), believe_names=policy == "name-time")
    shots = corrected(shots, clocks)
    if policy != "auto":
        return _as_asked(shots, series, policy)
    timeline = read_clocks(shots, clocked=clocked)
    main = set(timeline.times) - set(timeline.substitutes)
    timed = [shot for shot in shots if not timeline.clock or shot.frame in main]
    copies = copies_among(timed, timeline.times) if timeline.clock else {}
    copied = {copy.frame for group in copies.values() for copy in group}
    cameras = _tracks([shot for shot in timed if shot.frame not in copied], timeline)
    tracks = [part for parts in cameras for part in parts]
    left = [shot for shot in shots if timeline.clock and shot.frame not in main]
    counted = [shot.frame for part in tracks if part.counted for shot in part.shots]
    merged, apart = place_among(_merged(tracks), left, counted, timeline.times)
    merged = with_copies(merged, copies)
    chosen, times = [shot for shot, _, _ in merged], [time for _, time, _ in merged]
    findings = [finding for part in tracks for finding in (*part.findings, *other_clocks(part, timeline.clock))]
    findings += about_doubts(doubts, timeline.clock)
    findings += about_clocks(shots, series, timeline)
    findings += about_cameras(cameras, series, timeline.clock, clocks)
    findings += about_repeated_hour(tracks, timeline)
    if len(cameras) == 1:
        without = {shot.frame for shot in left}
        findings += about_named_cameras([shot for shot in chosen if shot.frame not in without], series, timeline)
    findings += about_pauses(chosen, times) if timeline.clock else []
    findings += (
        about_dates([*chosen[:1], *apart] if timeline.clock else chosen, series) if apart or not timeline.clock else []
    )
    findings += about_apart([shot for shot in left if shot.frame not in timeline.times], apart, chosen, series)
    return Ordering(
        frames=tuple(shot.frame for shot in (*chosen, *apart)),
        clock=timeline.clock,
        evidence="+".join(sorted({part.evidence for part in tracks})),
        why=_reason(shots, tracks, timeline.clock),
        times=(*times, *[None] * len(apart)),
        findings=tuple(findings),
        evidence_of={shot.frame: shot for shot in shots},
        apart=tuple(shot.frame for shot in apart),
        keys={shot.frame: key for shot, _, key in merged} if timeline.clock else {},
    )


def _tracks(shots: Sequence[FrameEvidence], timeline: Timeline) -> list[list[CameraOrder]]:
    """Order each camera's frames; all of them know of the hour that one camera's clock showed twice."""
    if not timeline.clock:
        return [[without_clock(mine)] for mine in _by_camera(shots)]
    cameras = [_counted(mine, timeline) for mine in _by_camera(shots)]
    names = cameras_of(shots)
    local = [part for parts in cameras for part in parts if names[part.shots[0].frame] in timeline.local]
    steps = [step for part in local for step in part.setback_times()]
    folds = sorted({fold for before, after in steps if (fold := fold_of(before, after)) is not None})
    return [
        [lay(part, timeline.clock, timeline.scale(names[part.shots[0].frame], folds)) for part in parts]
        for parts in cameras
    ]


def _by_camera(shots: Sequence[FrameEvidence]) -> list[list[FrameEvidence]]:
    """Return the frames of each camera, those that name none first."""
    groups: dict[str, list[FrameEvidence]] = defaultdict(list)
    cameras = cameras_of(shots)
    for shot in shots:
        groups[cameras[shot.frame]].append(shot)
    return [groups[name] for name in sorted(groups)]


def _counted(shots: Sequence[FrameEvidence], timeline: Timeline) -> list[Counted]:
    """Follow one camera's counter; each of several where names hold several, and one corrects the clock.

    Bodies without a serial number often write their own letters into the names: then no counter counts all frames, but
    each counts its own, and shows where the clock was set back.
    """
    whole = count(shots, timeline.times, timeline.clock)
    numbers = {shot.frame: last_number(shot.text) for shot in shots}
    groups: dict[tuple[str, str], list[FrameEvidence]] = defaultdict(list)
    for shot in shots:
        number = numbers[shot.frame]
        groups[(number.before, number.after) if number else ("", "")].append(shot)
    if whole.runs is not None or not 1 < len(groups) <= _MOST_COUNTERS:
        return [whole]
    parts = [count(groups[key], timeline.times, timeline.clock) for key in sorted(groups)]
    return parts if any(part.runs and part.runs.setbacks for part in parts) else [whole]


def _merged(tracks: list[CameraOrder]) -> list[tuple[FrameEvidence, int | None, int]]:
    """Merge tracks by clock without changing the order inside any; without clocks one track follows the other."""
    keyed = [
        [
            (key, part.camera, number, place, shot, time)
            for place, (key, shot, time) in enumerate(zip(part.keys, part.shots, part.times, strict=True))
        ]
        for number, part in enumerate(tracks)
    ]
    return [(shot, time, key) for key, _, _, _, shot, time in heapq.merge(*keyed, key=lambda entry: entry[:4])]


def _as_asked(shots: Sequence[FrameEvidence], series: str, policy: str) -> Ordering:
    """Order by one piece of evidence and nothing else."""
    if policy == "counter":
        return _by_counter(shots, series)
    if policy == "name":
        chosen = sorted(shots, key=lambda shot: (natural_key(shot.name), *tie_key(shot)))
        return _asked_result(chosen, "", policy, "by natural order of the file names", {})
    if policy == "manifest-rows":
        lacking = [shot for shot in shots if shot.row is None]
        _refuse_without(lacking, shots, policy, series, "a row in the manifest")
        chosen = sorted(shots, key=lambda shot: (shot.row or 0, *tie_key(shot)))
        return _asked_result(chosen, "", policy, "by the order of the manifest's rows", {})
    lacking = [shot for shot in shots if policy not in shot.clocks]
    _refuse_without(lacking, shots, policy, series, CLOCK_TITLES[policy])
    times = read_clocks(shots, policy).times
    chosen = sorted(shots, key=lambda shot: (times[shot.frame], *tie_key(shot)))
    return _asked_result(chosen, policy, policy, f"by {CLOCK_TITLES[policy]}", times)


def _by_counter(shots: Sequence[FrameEvidence], series: str) -> Ordering:
    timeline = read_clocks(shots)
    times = timeline.times if len(timeline.times) == len(shots) else {}
    tracks = []
    for mine in _by_camera(shots):
        name = mine[0].camera
        if times:
            counted = lay(count(mine, times, asked=True), timeline.clock, Scale(), counter_only=True)
        else:
            counted = without_clock(mine)
        if not counted.counted:
            hint = "give the counter's place in the names with --pattern '…(?P<counter>\\d+)…'"
            message = f"--order counter: the {len(mine)} frames{f' of camera {name}' if name else ''} share no counter"
            raise InputError(message, path=series, hint=hint)
        tracks.append(counted)
    clock = timeline.clock if times else ""
    chosen = [shot for shot, _, _ in _merged(tracks)]
    ordering = _asked_result(chosen, clock, "counter", tracks[0].why, times)
    return replace(ordering, findings=tuple(about_cameras([[part] for part in tracks], series, clock)))


def _refuse_without(
    lacking: Sequence[FrameEvidence], shots: Sequence[FrameEvidence], policy: str, series: str, what: str
) -> None:
    if lacking and len(lacking) == len(shots) and policy in _GIVEN:
        hint = f"give it with {_GIVEN[policy]}, leave --order out, or choose other evidence"
        raise InputError(f"--order {policy}: no frame has {what}", path=series, hint=hint)
    if lacking:
        named = ", ".join(sorted(shot.name for shot in lacking)[:_NAMED])
        more = " …" if len(lacking) > _NAMED else ""
        raise InputError(
            f"--order {policy}: {len(lacking)} frames lack {what}: {named}{more}",
            path=series,
            hint="leave --order out, choose other evidence, or import these frames into a series of their own",
        )


def _asked_result(
    chosen: Sequence[FrameEvidence], clock: str, policy: str, why: str, times: Mapping[str, int]
) -> Ordering:
    frames = tuple(shot.frame for shot in chosen)
    evidence_of = {shot.frame: shot for shot in chosen}
    known = tuple(times.get(frame) for frame in frames)
    return Ordering(frames, clock, f"{policy}{ASKED}", f"{why}, as asked", known, (), evidence_of, keys=dict(times))


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
