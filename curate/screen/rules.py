"""Compare each frame with the others of its series, and decide which are set aside.

Each measure gives a *severity*: 1 is the limit, more is rejected, a little less is borderline. Limits are relative to
the series: a logarithm's distance from the median (for light: from the running median, because lamps age and daylight
comes in), beyond both a factor that a person would see and three and a half robust standard deviations (1.4826 times
the median absolute deviation, or what the 95th percentile makes of them), so that a series that scatters by itself is
not cut at its edges.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from curate.geometry.series import BRIGHTNESS_NEIGHBOURS, SIGMA_OF_MAD, Values, robust_spread, running_median
from curate.model.config import ScreenConfig
from curate.model.screening import REASONS, Screening
from curate.screen.measures import Measures, difference, sharpness_along

Thumb = NDArray[np.float32]

_SIGMAS = 3.5
_HIGH, _NORMAL_HIGH = 0.95, 1.645
"""A quantile, and where it lies in a normal distribution, in standard deviations."""
_DIRECTIONS = 8
"""Along so many directions the sharpness is compared: motion blurs along one."""
_ALONG = 0.6
"""The limit along one direction, as a power of the limit on the whole: 0.6 for 0.42."""
_FEWEST = 8
"""A series of fewer frames has no usual value: only limits that stand by themselves (clipping, repeats) apply."""
_LEAST_SPREAD_PX = 2.0
_BEFORE = 3
"""A shot is compared with so many before it: triggers bounce at once or not at all."""
_USUAL_DIFFERENCE = 0.35
_BORDER_LOG = 0.35
_BORDER_SIGMAS = 4.0


@dataclass(frozen=True, slots=True)
class Looked:
    """A frame as it was found.

    Attributes
    ----------
    frame : str
    camera : str
    measures : Measures or None
        None when there was nothing to look at.
    measured_on : str
        ``window``, ``frame`` or ``""``.
    centre_px : tuple of float or None
        Where the window was found in the frame, for matched windows.
    unmatched : str
        Why no window was cut; ``""`` when one was, or none was wanted.
    repeat : tuple of (float or None, str)
        As :meth:`RepeatFinder.nearest` returns it.
    published : mapping of str to float
        Published measures by name, where a comparison is asked for.
    """

    frame: str
    camera: str
    measures: Measures | None
    measured_on: str
    centre_px: tuple[float, float] | None = None
    unmatched: str = ""
    repeat: tuple[float | None, str] = (None, "")
    published: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonVerdict:
    """What a person said of a frame: ``keep`` or ``reject``, and why."""

    verdict: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A frame's row, and how severe each measure is; 1 is the limit."""

    row: Screening
    severities: dict[str, float]


def judge_series(series: Sequence[Looked], config: ScreenConfig, persons: Mapping[str, PersonVerdict]) -> list[Judged]:
    """Judge the frames of one series.

    Parameters
    ----------
    series : sequence of Looked
        In shooting order.
    config : ScreenConfig
    persons : mapping of str to PersonVerdict
        What people said, by frame; it counts before the rules.
    """
    positions = _positions(series)
    obstructions = _obstructions([entry.measures if entry.centre_px else None for entry in series])
    severities = {
        "blur": _blurred(series, config.blur),
        "noise": _above(series, "noise", config.noise),
        "light": _light(series, config.light),
        "clipped": _clipped(series, config.clipped),
        "contrast": _below(series, "contrast", config.contrast),
        "position": [_ratio(value, config.position) for value in positions],
        "obstruction": [_ratio(value, config.obstruction) for value in obstructions],
        "repeat": _repeated([entry.repeat[0] for entry in series], config.repeat),
    }
    judged = []
    for place, entry in enumerate(series):
        mine = {name: values[place] for name, values in severities.items()}
        mine["match"] = 2.0 if entry.unmatched and config.match else 0.0
        row = _row(entry, mine, positions[place], obstructions[place], persons.get(entry.frame))
        judged.append(Judged(row, mine))
    return judged


