"""Fill ellipses by the pixel-centre rule, at any angle and under any affine map.

A pixel belongs to an ellipse when its centre lies inside; a centre exactly on the outline belongs to it on the
outline's left side only (half-open, as for polygons). Centres that rounding could put on the wrong side are decided
again in exact arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor, hypot

import numpy as np
from numpy.typing import NDArray

from curate.geometry.affine import Affine
from curate.geometry.scanline import Box, Floats
from curate.geometry.shapes import cos_sin
from curate.model.region import Ellipse

_ROUNDING = 32 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Conic:
    """The points d from a centre with ``(ry (u0 dx + u1 dy))² + (rx (v0 dx + v1 dy))² < (rx ry)²``.

    Multiplied by both radii rather than divided by each, and the radii kept apart: in fractions, nothing is rounded.
    """

    x: float
    y: float
    u0: float
    u1: float
    v0: float
    v1: float
    rx: float
    ry: float

    @property
    def matrix(self) -> tuple[float, float, float, float]:
        """``ry u0, ry u1, rx v0, rx v1``."""
        return self.ry * self.u0, self.ry * self.u1, self.rx * self.v0, self.rx * self.v1

    def half_extents(self) -> tuple[float, float]:
        """Half the width and half the height of the box around it."""
        k00, k01, k10, k11 = self.matrix
        spread = self.rx * self.ry / abs(k00 * k11 - k01 * k10)
        return spread * hypot(k01, k11), spread * hypot(k00, k10)


def conic_of(ellipse: Ellipse, affine: Affine) -> Conic | None:
    """Return an ellipse after an affine map; None when it has no area."""
    rx, ry = abs(ellipse.rx_px), abs(ellipse.ry_px)
    if rx == 0 or ry == 0:
        return None
    x, y = affine.apply(ellipse.cx_px, ellipse.cy_px)
    cos, sin = cos_sin(0.0 if rx == ry else ellipse.angle_deg)  # a turned circle is the same circle, exactly
    back = affine.inverse()
    return Conic(
        x,
        y,
        cos * back.a + sin * back.d,
        cos * back.b + sin * back.e,
        cos * back.d - sin * back.a,
        cos * back.e - sin * back.b,
        rx,
        ry,
    )


def fill_conic(conic: Conic, box: Box) -> NDArray[np.bool_]:
    """Fill an ellipse.

    Parameters
    ----------
    conic : Conic
    box : tuple of int
        The pixels to decide: left, top, right, bottom.

    Returns
    -------
    ndarray of bool, shape (bottom - top, right - left)
    """
    left, top, right, bottom = box
    rows = np.arange(top, bottom)
    starts, ends = _spans(conic, rows)
    columns = np.arange(left, right)
    return np.asarray((columns >= starts[:, None]) & (columns < ends[:, None]))


def _spans(conic: Conic, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first column and the column after the last of each row."""
    k00, k01, k10, k11 = conic.matrix
    square = k00**2 + k10**2
    skew = (k00 * k01 + k10 * k11) / square
    dy = rows + 0.5 - conic.y
    height = abs(k00 * k11 - k01 * k10) / square
    half = np.sqrt(np.maximum((conic.rx * conic.ry) ** 2 / square - (height * dy) ** 2, 0.0))
    middle = conic.x - skew * dy
    starts = np.ceil(middle - half - 0.5).astype(np.int64)
    ends = np.maximum(np.ceil(middle + half - 0.5).astype(np.int64), starts)
    empty = starts == ends
    # A row is right when the columns on both sides of each end are surely where they should be.
    beside = np.floor(middle).astype(np.int64)
    sure = np.where(
        empty,
        _surely(conic, beside - 1, rows, inside=False)
        & _surely(conic, beside, rows, inside=False)
        & _surely(conic, beside + 1, rows, inside=False),
        _surely(conic, starts - 1, rows, inside=False)
        & _surely(conic, starts, rows, inside=True)
        & _surely(conic, ends - 1, rows, inside=True)
        & _surely(conic, ends, rows, inside=False),
    )
    for index in np.flatnonzero(~sure):
        span = (int(starts[index]), int(ends[index]))
        starts[index], ends[index] = _exact_span(conic, int(rows[index]), floor(float(middle[index])), span)
    return starts, ends


def _surely(conic: Conic, columns: NDArray[np.int64], rows: NDArray[np.int64], *, inside: bool) -> NDArray[np.bool_]:
    x, y = columns + 0.5, rows + 0.5
    dx, dy = x - conic.x, y - conic.y
    k00, k01, k10, k11 = conic.matrix
    radii = (conic.rx * conic.ry) ** 2
    value = (k00 * dx + k01 * dy) ** 2 + (k10 * dx + k11 * dy) ** 2 - radii
    far_x, far_y = np.abs(x) + abs(conic.x), np.abs(y) + abs(conic.y)
    first: Floats = abs(k00) * far_x + abs(k01) * far_y
    second: Floats = abs(k10) * far_x + abs(k11) * far_y
    doubt = _ROUNDING * (first**2 + second**2 + radii)
    return np.asarray(value < -doubt if inside else value > doubt)


def _exact_span(conic: Conic, row: int, middle: int, guess: tuple[int, int]) -> tuple[int, int]:
    seeds = [column for column in range(middle - 1, middle + 2) if _exactly_inside(conic, column, row)]
    if not seeds:
        return middle, middle
    start, end = min(guess[0], seeds[0]), max(guess[1], seeds[0] + 1)
    while not _exactly_inside(conic, start, row):
        start += 1
    while _exactly_inside(conic, start - 1, row):
        start -= 1
    while not _exactly_inside(conic, end - 1, row):
        end -= 1
    while _exactly_inside(conic, end, row):
        end += 1
    return start, end


def _exactly_inside(conic: Conic, column: int, row: int) -> bool:
    dx = Fraction(2 * column + 1, 2) - Fraction(conic.x)
    dy = Fraction(2 * row + 1, 2) - Fraction(conic.y)
    rx, ry = Fraction(conic.rx), Fraction(conic.ry)
    k00, k10 = ry * Fraction(conic.u0), rx * Fraction(conic.v0)
    u = k00 * dx + ry * Fraction(conic.u1) * dy
    v = k10 * dx + rx * Fraction(conic.v1) * dy
    value = u * u + v * v - (rx * ry) ** 2
    return value < 0 or (value == 0 and k00 * u + k10 * v < 0)
