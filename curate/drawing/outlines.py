"""Regions as closed polygons: thin enough for a page, and drawn where the pixels end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.drawing.palette import Colour
from curate.geometry.outlines import rings_of

Outline: TypeAlias = tuple[tuple[float, float], ...]
"""Corners (x, y) in pixels, the last joined to the first; (0, 0) is the top-left corner of the top-left pixel."""

_FEWEST_CORNERS = 3
_SUBPIXEL_BITS = 4
_RIM = (20, 20, 20)


def outlines_of(mask: NDArray[Any], scale: float = 1.0) -> list[Outline]:
    """Trace a mask along its pixels' edges, holes included.

    Parameters
    ----------
    mask : ndarray, shape (height, width)
        Not zero inside.
    scale : float
        Of the picture that the outlines are for. Where it is less than 1, corners that would move an outline by less
        than half a pixel are left out.

    Returns
    -------
    list of Outline
        Clockwise around pieces, anticlockwise around holes; empty for an empty mask.

    Examples
    --------
    >>> outlines_of(np.array([[0, 0], [0, 1]]))
    [((1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0))]
    """
    left, top, width, height = cv2.boundingRect((np.asarray(mask) != 0).view(np.uint8))
    if width == 0:
        return []
    outlines = []
    for ring in rings_of(np.asarray(mask[top : top + height, left : left + width] != 0)):
        corners = (np.array(ring, np.float32) + np.array([left, top], np.float32)) * np.float32(scale)
        if scale < 1.0:
            corners = _simplified(corners)
        outlines.append(tuple((float(x), float(y)) for x, y in corners.round(2).tolist()))
    return outlines


def _simplified(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    fewer = np.asarray(cv2.approxPolyDP(corners[:, None, :], 0.5, closed=True), np.float32)[:, 0, :]
    return fewer if len(fewer) >= _FEWEST_CORNERS else corners


def draw_regions(
    picture: NDArray[np.uint8], outlines: Sequence[Outline], colour: Colour, *, thickness_px: int = 1, tint: float = 0.0
) -> None:
    """Draw one region's outlines into a picture, in place, with a dark rim that shows them on any ground.

    Parameters
    ----------
    picture : ndarray, shape (height, width, 3)
    outlines : sequence of Outline
        Pieces and holes of the region.
    colour : tuple of int
    thickness_px : int
    tint : float
        How much of the colour covers the inside, 0..1.
    """
    # OpenCV's coordinates are of pixel centres, an outline's of pixel corners: half a pixel apart.
    rings = [
        np.round((np.array(outline) - 0.5) * (1 << _SUBPIXEL_BITS)).astype(np.int32)[:, None, :] for outline in outlines
    ]
    if tint and rings:
        filled = picture.copy()
        cv2.fillPoly(filled, rings, colour, cv2.LINE_AA, _SUBPIXEL_BITS)
        cv2.addWeighted(filled, tint, picture, 1 - tint, 0.0, dst=picture)
    for shade, thickness in ((_RIM, thickness_px + 2), (colour, thickness_px)):
        cv2.polylines(picture, rings, True, shade, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)  # noqa: FBT003
