"""Charts of a capture session: what was shot when, and how position, match and light moved meanwhile. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean, median
from typing import Any

from curate.model.defect import GOOD
from curate.report.charts import axis, count, listed, markers, moment, number, plain, rounded, series, signed
from curate.report.frames import UNUSED, CapturedFrame, have_times
from curate.report.page import CapturePart, Figure, Grid

_SIDES = ("train", "val", "test", UNUSED, "")
_SIDE_WORDS = {"train": "training", "val": "validation", "test": "test", UNUSED: "not used", "": "not split yet"}
_STEP = 0.16
"""How far the sides stand apart within a label's lane."""

_MOST_POINTS = 4000
_PARTS = 10
_MARGIN = 0.15
_LONGEST_PAUSE, _PAUSE_MARGIN = timedelta(hours=3), timedelta(minutes=10)
"""Longer stretches without a shot are left out of the axis, but for a margin at both ends."""

Measure = Callable[[CapturedFrame], float | None]


def capture_part(name: str, key: str, shots: Sequence[CapturedFrame]) -> CapturePart:
    """Draw everything that a category's shots tell; ``key`` makes the charts' ids."""
    figures = [timeline(name, f"{key}-timeline", shots)] if shots else []
    for title, measures, unit in _DRIFTS:
        figure = _drift(name, f"{key}-{title.lower().replace(' ', '-')}", shots, title, measures, unit)
        if figure:
            figures.append(figure)
    return CapturePart(name, tuple(figures))


def timeline(name: str, key: str, shots: Sequence[CapturedFrame]) -> Figure:
    """Draw each shot at its time, in the lane of its label, coloured by the side of the split."""
    labels = _labels(shots)
    lanes = {label: place for place, label in enumerate(reversed(labels))}
    shown, thinned = _thinned(shots)
    times = _times(shown, shots)
    traces = []
    for place, side in enumerate(_SIDES):
        mine = [index for index, shot in enumerate(shown) if shot.side == side]
        if mine:
            traces.append(_lane_trace(place, side, mine, shown, times, lanes))
    aside = sum(bool(shot.aside) for shot in shots)
    layout = {
        "xaxis": _time_axis(shots),
        "yaxis": {
            "tickvals": list(lanes.values()),
            "ticktext": [plain(label or "no label") for label in lanes],
            "range": [-0.6, len(lanes) - 0.4],
            "zeroline": False,
        },
        "height": 150 + 38 * len(lanes),
        "hovermode": "closest",
    }
    says = f"{count(len(shots), 'shot')} of {name}{_period(shots)}, {_by_side(shots)}"
    says += f"; {count(aside, 'shot')} set aside (hollow)." if aside else "."
    leads = {"category": name, "images": [[shown[index].name for index in mine] for mine in _by_lane(shown)]}
    grid = _timeline_grid(shots, labels)
    return Figure(key, "Frames over time", says + thinned, grid, tuple(traces), layout, leads)


def _by_lane(shown: Sequence[CapturedFrame]) -> list[list[int]]:
    """Return the places of the shots of each side of the split that has any."""
    lanes = [[index for index, shot in enumerate(shown) if shot.side == side] for side in _SIDES]
    return [lane for lane in lanes if lane]


def _lane_trace(
    place: int,
    side: str,
    mine: Sequence[int],
    shown: Sequence[CapturedFrame],
    times: Sequence[Any],
    lanes: dict[str, int],
) -> dict[str, Any]:
    look = markers(place if place < 3 else 6, size=7)  # noqa: PLR2004 - train, val and test have the first colours
    look["symbol"] = _symbols(look["symbol"], [shown[index] for index in mine])
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _SIDE_WORDS[side],
        "x": [times[index] for index in mine],
        "y": [round(lanes[shown[index].label] + _STEP * (1.5 - place), 3) for index in mine],
        "text": [_hover(shown[index]) for index in mine],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": look,
    }


def _symbols(symbol: str, shots: Sequence[CapturedFrame]) -> str | list[str]:
    """Return the marks of shots: hollow for those that were set aside; one name where all are alike."""
    symbols = [f"{symbol}-open" if shot.aside else symbol for shot in shots]
    return symbols[0] if len(set(symbols)) == 1 else symbols


