"""Affine maps between frame and window pixels.

Conventions
-----------
Coordinates are continuous pixels (x, y), y down, with (0, 0) the top-left *corner* of the top-left pixel, so scaling an
image by ``s`` is exactly ``Affine.scale(s, s)``: no half-pixel terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.model.capture import Window


@dataclass(frozen=True, slots=True)
class Affine:
    """The map ``u = a*x + b*y + c``, ``v = d*x + e*y + f``.

    >>> Affine.translation(-10, -20).apply(15.0, 25.0)
    (5.0, 5.0)
    """

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 1.0
    f: float = 0.0

    @classmethod
    def translation(cls, dx_px: float, dy_px: float) -> Affine:
        """Shift by (dx, dy)."""
        return cls(c=dx_px, f=dy_px)

    @classmethod
    def scale(cls, sx: float, sy: float) -> Affine:
        """Scale about the origin, the top-left corner."""
        return cls(a=sx, e=sy)

    @classmethod
    def rotation(cls, angle_deg: float, cx_px: float = 0.0, cy_px: float = 0.0) -> Affine:
        """Turn clockwise as seen on screen about (cx, cy).

        >>> x, y = Affine.rotation(90).apply(1.0, 0.0)
        >>> round(x, 9), round(y, 9)
        (0.0, 1.0)
        """
        cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
        turn = cls(a=cos, b=-sin, d=sin, e=cos)
        return cls.translation(-cx_px, -cy_px).then(turn).then(cls.translation(cx_px, cy_px))

    def then(self, after: Affine) -> Affine:
        """Return the map that does this one first and ``after`` second."""
        return Affine(
            a=after.a * self.a + after.b * self.d,
            b=after.a * self.b + after.b * self.e,
            c=after.a * self.c + after.b * self.f + after.c,
            d=after.d * self.a + after.e * self.d,
            e=after.d * self.b + after.e * self.e,
            f=after.d * self.c + after.e * self.f + after.f,
        )

    def inverse(self) -> Affine:
        """Return the map back; ZeroDivisionError when this one flattens the plane."""
        determinant = self.a * self.e - self.b * self.d
        a, b, d, e = self.e / determinant, -self.b / determinant, -self.d / determinant, self.a / determinant
        return Affine(a=a, b=b, c=-(a * self.c + b * self.f), d=d, e=e, f=-(d * self.c + e * self.f))

    def apply(self, x: float, y: float) -> tuple[float, float]:
        """Map one point."""
        return (self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f)

    def apply_all(self, points: Iterable[tuple[float, float]]) -> NDArray[np.float64]:
        """Map many points; shape (n, 2), columns x and y."""
        array = np.asarray(list(points), dtype=np.float64).reshape(-1, 2)
        matrix = np.array([[self.a, self.d], [self.b, self.e]])
        return np.asarray(array @ matrix + np.array([self.c, self.f]), dtype=np.float64)

    def as_matrix(self) -> NDArray[np.float64]:
        """Return the 2x3 matrix that maps *corner-based* coordinates."""
        return np.array([[self.a, self.b, self.c], [self.d, self.e, self.f]], dtype=np.float64)

    def as_opencv(self) -> NDArray[np.float64]:
        """Return the 2x3 matrix for ``cv2.warpAffine``, whose pixel *centres* are at whole numbers."""
        shifted = Affine.translation(0.5, 0.5).then(self).then(Affine.translation(-0.5, -0.5))
        return shifted.as_matrix()


IDENTITY = Affine()


def affine_of(window: Window) -> Affine:
    """Return the map from frame to window pixels of a record's row."""
    return Affine(window.m00, window.m01, window.m02, window.m10, window.m11, window.m12)
