"""The picture that is searched for, prepared once at every scale.

A *context* template, larger than the window that is cut, is told from the background far more surely than the window
alone (docs/measurements.md: 324 of 324 held-out parts against 301), so its size and the window's are independent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.crop.grey import contrast_radius, depth_range, even_contrast, shrink, to_grey
from curate.crop.ncc import Grey, Pattern
from curate.crop.patches import Patches, cut_patches
from curate.errors import InputError
from curate.geometry.affine import Affine
from curate.imaging.images import Pixels

SMALLEST_PX = 16
"""Templates with a shorter side are refused: they fit everywhere."""

LEAST_CONTRAST = 5.0 / 255.0
"""Templates whose standard deviation is a smaller share of their depth's range are refused as flat."""

_SHORTEST_SHRUNK_PX = 48
"""A template is not shrunk below this side: less does not tell a part from the background."""

_SHORTEST_ROUGH_PX = 90
"""A template is not shrunk below this side for finding its patches: they would overlap too much to vote apart."""

_LONGEST_FINE_PX = 225
"""At the finest level, the template is shrunk to at most this side: on noisy and blurred frames more adds no precision
(median 0.2 px at 800 px, with 450 as with 225), and costs a seventh of the matching."""

FOLLOWED_DEG = 4.0
"""Patches follow parts that are turned by up to this; for larger turns, turned copies of a template stand in."""

_ROUGH_GRID, _ROUGH_SIDE = 5, 24
_FINE_GRID, _FINE_SIDE = 5, 28
"""Patches along each axis, and their side in pixels of their level (:mod:`curate.crop.patches`)."""


class Level:
    """A template shrunk by a whole factor, after cutting it to a multiple of the factor.

    Most levels serve one purpose only, so what is derived from the pixels is made when it is first wanted.

    Parameters
    ----------
    pixels : ndarray of float32
    mask : ndarray of float32 or None
    """

    def __init__(self, pixels: Grey, mask: Grey | None) -> None:
        self.pixels = pixels
        self.mask = mask

    @cached_property
    def pattern(self) -> Pattern:
        """``pixels``, ready to be compared."""
        return Pattern.of(self.pixels, self.mask)

    @cached_property
    def even(self) -> Pattern:
        """``pixels`` with their local contrast evened out: see :func:`curate.crop.grey.even_contrast`."""
        return Pattern.of(even_contrast(self.pixels, contrast_radius(self.pixels.shape)), self.mask)

    @cached_property
    def rough(self) -> Patches:
        """Few patches, searched far."""
        return cut_patches(self.pixels, self.mask, _ROUGH_GRID, _ROUGH_SIDE)

    @cached_property
    def fine(self) -> Patches:
        """Larger patches, searched nearby."""
        return cut_patches(self.pixels, self.mask, _FINE_GRID, _FINE_SIDE)


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
    angle_deg : float
        How far it was turned, clockwise, before it was prepared.
    """

    name: str
    width_px: int
    height_px: int
    levels: dict[int, Level]
    angle_deg: float = 0.0

    @property
    def fine_factor(self) -> int:
        """The shrink factor at which positions are refined."""
        wanted = max(self.width_px, self.height_px) / _LONGEST_FINE_PX
        return next((factor for factor in sorted(self.levels) if factor >= wanted), max(self.levels))

    def rough_factor(self, coarse_factor: int) -> int:
        """Return the shrink factor at which patches are located first: coarse, but not too small for patches."""
        allowed = [
            factor
            for factor in self.levels
            if factor <= coarse_factor and min(self.width_px, self.height_px) / factor >= _SHORTEST_ROUGH_PX
        ]
        return max(allowed, default=1)

    @property
    def coarse_factor(self) -> int:
        """The shrink factor at which whole frames are searched."""
        return max(self.levels)


def prepare_templates(
    pixels: Pixels, name: str, mask: NDArray[np.uint8] | None = None, rotation_deg: float = 0.0
) -> list[Template]:
    """Prepare a template and, for parts that may be turned further than patches follow, its turned copies.

    Parameters
    ----------
    rotation_deg : float
        How far parts may be turned, either way.

    Raises
    ------
    InputError
        See :func:`prepare_template`.
    """
    upright = prepare_template(pixels, name, mask)
    beyond = max(0.0, rotation_deg - FOLLOWED_DEG)
    count = math.ceil(beyond / (2.0 * FOLLOWED_DEG))
    angles = [sign * step * 2.0 * FOLLOWED_DEG for step in range(1, count + 1) for sign in (-1, 1)]
    visible = np.full(pixels.shape[:2], 255, np.uint8) if mask is None else mask
    return [upright, *(_turned(pixels, visible, name, angle) for angle in angles)]


def _turned(pixels: Pixels, mask: NDArray[np.uint8], name: str, angle_deg: float) -> Template:
    """Prepare a copy turned about its centre; what the turn brings in from outside is masked."""
    height, width = pixels.shape[:2]
    matrix = Affine.rotation(angle_deg, width / 2, height / 2).as_opencv()
    turned = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    visible = cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    return prepare_template(np.asarray(turned), name, np.asarray(visible, np.uint8), angle_deg)


def as_mask(pixels: Pixels) -> NDArray[np.uint8]:
    """Return 255 where a mask's picture is brighter than half its range, else 0."""
    return np.asarray(np.where(to_grey(pixels) > depth_range(pixels) / 2, 255, 0), np.uint8)


def prepare_template(
    pixels: Pixels, name: str, mask: NDArray[np.uint8] | None = None, angle_deg: float = 0.0
) -> Template:
    """Prepare a template for matching.

    Parameters
    ----------
    pixels : ndarray, shape (h, w) or (h, w, 3 or 4)
        Upright, 8 or 16 bits.
    name : str
        For messages and records.
    mask : ndarray of uint8, shape (h, w), optional
        Non-zero where the template is to be looked at, besides its own opacity.
    angle_deg : float
        How far ``pixels`` were turned already.

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
    mask = _with_opacity(pixels, mask)
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
    return Template(name, width, height, levels, angle_deg)


def _with_opacity(pixels: Pixels, mask: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
    """Take transparent pixels out of a mask; a picture that is opaque everywhere needs none."""
    if pixels.ndim != 3 or pixels.shape[2] != 4 or pixels[:, :, 3].all():  # noqa: PLR2004 - B, G, R, alpha
        return mask
    opaque = np.asarray(np.where(pixels[:, :, 3] > 0, 255, 0), np.uint8)
    return opaque if mask is None or mask.shape != opaque.shape else np.minimum(opaque, mask)


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
