from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from curate.plot.overlay import OverlayRow, column_px, draw_overlays
from curate.plot.sheet import SheetTile, draw_sheet, tile_px
from curate.plot.style import styled
from curate.view.pictures import RegionOutline
from tests.plot.figures import overlapping, shown_in

SQUARE = (((2.0, 2.0), (8.0, 2.0), (8.0, 8.0), (2.0, 8.0)),)


def _picture(level: int = 90, shape: tuple[int, int] = (30, 30)) -> Any:
    return np.full((*shape, 3), level, np.uint8)


def _pixels(figure: Any) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def test_a_picture_is_drawn_pixel_by_pixel() -> None:
    generator = np.random.default_rng(3)
    side = tile_px(3.0, 2, 100)
    picture = generator.integers(0, 255, (side, side, 3), dtype=np.uint8)
    with styled():
        page = _pixels(
            draw_sheet([("", [SheetTile((picture,)), SheetTile((_picture(),))])], columns=2, width_in=3.0, dpi=100)
        )
    assert page.shape[1] == 300
    gap = 4
    assert (page[gap : gap + side, gap : gap + side, ::-1] == picture).all()


def test_small_groups_share_a_row() -> None:
    def rows(*sizes: int) -> float:
        sections = [(f"g{n}", [SheetTile((_picture(),))] * size) for n, size in enumerate(sizes)]
        with styled():
            return float(draw_sheet(sections, columns=8, dpi=100).get_size_inches()[1])

    assert rows(3, 5) == rows(8)
    assert rows(3, 6) == rows(8, 1)
    assert rows(9, 2) > rows(9)
    assert rows(2, 2, 2, 2) == rows(1)


def test_titles_captions_and_defects_are_named() -> None:
    regions = (RegionOutline("m", "dent", 36, SQUARE), RegionOutline("n", "scratch", 36, SQUARE))
    tiles = [
        SheetTile((_picture(),), regions, ("schön_é.png", "test"), "#0072b2"),
        SheetTile((_picture(), _picture(9))),
    ]
    with styled():
        figure = draw_sheet([("bolt, good (2)", tiles)], columns=4)
        assert shown_in(figure) == ["bolt, good (2)", "schön_é.png", "test", "dent", "scratch"]
        assert overlapping(figure) == []


def test_long_captions_are_cut_to_their_tile() -> None:
    tiles = [SheetTile((_picture(),), (), ("a_very_long_file_name_" * 4 + f"{n}.png",)) for n in range(20)]
    with styled():
        figure = draw_sheet([("", tiles), ("a title that is far too long " * 9, tiles[:1])], columns=10)
        assert overlapping(figure) == []
        assert all(text.endswith("png") and ".." in text for text in shown_in(figure)[:20])


def test_an_outline_lies_where_its_region_does() -> None:
    region = RegionOutline("m", "dent", 36, SQUARE)
    side = tile_px(1.5, 1, 100)
    with styled():
        page = _pixels(draw_sheet([("", [SheetTile((_picture(),), (region,))])], columns=1, width_in=1.5, dpi=100))
    orange = np.abs(page.astype(int) - (230, 159, 0)).sum(axis=2) < 120
    rows, columns = np.nonzero(orange)
    scale, gap = side / 30, 4
    assert rows.min() == pytest.approx(gap + 2 * scale, abs=2)
    assert rows.max() == pytest.approx(gap + 8 * scale, abs=2)
    assert columns.min() == pytest.approx(gap + 2 * scale, abs=2)
    assert columns.max() == pytest.approx(gap + 8 * scale, abs=2)


def test_an_overlay_has_a_column_a_method_and_its_scale() -> None:
    side = column_px(3.3, 2, 100)
    row = OverlayRow("dent/0", _picture(90, (side, side)), (), (_picture(10, (side, side)), None))
    with styled():
        figure = draw_overlays([row, row], [("pca", (0.5, 48470.0)), ("cnn", None)], width_in=3.3, dpi=100)
        shown = shown_in(figure)
        assert overlapping(figure) == []
        page = _pixels(figure)
    assert shown[:4] == ["image", "ground truth", "pca", "cnn"]
    assert shown.count("no map") == 2
    assert shown[-2:] == ["0.5", "48470"]
    assert (page == 90).all(axis=2).sum() >= 4 * side * side
    assert (page == 10).all(axis=2).sum() >= 2 * side * side
