"""Find a template in a frame: over the whole frame at a coarse scale, then its best places in detail.

How sure the match is, is read twice. From the coarse score map: ``score`` is its maximum, ``second`` the maximum
outside a square of a quarter template around it, and their quotient is the *ambiguity*. From the patches of
:mod:`curate.crop.patches`: ``agreement`` is the share of them that lie where the part as a whole would put them. An
absolute score cannot tell a part from an empty fixture, nor a defective part from a wrong place; these two can
(docs/measurements.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from curate.crop.grey import Pyramid, contrast_radius, even_contrast
from curate.crop.ncc import Grey, correlate, fit, peak_below_a_pixel
from curate.crop.patches import FEWEST_PATCHES, Movement, agree, locate_patches
from curate.crop.template import FOLLOWED_DEG, Template
from curate.errors import InputError
from curate.geometry.affine import Affine
from curate.imaging.images import Pixels

_WORTH_A_LOOK = 0.5
"""A runner-up with a larger share of the best score is looked at in detail, too."""

_ENOUGH_FOR_FINE = 0.35
"""Least share of the small patches that must agree for their pose to replace the rough one."""

_LOOKED_AT = 3
"""Of many templates, the ones with the highest coarse scores are looked at in detail."""

_FINE_REACH = 3
"""How far patches are searched at the fine level, in its pixels."""


@dataclass(frozen=True, slots=True)
class Match:
    """The best place of a template in a frame.

    Attributes
    ----------
    x_px, y_px : float
        Where the template's centre lies in the frame.
    score : float
        Of the coarse level, -1..1.
    second : float or None
        The next best place a quarter template or more away; None when the frame leaves no such place.
    refined : float
        Normalised cross-correlation at the fine level, the part turned upright.
    template : str
        Name of the template.
    rotation_deg : float or None
        How far the part is turned against the template, clockwise; None where too few patches have texture.
    agreement : float or None
        Share of the patches that agree, 0..1; None as above.
    """

    x_px: float
    y_px: float
    score: float
    second: float | None
    refined: float
    template: str
    rotation_deg: float | None = None
    agreement: float | None = None

    @property
    def ambiguity(self) -> float | None:
        """Second score over first, 0..1; 1 when the first is not positive, None when there is no second."""
        return ambiguity_of(self.score, self.second)


def ambiguity_of(score: float, second: float | None) -> float | None:
    """Return how much the runner-up is worth of the best score; a runner-up below 0 is worth nothing.

    >>> ambiguity_of(0.8, 0.4), ambiguity_of(0.8, -0.1), ambiguity_of(-0.1, -0.2), ambiguity_of(0.9, None)
    (0.5, 0.0, 1.0, None)
    """
    if second is None:
        return None
    if score <= 0.0:
        return 1.0
    return max(second, 0.0) / score


def fits(template: Template, width_px: int, height_px: int) -> bool:
    """Whether a template is not larger than a frame."""
    return template.width_px <= width_px and template.height_px <= height_px


def find(frame: Pixels, templates: Sequence[Template]) -> Match:
    """Find the template that fits best and where.

    Parameters
    ----------
    frame : ndarray, shape (H, W) or (H, W, 3 or 4)
        Upright, 8 or 16 bits.
    templates : sequence of Template
        Variants; those larger than the frame are passed over.

    Raises
    ------
    InputError
        If every template is larger than the frame.

    Notes
    -----
    The winner is the template on which the most patches agree, then the one with the highest refined score, then the
    earlier one.
    """
    height, width = frame.shape[:2]
    pyramid = Pyramid(frame)
    coarse: dict[tuple[int, int], Grey] = {}
    maps = []
    for template in templates:
        if not fits(template, width, height):
            continue
        factor = template.coarse_factor
        level = template.levels[factor]
        radius = contrast_radius(level.pixels.shape)
        if (factor, radius) not in coarse:
            coarse[factor, radius] = even_contrast(pyramid.shrunk(factor), radius)
        maps.append((template, factor, correlate(coarse[factor, radius], level.even)))
    if not maps:
        sizes = ", ".join(f"{template.name} {template.width_px}×{template.height_px}" for template in templates)
        raise InputError(f"the frame is {width}×{height} px, smaller than every template ({sizes})")
    promising = sorted(maps, key=lambda entry: -float(entry[2].max()))[:_LOOKED_AT]
    return max((_find_one(pyramid, *entry) for entry in promising), key=_rank)


def _rank(match: Match) -> tuple[float, float]:
    return (-1.0 if match.agreement is None else match.agreement, match.refined)


def _find_one(pyramid: Pyramid, template: Template, factor: int, scores: Grey) -> Match:
    level = template.levels[factor]
    first = _peak(scores)
    second = _runner_up(scores, first, level.pixels.shape)
    best = _look_closer(pyramid, template, scores, first, factor)
    ambiguity = ambiguity_of(float(scores[first]), None if second is None else float(scores[second]))
    if second is not None and ambiguity is not None and ambiguity > _WORTH_A_LOOK:
        other = _look_closer(pyramid, template, scores, second, factor)
        best = max(best, other, key=_rank)
    return replace(best, score=float(scores[first]), second=None if second is None else float(scores[second]))


def _within(value: int, least: int, most: int) -> int:
    return min(max(value, least), most)


def _peak(scores: Grey) -> tuple[int, int]:
    row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    return int(row), int(column)


def _runner_up(scores: Grey, first: tuple[int, int], shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return the best place outside a square of a quarter template to each side of the first; None without room."""
    row, column = first
    reach_rows, reach_columns = max(1, shape[0] // 4), max(1, shape[1] // 4)
    others = scores.copy()
    others[
        max(0, row - reach_rows) : row + reach_rows + 1, max(0, column - reach_columns) : column + reach_columns + 1
    ] = -2
    place = _peak(others)
    return place if others[place] > -2 else None  # noqa: PLR2004 - below every score


def _look_closer(pyramid: Pyramid, template: Template, scores: Grey, peak: tuple[int, int], factor: int) -> Match:
    """Measure position and turn near a peak of the coarse map."""
    row, column = peak_below_a_pixel(scores, *peak)
    middle = complex(template.width_px / 2, template.height_px / 2)
    centre = complex(column * factor, row * factor) + middle
    rough = template.rough_factor(factor)
    fine = min(template.fine_factor, rough)
    if len(template.levels[rough].rough.corners) < FEWEST_PATCHES:
        corner = centre - middle
        left, top, refined = _refine(pyramid, template, corner.real, corner.imag, factor)
        return Match(left + middle.real, top + middle.imag, 0.0, None, refined, template.name)
    turned_px = math.sin(math.radians(FOLLOWED_DEG)) * _farthest_px(template, rough)
    reach = math.ceil((factor / 2 + turned_px) / rough)
    pose, under = _vote(pyramid, template, Movement(0.0, centre, 0.0), rough, reach)
    agreement, level = pose.agreement, template.levels[rough]
    if len(template.levels[fine].fine.corners) >= FEWEST_PATCHES:
        finer, under = _vote(pyramid, template, pose, fine, _FINE_REACH, fine_patches=True)
        # Under heavy noise, small patches see nothing; then the rough pose stands.
        pose, level = (finer if finer.agreement >= _ENOUGH_FOR_FINE else pose), template.levels[fine]
    return Match(
        x_px=pose.shift.real,
        y_px=pose.shift.imag,
        score=0.0,
        second=None,
        refined=fit(under, level.pattern),
        template=template.name,
        rotation_deg=template.angle_deg + math.degrees(pose.angle_rad),
        agreement=agreement,
    )


def _vote(
    pyramid: Pyramid, template: Template, pose: Movement, factor: int, reach: int, *, fine_patches: bool = False
) -> tuple[Movement, Grey]:
    """Let the patches of a level correct a pose; return it and what then lies under the template, to a whole pixel.

    Parameters
    ----------
    pose : Movement
        Its shift is the frame pixel on which the template's centre lies, its angle how far the part is turned.
    reach : int
        How far patches are searched, in pixels of the level.
    """
    level = template.levels[factor]
    patches = level.fine if fine_patches else level.rough
    piece = _upright_piece(pyramid, template, pose, factor, reach)
    after, scores = locate_patches(piece, patches, reach)
    moved = agree(patches.centres, after, scores)
    middle = complex(template.width_px, template.height_px) / (2 * factor)
    step = np.exp(1j * moved.angle_rad) * middle + moved.shift - middle
    in_frame = pose.shift + factor * np.exp(1j * pose.angle_rad) * step
    left, top = (_within(round(along) + reach, 0, 2 * reach) for along in (step.real, step.imag))
    rows, columns = level.pixels.shape
    under = piece[top : top + rows, left : left + columns]
    return Movement(pose.angle_rad + moved.angle_rad, complex(in_frame), moved.agreement), under


def _farthest_px(template: Template, factor: int) -> float:
    """Return how far from the template's centre its farthest patch of a level lies, in frame pixels."""
    middle = complex(template.width_px, template.height_px) / (2 * factor)
    return factor * float(np.abs(template.levels[factor].rough.centres - middle).max())


def _upright_piece(pyramid: Pyramid, template: Template, pose: Movement, factor: int, margin: int) -> Grey:
    """Return the frame's piece under a template in that pose, shrunk, turned back, with a margin around it."""
    width, height = pyramid.size(factor)
    rows, columns = template.levels[factor].pixels.shape
    centre = pose.shift / factor
    middle = complex(template.width_px, template.height_px) / (2 * factor)
    cos, sin = abs(math.cos(pose.angle_rad)), abs(math.sin(pose.angle_rad))
    reach_x = (cos * columns + sin * rows) / 2 + (cos + sin) * margin + 2
    reach_y = (cos * rows + sin * columns) / 2 + (cos + sin) * margin + 2
    x0, y0 = (
        _within(int(at), 0, side - 1) for at, side in ((centre.real - reach_x, width), (centre.imag - reach_y, height))
    )
    x1, y1 = (
        _within(math.ceil(at), start + 1, side)
        for at, start, side in ((centre.real + reach_x, x0, width), (centre.imag + reach_y, y0, height))
    )
    to_piece = (
        Affine.translation(x0 - centre.real, y0 - centre.imag)
        .then(Affine.rotation(-math.degrees(pose.angle_rad)))
        .then(Affine.translation(middle.real + margin, middle.imag + margin))
    )
    size = (columns + 2 * margin, rows + 2 * margin)
    near = pyramid.piece(factor, x0, y0, x1, y1).astype(np.float32)
    turned = cv2.warpAffine(near, to_piece.as_opencv(), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.float32)


def _refine(
    pyramid: Pyramid, template: Template, left_px: float, top_px: float, coarse_factor: int
) -> tuple[float, float, float]:
    """Search around a place at the fine level; return left, top (of the template, frame pixels) and score."""
    factor = min(template.fine_factor, coarse_factor)
    level = template.levels[factor]
    width, height = pyramid.size(factor)
    rows, columns = level.pixels.shape
    reach = max(2, -(-3 * coarse_factor // (4 * factor)))  # three quarters of a coarse pixel, at least two fine ones
    x0 = _within(round(left_px / factor) - reach, 0, width - columns)
    y0 = _within(round(top_px / factor) - reach, 0, height - rows)
    x1 = min(width, x0 + columns + 2 * reach)
    y1 = min(height, y0 + rows + 2 * reach)
    around = pyramid.piece(factor, x0, y0, x1, y1).astype(np.float32)
    scores = correlate(around, level.pattern)
    row, column = _peak(scores)
    below = peak_below_a_pixel(scores, row, column)
    return (x0 + below[1]) * factor, (y0 + below[0]) * factor, float(scores[row, column])
