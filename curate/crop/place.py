"""From a window's definition to its place in one frame, and from there to its pixels.

A place is an affine map from frame to window pixels and the window's size; what is cut is exactly what the map says, so
labels follow it. Fixed boxes and matched windows are cut at whole pixels, without resampling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from curate.geometry.affine import IDENTITY, Affine
from curate.imaging.images import Pixels
from curate.model.config import WindowConfig

CUT_VERSION = 2
"""Raised when the same place would give other pixels than before: then every window is cut again."""

_SCALE_DECIMALS, _SHIFT_DECIMALS = 6, 4
"""As the record keeps them (:class:`curate.model.capture.Window`): the map that is used is the map that is recorded."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a window lies in its frame.

    Attributes
    ----------
    affine : Affine
        From frame to window pixels.
    width_px, height_px : int
        Size of the window.
    """

    affine: Affine
    width_px: int
    height_px: int

    def box_px(self) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom of the window in frame pixels (of its hull, where the map turns)."""
        back = self.affine.inverse()
        corners = [back.apply(u, v) for u in (0, self.width_px) for v in (0, self.height_px)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)


def place_box(x_px: int, y_px: int, width_px: int, height_px: int) -> Place:
    """Return the place of a box of whole pixels."""
    return Place(Affine.translation(-float(x_px), -float(y_px)), width_px, height_px)


def place_around(x_px: float, y_px: float, size_px: tuple[int, int]) -> Place:
    """Return the place of a window of whole pixels whose centre is nearest to a point; halves go right and down.

    >>> place_around(100.5, 50.2, (10, 10)).box_px()
    (96.0, 45.0, 106.0, 55.0)
    """
    width, height = size_px
    left, top = math.floor(x_px - width / 2 + 0.5), math.floor(y_px - height / 2 + 0.5)
    return place_box(left, top, width, height)


def place_fixed(config: WindowConfig, width_px: int, height_px: int) -> Place:
    """Return the place that needs no look at the frame: modes crop, resize, letterbox and full.

    Parameters
    ----------
    config : WindowConfig
    width_px, height_px : int
        Size of the upright frame.
    """
    if config.mode == "crop" and config.box_px:
        return _scaled(place_box(*config.box_px), config.size_px)
    if config.mode == "resize" and config.size_px:
        scale = Affine.scale(config.size_px[0] / width_px, config.size_px[1] / height_px)
        return _as_recorded(Place(scale, *config.size_px))
    if config.mode == "letterbox" and config.size_px:
        return _letterbox(config.size_px, width_px, height_px)
    return Place(IDENTITY, width_px, height_px)


def place_by_hand(config: WindowConfig, x_px: float, y_px: float) -> Place | None:
    """Return the place of a window whose centre a person chose; None where the mode gives windows no place.

    Parameters
    ----------
    config : WindowConfig
    x_px, y_px : float
        In upright frame pixels.
    """
    if config.mode == "match" and config.size_px:
        return place_around(x_px, y_px, config.size_px)
    if config.mode == "crop" and config.box_px:
        return _scaled(place_around(x_px, y_px, config.box_px[2:]), config.size_px)
    return None


def _scaled(place: Place, size_px: tuple[int, int] | None) -> Place:
    """Scale what a box shows to a size, where one is asked for."""
    if size_px is None or size_px == (place.width_px, place.height_px):
        return place
    scale = Affine.scale(size_px[0] / place.width_px, size_px[1] / place.height_px)
    return _as_recorded(Place(place.affine.then(scale), *size_px))


