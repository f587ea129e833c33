"""Measure the rasteriser against deciding every pixel of the grid in numpy: ``python -m tests.bench.rasterize``."""

from __future__ import annotations

import math
import time

import numpy as np

from curate.geometry.rasterize import rasterize
from curate.model.region import Polygon
from tests.reference_geometry import grid_polygon

SIDE_PX = 400
ROUNDS = 7


def ratio(corners: int) -> float:
    """Return the best time of the whole grid over the best time of the rasteriser, and check that they agree."""
    angles = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    points = np.stack([200 + 90 * np.cos(angles), 200 + 70 * np.sin(angles)], axis=1)
    polygon = Polygon(tuple((float(x), float(y)) for x, y in points))
    ours, grid = [], []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        mask = rasterize(polygon, SIDE_PX, SIDE_PX)
        middle = time.perf_counter()
        whole = grid_polygon(points, SIDE_PX, SIDE_PX)
        ours.append(middle - begin)
        grid.append(time.perf_counter() - middle)
        assert np.array_equal(mask, whole)
    return min(grid) / min(ours)


if __name__ == "__main__":
    for count in (4, 12, 60):
        print(f"polygon of {count} corners in {SIDE_PX}x{SIDE_PX}: {ratio(count):.1f} x a full grid (gate: 5)")  # noqa: T201
