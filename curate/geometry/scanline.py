"""Fill polygons by the pixel-centre rule, one scan line a row of pixel centres.

A pixel belongs to a polygon when its centre has a non-zero winding number. Where an edge passes exactly through a
centre, the centre belongs to what lies to its right, or below when the edge is level: an edge from y0 to y1 > y0 is
met by the rows with ``y0 <= centre < y1``, and its crossing counts for the centres with ``crossing <= centre``. Two
polygons that share an edge therefore never share a pixel nor leave a gap. The rule is decided exactly: crossings that
rounding could put on the wrong side of a centre are decided again in exact arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels, half-open."""

_ROUNDING = 16 * float(np.finfo(np.float64).eps)
_FINE = 1024.0
"""Coordinates that are whole multiples of 1 / 1024 …"""
_SMALL = 1 << 15
"""… and smaller than this have cross products of at most 2 * 25 + 1 bits, which a double holds exactly."""


@dataclass(frozen=True, slots=True)
class _Crossings:
    """Edges against the rows they meet; every edge points down (y0 < y1). All of one length."""

    rows: NDArray[np.int64]
    signs: NDArray[np.int64]
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats


def fill_rings(rings: list[Floats], box: Box) -> NDArray[np.bool_]:
    """Fill closed rings together by non-zero winding.

    Parameters
    ----------
    rings : list of ndarray, shape (n, 2)
        Columns x and y; the last point of each is joined to its first.
    box : tuple of int
        The pixels to decide: left, top, right, bottom.

    Returns
    -------
    ndarray of bool, shape (bottom - top, right - left)

    Examples
    --------
    >>> square = np.array([[0.5, 0.5], [2.5, 0.5], [2.5, 2.5], [0.5, 2.5]])
    >>> fill_rings([square], (0, 0, 4, 3)).astype(int).tolist()
    [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    """
    left, top, right, bottom = box
    winding = np.zeros((max(0, bottom - top), max(0, right - left)), np.int32)
    crossings = _crossings(rings, top, bottom)
    if winding.size and crossings.rows.size:
        columns = np.maximum(_first_columns(crossings), left)
        kept = columns < right
        places = (crossings.rows[kept] - top, columns[kept] - left)
        np.add.at(winding, places, crossings.signs[kept].astype(np.int32))
        np.cumsum(winding, axis=1, out=winding)
    return np.asarray(winding != 0)


def _crossings(rings: list[Floats], top: int, bottom: int) -> _Crossings:
    starts = np.concatenate([np.empty((0, 2)), *rings])
    ends = np.concatenate([np.empty((0, 2)), *(np.roll(ring, -1, axis=0) for ring in rings)])
    upward = ends[:, 1] < starts[:, 1]
    upper = np.where(upward[:, None], ends, starts)
    lower = np.where(upward[:, None], starts, ends)
    first = np.maximum(np.ceil(upper[:, 1] - 0.5), top)
    last = np.minimum(np.ceil(lower[:, 1] - 0.5), bottom)
    counts = np.maximum(last - first, 0).astype(np.int64)
    edge = np.repeat(np.arange(len(counts)), counts)
    before = np.repeat(np.cumsum(counts) - counts, counts)
    rows = first[edge].astype(np.int64) + np.arange(len(edge)) - before
    signs = np.where(upward, 1, -1).astype(np.int64)[edge]
    return _Crossings(rows, signs, upper[edge, 0], upper[edge, 1], lower[edge, 0], lower[edge, 1])


def _first_columns(edges: _Crossings) -> NDArray[np.int64]:
    """Return, for each crossing, the first column whose centre does not lie left of it."""
    height = edges.y1 - edges.y0
    slope = (edges.x1 - edges.x0) / height
    centre = edges.rows + 0.5
    place = np.where(edges.x0 == edges.x1, edges.x0, edges.x0 + (centre - edges.y0) * slope) - 0.5
    columns = np.ceil(np.clip(place, -(2.0**60), 2.0**60))
    reach = np.abs(edges.y0) + np.abs(edges.y1) + np.abs(centre)
    doubt = _ROUNDING * (np.abs(edges.x0) + np.abs(edges.x1) + 1 + reach * np.abs(slope))
    unsure = np.flatnonzero((edges.x0 != edges.x1) & (np.abs(place - np.rint(place)) <= doubt))
    if unsure.size:
        columns[unsure] = _decide(edges, unsure, np.rint(place[unsure]))
    return columns.astype(np.int64)


def _decide(edges: _Crossings, unsure: NDArray[np.int64], nearest: Floats) -> Floats:
    x0, y0, x1, y1 = (values[unsure] for values in (edges.x0, edges.y0, edges.x1, edges.y1))
    rows = edges.rows[unsure]
    together = np.stack([x0, y0, x1, y1])
    if np.all(np.abs(together) < _SMALL) and np.all(together * _FINE == np.rint(together * _FINE)):
        cross = (x1 - x0) * (rows + 0.5 - y0) - (nearest + 0.5 - x0) * (y1 - y0)
        return np.where(cross <= 0, nearest, nearest + 1)
    return np.array([_exact(*values) for values in zip(x0, y0, x1, y1, rows, strict=True)], dtype=np.float64)


def _exact(x0: float, y0: float, x1: float, y1: float, row: int) -> int:
    left, upper, right, lower = Fraction(x0), Fraction(y0), Fraction(x1), Fraction(y1)
    down = Fraction(2 * int(row) + 1, 2) - upper
    return ceil(left + down * (right - left) / (lower - upper) - Fraction(1, 2))