def _letterbox(size_px: tuple[int, int], width_px: int, height_px: int) -> Place:
    """Scale a frame into a window, keeping its shape up to the rounding to whole pixels, and centre it."""
    scale = min(size_px[0] / width_px, size_px[1] / height_px)
    inner = [max(1, math.floor(side * scale + 0.5)) for side in (width_px, height_px)]
    inner = [min(side, room) for side, room in zip(inner, size_px, strict=True)]
    left, top = ((room - side) // 2 for side, room in zip(inner, size_px, strict=True))
    affine = Affine.scale(inner[0] / width_px, inner[1] / height_px).then(Affine.translation(left, top))
    return _as_recorded(Place(affine, *size_px))


def _as_recorded(place: Place) -> Place:
    affine = place.affine
    a, b, d, e = (round(value, _SCALE_DECIMALS) for value in (affine.a, affine.b, affine.d, affine.e))
    c, f = (round(value, _SHIFT_DECIMALS) for value in (affine.c, affine.f))
    return Place(Affine(a, b, c, d, e, f), place.width_px, place.height_px)


def overhang_px(place: Place, width_px: int, height_px: int) -> float:
    """Return by how many frame pixels a window reaches beyond its frame; 0 when it lies inside."""
    left, top, right, bottom = place.box_px()
    beyond = max(-left, -top, right - width_px, bottom - height_px)
    return beyond if beyond > 0.5 else 0.0  # noqa: PLR2004 - scales are kept to six decimals


def cut(frame: Pixels, place: Place, pad_value: int) -> Pixels:
    """Cut a window out of an upright frame; depth and channels are kept.

    What lies outside the frame is filled with ``pad_value`` in every colour, opaque where there is an alpha channel.
    Scaled windows are averaged over areas when they shrink and interpolated linearly when they grow.

    Parameters
    ----------
    frame : ndarray, shape (H, W) or (H, W, channels)
    place : Place
        Its map may shift and scale, not turn.
    pad_value : int
        In the frame's own range.

    Returns
    -------
    ndarray, shape (height_px, width_px) or (height_px, width_px, channels)
    """
    affine = place.affine
    if affine.a == 1.0 and affine.e == 1.0:
        return _padded(frame, round(-affine.c), round(-affine.f), place.width_px, place.height_px, pad_value)
    height, width = frame.shape[:2]
    left, top, right, bottom = place.box_px()
    x0, y0, x1, y1 = (round(value) for value in (max(left, 0), max(top, 0), min(right, width), min(bottom, height)))
    if x1 <= x0 or y1 <= y0:
        return _blank(frame, place.width_px, place.height_px, pad_value)
    u0, v0 = (round(value) for value in affine.apply(x0, y0))
    u1, v1 = (round(value) for value in affine.apply(x1, y1))
    scaled = resize(frame[y0:y1, x0:x1], max(1, u1 - u0), max(1, v1 - v0))
    return _padded(scaled, -u0, -v0, place.width_px, place.height_px, pad_value)


def resize(pixels: Pixels, width_px: int, height_px: int) -> Pixels:
    """Scale a picture to a size, corner to corner."""
    if pixels.shape[:2] == (height_px, width_px):
        return pixels
    shrinks = width_px <= pixels.shape[1] and height_px <= pixels.shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (width_px, height_px), interpolation=method))


def _padded(frame: Pixels, left: int, top: int, width: int, height: int, pad_value: int) -> Pixels:
    rows, columns = frame.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, columns), min(top + height, rows)
    if (x0, y0, x1, y1) == (left, top, left + width, top + height):
        return np.ascontiguousarray(frame[y0:y1, x0:x1])
    window = _blank(frame, width, height, pad_value)
    if x1 > x0 and y1 > y0:
        window[y0 - top : y1 - top, x0 - left : x1 - left] = frame[y0:y1, x0:x1]
    return window


def _blank(frame: Pixels, width: int, height: int, pad_value: int) -> Pixels:
    largest = int(np.iinfo(frame.dtype).max)
    blank = np.full((height, width, *frame.shape[2:]), min(pad_value, largest), frame.dtype)
    if frame.ndim == 3 and frame.shape[2] == 4:  # noqa: PLR2004 - B, G, R and alpha
        blank[:, :, 3] = largest
    return blank
