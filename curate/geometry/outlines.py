"""One closed outline around the pixels of a mask, however many pieces and holes it has.

The outline runs along pixel edges, clockwise around pieces and anticlockwise around holes; pieces are joined by bridges
of no width, walked there and back. Filled by non-zero winding at pixel centres it gives back the mask exactly.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

Corner = tuple[int, int]


def outline_of(mask: NDArray[np.bool_]) -> tuple[Corner, ...]:
    """Trace a mask.

    Parameters
    ----------
    mask : ndarray of bool, shape (height, width)
        At least one pixel inside.

    Returns
    -------
    tuple of (x, y)
        Corners at whole pixels; the last is joined to the first.

    Examples
    --------
    >>> outline_of(np.array([[0, 1, 1]], bool))
    ((1, 0), (3, 0), (3, 1), (1, 1))
    """
    rings = rings_of(mask)
    joined = list(rings[0])
    start = joined[0]
    for ring in rings[1:]:
        joined += [start, *ring, ring[0]]
    if len(rings) > 1:
        joined.append(start)
        joined = _closed_once(joined)
    return tuple(joined)


def rings_of(mask: NDArray[np.bool_]) -> list[list[Corner]]:
    """Return the closed outlines of a mask, no corner repeated at the end, none kept on a straight line."""
    following = _edges(mask)
    rings = []
    while following:
        first = next(iter(following))
        ring = [first]
        corner = _step(following, first)
        while corner != first:
            ring.append(corner)
            corner = _step(following, corner)
        rings.append(_straightened(ring))
    return rings


def _edges(mask: NDArray[np.bool_]) -> dict[Corner, list[Corner]]:
    """Return every edge between a pixel inside and one outside, by its start; the inside lies on its right."""
    padded = np.pad(mask, 1)
    inside = padded[1:-1, 1:-1]
    sides = (
        (~padded[:-2, 1:-1], (0, 0), (1, 0)),
        (~padded[1:-1, 2:], (1, 0), (1, 1)),
        (~padded[2:, 1:-1], (1, 1), (0, 1)),
        (~padded[1:-1, :-2], (0, 1), (0, 0)),
    )
    following: dict[Corner, list[Corner]] = defaultdict(list)
    for outside, start, stop in sides:
        for row, column in np.argwhere(inside & outside).tolist():
            following[column + start[0], row + start[1]].append((column + stop[0], row + stop[1]))
    return dict(sorted(following.items(), key=lambda item: (item[0][1], item[0][0])))


def _step(following: dict[Corner, list[Corner]], corner: Corner) -> Corner:
    """Walk and use up one edge; where two pixels touch at a corner either goes on, the winding is the same."""
    ends = following[corner]
    end = ends.pop()
    if not ends:
        del following[corner]
    return end


def _straightened(ring: list[Corner]) -> list[Corner]:
    kept = []
    for place, (x, y) in enumerate(ring):
        (before_x, before_y), (after_x, after_y) = ring[place - 1], ring[(place + 1) % len(ring)]
        if (x - before_x) * (after_y - y) != (y - before_y) * (after_x - x):
            kept.append((x, y))
    return kept


def _closed_once(corners: list[Corner]) -> list[Corner]:
    """Drop the last corner when it repeats the first: the outline closes by itself."""
    return corners[:-1] if corners[-1] == corners[0] else corners