def _row(
    entry: Looked,
    severities: Mapping[str, float],
    position: float | None,
    obstruction: float | None,
    person: PersonVerdict | None,
) -> Screening:
    reasons = [name for name in REASONS if severities[name] > 1.0]
    taken = entry.measures
    return Screening(
        frame=entry.frame,
        decision=person.verdict if person else "reject" if reasons else "keep",
        reason=" ".join(reasons),
        decided_by="person" if person else "rule",
        measured_on=entry.measured_on,
        sharpness=taken.sharpness if taken else None,
        noise=taken.noise if taken else None,
        brightness=taken.brightness if taken else None,
        clipped=taken.clipped if taken else None,
        black=taken.black if taken else None,
        contrast=taken.contrast if taken else None,
        position=position,
        obstruction=obstruction,
        repeat=entry.repeat[0],
        repeat_of=entry.repeat[1] if severities["repeat"] > 1.0 else "",
        remark=person.remark if person else "",
    )


def _ratio(value: float | None, limit: float) -> float:
    return value / limit if value is not None and limit > 0 else 0.0


def _logs(series: Sequence[Looked], name: str) -> Values:
    """Return the logarithms of a measure, NaN where it was not taken."""
    return _logs_of([getattr(entry.measures, name) if entry.measures else math.nan for entry in series])


def _logs_of(values: Iterable[float]) -> Values:
    return np.log(np.maximum(np.array(list(values), np.float64), 1e-6))


def _enough(values: Values) -> bool:
    return int(np.isfinite(values).sum()) >= _FEWEST


def _severity(deviations: Values, factor: float) -> list[float]:
    """Return how far deviations of logarithms are beyond a factor and the series' own scatter."""
    # The median absolute deviation overrates the tails of what varies between bounds; where that is so, the 95th
    # percentile tells. Of a normal distribution both say the same, and where many frames are bad only the first counts.
    high = float(np.nanquantile(deviations, _HIGH)) - float(np.nanmedian(deviations))
    scatter = min(_SIGMAS * robust_spread(deviations), _SIGMAS / _NORMAL_HIGH * high)
    limit = max(abs(math.log(factor)), scatter)
    return [float(value) / limit if math.isfinite(value) else 0.0 for value in deviations]


def _below(series: Sequence[Looked], name: str, share: float) -> list[float]:
    logs = _logs(series, name)
    if share <= 0 or not _enough(logs):
        return [0.0] * len(series)
    return _severity(np.nanmedian(logs) - logs, share)


def _blurred(series: Sequence[Looked], share: float) -> list[float]:
    """Return how far each picture is less sharp than usual: on the whole, or along the direction where it is worst.

    Along one direction the fine is compared with the coarse, which scatters less: less of a change is a limit there.
    """
    worst = _below(series, "sharpness", share)
    if share <= 0 or not _enough(_logs(series, "sharpness")):
        return worst
    for angle in np.linspace(0.0, math.pi, _DIRECTIONS, endpoint=False):
        values = [sharpness_along(entry.measures.slopes, angle) if entry.measures else math.nan for entry in series]
        logs = np.log(np.array(values, np.float64))
        worst = list(map(max, worst, _severity(np.nanmedian(logs) - logs, share**_ALONG)))
    return worst


def _above(series: Sequence[Looked], name: str, factor: float) -> list[float]:
    return severities_above([getattr(entry.measures, name) if entry.measures else math.nan for entry in series], factor)


def severities_above(values: Sequence[float] | Values, factor: float) -> list[float]:
    """Return how far each value is above the median of all, 1 at the limit; 0 where the factor is 0 or values are few.

    Parameters
    ----------
    values : sequence of float
        Of one series, NaN where nothing was measured.
    factor : float
        The limit, as a multiple of the median; the scatter of the values may widen it.
    """
    logs = _logs_of(values)
    if factor <= 0 or not _enough(logs):
        return [0.0] * len(values)
    return _severity(logs - np.nanmedian(logs), factor)


