"""Which clock the frames of a series are compared by, and on which scale. Pure.

Clocks are compared in UTC where every frame has an offset, as they show where none has. Where some have one, the others
are taken to be in the zone of the frame nearest to them: one file without an offset never moves the others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from curate.importing.order_evidence import CLOCKS, FALLBACK_CLOCKS, FrameEvidence
from curate.importing.times import Moment

_NS = 1_000_000_000
_HOUR_NS = 3_600 * _NS


@dataclass(frozen=True, slots=True)
class ClockFix:
    """What a person says about a camera's clock.

    Attributes
    ----------
    shift_s : int
        To be added to what it shows.
    zone_s : int or None
        Seconds east of UTC that it shows, where the frames do not say.
    """

    shift_s: int = 0
    zone_s: int | None = None

    def applied(self, moment: Moment) -> Moment:
        """Return what the clock should have shown."""
        offset = self.zone_s if moment.offset_s is None else moment.offset_s
        return replace(moment, local_ns=moment.local_ns + self.shift_s * _NS, offset_s=offset)

    def taken_back(self, moment: Moment) -> Moment:
        """Return what the clock showed, from a time to which this was applied."""
        offset = None if moment.offset_s == self.zone_s else moment.offset_s
        return replace(moment, local_ns=moment.local_ns - self.shift_s * _NS, offset_s=offset)


def cameras_of(shots: Sequence[FrameEvidence]) -> dict[str, str]:
    """Return the camera of each frame; ``""`` for all of them where no two are named.

    Frames that name none belong to the only camera that is named.
    """
    several = len({shot.camera for shot in shots} - {""}) > 1
    return {shot.frame: shot.camera if several else "" for shot in shots}


def corrected(shots: Sequence[FrameEvidence], clocks: Mapping[str, ClockFix]) -> list[FrameEvidence]:
    """Return the frames with the times that their cameras' clocks should have shown."""
    return [
        replace(
            shot,
            clocks={
                name: moment if name == "file-time" else clocks[shot.camera].applied(moment)
                for name, moment in shot.clocks.items()
            },
        )
        if shot.camera in clocks
        else shot
        for shot in shots
    ]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The frames of a series on one scale.

    Attributes
    ----------
    clock : str
        The clock of every frame, or of most where some lack it; ``""`` where most frames have none.
    times : dict of str to int
        Frame to nanoseconds, in UTC where frames of its camera have an offset, else as the clock shows; frames without
        any clock are not in it.
    offsets : tuple of (int, int)
        Local times at which frames with an offset were shot, and that offset in seconds, by time.
    local : frozenset of str
        Cameras (:func:`cameras_of`) of which no frame has an offset.
    substitutes : tuple of str
        Frames whose time is from another clock than that of their camera, for want of it.
    others : tuple of str
        Frames whose time is from another clock than that of the series.
    without_offset : tuple of str
        Frames that wrote no offset from UTC.
    """

    clock: str
    times: Mapping[str, int] = field(default_factory=dict)
    offsets: tuple[tuple[int, int], ...] = ()
    local: frozenset[str] = frozenset()
    substitutes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    without_offset: tuple[str, ...] = ()

    def scale(self, camera: str, folds: Sequence[int]) -> Scale:
        """Return how a camera's times are compared with others'; ``folds`` are the hours that were shown twice."""
        if camera not in self.local:
            return Scale()
        known = [(time, zone) for time, zone in self.offsets if not any(f <= time < f + _HOUR_NS for f in folds)]
        return Scale(tuple(folds), tuple(known))


@dataclass(frozen=True, slots=True)
class Scale:
    """How the times of one camera are put on the scale of the series.

    Attributes
    ----------
    folds : tuple of int
        Local times, in nanoseconds, at which an hour began that the clock showed twice.
    offsets : tuple of (int, int)
        Local times and the offset from UTC, in seconds, of other cameras then; empty where no camera tells.
    """

    folds: tuple[int, ...] = ()
    offsets: tuple[tuple[int, int], ...] = ()

    def key(self, time: int, *, twice: bool = False) -> int:
        """Return what a time is compared by; ``twice`` where a counter says that its hour is shown again."""
        if not self.offsets:
            # As if the clock had never been set to winter time.
            return time + _HOUR_NS * (twice + sum(time >= fold + _HOUR_NS for fold in self.folds))
        fold = self.fold_around(time)
        at = time if fold is None else fold + (_HOUR_NS if twice else -1)
        return time - _nearest(self.offsets, at) * _NS

    def fold_around(self, time: int) -> int | None:
        """Return the start of the hour shown twice that a time lies in; None where it lies in none."""
        return next((fold for fold in self.folds if fold <= time < fold + _HOUR_NS), None)


def read_clocks(shots: Sequence[FrameEvidence], clock: str = "", *, clocked: bool = False) -> Timeline:
    """Choose the clock of a series, unless one is given that every frame has, and read it.

    A clock that every frame has is taken first, the best before the others; else the one that most frames have, if at
    least half of them have any, or if the frames that were imported before are ordered by one (``clocked``). Clocks
    that only tell when a file was stored count only where every frame has one.
    """
    clock = clock or next((name for name in (*CLOCKS, *FALLBACK_CLOCKS) if all(name in s.clocks for s in shots)), "")
    if not clock:
        counts = {name: sum(name in shot.clocks for shot in shots) for name in CLOCKS}
        any_clock = sum(any(name in shot.clocks for name in CLOCKS) for shot in shots)
        enough = any_clock and (clocked or 2 * any_clock >= len(shots))
        clock = max(CLOCKS, key=lambda name: counts[name]) if enough else ""
    if not clock:
        return Timeline("")
    cameras = cameras_of(shots)
    groups: dict[str, list[FrameEvidence]] = defaultdict(list)
    for shot in shots:
        groups[cameras[shot.frame]].append(shot)
    usual = {camera: _usual(group, clock) for camera, group in groups.items()}
    chosen = {
        shot.frame: name
        for shot in shots
        for name in (clock, *CLOCKS, usual[cameras[shot.frame]])[::-1]
        if name in shot.clocks
    }
    chosen |= {shot.frame: usual[cameras[shot.frame]] for shot in shots if usual[cameras[shot.frame]] in shot.clocks}
    readings = {shot.frame: shot.clocks[chosen[shot.frame]] for shot in shots if shot.frame in chosen}
    zones: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for frame, reading in readings.items():
        if reading.offset_s is not None:
            zones[cameras[frame]].append((reading.local_ns, reading.offset_s))
    return Timeline(
        clock=clock,
        times=_times(readings, cameras, {camera: sorted(known) for camera, known in zones.items()}),
        offsets=tuple(sorted(entry for known in zones.values() for entry in known)),
        local=frozenset(set(cameras.values()) - set(zones)),
        substitutes=tuple(frame for frame, name in chosen.items() if name != usual[cameras[frame]]),
        others=tuple(frame for frame, name in chosen.items() if name != clock),
        without_offset=tuple(frame for frame, reading in readings.items() if reading.offset_s is None),
    )


def _usual(shots: Sequence[FrameEvidence], clock: str) -> str:
    """Return the clock of one camera: the series' where any of its frames has that, else the one that most have."""
    if any(clock in shot.clocks for shot in shots):
        return clock
    counts = {name: sum(name in shot.clocks for shot in shots) for name in CLOCKS}
    best = max(CLOCKS, key=lambda name: counts[name])
    return best if counts[best] else clock


def _times(
    readings: Mapping[str, Moment], cameras: Mapping[str, str], zones: Mapping[str, Sequence[tuple[int, int]]]
) -> dict[str, int]:
    """Return each frame's time; without an offset of its own it has that of its camera's nearest frame, if any."""
    times = {}
    for frame, reading in readings.items():
        known = zones.get(cameras[frame])
        offset = reading.offset_s
        if offset is None and known:
            offset = _nearest(known, reading.local_ns)
        times[frame] = reading.local_ns - (offset or 0) * _NS
    return times


def _nearest(known: Sequence[tuple[int, int]], moment: int) -> int:
    right = bisect_left(known, (moment,))
    return min(known[max(right - 1, 0) : right + 1], key=lambda entry: abs(entry[0] - moment))[1]
