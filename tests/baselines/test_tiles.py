from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.baselines.tiles import TileGrid


def test_tiles_of_the_paper() -> None:
    grid = TileGrid(5472, 3648, 384, 0.25)
    lefts = sorted({left for left, _ in grid.corners})
    assert lefts[:3] == [0, 288, 576]  # a quarter of 384 overlaps
    assert lefts[-1] == 5472 - 384


@given(st.integers(5, 70), st.integers(5, 70), st.integers(8, 32), st.sampled_from([0.0, 0.25, 0.5, 0.9]))
def test_what_is_cut_is_stitched_back(width: int, height: int, side: int, overlap: float) -> None:
    grid = TileGrid(width, height, side, overlap)
    frame = np.random.default_rng(width * 71 + height).random((height, width), np.float32)
    tiles = list(grid.cut(frame))
    assert len(tiles) == len(grid.corners)
    assert all(tile.shape == (side, side) for tile in tiles)
    assert np.allclose(grid.stitch(tiles), frame, atol=1e-6)


def test_overlapping_tiles_are_averaged() -> None:
    grid = TileGrid(6, 4, 4, 0.5)
    assert grid.corners == [(0, 0), (2, 0)]
    stitched = grid.stitch([np.zeros((4, 4), np.float32), np.ones((4, 4), np.float32)])
    assert stitched[0].tolist() == [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]
