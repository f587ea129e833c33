from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import pytest

from curate.geometry.series import running_median
from curate.plot.style import styled
from curate.plot.timeline import clock_times, draw_timeline, tracks_of
from curate.view.frames import FrameView
from tests.plot.figures import overlapping, shown_in


def _view(place: int, **known: Any) -> FrameView:
    made: dict[str, Any] = {"label": "good", "side": "train", "shot_at": f"2024-05-01T10:{place:02d}:00+02:00", **known}
    return FrameView(f"main/{place}.png", "main", place, **made)


VIEWS = [
    _view(place, x_px=100.0 + place, y_px=50.0, rotation_deg=0.1, score=0.8, ambiguity=0.2, exposure=90.0)
    for place in range(12)
]


def test_only_what_was_measured_is_drawn() -> None:
    assert [track.title for track in tracks_of(VIEWS)] == ["position, px", "turn, °", "mean grey", "match"]
    assert tracks_of([_view(0), _view(1)]) == []
    assert [track.title for track in tracks_of([_view(0), _view(1, exposure=80.0)])] == ["mean grey"]


def test_positions_are_against_their_median() -> None:
    (track,) = tracks_of([_view(0, x_px=10.0), _view(1), _view(2, x_px=14.0), _view(3, x_px=11.0)])
    assert track.curves["x"][1] == [-1.0, None, 3.0, 0.0]


def test_labels_and_sides_are_named() -> None:
    views = [
        *VIEWS[:3],
        _view(3, label="scratch", side="test"),
        _view(4, label="", side=""),
        _view(5, label="dent", side="val", set_aside="blur", set_aside_by="screening"),
    ]
    with styled():
        shown = shown_in(draw_timeline({"$bolt$": views}))
    assert "$bolt$: 6 frames" in shown
    rows = [text for text in shown if text in {"good", "dent", "scratch", "no label"}]
    assert rows == ["good", "dent", "scratch", "no label"]
    assert [text for text in shown if text in {"train", "val", "test", "no split", "set aside"}] == [
        "train",
        "test",
        "no split",
        "set aside",
    ]


def test_a_frame_far_off_that_was_set_aside_does_not_flatten_the_rest() -> None:
    off = replace(VIEWS[3], x_px=4000.0, set_aside="match", set_aside_by="screening")
    with styled():
        figure = draw_timeline({"bolt": [*VIEWS[:3], off, *VIEWS[4:]]})
        low, high = figure.axes[1].get_ylim()
    assert -10 < low < high < 10


def test_time_is_that_of_the_place_and_frames_without_one_are_left_out() -> None:
    views = [
        _view(0),
        _view(1, shot_at=""),
        _view(2, shot_at="2024-05-01T08:30:00Z"),
        _view(3, shot_at="2024-05-01T11:00"),
    ]
    assert [time.isoformat() if time else "" for time in clock_times(views)] == [
        "2024-05-01T10:00:00",
        "",
        "2024-05-01T10:30:00",
        "2024-05-01T11:00:00",
    ]
    with styled():
        figure = draw_timeline({"bolt": views}, by_time=True)
        assert "bolt: 3 frames" in shown_in(figure)
        assert "10:00" in " ".join(shown_in(figure))


@pytest.mark.parametrize("width", [3.3, 6.9])
@pytest.mark.parametrize("by_time", [False, True])
def test_no_letters_overlap(width: float, by_time: bool) -> None:  # noqa: FBT001
    views = [
        replace(view, label=("good", "scratch", "a rather long defect name")[n % 3]) for n, view in enumerate(VIEWS)
    ]
    with styled():
        assert overlapping(draw_timeline({"bolt": views, "nut": VIEWS}, by_time=by_time, width_in=width)) == []


@pytest.mark.parametrize(("title", "width"), [("position, px", 101), ("mean grey", 31)])
def test_the_line_is_the_running_median_that_stages_judge_by(title: str, width: int) -> None:
    values = [float((n * 7919) % 1000) for n in range(300)]
    views = [_view(n, x_px=value, exposure=value, shot_at="") for n, value in enumerate(values)]
    with styled():
        figure = draw_timeline({"bolt": views})
    (axes,) = (axes for axes in figure.axes if title in {axes.get_title(), axes.get_title(loc="left")})
    lines = [line for line in axes.get_lines() if line.get_linestyle() == "-"]
    middle = median(values) if title == "position, px" else 0.0
    expected = running_median([value - middle for value in values], width)
    np.testing.assert_array_equal(np.asarray(lines[0].get_ydata()), expected)
