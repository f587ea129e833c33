"""What screening measured on a frame, beside the limit that it was held against. Pure.

The record keeps what was measured; what it was compared with (the series' median, or that of the frames around) is
worked out again by the rules of :mod:`curate.screen.rules`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curate.geometry.series import BRIGHTNESS_NEIGHBOURS, running_median
from curate.model.config import ScreenConfig
from curate.model.screening import REASONS, Screening
from curate.screen.measures import Measures
from curate.screen.rules import Looked, judge_series

_COLUMNS = {
    "blur": "sharpness",
    "noise": "noise",
    "light": "brightness",
    "clipped": "clipped",
    "contrast": "contrast",
    "position": "position",
    "obstruction": "obstruction",
    "repeat": "repeat",
}
"""The column that each reason looks at."""

REASON_WORDS = {
    "match": "no window was found",
    "blur": "blurred",
    "noise": "noisy",
    "light": "darker or brighter than the frames around",
    "clipped": "over-exposed",
    "contrast": "flat",
    "position": "out of its usual place",
    "obstruction": "something reaches into the window",
    "repeat": "similar to an earlier frame",
}
"""Screening's reasons in words."""

_WORDS = {
    "blur": ("Sharpness", "at least"),
    "noise": ("Noise", "at most"),
    "light": ("Brightness", "expected"),
    "clipped": ("Clipped pixels", "at most"),
    "contrast": ("Contrast", "at least"),
    "position": ("Distance from the usual position", "at most"),
    "obstruction": ("Covered border", "at most"),
    "repeat": ("Difference from an earlier frame", "at least"),
}
_SHARES = frozenset({"clipped", "obstruction"})
_NO_BORDER = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of a frame that is beyond its limit or near it.

    Attributes
    ----------
    name : str
        The reason in the record: ``blur``, ``light``, …
    title : str
        What was measured, in words.
    value, limit : str
        As people read them; the limit says on which side it is.
    severity : float
        1 is the limit, more is beyond it.
    """

    name: str
    title: str
    value: str
    limit: str
    severity: float


def measured(rows: Sequence[Screening], config: ScreenConfig, borderline: float) -> dict[str, tuple[Measured, ...]]:
    """Return what is beyond a limit or near one in the frames of a series, by frame, worst first.

    Parameters
    ----------
    rows : sequence of Screening
        Of one series, in shooting order.
    config : ScreenConfig
    borderline : float
        The least severity that is listed; the limit is 1.
    """
    severities = _severities(rows, config)
    usual = {name: _median([getattr(row, _COLUMNS[name]) for row in rows]) for name in ("blur", "noise", "contrast")}
    around = _around(rows) if any(mine["light"] >= borderline for mine in severities) else [math.nan] * len(rows)
    found = {}
    for place, row in enumerate(rows):
        measures = [
            _measured(name, row, severity, usual.get(name, around[place]), config)
            for name, severity in severities[place].items()
            if severity >= borderline or (name in row.reason.split() and severity > 0)
        ]
        if measures:
            found[row.frame] = tuple(sorted(measures, key=lambda entry: (-entry.severity, REASONS.index(entry.name))))
    return found


def _around(rows: Sequence[Screening]) -> list[float]:
    """Return the brightness that is usual around each frame."""
    values = np.array([_number(row.brightness) for row in rows], np.float64)
    return [float(value) for value in running_median(values, BRIGHTNESS_NEIGHBOURS)]


def _severities(rows: Sequence[Screening], config: ScreenConfig) -> list[dict[str, float]]:
    judged = judge_series([_looked(row) for row in rows], config, {})
    severities = []
    for row, entry in zip(rows, judged, strict=True):
        mine = {name: value for name, value in entry.severities.items() if name in _COLUMNS}
        mine["position"] = _ratio(row.position, config.position)
        mine["obstruction"] = _ratio(row.obstruction, config.obstruction)
        severities.append(mine)
    return severities


def _looked(row: Screening) -> Looked:
    """Return a frame as the rules want it, without its border, which the record does not keep."""
    taken = (row.sharpness, row.noise, row.brightness, row.clipped, row.black, row.contrast)
    sharpness, noise, brightness, clipped, black, contrast = map(_number, taken)
    measures = Measures(sharpness, noise, brightness, clipped, black, contrast, _NO_BORDER)
    if not row.measured_on:
        return Looked(row.frame, "", None, "")
    return Looked(row.frame, "", measures, row.measured_on, repeat=(row.repeat, row.repeat_of))


def _measured(name: str, row: Screening, severity: float, usual: float, config: ScreenConfig) -> Measured:
    value = _number(getattr(row, _COLUMNS[name]))
    if name in {"blur", "noise", "contrast", "light"}:
        # The severity is the distance of the logarithms by the limit's: so the limit is that share of the way there.
        ratio = max(value, 1e-6) / max(usual, 1e-6)
        limit = usual * ratio ** (1.0 / severity)
    elif name == "repeat":
        limit = severity * max(value, 1e-6)
    elif name == "clipped":
        limit = value - (severity - 1.0) * config.clipped
    else:
        limit = value / severity
    title, side = _WORDS[name]
    if name == "light":
        side = "at least" if value < usual else "at most"
    return Measured(name, title, _readable(name, value), f"{side} {_readable(name, limit)}", severity)


def _readable(name: str, value: float) -> str:
    if name in _SHARES:
        return f"{value:.1%}"
    if name == "position":
        return f"{value:.1f} σ"
    return f"{value:.3g}"


def _ratio(value: float | None, limit: float) -> float:
    return value / limit if value is not None and limit > 0 else 0.0


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _median(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else math.nan
