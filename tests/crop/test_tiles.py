from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.crop.place import Place, place_box
from curate.crop.tiles import choose_tiles, chosen_tiles, shows_defect, tile_frame
from curate.model.region import Annotation, Ellipse, Polygon, Region


def test_a_published_tiling() -> None:
    # 5472×3648 into 384-px tiles with 25 % overlap: stride 288, 19 × 13 = 247 tiles, the last ones shifted.
    tiles = tile_frame(5472, 3648, (384, 384), 0.25)
    assert len(tiles) == 247
    assert (tiles[-1].row, tiles[-1].column, tiles[-1].suffix) == (12, 18, "_r12c18")
    assert tiles[-1].place.box_px() == (5472 - 384, 3648 - 384, 5472, 3648)
    assert tiles[1].place.box_px()[0] == 288


@pytest.mark.parametrize(("border", "starts"), [("shift", [0, 40, 60]), ("pad", [0, 40, 80]), ("drop", [0, 40])])
def test_borders(border: Literal["shift", "pad", "drop"], starts: list[int]) -> None:
    tiles = tile_frame(100, 40, (40, 40), 0.0, border)
    assert [tile.place.box_px()[0] for tile in tiles] == starts


@given(st.integers(1, 300), st.integers(20, 120), st.floats(0, 0.9))
def test_every_pixel_is_in_a_tile(length: int, side: int, overlap: float) -> None:
    for border in ("shift", "pad"):
        covered = np.zeros(length, bool)
        boxes = [tile.place.box_px() for tile in tile_frame(length, side, (side, side), overlap, border)]
        for left, _, right, _ in boxes:
            covered[max(0, int(left)) : int(right)] = True
        assert covered.all()
        assert len(set(boxes)) == len(boxes)
        if border == "shift" and length >= side:
            assert max(box[2] for box in boxes) == length


@given(st.integers(1, 300), st.integers(20, 120), st.floats(0, 0.9))
def test_dropping_leaves_no_tile_that_leaves_the_frame(length: int, side: int, overlap: float) -> None:
    for tile in tile_frame(length, length, (side, side), overlap, "drop"):
        assert tile.place.box_px()[2] <= length
        assert tile.place.box_px()[3] <= length


def region(shape: Polygon | Ellipse) -> Annotation:
    return Annotation("a/1.png", 100, 100, regions=(Region("r", "dent", (shape,)),))


def test_a_tile_shows_a_defect_when_one_pixel_of_it_does() -> None:
    round_one = region(Ellipse(50.0, 50.0, 20.0, 20.0))
    assert shows_defect(place_box(40, 40, 20, 20), round_one)
    # The ellipse's box reaches into this tile's corner, the ellipse does not.
    assert not shows_defect(place_box(66, 66, 30, 30), round_one)
    assert not shows_defect(place_box(0, 0, 100, 100), None)
    # A triangle that touches pixel (10, 10) alone.
    assert shows_defect(place_box(10, 10, 5, 5), region(Polygon(((9.0, 9.0), (11.5, 9.0), (9.0, 13.0)))))


def test_background_is_chosen_by_name_alone() -> None:
    names = [f"a/{number}.png" for number in range(50)]
    few = choose_tiles(names, names[:4], 1.5)
    assert len(few) == 4 + 6
    assert choose_tiles(list(reversed(names)), reversed(names[:4]), 1.5) == few
    assert choose_tiles(names, names[:4], 3.0) > few
    assert choose_tiles(names, [], 3.0) == set()


def test_tiles_with_a_defect_are_kept() -> None:
    places: dict[str, tuple[str, Place]] = {
        tile.suffix: ("a/1.png", tile.place) for tile in tile_frame(100, 100, (50, 50))
    }
    annotations = {"a/1.png": region(Ellipse(80.0, 20.0, 5.0, 5.0))}
    assert chosen_tiles(places, annotations, 0.0) == {"_r00c01"}
