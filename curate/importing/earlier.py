"""Keep the order of frames that were imported before, whatever comes later. Pure.

Splits, labels and reports rest on the order that was recorded. Later frames are put among the earlier ones; where they
are evidence that the earlier ones stand wrongly, that is a finding, and ``--reorder`` is how a person acts on it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from curate.importing.counters import last_number
from curate.importing.order import Ordering
from curate.importing.order_evidence import FrameEvidence
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding

_NAMED = 5


def keep_earlier(ordering: Ordering, recorded: Sequence[str], apart: Sequence[str], series: str) -> Ordering:
    """Return an order in which the recorded frames stand as they did.

    Parameters
    ----------
    ordering : Ordering
        Of all frames, by all evidence.
    recorded : sequence of str
        The frames imported before, in their recorded order.
    apart : sequence of str
        Those of them that were set apart.
    series : str
        For messages.
    """
    place = {frame: number for number, frame in enumerate(ordering.frames)}
    fixed = [frame for frame in recorded if frame not in set(apart)]
    swapped = [(a, b) for a, b in pairwise(fixed) if place[a] > place[b]]
    lost = set(fixed) & set(ordering.apart)
    repeats = [] if ordering.clock else _coming_again(ordering, set(recorded))
    if not (lost or repeats) and all(place[a] < place[b] for a, b in pairwise(recorded)):
        return ordering
    before = set(recorded)
    later = [frame for frame in ordering.frames if frame not in before and frame not in set(ordering.apart)]
    frames = _inserted(fixed, later, ordering)
    loose = [frame for frame in (*apart, *ordering.apart) if frame not in set(frames)]
    frames += list(dict.fromkeys(loose))
    times = dict(zip(ordering.frames, ordering.times, strict=True))
    return replace(
        ordering,
        frames=tuple(frames),
        times=tuple(times[frame] for frame in frames),
        findings=(*ordering.findings, _reason(swapped, lost, repeats, ordering, series)),
        apart=tuple(dict.fromkeys(loose)),
    )


def _inserted(fixed: Sequence[str], later: Sequence[str], ordering: Ordering) -> list[str]:
    """Put later frames among the fixed ones by their clock; behind all of them where there is none."""
    known = [ordering.keys.get(frame) for frame in fixed]
    first = next((key for key in known if key is not None), None)
    if first is None:
        return [*fixed, *later]
    reached = list(accumulate((first if key is None else key for key in known), max))
    behind: dict[int, list[str]] = {}
    place = 0
    for frame in later:
        key = ordering.keys.get(frame)
        place = max(place, len(fixed) if key is None else bisect_right(reached, key))
        behind.setdefault(place, []).append(frame)
    frames = list(behind.get(0, ()))
    for number, frame in enumerate(fixed, start=1):
        frames += [frame, *behind.get(number, ())]
    return frames


def _coming_again(ordering: Ordering, before: set[str]) -> list[str]:
    """Return later frames whose names count the numbers of earlier ones again, which without a clock says nothing."""
    numbers = {frame: _number(ordering.evidence_of[frame]) for frame in ordering.frames}
    known = {number for frame, number in numbers.items() if frame in before and number}
    return [frame for frame, number in numbers.items() if frame not in before and number in known]


def _number(shot: FrameEvidence) -> tuple[str, str, int] | None:
    number = last_number(shot.name)
    return (number.before, number.after, int(number.digits)) if number else None


def _reason(
    swapped: Sequence[tuple[str, str]], lost: set[str], repeats: Sequence[str], ordering: Ordering, series: str
) -> Finding:
    if swapped:
        first, second = swapped[0]
        message = f"by all evidence {second} was shot before {first}"
        message += f", and {len(swapped) - 1} more would change places" if len(swapped) > 1 else ""
        return _kept(f"{message}; the order of the earlier import was kept", second, (first,))
    if lost:
        message = f"{len(lost)} earlier frames have no clock and later ones have, so these were put behind them"
        return _kept(f"{message}: {_some(sorted(lost))}", series, ())
    if not repeats:
        message = "frames that were set apart have a place by now, and were left at the end"
        return _kept(message, series, ())
    names = [ordering.evidence_of[frame].name for frame in repeats]
    message = f"{len(repeats)} later frames have the numbers of earlier ones and no clock, so they were put behind them"
    return _kept(f"{message}: {_some(names)}", series, ())


def _kept(message: str, path: str, related: tuple[str, ...]) -> Finding:
    return found(codes.EARLIER_ORDER_KEPT, message, path, related=related)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
