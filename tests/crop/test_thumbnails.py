from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from curate.crop.thumbnails import positions_over_time, thumbnail
from curate.drawing.palette import STATUS, bgr
from curate.model.capture import Window

ROW = Window(
    "a/1.png", "a/1.png", "accepted", "", "match", 1.0, 0.0, -100.0, 0.0, 1.0, -60.0, 200, 80, 0.5, 0.1, "",
    x_px=200.0, y_px=100.0, rotation_deg=1.0, refined=0.4, agreement=0.9,
)  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "dtype"), [((200, 480, 3), np.uint8), ((200, 480), np.uint16), ((200, 480, 4), np.uint8)]
)
def test_the_box_is_drawn_where_the_window_lies(shape: tuple[int, ...], dtype: type) -> None:
    small = thumbnail(np.zeros(shape, dtype), ROW, 240).picture
    assert small.shape == (100, 240, 3)
    # At half size, the window spans columns 50 to 150 and rows 30 to 70; its matched centre is at (100, 50).
    for x, y in ((50, 50), (150, 50), (100, 30), (100, 70), (100, 50)):
        assert small[y, x].tolist() == pytest.approx(bgr(STATUS["accepted"]), abs=6)  # softened at the edges
    assert not small[:26].any()
    assert not small[:, 155:].any()


def test_a_thumbnail_says_the_frame_and_why_or_how_well() -> None:
    frame = np.zeros((200, 480), np.uint8)
    assert thumbnail(frame, ROW).lines == ("1.png", "score 0.50 agree 0.90")
    aside = thumbnail(frame, replace(ROW, status="rejected", reason="no match"))
    assert (aside.lines, aside.colour) == (("1.png", "no match"), STATUS["rejected"])


def test_the_timeline_has_a_plot_for_each_measure_that_is_there() -> None:
    rows = [replace(ROW, x_px=200.0 + step) for step in range(5)]
    full = positions_over_time(rows, "part")
    without_turn = positions_over_time([replace(row, rotation_deg=None, agreement=None) for row in rows], "part")
    assert full.shape[0] - without_turn.shape[0] == 2 * (without_turn.shape[0] - 38) // 4
    aside = positions_over_time([*rows, replace(ROW, status="rejected", x_px=900.0)], "part")
    assert (aside == bgr(STATUS["rejected"])).all(axis=2).any()
    assert not (full == bgr(STATUS["rejected"])).all(axis=2).any()
