"""Measure position and turn of a part near a place that the coarse search found."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from curate.crop.evidence import Match
from curate.crop.grey import Pyramid
from curate.crop.ncc import Grey, correlate, fit, peak_below_a_pixel, peak_of
from curate.crop.patches import FEWEST_PATCHES, TOLERANCE_PX, Movement, agree, locate_patches
from curate.crop.template import FOLLOWED_DEG, Level, Template
from curate.geometry.affine import Affine

_ENOUGH_FOR_FINE = 0.35
"""Least share of the small patches that must agree for their pose to replace the rough one."""

_WORTH_COUNTING = 0.15
"""A second place must have the votes of a larger share of the patches: three of 25 agree anywhere."""

_FINE_REACH = 3
"""How far patches are searched at the fine level, in its pixels."""


@dataclass(frozen=True, slots=True)
class _Pose:
    """What patches voted for.

    Attributes
    ----------
    movement : Movement
        Its shift is the frame pixel on which the template's centre lies, its angle how far the part is turned.
    under : ndarray of float32
        What then lies under the template, to a whole pixel of the level.
    """

    movement: Movement
    under: Grey


def look_closer(pyramid: Pyramid, template: Template, centre: complex, factor: int) -> list[Match]:
    """Measure position and turn near a place.

    Parameters
    ----------
    centre : complex
        Where the template's centre was found to lie in the frame, to a pixel of the coarse level.
    factor : int
        Shrink factor of the coarse level.

    Returns
    -------
    list of Match
        The place on which the most patches agree, and one on which a good share of the others does: of a template that
        shows two things, each may have moved by itself. Without ``score`` and ``second``.
    """
    middle = complex(template.width_px / 2, template.height_px / 2)
    rough = template.rough_factor(factor)
    fine = min(template.fine_factor, rough)
    level = template.levels[rough]
    if len(level.rough.corners) < FEWEST_PATCHES:
        corner = centre - middle
        left, top, refined = _refine(pyramid, template, corner.real, corner.imag, factor)
        return [Match(left + middle.real, top + middle.imag, 0.0, None, refined, template.name)]
    turned_px = math.sin(math.radians(FOLLOWED_DEG)) * _farthest_px(template, rough)
    reach = math.ceil((factor / 2 + turned_px) / rough)
    first, *others = _vote(pyramid, template, Movement(0.0, centre, 0.0), rough, reach)
    places = [_match(template, first, level), *(_match(template, other, level) for other in others)]
    finest = template.levels[fine]
    if len(finest.fine.corners) >= FEWEST_PATCHES:
        finer = _vote(pyramid, template, first.movement, fine, _FINE_REACH, fine_patches=True)[0]
        # Under heavy noise, small patches see nothing; then the rough pose stands.
        pose = finer if finer.movement.agreement >= _ENOUGH_FOR_FINE else _Pose(first.movement, finer.under)
        places[0] = replace(_match(template, pose, finest), agreement=first.movement.agreement)
    return [replace(place, patches=len(level.rough.corners)) for place in places]


def _match(template: Template, pose: _Pose, level: Level) -> Match:
    moved = pose.movement
    return Match(
        x_px=moved.shift.real,
        y_px=moved.shift.imag,
        score=0.0,
        second=None,
        refined=fit(pose.under, level.pattern),
        template=template.name,
        rotation_deg=template.angle_deg + math.degrees(moved.angle_rad),
        agreement=moved.agreement,
    )


def _vote(
    pyramid: Pyramid, template: Template, pose: Movement, factor: int, reach: int, *, fine_patches: bool = False
) -> list[_Pose]:
    """Let the patches of a level correct a pose; what the outvoted ones agree on, if many do, comes second.

    Parameters
    ----------
    pose : Movement
        Where the template's centre is thought to lie in the frame.
    reach : int
        How far patches are searched, in pixels of the level.
    """
    level = template.levels[factor]
    patches = level.fine if fine_patches else level.rough
    piece = _upright_piece(pyramid, template, pose, factor, reach)
    after, scores = locate_patches(piece, patches, reach)
    moved = agree(patches.centres, after, scores)
    poses = [moved]
    outvoted = np.abs(moved.apply(patches.centres) - after) > 2 * TOLERANCE_PX
    if not fine_patches and outvoted.mean() > _WORTH_COUNTING:
        other = agree(patches.centres[outvoted], after[outvoted], scores[outvoted])
        share = other.agreement * float(outvoted.mean())
        poses += [replace(other, agreement=share)] if share > _WORTH_COUNTING else []
    middle = complex(template.width_px, template.height_px) / (2 * factor)
    rows, columns = level.pixels.shape
    placed = []
    for vote in poses:
        step = np.exp(1j * vote.angle_rad) * middle + vote.shift - middle
        in_frame = pose.shift + factor * np.exp(1j * pose.angle_rad) * step
        left, top = (_within(round(along) + reach, 0, 2 * reach) for along in (step.real, step.imag))
        under = piece[top : top + rows, left : left + columns]
        placed.append(_Pose(Movement(pose.angle_rad + vote.angle_rad, complex(in_frame), vote.agreement), under))
    return placed


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
    row, column = peak_of(scores)
    below = peak_below_a_pixel(scores, row, column)
    return (x0 + below[1]) * factor, (y0 + below[0]) * factor, float(scores[row, column])


def _within(value: int, least: int, most: int) -> int:
    return min(max(value, least), most)
