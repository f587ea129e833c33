from __future__ import annotations

import numpy as np

from curate.drawing.palette import INK, ORANGE, bgr
from curate.drawing.timeline import Track, timeline


def test_values_stand_at_their_place_and_height() -> None:
    page = timeline([Track("x", (1.0, None, 3.0, 2.0))], ["", "", ORANGE, ""], "part")
    assert page.shape == (30 + 188 + 8, 1200, 3)
    area = page[48:218, 90:1192]
    rows, columns = np.nonzero((area == bgr(ORANGE)).all(axis=2))
    # The third of four frames, at the top of the plot.
    assert abs(columns.mean() - (2.5 / 4) * 1102) < 3
    assert rows.max() < 10
    ink_columns = np.nonzero((area[:, 20:] == bgr(INK)).all(axis=2))[1] + 20
    assert set(np.round(ink_columns / 1102 * 4 - 0.5).astype(int)) == {0, 3}


def test_measures_that_nobody_took_have_no_plot() -> None:
    page = timeline([Track("x", (1.0, 1.0)), Track("y", (None, None))], ["", ""], "part")
    assert page.shape[0] == 30 + 188 + 8
    assert timeline([], [], "nothing").shape[0] == 38
