"""Place frames that lack the clock of their series: by their counter, or by another clock. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from curate.importing.counters import last_number
from curate.importing.counting import natural_key, tie_key
from curate.importing.order_evidence import FrameEvidence
from curate.importing.stamps import stem_of

Placed = tuple[FrameEvidence, int | None, int]
"""A frame, its time by the clock, and the key by which it stands among the others."""

_ZONES_NS = 14 * 3_600 * 10**9
"""Two clocks differ by so much at most where they show different zones."""
_NEAR = 3
"""A frame so few numbers behind one and before the next was shot between them, wherever else the counter passed."""


def place_among(
    merged: Sequence[Placed], left: Sequence[FrameEvidence], counted: Collection[str], times: Mapping[str, int]
) -> tuple[list[Placed], list[FrameEvidence]]:
    """Put frames that lack the clock of the series where their counter, or another clock, says.

    Parameters
    ----------
    merged : sequence of Placed
        Frames in shooting order.
    left : sequence of FrameEvidence
        Frames without the clock.
    counted : collection of str
        Frames whose counter follows their clock.
    times : mapping of str to int
        What another clock says of frames, in nanoseconds.

    Returns
    -------
    placed : list of Placed
    apart : list of FrameEvidence
        Frames that nothing places, in natural order of their names.
    """
    if not left:
        return list(merged), []
    known = set(counted)
    lines: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for place, (shot, _, _) in enumerate(merged):
        for line, number in _numbers(shot) if shot.frame in known else ():
            lines[line].append((number, place))
    keys = [key for _, _, key in merged]
    behind: dict[int, list[tuple[int, FrameEvidence]]] = defaultdict(list)
    apart: list[FrameEvidence] = []
    for shot in left:
        time = times.get(shot.frame)
        found = (behind_it for line, number in _numbers(shot) if (behind_it := _between(lines[line], number)) >= 0)
        near = next((there for there in found if time is None or abs(keys[there] - time) <= _ZONES_NS), -1)
        if near >= 0:
            behind[near].append((_numbers(shot)[0][1], shot))
        elif time is not None:
            behind[bisect_right(keys, time) - 1].append((time, shot))
        else:
            apart.append(shot)
    result: list[Placed] = []
    for place in range(-1, len(merged)):
        result += merged[place : place + 1] if place >= 0 else []
        key = keys[max(place, 0)] if keys else 0
        inserted = sorted(behind.pop(place, ()), key=lambda pair: (pair[0], *tie_key(pair[1])))
        result += [(shot, times.get(shot.frame), key) for _, shot in inserted]
    return result, sorted(apart, key=lambda shot: (natural_key(shot.name), *tie_key(shot)))


def copies_among(shots: Sequence[FrameEvidence], times: Mapping[str, int]) -> dict[str, list[FrameEvidence]]:
    """Return the frames that are another one, saved again: its camera, its time and its name with something added.

    Returns
    -------
    dict of str to list of FrameEvidence
        First frame to its copies, in natural order of their names.
    """
    groups: dict[tuple[str, int], list[FrameEvidence]] = defaultdict(list)
    for shot in shots:
        groups[shot.camera, times[shot.frame]].append(shot)
    copies: dict[str, list[FrameEvidence]] = {}
    for group in groups.values():
        firsts: list[tuple[str, FrameEvidence]] = []
        for shot in sorted(group, key=lambda entry: (natural_key(entry.name), *tie_key(entry))) if group[1:] else ():
            stem = stem_of(shot.name)
            first = next((other for known, other in firsts if _adds_to(stem, known)), None)
            if first is None:
                firsts.append((stem, shot))
            else:
                copies.setdefault(first.frame, []).append(shot)
    return copies


def _adds_to(stem: str, first: str) -> bool:
    """Whether a name is another one with something behind it that is no further digit of its number.

    >>> _adds_to("IMG_0027 (1)", "IMG_0027"), _adds_to("IMG_00271", "IMG_0027"), _adds_to("IMG_0028", "IMG_0027")
    (True, False, False)
    """
    added = stem.removeprefix(first)
    return len(added) < len(stem) and bool(added) and not added[0].isdigit() and first[-1:].isdigit()


def with_copies(merged: Sequence[Placed], copies: Mapping[str, Sequence[FrameEvidence]]) -> list[Placed]:
    """Put copies directly behind the frame that they are copies of."""
    result: list[Placed] = []
    for shot, time, key in merged:
        result.append((shot, time, key))
        result += [(copy, time, key) for copy in copies.get(shot.frame, ())]
    return result


def _numbers(shot: FrameEvidence) -> list[tuple[tuple[str, ...], int]]:
    """Return the counters that a frame has a number of: EXIF's, then the one in names that are alike around it."""
    numbers: list[tuple[tuple[str, ...], int]] = []
    if shot.counter is not None:
        numbers.append((("exif", shot.camera), shot.counter))
    number = last_number(shot.text)
    if number is not None:
        numbers.append((("name", number.before, number.after), int(number.digits)))
    return numbers


def _between(line: Sequence[tuple[int, int]], number: int) -> int:
    """Return the place in the order behind which a number belongs; -1 where there is none, or more than one."""
    around = [
        (before[1], number - before[0] <= _NEAR and after[0] - number <= _NEAR)
        for before, after in pairwise(line)
        if before[0] < number < after[0]
    ]
    near = [place for place, is_near in around if is_near]
    choice = near if len(near) == 1 else [place for place, _ in around]
    return choice[0] if len(choice) == 1 else -1
