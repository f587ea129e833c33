from __future__ import annotations

import numpy as np
import pytest

from curate.demo.sheets import PALETTE, Tile, as_colour, beside, contact_sheet, fit_into, heat, overlay

GREY = np.full((40, 80, 3), 128, np.uint8)


def test_tiles_stand_in_rows() -> None:
    tiles = [Tile(np.full((50, 50, 3), 10 * place, np.uint8), str(place)) for place in range(5)]
    page = contact_sheet(tiles, "Five", columns=2, tile_px=50)
    # Three rows of 50 px pictures, 18 px captions and 6 px gaps, below a 30 px title.
    assert page.shape == (30 + 3 * 74 + 6, 2 * 56 + 6, 3)
    assert page[30 + 25, 6 + 25].tolist() == [0, 0, 0]
    assert page[30 + 25, 62 + 25].tolist() == [10, 10, 10]
    assert page[30 + 2 * 74 + 25, 6 + 25].tolist() == [40, 40, 40]
    assert page[30 + 2 * 74 + 25, 62 + 25].tolist() == [250, 250, 250]


def test_a_row_is_as_high_as_its_highest_picture() -> None:
    tall = np.zeros((60, 20, 3), np.uint8)
    page = contact_sheet([Tile(GREY), Tile(tall), Tile(GREY)], "", columns=2, tile_px=80)
    assert page.shape[0] == 30 + (60 + 24) + (40 + 24) + 6


def test_a_sheet_without_tiles_is_a_title() -> None:
    assert contact_sheet([], "Nothing", tile_px=50).shape[0] == 36


def test_long_captions_end_at_their_tile() -> None:
    tiles = [Tile(GREY, "an endless caption that would run into the next one"), Tile(GREY)]
    page = contact_sheet(tiles, "", columns=2, tile_px=80)
    assert (page[:, 92:] != 250).any(axis=2).sum() == 40 * 80  # the second tile's picture, and no letter beside it


def test_pictures_shrink_to_fit_and_never_grow() -> None:
    assert fit_into(GREY, 40).shape == (20, 40, 3)
    assert fit_into(GREY, 400) is GREY


def test_an_overlay_tints_the_inside_and_draws_the_edge() -> None:
    mask = np.zeros((40, 80), bool)
    mask[10:20, 10:20] = True
    drawn = overlay(GREY, [mask])
    assert drawn[10, 10].tolist() == list(PALETTE[0])
    assert drawn[15, 15].tolist() == [round(128 + 0.35 * (value - 128)) for value in PALETTE[0]]
    assert drawn[9, 10].tolist() == [128, 128, 128]
    assert (GREY == 128).all()


def test_a_region_at_the_border_has_an_edge_there_too() -> None:
    assert overlay(GREY, [np.ones((40, 80), bool)], [2])[0, 40].tolist() == list(PALETTE[2])


def test_heat_goes_from_dark_to_bright_and_stops_at_the_ceiling() -> None:
    colours = heat(np.array([[0.0, 1.0, 2.0, 9.0]], np.float32), ceiling=2.0).astype(int).sum(axis=2)[0]
    assert colours[0] < colours[1] < colours[2] == colours[3]


def test_any_decoded_image_becomes_colour() -> None:
    assert as_colour(np.array([[7]], np.uint8)).tolist() == [[[7, 7, 7]]]
    assert as_colour(np.array([[0x1234]], np.uint16)).tolist() == [[[0x12] * 3]]
    assert as_colour(np.array([[[1, 2, 3, 255]]], np.uint8)).tolist() == [[[1, 2, 3]]]
    with pytest.raises(ValueError, match="dimension"):
        beside(GREY, GREY[:10])
