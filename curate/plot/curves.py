"""Curves of methods against each other: a panel per category, the limits of the metrics marked."""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from curate.drawing.palette import FAINT, INK
from curate.plot.style import DOUBLE_IN, SINGLE_IN, lettered, line_style, new_figure
from curate.view.curves import HEADLINE_LIMIT, LIMITS, Curve, Kind, interpolated

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_AXES: dict[Kind, tuple[str, str, str]] = {
    "spro": ("false positive rate (pixels)", "mean sPRO", f"AU-sPRO@{HEADLINE_LIMIT:g}"),
    "roc": ("false positive rate (images)", "true positive rate", "AUROC"),
    "pr": ("recall (images)", "precision", "AP"),
    "pixel-roc": ("false positive rate (pixels)", "true positive rate", "pixel AUROC"),
}
"""Titles of both axes, and the number that stands in the legend."""

_DEFAULT_END: dict[Kind, float] = {"spro": 0.3, "roc": 1.0, "pr": 1.0, "pixel-roc": 1.0}
_LOG_START: dict[Kind, float] = {"spro": 1e-4, "roc": 1e-3, "pr": 0.0, "pixel-roc": 1e-5}
_ROOM = 0.08
"""Share of the axis that the name of a limit takes."""
_GRID = 400
_BESIDE = 3
"""Panels in a row of a wide figure."""
_INSIDE = 6
"""So many methods have room for their legend inside a panel."""
_LEGEND_LINE_IN, _LEGEND_COLUMN_IN = 0.15, 1.7


@dataclass(frozen=True, slots=True)
class Line:
    """A method on a category: the curves of its runs."""

    category: str
    method: str
    runs: tuple[Curve, ...]

    @property
    def areas(self) -> tuple[float, ...]:
        """The area of each run that has one."""
        return tuple(curve.area for curve in self.runs if curve.area is not None)

    def to_json(self) -> dict[str, Any]:
        """Return what was drawn."""
        areas = self.areas
        return {
            "category": self.category,
            "method": self.method,
            "runs": len(self.runs),
            "area": statistics.fmean(areas) if areas else None,
            "area_std": statistics.stdev(areas) if len(areas) > 1 else None,
        }


def lines_of(curves: Sequence[Curve]) -> list[Line]:
    """Put the runs of a method together, in the order in which categories and methods come."""
    grouped: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        grouped.setdefault((curve.category, curve.method), []).append(curve)
    return [Line(category, method, tuple(runs)) for (category, method), runs in grouped.items()]


def draw_curves(
    lines: Sequence[Line], kind: Kind, *, width_in: float = 0.0, end: float = 0.0, log: bool = False
) -> Figure:
    """Draw one kind of curve of all methods, a panel per category.

    Few methods are named in each panel with their areas; many once below, with their areas if there is one panel.

    Parameters
    ----------
    lines : sequence of Line
        At least one; all of one kind.
    kind : str
    width_in : float
        0 takes one column for one category, both for several.
    end : float
        The largest false positive rate shown; 0 takes 0.3 for sPRO, else 1.
    log : bool
        A logarithmic axis of false positive rates; not for precision and recall.
    """
    categories = list(dict.fromkeys(line.category for line in lines))
    methods = list(dict.fromkeys(line.method for line in lines))
    styles = {method: line_style(place) for place, method in enumerate(methods)}
    width_in = width_in or (SINGLE_IN if len(categories) == 1 else DOUBLE_IN)
    columns = min(len(categories), max(1, round(width_in / SINGLE_IN * _BESIDE / 2)))
    rows = math.ceil(len(categories) / columns)
    below = len(methods) > _INSIDE
    legend_in = _LEGEND_LINE_IN * (1 + math.ceil(len(methods) / _legend_columns(width_in))) if below else 0.0
    figure = new_figure(width_in, rows * width_in / columns * 0.82 + legend_in)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for place, axes in enumerate(grid.flat):
        if place >= len(categories):
            axes.set_visible(False)
            continue
        members = [line for line in lines if line.category == categories[place]]
        _panel(axes, members, kind, styles)
        if not below:
            _legend(axes, members, kind, styles, loc="lower left" if kind == "pr" else "lower right")
        if kind != "pr":
            _rates(axes, kind, end or _DEFAULT_END[kind], log=log)
        if len(categories) > 1:
            axes.set_title(lettered(categories[place]), pad=12.0 if LIMITS[kind] else 4.0)
        lowest = place + columns >= len(categories)
        axes.tick_params(labelbottom=lowest)
        axes.set_xlabel(_AXES[kind][0] if lowest else "")
        axes.set_ylabel(_AXES[kind][1] if place % columns == 0 else "")
    if below:
        named = lines if len(categories) == 1 else [Line("", method, ()) for method in methods]
        _legend(figure, named, kind, styles, loc="outside lower center", ncols=_legend_columns(width_in))
    return figure


