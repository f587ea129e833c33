from __future__ import annotations

import numpy as np

from curate.drawing.palette import VERMILLION, bgr
from curate.drawing.sheets import Tile, contact_sheet, sections_sheet

GREY = np.full((40, 80, 3), 128, np.uint8)
PAPER = [250, 250, 250]


def test_tiles_stand_in_rows() -> None:
    tiles = [Tile(np.full((200, 200, 3), 10 * place, np.uint8), (str(place),)) for place in range(5)]
    page = contact_sheet(tiles, "Five", columns=2, tile_px=200)
    # Three rows of 200 px pictures, 16 px captions and 8 px gaps, below a 30 px title.
    assert page.shape == (30 + 3 * 224 + 8, 2 * 208 + 8, 3)
    assert page[30 + 100, 8 + 100].tolist() == [0, 0, 0]
    assert page[30 + 100, 216 + 100].tolist() == [10, 10, 10]
    assert page[30 + 2 * 224 + 100, 8 + 100].tolist() == [40, 40, 40]
    assert page[30 + 2 * 224 + 100, 216 + 100].tolist() == PAPER


def test_a_row_is_as_high_as_its_highest_picture_and_its_longest_caption() -> None:
    tall = np.zeros((60, 20, 3), np.uint8)
    page = contact_sheet([Tile(GREY, ("a", "b")), Tile(tall), Tile(GREY)], "", columns=2, tile_px=80)
    assert page.shape[0] == 30 + (60 + 2 * 16 + 8) + (40 + 8) + 8


def test_a_sheet_without_tiles_is_a_title() -> None:
    assert contact_sheet([], "Nothing", tile_px=50).shape[0] == 38


def test_sections_stand_below_each_other() -> None:
    black = Tile(np.zeros((40, 80, 3), np.uint8))
    page = sections_sheet([("One", [black]), ("None", []), ("Two", [black, black])], tile_px=80)
    assert page.shape[0] == 3 * 30 + 2 * 48 + 8
    assert (page == 0).all(axis=2).sum() == 3 * 40 * 80


def test_long_captions_end_at_their_tile() -> None:
    tiles = [Tile(GREY, ("an endless caption that would run into the next one",)), Tile(GREY)]
    page = contact_sheet(tiles, "", columns=2, tile_px=80)
    assert (page[:, 96:] != 250).any(axis=2).sum() == 40 * 80  # the second tile's picture, and no letter beside it


def test_a_mark_stands_before_the_last_line_and_a_frame_around_the_picture() -> None:
    colour = bgr(VERMILLION)
    plain = contact_sheet([Tile(GREY, ("name", "why"))], "", tile_px=80)
    marked = contact_sheet([Tile(GREY, ("name", "why"), VERMILLION)], "", tile_px=80)
    framed = contact_sheet([Tile(GREY, ("name", "why"), VERMILLION, framed=True)], "", tile_px=80)
    rows = [np.flatnonzero((page == colour).all(axis=2).any(axis=1)).tolist() for page in (plain, marked, framed)]
    assert rows[0] == []
    assert min(rows[1]) >= 30 + 40 + 16
    assert min(rows[2]) == 30
    assert framed[50, 48].tolist() == [128, 128, 128]
