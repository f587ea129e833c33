"""Put the frames of a series into the order in which they were shot, and say on which evidence.

The total order
---------------
1. the chosen evidence: a clock's reading, in UTC where every frame has an offset, else as the clock shows it;
2. the camera's own counter, then the natural order of the names (``2`` before ``10``), then the names' code points;
3. the sha256 of the content.

No two frames of a category share all of these, so shuffling the input never changes the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from natsort import natsort_keygen

from curate.importing.shots import CLOCKS, Shot
from curate.model.codes import found
from curate.model.finding import Finding

_CLOCK_TITLES = {"exif": "EXIF DateTimeOriginal", "name-time": "a time stamp in the file name"}
_natural = natsort_keygen()


@dataclass(frozen=True, slots=True)
class Ordering:
    """An order and its reasons.

    Attributes
    ----------
    places : tuple of int
        Indices into the shots, in shooting order.
    evidence : str
        ``exif``, ``name-time``, ``name``.
    why : str
        In words, for a person.
    findings : tuple of Finding
    """

    places: tuple[int, ...]
    evidence: str
    why: str
    findings: tuple[Finding, ...]


def order_shots(shots: Sequence[Shot], series: str) -> Ordering:
    """Order the frames of one series; ``series`` is for messages."""
    evidence = next((clock for clock in CLOCKS if all(clock in shot.clocks for shot in shots)), "name")
    findings: list[Finding] = []
    if evidence == "name":
        places = sorted(range(len(shots)), key=lambda index: _tie_key(shots[index]))
        findings += _weak_order(shots, series)
    else:
        in_utc = all(shot.clocks[evidence].utc_ns is not None for shot in shots)
        places = sorted(range(len(shots)), key=lambda index: _clock_key(shots[index], evidence, in_utc=in_utc))
        findings += _mixed_offsets(shots, evidence, series, in_utc=in_utc)
    return Ordering(tuple(places), evidence, _reason(shots, evidence), tuple(findings))


def _clock_key(shot: Shot, evidence: str, *, in_utc: bool) -> tuple[Any, ...]:
    reading = shot.clocks[evidence]
    return (reading.utc_ns if in_utc else reading.local_ns, *_tie_key(shot))


def _tie_key(shot: Shot) -> tuple[Any, ...]:
    counter = -1 if shot.counter is None else shot.counter
    return (counter, _natural(shot.name), shot.name, shot.sha256)


def _reason(shots: Sequence[Shot], evidence: str) -> str:
    if evidence != "name":
        passed = [_without(shots, clock) for clock in CLOCKS[: CLOCKS.index(evidence)]]
        prefix = "; ".join(passed) + ", so " if passed else ""
        return f"{prefix}by {_CLOCK_TITLES[evidence]}, which all {len(shots)} frames have"
    lacking = "; ".join(_without(shots, clock) for clock in CLOCKS)
    return f"{lacking}, so by natural order of the file names"


def _without(shots: Sequence[Shot], clock: str) -> str:
    count = sum(clock not in shot.clocks for shot in shots)
    which = "no frame has" if count == len(shots) else f"{count} of {len(shots)} frames lack"
    return f"{which} {_CLOCK_TITLES[clock]}"


def _weak_order(shots: Sequence[Shot], series: str) -> list[Finding]:
    """Warn when some frames have a clock and others do not: the order then rests on names alone."""
    counts = Counter(clock for shot in shots for clock in shot.clocks)
    if not counts:
        return []
    clock = max(CLOCKS, key=lambda name: counts[name])
    lacking = sorted(shot.name for shot in shots if clock not in shot.clocks)
    message = f"{len(lacking)} of {len(shots)} frames lack {_CLOCK_TITLES[clock]}, so names decide the order of all"
    return [found("CUR701", f"{message}: {', '.join(lacking[:5])}{' …' if len(lacking) > 5 else ''}", series)]  # noqa: PLR2004 - a few names are enough


def _mixed_offsets(shots: Sequence[Shot], evidence: str, series: str, *, in_utc: bool) -> list[Finding]:
    lacking = sorted(shot.name for shot in shots if shot.clocks[evidence].utc_ns is None)
    if in_utc or len(lacking) == len(shots):
        return []
    message = f"{len(lacking)} of {len(shots)} frames have no UTC offset, so local times are compared: {lacking[0]}"
    return [found("CUR702", message, series)]