def _timeline_grid(shots: Sequence[CapturedFrame], labels: Sequence[str]) -> Grid:
    sides = [side for side in _SIDES if any(shot.side == side for shot in shots)]
    counts = Counter((shot.label, shot.side) for shot in shots)
    aside = Counter(shot.label for shot in shots if shot.aside)
    rows = []
    for label in labels:
        mine = [shot.when for shot in shots if shot.label == label and shot.when]
        numbers = [f"{counts[label, side]:,}" for side in sides]
        rows.append(
            (
                label or "no label",
                *numbers,
                f"{aside[label]:,}",
                *((moment(mine[0]), moment(mine[-1])) if mine else ("–", "–")),
            )
        )
    head = ("label", *(_SIDE_WORDS[side] for side in sides), "set aside", "first", "last")
    return Grid("Frames by label and split", head, tuple(rows), texts=frozenset({len(head) - 2, len(head) - 1}))


def _drift(
    name: str, key: str, shots: Sequence[CapturedFrame], title: str, measures: Sequence[tuple[str, Measure]], unit: str
) -> Figure | None:
    """Draw measures over time; None where they were hardly ever taken."""
    kept = [shot for shot in shots if not shot.aside]
    taken = {words: measure for words, measure in measures if sum(measure(s) is not None for s in kept) >= 2}  # noqa: PLR2004
    if not taken:
        return None
    centred = title == "Position"
    middles = {
        words: median(value for shot in kept if (value := measure(shot)) is not None) if centred else 0.0
        for words, measure in taken.items()
    }
    shown, thinned = _thinned(shots)
    times = _times(shown, shots)
    traces = [
        _drift_trace(place, words, measure, middles[words], shown, times)
        for place, (words, measure) in enumerate(taken.items())
    ]
    low, high = _range(
        [value - middles[words] for words, measure in taken.items() for s in kept if (value := measure(s)) is not None]
    )
    outside = sum(not low <= value <= high for trace in traces for value in trace["y"])
    layout = {
        "xaxis": _time_axis(shots),
        "yaxis": axis(unit, range=[rounded(low), rounded(high)], zeroline=centred),
        "height": 260,
        "hovermode": "closest",
    }
    says = _drift_says(kept, taken, _UNITS[title])
    if outside:
        says += f" {count(outside, 'point')} of frames that were set aside lie outside of the chart."
    return Figure(key, title, f"{name}: {says}{thinned}", _drift_grid(title, kept, taken), tuple(traces), layout)


def _drift_trace(
    place: int, words: str, measure: Measure, middle: float, shown: Sequence[CapturedFrame], times: Sequence[Any]
) -> dict[str, Any]:
    known = [(index, value - middle) for index, shot in enumerate(shown) if (value := measure(shot)) is not None]
    look = markers(place, size=6)
    look["symbol"] = _symbols(look["symbol"], [shown[index] for index, _ in known])
    return {
        "type": "scatter",
        "mode": "markers",
        "name": words,
        "x": [times[index] for index, _ in known],
        "y": series(value for _, value in known),
        "text": [_hover(shown[index]) for index, _ in known],
        "hovertemplate": "%{y}<br>%{text}<extra></extra>",
        "marker": look,
    }


