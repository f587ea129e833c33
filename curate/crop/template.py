"""The picture that is searched for, prepared once at every scale.

A *context* template, larger than the window that is cut, is told from the background far more surely than the window
alone (LIMITS.md B2: 324 of 324 held-out parts against 301), so its size and the window's are independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.crop.ncc import Grey
from curate.errors import InputError

Pixels: TypeAlias = NDArray[Any]

SMALLEST_PX = 16
"""Templates with a shorter side are refused: they fit everywhere."""

LEAST_CONTRAST = 5.0 / 255.0
"""Templates whose standard deviation is a smaller share of their depth's range are refused as flat (LIMITS.md B2c)."""

_SHORTEST_SHRUNK_PX = 32
"""A template is not shrunk below this side: less does not tell a part from the background."""

_LONGEST_FINE_PX = 450
"""At the finest level, the template is shrunk to at most this side: more costs time and adds no precision."""

_SMALLEST_FRAME_PX = 256
"""Frames are not shrunk below this longer side, except to 1/8: the search is already cheap then."""

_USUAL_FACTOR = 8


@dataclass(frozen=True, slots=True)
class Level:
    """A template shrunk by a whole factor, after cutting it to a multiple of the factor."""

    pixels: Grey
    mask: Grey | None


@dataclass(frozen=True, slots=True)
class Template:
    """A prepared template.

    Attributes
    ----------
    name : str
        What records call it.
    width_px, height_px : int
    levels : dict of int to Level
        By shrink factor, a power of two.
    """

    name: str
    width_px: int
    height_px: int
    levels: dict[int, Level]

    @property
    def fine_factor(self) -> int:
        """The shrink factor at which positions are refined."""
        wanted = max(self.width_px, self.height_px) / _LONGEST_FINE_PX
        return next((factor for factor in sorted(self.levels) if factor >= wanted), max(self.levels))

    def coarse_factor(self, width_px: int, height_px: int) -> int:
        """Return the shrink factor at which a whole frame of this size is searched."""
        longest = max(width_px, height_px)
        allowed = [
            factor for factor in self.levels if factor <= _USUAL_FACTOR or longest / factor >= _SMALLEST_FRAME_PX
        ]
        return max(allowed)


def prepare_template(pixels: Pixels, name: str, mask: NDArray[np.uint8] | None = None) -> Template:
    """Prepare a template for matching.

    Parameters
    ----------
    pixels : ndarray, shape (h, w) or (h, w, 3 or 4)
        Upright, 8 or 16 bits.
    name : str
        For messages and records.
    mask : ndarray of uint8, shape (h, w), optional
        Non-zero where the template is to be looked at.

    Raises
    ------
    InputError
        If it is smaller than :data:`SMALLEST_PX`, flat, or the mask has another size or covers nothing.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < SMALLEST_PX:
        raise InputError(
            f"is {width}×{height} px, a template needs at least {SMALLEST_PX} px a side",
            path=name,
            hint="cut a larger one: the part and its surroundings, for instance 800×800 px",
        )
    if mask is not None:
        _check_mask(mask, name, width, height)
    grey = to_grey(pixels)
    _check_contrast(pixels, grey if mask is None else grey[mask > 0], name)
    weights = None if mask is None else (mask > 0).astype(np.float32)
    levels = {}
    factor = 1
    while factor == 1 or min(width, height) / factor >= _SHORTEST_SHRUNK_PX:
        levels[factor] = Level(shrink(grey, factor), None if weights is None else shrink(weights, factor))
        factor *= 2
    return Template(name, width, height, levels)


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
    """Average blocks of ``factor`` × ``factor`` pixels; rows and columns that fill no whole block are cut off.

    Cutting first keeps the scale exactly 1/factor: shrinking 2590 px to 323 would scale by 8.0186 and put the right
    edge 6 px wrong (LIMITS.md B2b).

    >>> shrink(np.arange(10, dtype=np.uint8).reshape(2, 5), 2).tolist()
    [[3.0, 5.0]]
    """
    height, width = (side // factor for side in grey.shape)
    cut = grey[: height * factor, : width * factor]
    if factor > 1:
        # 8 and 16 bits are averaged in halves, which OpenCV does with vector instructions; the last step in float
        # keeps what rounding to whole grey levels would lose.
        while factor > 2 and cut.dtype != np.float32:  # noqa: PLR2004 - the last halving
            cut = cv2.resize(cut, (cut.shape[1] // 2, cut.shape[0] // 2), interpolation=cv2.INTER_AREA)
            factor //= 2
        cut = cv2.resize(cut.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cut, dtype=np.float32)


def depth_range(pixels: Pixels) -> float:
    """Return the largest value that a picture's depth can hold; 1 for floating point."""
    return float(np.iinfo(pixels.dtype).max) if np.issubdtype(pixels.dtype, np.integer) else 1.0


def _check_mask(mask: NDArray[np.uint8], name: str, width: int, height: int) -> None:
    if mask.shape != (height, width):
        raise InputError(
            f"its mask is {mask.shape[1]}×{mask.shape[0]} px, expected the template's size {width}×{height}", path=name
        )
    if np.count_nonzero(mask) < SMALLEST_PX**2:
        raise InputError(
            f"its mask shows {np.count_nonzero(mask)} px, expected at least {SMALLEST_PX**2}",
            path=name,
            hint="white is looked at, black is not",
        )


def _check_contrast(pixels: Pixels, seen: Pixels, name: str) -> None:
    contrast = float(seen.std()) / depth_range(pixels)
    if contrast < LEAST_CONTRAST:
        raise InputError(
            f"is flat: its grey values spread by {100 * contrast:.1f} % of the range, "
            f"a template needs at least {100 * LEAST_CONTRAST:.1f} %",
            path=name,
            hint="choose a piece with structure, or take in more of the surroundings",
        )
