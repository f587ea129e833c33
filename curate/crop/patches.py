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
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.crop.ncc import Grey

Points: TypeAlias = NDArray[np.complex128]

FEWEST_PATCHES = 6
"""With fewer patches that have texture, votes mean nothing."""

LARGEST_TURN_DEG = 5.0
"""Larger turns are not taken for the part's own; a larger search uses templates that are turned beforehand."""

_LARGEST_SLOPE = math.tan(math.radians(LARGEST_TURN_DEG))

_TEXTURE_SHARE = 0.3
"""A patch whose standard deviation is a smaller share of the median patch's is flat: it would be found anywhere."""

_FLAT_SHARE = 1e-6
"""Share of the surroundings' mean variance that is added to every place's: flat ground scores 0, not 0/0."""

TOLERANCE_PX = 1.5
"""Patches that lie farther from the common movement, in pixels of their level, do not agree."""


class Patches:
    """Patches of a template at one scale.

    Parameters
    ----------
    pixels : sequence of ndarray of float32, shape (side, side)
    corners : sequence of (int, int)
        Column and row of each patch's top-left pixel in the shrunk template.
    side : int

    Attributes
    ----------
    centres : ndarray of complex128, shape (n,)
        In the shrunk template.
    energies : ndarray of float32, shape (n,)
        Sum of squares of each patch about its mean.
    """

    def __init__(self, pixels: Sequence[Grey], corners: Sequence[tuple[int, int]], side: int) -> None:
        self.corners = tuple(corners)
        self.side = side
        stack = np.array(pixels, np.float32).reshape(-1, side, side)
        self._kernels = np.asarray(stack - stack.mean(axis=(1, 2), keepdims=True), np.float32)
        self.energies = np.asarray(np.square(self._kernels).sum(axis=(1, 2)), np.float32)
        self.centres: Points = np.array([complex(x + side / 2, y + side / 2) for x, y in self.corners], np.complex128)
        self._bands: dict[int, Grey] = {}

    def bands(self, reach: int) -> Grey:
        """Return the patches as matrices that correlate along rows, made once for each reach.

        Returns
        -------
        ndarray of float32, shape (n, side * (side + 2 * reach), 2 * reach + 1)
            Column ``k`` of a matrix is the patch, its mean taken off, in rows of ``side + 2 * reach`` pixels, ``k``
            pixels from the left. So ``side`` rows of a picture, laid end to end, times the matrix are the patch's
            products with every place along them.
        """
        if reach not in self._bands:
            bands = np.zeros((len(self.corners), self.side, self.side + 2 * reach, 2 * reach + 1), np.float32)
            for shift in range(2 * reach + 1):
                bands[:, :, shift : shift + self.side, shift] = self._kernels
            self._bands[reach] = bands.reshape(len(self.corners), -1, 2 * reach + 1)
        return self._bands[reach]


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
    return Patches([pixels[y : y + side, x : x + side] for x, y in kept], kept, side)


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
    scores = _score_maps(image, patches, reach)
    count, places = len(scores), 2 * reach + 1
    rows, columns = np.divmod(scores.reshape(count, -1).argmax(axis=1), places)
    each = np.arange(count)
    lines = np.concatenate([scores[each, :, columns], scores[each, rows]])
    along = np.concatenate([rows, columns])
    below_row, below_column = (along + _vertices(lines, along)).reshape(2, count)
    moved = below_column + 1j * below_row - complex(reach, reach)
    return patches.centres + moved, scores[each, rows, columns].astype(np.float64)


def _score_maps(image: Grey, patches: Patches, reach: int) -> Grey:
    """Return the normalised cross-correlation of each patch with every place near its own.

    One product of matrices a patch: for patches this small, a tenth of the time of one Fourier transform each.

    Returns
    -------
    ndarray of float32, shape (n, 2 * reach + 1, 2 * reach + 1)
    """
    side, places = patches.side, 2 * reach + 1
    span = side + 2 * reach
    near = np.stack([image[y : y + span, x : x + span] for x, y in patches.corners])
    near = near - near.mean(axis=(1, 2), keepdims=True)  # small numbers keep their digits in the sums
    step = near.strides[1]
    end_to_end = (len(near), places, side * span)
    rows = np.ascontiguousarray(np.lib.stride_tricks.as_strided(near, end_to_end, (near.strides[0], step, 4)))
    products = rows @ patches.bands(reach)
    box = _box(side, places)
    total, squares = box @ near @ box.T, box @ np.square(near) @ box.T
    spread = np.maximum(squares - total * total / (side * side), 0.0)
    floor = _FLAT_SHARE * float(np.vdot(near, near)) / near.size * side * side
    return np.asarray(products / np.sqrt(patches.energies[:, None, None] * (spread + max(floor, 1e-9))), np.float32)