def _drift_says(kept: Sequence[CapturedFrame], taken: dict[str, Measure], unit: str) -> str:
    """Say in a sentence what range was seen, and how far the first tenth of the shots is from the last."""
    parts = []
    for words, measure in taken.items():
        values = [value for shot in kept if (value := measure(shot)) is not None]
        tenth = max(1, len(values) // _PARTS)
        change = fmean(values[-tenth:]) - fmean(values[:tenth])
        span = f"{words} from {number(min(values), 3)} to {number(max(values), 3)}"
        parts.append(f"{span}, {signed(change)} from the first tenth of the frames to the last")
    return f"{'; '.join(parts)}, {unit}."


def _drift_grid(title: str, kept: Sequence[CapturedFrame], taken: dict[str, Measure]) -> Grid:
    parts = min(_PARTS, len(kept))
    rows = []
    for part in range(parts):
        mine = kept[part * len(kept) // parts : (part + 1) * len(kept) // parts]
        cells = []
        for measure in taken.values():
            values = [value for shot in mine if (value := measure(shot)) is not None]
            cells.append(number(fmean(values)) if values else "–")
        rows.append((f"{part + 1}", f"{len(mine):,}", *cells))
    head = ("part of the session", "shots", *(f"{words}, mean" for words in taken))
    return Grid(f"{title}, in {count(parts, 'part')} of the session; without what was set aside", head, tuple(rows))


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Return what the chart shows: the shots that were kept, with a margin; a far outlier would flatten all others."""
    low, high = min(values), max(values)
    margin = _MARGIN * (high - low) or max(1.0, abs(high) * _MARGIN)
    return low - margin, high + margin


def _labels(shots: Sequence[CapturedFrame]) -> list[str]:
    """Return the labels: good, the defects, and at last what nobody has labelled."""
    return sorted({shot.label for shot in shots}, key=lambda label: (label != GOOD, not label, label))


def _thinned(shots: Sequence[CapturedFrame]) -> tuple[Sequence[CapturedFrame], str]:
    """Return what is drawn, and a sentence where that is not everything."""
    step = math.ceil(len(shots) / _MOST_POINTS)
    return (shots, "") if step <= 1 else (shots[::step], f" One of every {step} frames is drawn; the table counts all.")


def _times(shown: Sequence[CapturedFrame], shots: Sequence[CapturedFrame]) -> list[Any]:
    if have_times(shots):
        return [shot.when for shot in shown]
    places = {id(shot): place for place, shot in enumerate(shots, start=1)}
    return [places[id(shot)] for shot in shown]


def _time_axis(shots: Sequence[CapturedFrame]) -> dict[str, Any]:
    if have_times(shots):
        breaks = _breaks(sorted({shot.when for shot in shots}, key=_moment_of))
        return axis("time", type="date", **({"rangebreaks": breaks} if breaks else {}))
    return axis("position in the shooting order", type="linear")


def _moment_of(when: str) -> datetime:
    moment = datetime.fromisoformat(when)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _breaks(times: Sequence[str]) -> list[dict[str, Any]]:
    """Return the stretches in which nothing was shot, a margin of ten minutes kept: nights would fill the chart."""
    breaks = []
    for before, after in pairwise(times):
        start, end = (datetime.fromisoformat(when).replace(tzinfo=None) for when in (before, after))
        if _moment_of(after) - _moment_of(before) > _LONGEST_PAUSE and end - start > _LONGEST_PAUSE:
            bounds = [(start + _PAUSE_MARGIN).isoformat(" "), (end - _PAUSE_MARGIN).isoformat(" ")]
            breaks.append({"bounds": bounds})
    return breaks


def _hover(shot: CapturedFrame) -> str:
    parts = [shot.name, shot.label or "no label", _SIDE_WORDS[shot.side], shot.when, shot.aside]
    return "<br>".join(plain(part) for part in parts if part)


def _period(shots: Sequence[CapturedFrame]) -> str:
    return f" from {moment(shots[0].when)} to {moment(shots[-1].when)}" if have_times(shots) else " in shooting order"


def _by_side(shots: Sequence[CapturedFrame]) -> str:
    counts = Counter(shot.side for shot in shots)
    return listed([f"{counts[side]:,} {_SIDE_WORDS[side]}" for side in _SIDES if counts[side]])


_UNITS = {"Position": "in frame pixels", "Match": "each between 0 and 1", "Brightness": "of 255"}

_DRIFTS: tuple[tuple[str, tuple[tuple[str, Measure], ...], str], ...] = (
    (
        "Position",
        (("x, right", lambda shot: shot.x_px), ("y, down", lambda shot: shot.y_px)),
        "px from the median",
    ),
    (
        "Match",
        (("score", lambda shot: shot.score), ("second by first peak", lambda shot: shot.ambiguity)),
        "0 … 1",
    ),
    ("Brightness", (("grey level", lambda shot: shot.brightness),), "grey level, 0 … 255"),
)