def _light(series: Sequence[Looked], factor: float) -> list[float]:
    logs = _logs(series, "brightness")
    if factor <= 0 or not _enough(logs):
        return [0.0] * len(series)
    deviations = logs - running_median(logs, BRIGHTNESS_NEIGHBOURS)
    limit = max(math.log(factor), _SIGMAS * robust_spread(deviations))
    return [abs(float(value)) / limit if math.isfinite(value) else 0.0 for value in deviations]


def _clipped(series: Sequence[Looked], limit: float) -> list[float]:
    """Return how far the share of clipped pixels is above the usual one: a part may have highlights."""
    values = np.array([entry.measures.clipped if entry.measures else math.nan for entry in series])
    if limit <= 0 or not np.isfinite(values).any():
        return [0.0] * len(series)
    usual = float(np.nanmedian(values)) if _enough(values) else 0.0
    return [max(0.0, float(value) - usual) / limit if math.isfinite(value) else 0.0 for value in values]


def _positions(series: Sequence[Looked]) -> list[float | None]:
    """Return each window's distance from the running median position, in robust standard deviations of the series."""
    centres = np.array([entry.centre_px or (math.nan, math.nan) for entry in series], np.float64).reshape(-1, 2)
    if not _enough(centres[:, 0]):
        return [None] * len(series)
    offsets = np.stack([centres[:, axis] - running_median(centres[:, axis]) for axis in (0, 1)], axis=1)
    spreads = [max(_LEAST_SPREAD_PX, robust_spread(offsets[:, axis])) for axis in (0, 1)]
    distances = np.hypot(offsets[:, 0] / spreads[0], offsets[:, 1] / spreads[1])
    return [float(value) if math.isfinite(value) else None for value in distances]


def _obstructions(taken: Sequence[Measures | None]) -> list[float | None]:
    """Return the share of each border that differs from the series' usual border.

    What reaches into the window from outside, an arm or a hose, crosses its border; a defect of the part rarely does. A
    cell differs when its logarithm is off by 0.35 (a factor of 1.4) and by four robust standard deviations of the cell.
    Only matched windows are compared: elsewhere the part itself moves across the border.
    """
    known = [entry for entry in taken if entry is not None]
    if len(known) < _FEWEST:
        return [None] * len(taken)
    borders = np.stack([entry.border for entry in known])
    usual = np.median(borders, axis=0)
    spread = SIGMA_OF_MAD * np.median(np.abs(borders - usual), axis=0)
    limit = np.maximum(_BORDER_LOG, _BORDER_SIGMAS * spread)
    off = borders - usual
    off -= np.median(off, axis=1, keepdims=True)
    shares = iter((np.abs(off) > limit).mean(axis=1))
    return [float(next(shares)) if entry is not None else None for entry in taken]


def _repeated(values: Sequence[float | None], limit: float) -> list[float]:
    """Return how far below the limit each difference from the shots before is.

    Behind a fixed camera whole frames differ little whatever they show, so a repeat must also be far below what is
    usual between neighbours.
    """
    known = [value for value in values if value is not None]
    if len(known) >= _FEWEST:
        limit = min(limit, _USUAL_DIFFERENCE * float(np.median(known)))
    return [limit / max(value, 1e-6) if value is not None else 0.0 for value in values]


class RepeatFinder:
    """Compares each shot with the last ones of every camera, as they come."""

    def __init__(self) -> None:
        self._recent: dict[tuple[str, str], list[tuple[str, Thumb]]] = {}

    def nearest(self, frame: str, camera: str, measured_on: str, thumb: Thumb) -> tuple[float | None, str]:
        """Return the least difference from one of the last shots, and which it was; None for the first shot."""
        last = [shot for (_, looked_at), shots in self._recent.items() if looked_at == measured_on for shot in shots]
        found = min(((difference(thumb, earlier), name) for name, earlier in last), default=(None, ""))
        mine = self._recent.setdefault((camera, measured_on), [])
        mine.append((frame, thumb))
        del mine[:-_BEFORE]
        return found