def _panel(axes: Axes, lines: Sequence[Line], kind: Kind, styles: dict[str, Any]) -> None:
    step: dict[str, Any] = {"drawstyle": "steps-pre"} if kind == "pr" else {}
    fill: dict[str, Any] = {"step": "pre"} if kind == "pr" else {}
    for line in lines:
        grid, mean, spread = mean_curve(line.runs)
        style = styles[line.method]
        axes.plot(grid, mean, **style, **step)
        if spread is not None:
            low, high = np.clip(mean - spread, 0, 1), np.clip(mean + spread, 0, 1)
            axes.fill_between(grid, low, high, color=style["color"], alpha=0.2, linewidth=0, **fill)
    axes.set_ylim(0.0, 1.02)
    if kind == "pr":
        axes.set_xlim(0.0, 1.0)
    if kind in {"roc", "pixel-roc"}:
        chance = np.append(0.0, np.geomspace(1e-6, 1.0, 121))  # a curve where the axis is logarithmic
        axes.plot(chance, chance, color=FAINT, linewidth=0.8, zorder=1)


def _legend(place: Axes | Figure, lines: Sequence[Line], kind: Kind, styles: dict[str, Any], **where: Any) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], **styles[line.method]) for line in lines]
    title = _AXES[kind][2] if any(line.areas for line in lines) else None
    legend = place.legend(handles, [_label(line) for line in lines], title=title, alignment="left", **where)
    legend.get_frame().set_linewidth(0.0)


def _legend_columns(width_in: float) -> int:
    return max(1, round(width_in / _LEGEND_COLUMN_IN))


def _label(line: Line) -> str:
    areas = line.areas
    if not areas:
        return lettered(line.method)
    number = f"{statistics.fmean(areas):.3f}"
    if len(areas) > 1:
        number += f" ± {statistics.stdev(areas):.3f}"
    return f"{lettered(line.method)}  {number}"


def _rates(axes: Axes, kind: Kind, end: float, *, log: bool) -> None:
    """Lay out the axis of false positive rates and mark the limits on it, named above where there is room."""
    start = _LOG_START[kind] if log else 0.0
    axes.set_xlim(start or None, end)
    if log:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda rate, _: f"{rate:g}")
    axes.set_xlim(start, end)
    named = 2.0  # where the last name stands, as a share of the axis
    for limit in reversed([limit for limit in LIMITS[kind] if start < limit <= end]):
        axes.axvline(limit, color=INK, linewidth=0.5, linestyle=(0, (2, 2)), zorder=1)
        share = math.log(limit / start) / math.log(end / start) if log else limit / end
        if named - share > _ROOM:
            place = axes.get_xaxis_transform()
            axes.text(limit, 1.01, f"{limit:g}", transform=place, ha="center", va="bottom", fontsize=6)
            named = share


def mean_curve(
    runs: Sequence[Curve],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None]:
    """Return x, and mean and sample standard deviation of y over runs; one run keeps its own points and has no spread.

    Curves of runs are read at the same x: those of all runs where they agree, otherwise evenly spaced ones. Precision
    is a step function of recall, which is what average precision sums; the others are straight between their points.
    """
    first = runs[0]
    steps = first.kind == "pr"
    grid = np.array(first.x)
    if len(runs) == 1 and not steps:
        return grid, np.array(first.y), None
    if any(run.x != first.x for run in runs) or len(set(first.x)) != len(first.x):
        grid = np.linspace(0.0, 1.0, _GRID + 1)
    elif steps:
        grid = np.unique(np.append(0.0, grid))
    read = _step if steps else interpolated
    values = np.array([[read(run, float(x)) for x in grid] for run in runs])
    return grid, values.mean(axis=0), values.std(axis=0, ddof=1) if len(runs) > 1 else None


def _step(curve: Curve, recall: float) -> float:
    """Return the precision at a recall: that of the first point which reaches it."""
    place = bisect.bisect_left(curve.x, recall)
    return curve.y[min(place, len(curve.y) - 1)]
