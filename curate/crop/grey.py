"""A frame's brightness at several scales, and with its contrast evened out."""

from __future__ import annotations

import cv2
import numpy as np

from curate.crop.ncc import Grey, mean_and_deviation
from curate.imaging.images import Pixels

_CONTRAST_FLOOR = 0.3
"""Neighbourhoods that spread less than this share of the whole picture are not raised to full contrast: it is noise."""


_MEASURED = 4
"""Up to this shrink factor, positions are measured, on averages of whole blocks."""

_SAMPLED = 8
"""At this shrink factor, frames are searched: their pixels are sampled, and coarser levels average this one."""


class Pyramid:
    """A frame's brightness, shrunk by powers of two; each level is made once, when it is first wanted.

    The level of factor 8 is made in one pass straight from the frame, from 4 × 2 of the 8 × 8 pixels of each block,
    spread over it, so that stripes of the frame do not stay in it as waves; for half the time of averaging more. The
    noise in it lowers scores slightly, and its rows lie half a pixel of the frame too low; the search is none the less
    precise for it. Finer levels average whole blocks, coarser ones average this one.

    Parameters
    ----------
    frame : ndarray, shape (H, W) or (H, W, channels)
        8 or 16 bits.
    """

    def __init__(self, frame: Pixels) -> None:
        self._frame = frame
        self._levels: dict[int, Pixels] = {}

    def level(self, factor: int) -> Pixels:
        """Return the frame shrunk by a factor, in its own depth.

        Rows and columns that fill no whole block are cut off; see :func:`shrink`.
        """
        if factor not in self._levels:
            self._levels[factor] = self._made(factor)
        return self._levels[factor]

    def _made(self, factor: int) -> Pixels:
        if factor == 1:
            return to_grey(self._frame)
        if factor != _SAMPLED:
            return halve(self.level(factor // 2))
        height, width = (side // factor for side in self._frame.shape[:2])
        blocks = self._frame[: factor * height, : factor * width]
        # Of a quarter of the rows, linear interpolation reads the middle two of four pixels.
        quarters = cv2.resize(blocks[2::4], (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
        return halve(to_grey(np.asarray(quarters)))

    def size(self, factor: int) -> tuple[int, int]:
        """Return width and height of a level."""
        return self._frame.shape[1] // factor, self._frame.shape[0] // factor

    def piece(self, factor: int, x0: int, y0: int, x1: int, y1: int) -> Pixels:
        """Return a box of a level, in the level's pixels.

        Up to factor 4, only the box is made, from averages of whole blocks: there, positions are measured, and a mesh
        of 4 px in the frame would pull them by a pixel.
        """
        if factor > _MEASURED:
            return self.level(factor)[y0:y1, x0:x1]
        box = to_grey(self._frame[y0 * factor : y1 * factor, x0 * factor : x1 * factor])
        for _ in range(factor.bit_length() - 1):
            box = halve(box)
        return box

    def shrunk(self, factor: int) -> Grey:
        """Return a level in floating point, its last halving not rounded to whole grey levels, where there is one."""
        if factor in {1, _SAMPLED}:
            return self.level(factor).astype(np.float32)
        return np.asarray(halve(self.level(factor // 2).astype(np.float32)), np.float32)


def halve(grey: Pixels) -> Pixels:
    """Average blocks of 2 × 2 pixels; an odd last row or column is cut off."""
    height, width = (side // 2 for side in grey.shape)
    cut = grey[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA))


def to_grey(pixels: Pixels) -> Pixels:
    """Return a picture's brightness with its own depth; shape (h, w)."""
    if pixels.ndim == 2:  # noqa: PLR2004 - rows and columns
        return pixels
    channels = pixels.shape[2]
    if channels == 1:
        return pixels[:, :, 0]
    code = cv2.COLOR_BGR2GRAY if channels == 3 else cv2.COLOR_BGRA2GRAY  # noqa: PLR2004 - B, G, R
    return np.asarray(cv2.cvtColor(pixels, code))


def shrink(grey: Pixels, factor: int) -> Grey:
    """Average blocks of ``factor`` × ``factor`` pixels, a power of two; incomplete blocks are cut off.

    Cutting first keeps the scale exactly 1/factor: shrinking 2590 px to 323 would scale by 8.0186 and put the right
    edge 6 px wrong (docs/measurements.md).

    >>> shrink(np.arange(10, dtype=np.uint8).reshape(2, 5), 2).tolist()
    [[3.0, 5.0]]
    """
    while factor > 2:  # noqa: PLR2004 - the last halving is not rounded
        grey, factor = halve(grey), factor // 2
    return np.asarray(halve(grey.astype(np.float32)) if factor > 1 else grey.astype(np.float32), np.float32)


def contrast_radius(shape: tuple[int, ...]) -> int:
    """Return the radius over which contrast is evened out, for a shrunk template of this shape."""
    return int(np.clip(min(shape[0], shape[1]) // 12, 3, 8))


def even_contrast(grey: Grey, radius: int) -> Grey:
    """Give every neighbourhood mean 0 and about the same spread.

    A bright item or a dark arm then weighs no more than any other piece of the picture: without this, an item with
    strong contrast drags the template along when it is itself misplaced.

    Parameters
    ----------
    grey : ndarray of float32, shape (H, W)
    radius : int
        Of the square neighbourhood.
    """
    size = (2 * radius + 1, 2 * radius + 1)
    about_mean = grey - cv2.boxFilter(grey, -1, size, borderType=cv2.BORDER_REFLECT)
    spread = cv2.boxFilter(about_mean * about_mean, -1, size, borderType=cv2.BORDER_REFLECT)
    floor = (_CONTRAST_FLOOR * mean_and_deviation(grey)[1]) ** 2
    return np.asarray(about_mean / np.sqrt(spread + np.float32(max(floor, 1e-12))), np.float32)


def depth_range(pixels: Pixels) -> float:
    """Return the largest value that a picture's depth can hold; 1 for floating point."""
    return float(np.iinfo(pixels.dtype).max) if np.issubdtype(pixels.dtype, np.integer) else 1.0
