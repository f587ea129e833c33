"""A category over time: which frames are in which split, what they show, what was set aside; and what drifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any

from curate.drawing.palette import BLUE, FAINT, GREEN, INK, SIDES, VERMILLION
from curate.drawing.text import width_of
from curate.geometry.series import BRIGHTNESS_NEIGHBOURS, POSITION_NEIGHBOURS, running_median
from curate.model.defect import GOOD
from curate.plot.style import DOUBLE_IN, lettered, new_figure
from curate.split.order import parse_time
from curate.view.frames import FrameView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_IN, _TRACK_IN, _TRACK_TITLE_IN = 0.17, 0.9, 0.19
_HEAD_IN, _FOOT_IN, _LEAST_LEFT_IN, _RIGHT_IN, _LABEL_GAP_IN = 0.45, 0.42, 0.45, 0.14, 0.14
_RASTERED = 3000
"""From so many frames on, dots become pixels in SVG and PDF, too: a million of them would open in no viewer."""
_UNNAMED = "no label"


@dataclass(frozen=True, slots=True)
class MeasureTrack:
    """One measure over the frames: title, curves by name (``""`` alone) with a colour each, frames of its median."""

    title: str
    curves: dict[str, tuple[str, list[float | None]]] = field(default_factory=dict)
    neighbours: int = POSITION_NEIGHBOURS

    @property
    def has_values(self) -> bool:
        """Whether any frame has a value."""
        return any(value is not None for _, values in self.curves.values() for value in values)


def tracks_of(views: Sequence[FrameView]) -> list[MeasureTrack]:
    """Return the measures that any frame has: position against its median, turn, grey level, match."""
    tracks = [
        MeasureTrack(
            "position, px",
            {
                "x": (BLUE, _against_median([view.x_px for view in views])),
                "y": (VERMILLION, _against_median([view.y_px for view in views])),
            },
        ),
        MeasureTrack("turn, °", {"": (INK, [view.rotation_deg for view in views])}),
        MeasureTrack("mean grey", {"": (INK, [view.exposure for view in views])}, BRIGHTNESS_NEIGHBOURS),
        MeasureTrack(
            "match",
            {
                "score": (GREEN, [view.score for view in views]),
                "second/first": (BLUE, [view.ambiguity for view in views]),
            },
        ),
    ]
    return [track for track in tracks if track.has_values]


def draw_timeline(
    categories: Mapping[str, Sequence[FrameView]], *, by_time: bool = False, width_in: float = DOUBLE_IN
) -> Figure:
    """Draw categories below each other.

    Parameters
    ----------
    categories : mapping of str to sequence of FrameView
        In shooting order; none empty.
    by_time : bool
        Place frames by their clock instead of by their number; those without a time are left out.
    width_in : float
    """
    chosen = {name: _timed(views) if by_time else views for name, views in categories.items()}
    heights = [_height(views) for views in chosen.values()]
    figure = new_figure(width_in, sum(heights), layout=None)
    left_in = max(_LEAST_LEFT_IN, *(_width_in(name) for views in chosen.values() for name in _rows(views)))
    top = sum(heights)
    for (name, views), height in zip(chosen.items(), heights, strict=True):
        panels = _panels(figure, views, left_in, top)
        _draw_category(panels, name, views, by_time=by_time)
        top -= height
    return figure


def _panels(figure: Figure, views: Sequence[FrameView], left_in: float, top_in: float) -> list[Axes]:
    """Lay out a category's panels from an inch above the page's bottom downwards: labels, then a track per measure.

    By hand, because every size is known, and Matplotlib's layout gives up where tracks are low.
    """
    page_width, page_height = figure.get_size_inches()
    heights = [len(_rows(views)) * _ROW_IN, *[_TRACK_IN - _TRACK_TITLE_IN] * len(tracks_of(views))]
    width = (page_width - left_in - _RIGHT_IN) / page_width
    panels: list[Axes] = []
    bottom = top_in - _HEAD_IN
    for height in heights:
        bottom -= height
        box = (left_in / page_width, bottom / page_height, width, height / page_height)
        panels.append(figure.add_axes(box, sharex=panels[0] if panels else None))
        bottom -= _TRACK_TITLE_IN
    for axes in panels[:-1]:
        axes.tick_params(labelbottom=False)
    return panels


def _width_in(name: str) -> float:
    """Return the room that a label takes left of its row."""
    return width_of(lettered(name), 70, wide=True) / 720 + _LABEL_GAP_IN


def _timed(views: Sequence[FrameView]) -> list[FrameView]:
    """Return the frames with a time, by time."""
    known = [(time, view) for time, view in zip(clock_times(views), views, strict=True) if time is not None]
    return [view for _, view in sorted(known, key=lambda entry: entry[0])]


def clock_times(views: Sequence[FrameView]) -> list[datetime | None]:
    """Return when each frame was shot, by the clock of the place of the first; times without offset are that clock's.

    Without offsets themselves: Matplotlib would turn them into UTC.
    """
    times = [parse_time(view.shot_at) for view in views]
    here = next((time.tzinfo for time in times if time is not None and time.tzinfo is not None), None)
    return [
        time.astimezone(here).replace(tzinfo=None) if time is not None and time.tzinfo is not None else time
        for time in times
    ]


def _height(views: Sequence[FrameView]) -> float:
    return _HEAD_IN + len(_rows(views)) * _ROW_IN + len(tracks_of(views)) * _TRACK_IN + _FOOT_IN


def _draw_category(panels: Sequence[Axes], name: str, views: Sequence[FrameView], *, by_time: bool) -> None:
    tracks, rows = tracks_of(views), _rows(views)
    x: list[Any] = clock_times(views) if by_time else list(range(len(views)))
    rastered = len(views) > _RASTERED
    _draw_labels(panels[0], x, views, rows, rastered=rastered)
    panels[0].set_title(f"{lettered(name)}: {len(views)} frames", pad=14.0)
    for axes, track in zip(panels[1:], tracks, strict=True):
        _draw_track(axes, x, track, views, rastered=rastered)
        for place in _series_starts(views) if not by_time else ():
            axes.axvline(place - 0.5, color=FAINT, linewidth=0.8, linestyle="--", zorder=0)
    panels[-1].set_xlabel("time" if by_time else "frame, in shooting order")
    if by_time:
        from matplotlib import dates

        typed: Any = dates  # whose functions have no types
        locator = typed.AutoDateLocator(maxticks=8)
        panels[-1].xaxis.set_major_locator(locator)
        panels[-1].xaxis.set_major_formatter(typed.ConciseDateFormatter(locator))
    else:
        panels[-1].set_xlim(-0.5, len(views) - 0.5)


def _rows(views: Sequence[FrameView]) -> list[str]:
    """Return the labels that occur: good, then defects by name, then those without."""
    names = {view.label or _UNNAMED for view in views}
    return sorted(names, key=lambda name: (name != GOOD, name == _UNNAMED, name))


def _draw_labels(
    axes: Axes, x: Sequence[Any], views: Sequence[FrameView], rows: Sequence[str], *, rastered: bool
) -> None:
    """Draw a tick a frame in its label's row, coloured by its side; what was set aside as a cross."""
    place = {name: number for number, name in enumerate(rows)}
    handles, labels = [], []
    for side, colour in SIDES.items():
        chosen = [n for n, view in enumerate(views) if view.side == side and not view.is_set_aside]
        if chosen:
            (handle,) = _dots(axes, x, chosen, views, place, rastered=rastered, color=colour, marker="|", markersize=7)
            handles.append(handle)
            labels.append(side or "no split")
    aside = [n for n, view in enumerate(views) if view.is_set_aside]
    if aside:
        (handle,) = _dots(axes, x, aside, views, place, rastered=rastered, color=INK, marker="x", markersize=3.5)
        handles.append(handle)
        labels.append("set aside")
    axes.set_yticks(range(len(rows)), [lettered(name) for name in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False)
    axes.tick_params(left=False)
    axes.legend(
        handles, labels, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(handles), frameon=False,
        borderaxespad=0.1, handletextpad=0.2, columnspacing=1.0, handlelength=1.2,
    )  # fmt: skip


def _dots(
    axes: Axes,
    x: Sequence[Any],
    chosen: Sequence[int],
    views: Sequence[FrameView],
    place: dict[str, int],
    *,
    rastered: bool,
    **style: Any,
) -> Any:
    y = [place[views[n].label or _UNNAMED] for n in chosen]
    return axes.plot([x[n] for n in chosen], y, linestyle="none", markeredgewidth=1.0, rasterized=rastered, **style)


def _draw_track(
    axes: Axes, x: Sequence[Any], track: MeasureTrack, views: Sequence[FrameView], *, rastered: bool
) -> None:
    """Draw dots and their running median, and frames set aside as crosses, those beyond the axis at its edge.

    The axis spans the frames that stayed: one far off would flatten what all others show.
    """
    size, alpha = (1.0, 0.3) if rastered else (2.2, 0.75)  # many dots must not cover their median
    stayed = [not view.is_set_aside for view in views]
    low, high = _span([values for _, values in track.curves.values()], stayed)
    for name, (colour, values) in track.curves.items():
        known = [n for n, value in enumerate(values) if value is not None]
        kept = [n for n in known if stayed[n]]
        aside = [n for n in known if not stayed[n]]
        dots: dict[str, Any] = {"linestyle": "none", "color": colour, "alpha": alpha, "rasterized": rastered}
        axes.plot([x[n] for n in kept], [values[n] or 0.0 for n in kept], "o", ms=size, mew=0.0, **dots)
        at_edge = [min(high, max(low, values[n] or 0.0)) for n in aside]
        axes.plot([x[n] for n in aside], at_edge, "x", ms=size * 1.8, mew=0.8, **dots, clip_on=False)
        smooth = running_median([values[n] or 0.0 for n in kept], track.neighbours)
        axes.plot([x[n] for n in kept], smooth, color=colour, linewidth=1.0, label=name or None)
    axes.set_ylim(low, high)
    axes.set_title(track.title, fontsize=7, pad=3.0)
    if any(track.curves):
        axes.legend(
            loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.0, handlelength=1.2, fontsize=6,
            frameon=False,
        )  # fmt: skip


def _span(curves: Sequence[Sequence[float | None]], stayed: Sequence[bool]) -> tuple[float, float]:
    """Return the axis' ends: room around the values of the frames that stayed, or of all where none did."""
    known = [
        (value, keep) for values in curves for value, keep in zip(values, stayed, strict=True) if value is not None
    ]
    values = [value for value, keep in known if keep] or [value for value, _ in known]
    low, high = min(values), max(values)
    room = 0.15 * (high - low) or max(1e-3, 0.05 * abs(high))
    return low - room, high + room


def _against_median(values: Sequence[float | None]) -> list[float | None]:
    known = [value for value in values if value is not None]
    middle = median(known) if known else 0.0
    return [None if value is None else value - middle for value in values]


def _series_starts(views: Sequence[FrameView]) -> list[int]:
    """Return where another series begins; none where series ran side by side."""
    starts = [n for n in range(1, len(views)) if views[n].series != views[n - 1].series]
    return starts if len(starts) < len({view.series for view in views}) else []
