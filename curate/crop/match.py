"""Find a template in a frame: over the whole frame at a coarse scale, then at its best place in detail.

How sure the match is, is read from the coarse score map: ``score`` is its maximum, ``second`` the maximum outside a
square of a quarter template around it, and their quotient is the *ambiguity*. An absolute score cannot tell a part from
an empty fixture, nor a defective part from a wrong place; the ambiguity can (LIMITS.md B2c).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.crop.ncc import Grey, correlate, peak_below_a_pixel
from curate.crop.template import Template, shrink, to_grey
from curate.errors import InputError

Pixels: TypeAlias = NDArray[Any]


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
        Score at the fine level.
    template : str
        Name of the template.
    """

    x_px: float
    y_px: float
    score: float
    second: float | None
    refined: float
    template: str

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
    The winner is the template with the highest refined score; the earlier one on a tie.
    """
    height, width = frame.shape[:2]
    grey = to_grey(frame)
    shrunk: dict[int, Grey] = {}
    best: Match | None = None
    for template in templates:
        if not fits(template, width, height):
            continue
        factor = template.coarse_factor(width, height)
        coarse = shrunk.setdefault(factor, shrink(grey, factor))
        match = _find_one(grey, coarse, factor, template)
        if best is None or match.refined > best.refined:
            best = match
    if best is None:
        sizes = ", ".join(f"{template.name} {template.width_px}×{template.height_px}" for template in templates)
        raise InputError(f"the frame is {width}×{height} px, smaller than every template ({sizes})")
    return best


def _find_one(grey: Pixels, coarse: Grey, factor: int, template: Template) -> Match:
    level = template.levels[factor]
    scores = correlate(coarse, level.pixels, level.mask)
    row, column = (int(index) for index in np.unravel_index(int(scores.argmax()), scores.shape))
    second = _runner_up(scores, row, column, level.pixels.shape)
    below = peak_below_a_pixel(scores, row, column)
    left, top, refined = _refine(grey, template, below[1] * factor, below[0] * factor, factor)
    return Match(
        x_px=left + template.width_px / 2,
        y_px=top + template.height_px / 2,
        score=float(scores[row, column]),
        second=second,
        refined=refined,
        template=template.name,
    )


def _runner_up(scores: Grey, row: int, column: int, shape: tuple[int, ...]) -> float | None:
    """Return the highest score outside a square of a quarter template to each side of the best place."""
    reach_rows, reach_columns = max(1, shape[0] // 4), max(1, shape[1] // 4)
    bands = (
        scores[: max(0, row - reach_rows)],
        scores[row + reach_rows + 1 :],
        scores[:, : max(0, column - reach_columns)],
        scores[:, column + reach_columns + 1 :],
    )
    return max((float(band.max()) for band in bands if band.size), default=None)


def _refine(
    grey: Pixels, template: Template, left_px: float, top_px: float, coarse_factor: int
) -> tuple[float, float, float]:
    """Search around a place at the fine level; return left, top (of the template, frame pixels) and score."""
    factor = min(template.fine_factor, coarse_factor)
    level = template.levels[factor]
    height, width = (side // factor for side in grey.shape)
    rows, columns = level.pixels.shape
    reach = max(2, -(-3 * coarse_factor // (4 * factor)))  # three quarters of a coarse pixel, at least two fine ones
    x0 = int(np.clip(round(left_px / factor) - reach, 0, width - columns))
    y0 = int(np.clip(round(top_px / factor) - reach, 0, height - rows))
    x1 = min(width, x0 + columns + 2 * reach)
    y1 = min(height, y0 + rows + 2 * reach)
    around = shrink(grey[y0 * factor : y1 * factor, x0 * factor : x1 * factor], factor)
    scores = correlate(around, level.pixels, level.mask)
    row, column = (int(index) for index in np.unravel_index(int(scores.argmax()), scores.shape))
    below = peak_below_a_pixel(scores, row, column)
    return (x0 + below[1]) * factor, (y0 + below[0]) * factor, float(scores[row, column])
