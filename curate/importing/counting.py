"""Find the counter of one camera's frames, and say what it tells about their clock. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from curate.importing.counters import one_counter
from curate.importing.order_evidence import FrameEvidence
from curate.importing.runs import Joint, Runs, ends_daylight_saving, find_runs, goes_back_an_hour
from curate.model.natural import natural_key as natural_text_key

LEAST_TRUSTED = 8
"""Fewer numbers than this agree with a clock at all but one place by chance in more than one of a hundred shuffles."""
_TRUSTED_SHARE = 16
"""At most one setback of the clock in so many shots leaves the counter trusted."""
_UNRELATED_SHARE = 4
"""At more than one setback in so many shots the numbers do not follow time (half is what chance gives)."""

_CAMERA_DIGITS = 4
"""Cameras write at least so many digits (DCF 2.0: four letters, then 0001 to 9999); shorter numbers came later."""
_NAMES = "the counter in the file names"


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


@dataclass(frozen=True, slots=True)
class Counted:
    """One camera's frames, and what its counter says about its clock.

    Attributes
    ----------
    shots : tuple of FrameEvidence
    times : tuple of int
        Nanoseconds by the clock, comparable within the series.
    runs : Runs or None
        None where no counter counts all of them, or one that has nothing to do with time.
    title : str
        What the counter is called; ``""`` where there is none.
    clock : str
        What the times are from.
    """

    shots: tuple[FrameEvidence, ...]
    times: tuple[int, ...]
    runs: Runs | None
    title: str
    clock: str = ""

    @property
    def renamed(self) -> bool:
        """Whether the numbers were given after the shots, so that a clock with sub-seconds is believed before them.

        No camera writes so short a number, and a clock that shows one hour twice still needs a counter.
        """
        if self.title != _NAMES or self.clock != "exif" or not all(map(_has_subseconds, self.shots)):
            return False
        numbers = one_counter([shot.text for shot in self.shots])
        short = any(len(number.digits) < _CAMERA_DIGITS for number in numbers)
        return short and not any(map(self._repeats_an_hour, self.runs.setbacks if self.runs else ()))

    def _repeats_an_hour(self, joint: Joint) -> bool:
        before, after = self.times[joint.before], self.times[joint.after]
        zoned = self.shots[joint.after].clocks["exif"].offset_s is not None
        return not zoned and goes_back_an_hour(before - after) and ends_daylight_saving(after)

    @property
    def follows_counter(self) -> bool:
        """Whether the counter is believed where the clock goes back."""
        setbacks = len(self.runs.setbacks) if self.runs else 0
        most = max(1, len(self.shots) // _TRUSTED_SHARE)
        return bool(setbacks) and len(self.shots) >= LEAST_TRUSTED and setbacks <= most and not self.renamed

    def setback_times(self) -> list[tuple[int, int]]:
        """Return the clock just before and just after each setback that is believed."""
        if self.runs is None or not self.follows_counter:
            return []
        return [(self.times[joint.before], self.times[joint.after]) for joint in self.runs.setbacks]


def _has_subseconds(shot: FrameEvidence) -> bool:
    return "exif" in shot.clocks and bool(shot.clocks["exif"].fraction)


def count(shots: Sequence[FrameEvidence], times: Mapping[str, int], clock: str = "", *, asked: bool = False) -> Counted:
    """Find the counter of one camera's frames and follow it through their clock.

    Parameters
    ----------
    shots : sequence of FrameEvidence
        In any order.
    times : mapping of str to int
        Nanoseconds by the clock of each frame.
    clock : str
        What the times are from.
    asked : bool
        Whether a person says that the counter is right, also where it seems to have nothing to do with time.
    """
    shots = sorted(shots, key=tie_key)
    mine = tuple(times[shot.frame] for shot in shots)
    title = ""
    for numbers, digits, name in counters_of(shots):
        if name == _NAMES and not asked and _counts_parts(numbers, digits, mine):
            continue
        title = title or name
        runs = find_runs(numbers, mine, digits)
        if asked or not _unrelated(runs, len(shots)):
            return Counted(tuple(shots), mine, runs, name, clock)
    return Counted(tuple(shots), mine, None, title, clock)


def _counts_parts(numbers: Sequence[int], digits: Sequence[int], times: Sequence[int]) -> bool:
    """Whether short numbers stay the same from most shots to the next: they count parts, each shot several times."""
    in_time = [numbers[place] for place in sorted(range(len(numbers)), key=times.__getitem__)]
    same = sum(a == b for a, b in pairwise(in_time))
    return max(digits) < _CAMERA_DIGITS and 2 * same > len(in_time)


def _unrelated(runs: Runs, count: int) -> bool:
    """Whether numbers do not follow time: half of them going back is what chance gives."""
    if count < LEAST_TRUSTED:
        return runs.backward > 1 or runs.lines > 1 + count // 2
    return runs.backward * _UNRELATED_SHARE > count or 2 * runs.lines > count


def counters_of(shots: Sequence[FrameEvidence]) -> Iterator[tuple[list[int], list[int], str]]:
    """Yield the numbers, their digits and the title of each counter that counts all shots: EXIF's, the names'."""
    exif = [shot.counter for shot in shots if shot.counter is not None]
    if len(exif) == len(shots) and len(set(exif)) > 1:
        yield exif, [len(str(number)) for number in exif], "the camera's counter"
    names = one_counter([shot.text for shot in shots])
    if len(names) > 1 and len({number.digits for number in names}) > 1:
        numbers = [int(number.digits) for number in names]
        yield numbers, [len(number.digits) for number in names], _NAMES