@lru_cache(maxsize=16)
def _box(side: int, places: int) -> Grey:
    """Return the matrix that sums ``side`` neighbours from each of some places on."""
    box = np.zeros((places, side + places - 1), np.float32)
    for shift in range(places):
        box[shift, shift : shift + side] = 1.0
    return box


def _vertices(lines: Grey, places: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how far the vertex of a parabola lies from each line's maximum; see :mod:`curate.crop.ncc`."""
    each, last = np.arange(len(lines)), lines.shape[1] - 1
    before, here, after = (
        lines[each, at].astype(np.float64) for at in (np.maximum(places - 1, 0), places, np.minimum(places + 1, last))
    )
    bend = before - 2.0 * here + after
    inside = (places > 0) & (places < last) & (bend < 0.0)
    vertices = 0.5 * (before - after) / np.where(inside, bend, -1.0)
    return np.where(inside, np.minimum(np.maximum(vertices, -0.5), 0.5), 0.0)


def agree(before: Points, after: Points, weights: NDArray[np.float64], tolerance_px: float = TOLERANCE_PX) -> Movement:
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
    turns, shifts = _proposals(before, after)
    squared = _apart_squared(turns, shifts, before, after) / tolerance_px**2
    support = np.where(squared <= 1.0, 1.0 - squared / 2.0, 0.0) @ weights
    best = int(support.argmax())
    movement = Movement(float(np.angle(turns[best])), complex(shifts[best]), 0.0)
    followed = np.zeros(total, bool)
    for _ in range(3):
        near = np.abs(movement.apply(before) - after) <= tolerance_px
        if not near.any() or np.array_equal(near, followed):
            break
        followed = near
        movement = _fit(before[near], after[near], weights[near], float(near.sum()) / total)
    return movement


def _proposals(before: Points, after: Points) -> tuple[Points, Points]:
    """Return turns, as numbers of modulus 1, and shifts: one of each pair of patches, one without a turn of each."""
    first, second, arms, sums = _pairs(before.tobytes())
    first_after, second_after = after[first], after[second]
    turns = (second_after - first_after) * arms
    small = np.flatnonzero((turns.real > 0.0) & (np.abs(turns.imag) <= _LARGEST_SLOPE * turns.real))
    turns = turns[small]
    turns /= np.abs(turns)
    shifts = ((first_after + second_after)[small] - turns * sums[small]) / 2.0
    return np.concatenate([turns, np.ones(len(before))]), np.concatenate([shifts, after - before])


@lru_cache(maxsize=64)
def _pairs(before: bytes) -> tuple[NDArray[np.intp], NDArray[np.intp], Points, Points]:
    """Return the pairs of some points that lie far apart: indices, their difference's conjugate, and their sum.

    They are the same for every frame.
    """
    points = np.frombuffer(before, np.complex128)
    first, second = np.triu_indices(len(points), 1)
    arms = points[second] - points[first]
    far = np.abs(arms) > 0.3 * np.abs(points - points.mean()).max()  # near pairs tell no angle
    first, second = first[far], second[far]
    return first, second, np.conj(arms[far]), points[first] + points[second]


def _apart_squared(turns: Points, shifts: Points, before: Points, after: Points) -> NDArray[np.float64]:
    """Return how far each proposal puts each patch from where it was found, squared: ``|t b + s - a|²``.

    Multiplied out, it is one product of two slim matrices, a third of the time of the complex numbers themselves; of
    some hundred pixels squared, doubles lose nothing that counts.

    Returns
    -------
    ndarray of float64, shape (proposals, n)
    """
    back = turns * np.conj(shifts)
    cross = before * np.conj(after)
    of_proposals = (turns.real, turns.imag, back.real, back.imag, shifts.real, shifts.imag, np.square(np.abs(shifts)))
    of_patches = (
        -cross.real,
        cross.imag,
        before.real,
        -before.imag,
        -after.real,
        -after.imag,
        np.full(len(before), 0.5),
    )
    own = np.square(np.abs(before)) + np.square(np.abs(after))
    return np.asarray(2.0 * (np.column_stack(of_proposals) @ np.stack(of_patches)) + own)


def _fit(before: Points, after: Points, weights: NDArray[np.float64], agreement: float) -> Movement:
    """Fit a rigid movement by weighted least squares (Procrustes)."""
    total = weights.sum()
    if total <= 0.0:
        weights, total = np.ones(len(before)), float(len(before))
    middle, moved = (weights * before).sum() / total, (weights * after).sum() / total
    turn = (weights * np.conj(before - middle) * (after - moved)).sum()
    limit = math.radians(LARGEST_TURN_DEG)
    angle = min(limit, max(-limit, float(np.angle(turn)))) if abs(turn) > 0.0 else 0.0
    return Movement(angle, complex(moved - middle * np.exp(1j * angle)), agreement)
