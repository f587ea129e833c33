"""Measure where a part lies and how it is turned, from many small patches that vote.

A template matched as a whole is pulled away by whatever covers, lights or replaces a piece of it. So the template is
cut into patches; each is found by itself near where the coarse search put it, and the rigid movement that most patches
agree on wins. A missing item, a hand in the view or a reflection spoils its own patches only. The share of patches that
agree is also the surest sign that the part is there at all: at a wrong place, patches go astray each in another
direction.

Conventions
-----------
Points are complex numbers ``x + iy`` in pixels, y down, so multiplying by ``exp(i * angle)`` turns clockwise on screen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.crop.ncc import Grey, peak_below_a_pixel

Points: TypeAlias = NDArray[np.complex128]

FEWEST_PATCHES = 6
"""With fewer patches that have texture, votes mean nothing."""

LARGEST_TURN_DEG = 5.0
"""Larger turns are not taken for the part's own; a larger search uses templates that are turned beforehand."""

_TEXTURE_SHARE = 0.3
"""A patch whose standard deviation is a smaller share of the median patch's is flat: it would be found anywhere."""

_TOLERANCE_PX = 1.5
"""Patches that lie farther from the common movement, in pixels of their level, do not agree."""


@dataclass(frozen=True, slots=True)
class Patches:
    """Patches of a template at one scale.

    Attributes
    ----------
    pixels : tuple of ndarray of float32, shape (side, side)
    corners : tuple of (int, int)
        Column and row of each patch's top-left pixel in the shrunk template.
    side : int
    """

    pixels: tuple[Grey, ...]
    corners: tuple[tuple[int, int], ...]
    side: int

    @property
    def centres(self) -> Points:
        """Centres in the shrunk template."""
        return np.array([complex(x + self.side / 2, y + self.side / 2) for x, y in self.corners])


@dataclass(frozen=True, slots=True)
class Movement:
    """A turn about the origin, then a shift, and how many patches agree on it.

    Attributes
    ----------
    angle_rad : float
        Clockwise on screen.
    shift : complex
    agreement : float
        Share of the patches that moved so, 0..1.
    """

    angle_rad: float
    shift: complex
    agreement: float

    def apply(self, points: Points) -> Points:
        """Move points."""
        return np.asarray(points * np.exp(1j * self.angle_rad) + self.shift)


def cut_patches(pixels: Grey, mask: Grey | None, grid: int, side: int) -> Patches:
    """Cut a grid of patches out of a shrunk template and drop those that are flat or masked out.

    Parameters
    ----------
    pixels, mask : ndarray of float32, shape (h, w)
    grid : int
        Patches along each axis.
    side : int
        Wanted side of a patch, in pixels of the template; smaller where the template is.
    """
    rows, columns = pixels.shape
    side = min(side, rows, columns)
    xs = np.linspace(0, columns - side, grid).round().astype(int)
    ys = np.linspace(0, rows - side, grid).round().astype(int)
    corners = [(int(x), int(y)) for y in dict.fromkeys(ys) for x in dict.fromkeys(xs)]
    if mask is not None:
        corners = [(x, y) for x, y in corners if mask[y : y + side, x : x + side].min() > 0]
    spreads = np.array([pixels[y : y + side, x : x + side].std() for x, y in corners])
    floor = _TEXTURE_SHARE * float(np.median(spreads)) if corners else 0.0
    kept = [corner for corner, spread in zip(corners, spreads, strict=True) if spread > max(floor, 1e-6)]
    return Patches(tuple(pixels[y : y + side, x : x + side] for x, y in kept), tuple(kept), side)


def locate_patches(image: Grey, patches: Patches, reach: int) -> tuple[Points, NDArray[np.float64]]:
    """Find each patch near its own place in an image.

    Parameters
    ----------
    image : ndarray of float32, shape (h + 2 * reach, w + 2 * reach)
        The shrunk frame around the shrunk template's place, with a margin.
    patches : Patches
    reach : int
        How far to look, in pixels.

    Returns
    -------
    centres : ndarray of complex128, shape (n,)
        In the shrunk template's coordinates, were it unmoved.
    scores : ndarray of float64, shape (n,)
        Normalised cross-correlation of each patch at its place.
    """
    centres, scores = [], []
    span = patches.side + 2 * reach
    for pixels, (x, y) in zip(patches.pixels, patches.corners, strict=True):
        found = cv2.matchTemplate(image[y : y + span, x : x + span], pixels, cv2.TM_CCOEFF_NORMED)
        _, best, _, (column, row) = cv2.minMaxLoc(found)
        below = peak_below_a_pixel(np.asarray(found, np.float32), row, column)
        centres.append(complex(x + below[1] - reach + patches.side / 2, y + below[0] - reach + patches.side / 2))
        scores.append(best)
    return np.array(centres), np.array(scores)


def agree(before: Points, after: Points, weights: NDArray[np.float64], tolerance_px: float = _TOLERANCE_PX) -> Movement:
    """Return the rigid movement that the most patches made.

    Every pair of patches proposes a turn and a shift, and every patch a shift alone; the proposal with the greatest
    weight of patches within the tolerance wins, and is fitted again to all of them by least squares.

    Parameters
    ----------
    before, after : ndarray of complex128, shape (n,)
    weights : ndarray of float64, shape (n,)
        How much each patch counts, for instance its score; below 0 counts nothing.
    """
    weights = np.maximum(weights, 0.0)
    total = len(before)
    angles, shifts = _proposals(before, after)
    distances = np.abs(np.exp(1j * angles)[:, None] * before[None, :] + shifts[:, None] - after[None, :])
    support = np.where(distances <= tolerance_px, weights[None, :] * (1.0 - (distances / tolerance_px) ** 2 / 2.0), 0.0)
    best = int(support.sum(axis=1).argmax())
    movement = Movement(float(angles[best]), complex(shifts[best]), 0.0)
    for _ in range(3):
        near = np.abs(movement.apply(before) - after) <= tolerance_px
        if not near.any():
            break
        movement = _fit(before[near], after[near], weights[near], float(near.sum()) / total)
    return movement


def _proposals(before: Points, after: Points) -> tuple[NDArray[np.float64], Points]:
    first, second = np.triu_indices(len(before), 1)
    arms, moved = before[second] - before[first], after[second] - after[first]
    far = np.abs(arms) > 0.3 * np.abs(before - before.mean()).max()  # near pairs tell no angle
    angles = np.angle(moved[far] * np.conj(arms[far]))
    small = np.abs(angles) <= math.radians(LARGEST_TURN_DEG)
    angles = angles[small]
    first, second = first[far][small], second[far][small]
    turns = np.exp(1j * angles)
    shifts = (after[first] + after[second] - turns * (before[first] + before[second])) / 2.0
    return np.concatenate([angles, np.zeros(len(before))]), np.concatenate([shifts, after - before])


def _fit(before: Points, after: Points, weights: NDArray[np.float64], agreement: float) -> Movement:
    """Fit a rigid movement by weighted least squares (Procrustes)."""
    total = weights.sum()
    if total <= 0.0:
        weights, total = np.ones(len(before)), float(len(before))
    middle, moved = (weights * before).sum() / total, (weights * after).sum() / total
    turn = (weights * np.conj(before - middle) * (after - moved)).sum()
    limit = math.radians(LARGEST_TURN_DEG)
    angle = float(np.clip(np.angle(turn), -limit, limit)) if abs(turn) > 0.0 else 0.0
    return Movement(angle, complex(moved - middle * np.exp(1j * angle)), agreement)
