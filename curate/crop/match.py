"""Find a template in a frame: over the whole frame at a coarse scale, then its best places in detail.

The whole frame is searched twice: with its local contrast evened out, which finds a part whose item or light is wrong,
and plainly at twice that scale, which sees large shapes. ``score`` is the maximum of the first map, ``second`` its
maximum outside a square of a quarter template around it. The best places of both maps are looked at in detail, and what
speaks for each is weighed by :mod:`curate.crop.evidence`; the strongest other place is kept as the *rival*, because an
absolute score cannot tell a part from an empty fixture, nor a defective part from a wrong place (docs/measurements.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from curate.crop.closer import look_closer
from curate.crop.evidence import Match
from curate.crop.grey import Pyramid, contrast_radius, even_contrast
from curate.crop.ncc import Grey, correlate, peak_below_a_pixel, peak_of
from curate.crop.template import Template
from curate.errors import InputError
from curate.imaging.images import Pixels

_WORTH_A_LOOK = 0.5
"""A place with a larger share of the best score of a map is looked at in detail, too."""

_PLAIN_WORTH_A_LOOK = 0.7
"""The same of the plain map, which is smoother."""

_SURE = 0.6
"""Where fewer patches agree, every good place of both maps is looked at."""

_PLACES = 3
"""So many places of each map are looked at, at most."""

_LOOKED_AT = 3
"""Of many templates, the ones with the highest coarse scores are looked at in detail."""

_ONE_PLACE = 1 / 80
"""Places that differ by a smaller share of the template's longer side are one: 10 px of 800."""

_SAME_STRENGTH = 0.1
"""Of turned copies that find one place about as strongly, the one with the highest coarse score is taken."""


@dataclass(frozen=True, slots=True)
class _Searched:
    """A template and its score map over the frame with contrast evened out."""

    template: Template
    scores: Grey


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
    The winner is the place for which agreement and correlation together speak most strongly.
    """
    pyramid = Pyramid(frame)
    searched = sorted(_search(pyramid, templates), key=lambda entry: -float(entry.scores.max()))[:_LOOKED_AT]
    places = [place for entry in searched for place in _places(pyramid, entry)]
    best = max(places, key=lambda place: place.evidence.strength)
    near = max(searched[0].template.width_px, searched[0].template.height_px) * _ONE_PLACE
    rivals = [place for place in places if _apart(place, best) > near]
    copies = [place for place in places if place not in rivals and place.template == best.template]
    alike = [copy for copy in copies if copy.evidence.strength >= best.evidence.strength - _SAME_STRENGTH]
    best = max(alike, key=lambda place: place.score)
    return _with_rival(best, rivals)


def _search(pyramid: Pyramid, templates: Sequence[Template]) -> Iterator[_Searched]:
    """Search the frame for each template that fits into it, at the coarse level."""
    width, height = pyramid.size(1)
    fitting = [template for template in templates if fits(template, width, height)]
    if not fitting:
        sizes = ", ".join(f"{template.name} {template.width_px}×{template.height_px}" for template in templates)
        raise InputError(f"the frame is {width}×{height} px, smaller than every template ({sizes})")
    even: dict[tuple[int, int], Grey] = {}
    for template in fitting:
        level = template.levels[template.coarse_factor]
        scale = template.coarse_factor, contrast_radius(level.pixels.shape)
        if scale not in even:
            even[scale] = even_contrast(pyramid.shrunk(scale[0]), scale[1])
        yield _Searched(template, correlate(even[scale], level.even))


def _places(pyramid: Pyramid, searched: _Searched) -> list[Match]:
    """Look closer at the best place of the coarse map, and at those of both maps that could rival it."""
    template, scores = searched.template, searched.scores
    factor = template.coarse_factor
    first = peak_of(scores)
    others = _other_peaks(scores, first, [side // 4 for side in template.levels[factor].pixels.shape])
    second = float(scores[others[0]]) if others else None
    look = partial(_look, pyramid, template, score=float(scores[first]), second=second)
    found = look(scores, first, factor)
    agreement = found[0].agreement
    sure = agreement is not None and agreement >= _SURE
    for peak in others[:1] if sure else others:
        if scores[peak] > _WORTH_A_LOOK * scores[first]:
            found += look(scores, peak, factor)
    if found[0].evidence.is_beyond_doubt and len(found) == 1:
        return found
    finer = max(1, factor // 2)
    plain = correlate(pyramid.shrunk(finer), template.levels[finer].pattern)
    for peak in _plain_rivals(plain, template, found[0], finer, _PLAIN_WORTH_A_LOOK if sure else _WORTH_A_LOOK):
        found += look(plain, peak, finer)
    return found


def _plain_rivals(plain: Grey, template: Template, best: Match, factor: int, worth: float) -> Iterator[tuple[int, int]]:
    """Yield the peaks of the plain map, away from the best place, that are worth so much of what it has there."""
    corners = (best.y_px - template.height_px / 2, best.x_px - template.width_px / 2)
    row, column = (min(max(round(at / factor), 0), count - 1) for at, count in zip(corners, plain.shape, strict=True))
    here = float(plain[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3].max())
    reach = [max(2, side // 16) for side in template.levels[factor].pixels.shape]
    for peak in _other_peaks(plain, (row, column), reach):
        if plain[peak] > worth * here:
            yield peak


def _look(
    pyramid: Pyramid, template: Template, scores: Grey, peak: tuple[int, int], factor: int, **known: float | None
) -> list[Match]:
    """Look closer at a peak of a map of that shrink factor."""
    row, column = peak_below_a_pixel(scores, *peak)
    centre = complex(column * factor + template.width_px / 2, row * factor + template.height_px / 2)
    places = look_closer(pyramid, template, centre, template.coarse_factor)
    return [replace(place, **known) for place in places]  # type: ignore[arg-type]


def _other_peaks(scores: Grey, first: tuple[int, int], reach: Sequence[int]) -> list[tuple[int, int]]:
    """Return the best places outside boxes that reach so far around the first and around each other, best first."""
    rest, peaks, last = scores.copy(), list[tuple[int, int]](), first
    for _ in range(_PLACES):
        (row, column), (rows, columns) = last, (max(1, side) for side in reach)
        rest[max(0, row - rows) : row + rows + 1, max(0, column - columns) : column + columns + 1] = -2
        last = peak_of(rest)
        if rest[last] <= -2:  # noqa: PLR2004 - below every score
            break
        peaks.append(last)
    return peaks


def _apart(a: Match, b: Match) -> float:
    return float(np.hypot(a.x_px - b.x_px, a.y_px - b.y_px))


def _with_rival(best: Match, others: Sequence[Match]) -> Match:
    """Note the strongest other place, one that rivals the best before all others."""
    own = best.evidence
    rival = max(others, key=lambda other: (own.is_rivalled_by(other.evidence), other.evidence.strength), default=None)
    if rival is None:
        return best
    return replace(
        best,
        rival_x_px=rival.x_px,
        rival_y_px=rival.y_px,
        rival_agreement=rival.agreement,
        rival_refined=rival.refined,
    )
