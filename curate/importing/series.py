"""Divide frames into production series where nothing was shot for long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from curate.errors import InputError
from curate.importing.name_times import settle_times
from curate.importing.order_evidence import CLOCKS, FrameEvidence
from curate.model.config import DEFAULT_SERIES

_NS = 1_000_000_000
_NAMED = 5


def divide(
    new: Mapping[str, FrameEvidence], base: Mapping[str, str], recorded: Sequence[FrameEvidence], gap_s: float
) -> dict[str, str]:
    """Give each new frame a series of its time.

    Parameters
    ----------
    new : mapping of str to FrameEvidence
        sha256 to the evidence of each new frame.
    base : mapping of str to str
        sha256 to the series it would have without dividing.
    recorded : sequence of FrameEvidence
        Frames imported earlier, of all series.
    gap_s : float
        A longer pause between two shots starts a new series.

    Returns
    -------
    dict of str to str
        sha256 to series. A run that holds recorded frames continues their series; another is called after the time of
        its first frame, ``2022-08-11T10-00-00``, after the base's name unless that is the default.

    Raises
    ------
    InputError
        If frames have no clock in common.
    """
    series: dict[str, str] = {}
    for name in sorted(set(base.values())):
        mine = {sha256: shot for sha256, shot in new.items() if base[sha256] == name}
        earlier = [shot for shot in recorded if _belongs(shot.frame.partition("/")[0], name)]
        series |= _divide_one(mine, name, earlier, gap_s)
    return series


def _belongs(series: str, base: str) -> bool:
    return base in {DEFAULT_SERIES, series} or series.startswith(f"{base}-")


def _divide_one(
    new: Mapping[str, FrameEvidence], base: str, recorded: Sequence[FrameEvidence], gap_s: float
) -> dict[str, str]:
    settled, _ = settle_times([*new.values(), *recorded])
    new, recorded = dict(zip(new, settled, strict=False)), settled[len(new) :]
    shots = settled
    clock = next((name for name in CLOCKS if all(name in shot.clocks for shot in shots)), "")
    if not clock:
        lacking = sorted(shot.name for shot in shots if not any(name in shot.clocks for name in CLOCKS))
        raise InputError(
            f"--series-gap needs a time for every frame; {len(lacking)} have none: {', '.join(lacking[:_NAMED])}",
            path=base,
            hint="leave --series-gap out and name the series with --series NAME",
        )
    in_utc = all(shot.clocks[clock].utc_ns is not None for shot in shots)

    def time(shot: FrameEvidence) -> int:
        reading = shot.clocks[clock]
        return (reading.utc_ns or 0) if in_utc else reading.local_ns

    points = sorted(
        [(time(shot), sha256, "") for sha256, shot in new.items()]
        + [(time(shot), shot.sha256, shot.frame.partition("/")[0]) for shot in recorded]
    )
    series: dict[str, str] = {}
    start = 0
    breaks = [place + 1 for place, (a, b) in enumerate(pairwise(points)) if b[0] - a[0] > gap_s * _NS]
    for end in [*breaks, len(points)]:
        run = points[start:end]
        start = end
        known = next((name for _, _, name in run if name), "")
        for _, sha256, name in run:
            known = name or known
            if not name:
                series[sha256] = known or _called(base, new[run[0][1]], clock)
    return series


def _called(base: str, first: FrameEvidence, clock: str) -> str:
    stamp = first.clocks[clock].isoformat()[:19].replace(":", "-")
    return stamp if base == DEFAULT_SERIES else f"{base}-{stamp}"
