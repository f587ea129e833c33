"""Tell the same shot taken again from the same scene. Pure: arrays in, pairs out.

Behind a fixed camera every frame looks alike, so no absolute likeness means anything. Two pictures are *twins* when
what remains of one after the other has been laid on it is far less than what remains between neighbours of the same
category, and their finest details agree.

Method
------
Each picture is kept as 64×64 grey values. Neighbours are fitted with gain, offset, shift, turn and stretch; the
*residual* is the rest's standard deviation in units of the second picture's own, the larger of both directions. The
*typical* residual is the median over the category's pictures of the residual to the neighbour at rank n/10: near enough
to share light, pose and product, too far to be a twin. Pairs that may be twins are laid on each other step by step
(:mod:`curate.validate.alignment`), with a tone curve for lamps and saturation; those that then remain far below the
typical residual are candidates. Where the files are at hand, candidates are compared once more at 256×256
(:mod:`curate.validate.fine_match`): other items in the same pose share their outline, but not their finest details.
Between splits, each picture is also compared with the others' mirror images and quarter turns.

Measured on 130 AutoVI frames, 14 screws, 51 hazelnuts, 29 steel surfaces and 48 magnetic tiles: the nearest different
items come to 0.35, 0.09, 0.52, 0.27 and 0.45 of the typical residual, and their details correlate by 0.82 at most. The
same AutoVI frames and screws with noise, lamps 6 and 25 % brighter, gamma 0.8, JPEG at quality 60, at half size,
shifted by 1 and 2 %, turned by 2° or stretched by 2 % come to 0.17 at most, and their details correlate by 0.99 at
least.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.validate.alignment import Alignment, Floats, align
from curate.validate.coarse_match import rough_residuals
from curate.validate.fine_match import CLOSE_SIDE, details_agree
from curate.validate.neighbours import as_it_may_lie, nearest_pairs, turned_pairs

SIGNATURE_SIDE = 64
"""Side of the shrunken picture."""

_HALVED_FROM = 3 * SIGNATURE_SIDE

TWIN_RATIO = 0.075
"""Without a closer look, twins have less than this share of the category's typical residual."""

_CANDIDATE_RATIO, _PROMISING_RATIO, _HOPEFUL_RATIO = 0.3, 0.42, 0.75
"""Pairs below the first share, once aligned, are looked at closely; pairs above the second after a rough alignment are
not aligned, and those above the third not even roughly."""

_NEAR_AS_IT_LIES = 0.12
"""Below this share after the rough alignment, pairs may be twins as they lie, which is seen fast: there may be many."""

_STEPS = 3
_ALIGNED_SHARE, _ALIGNED_AT_LEAST = 0.1, 300
"""So many pairs, the most alike first, are aligned, as a share of the pictures, and at least: in a dense category there
are thousands that might be twins, and few that are."""

_LOOKS = 100
"""So many pairs, the closest first, are looked at closely."""

_AGREEING, _AGREEING_SHARE = 0.1, 0.25
"""Details agree when their correlation lacks less than this, and less than this share of what it lacks between pictures
far apart: behind a fixed camera those share the fixture."""

_DIFFERING_SHARE, _DIFFERING_RATIO = 0.5, TWIN_RATIO / 2
"""Details differ when their correlation lacks more than the first share of what it lacks between pictures far apart.
Either noise hides them, as in dim copies of one shot, which remain far below :data:`TWIN_RATIO`; or what is alike is
one outline on surfaces of their own. So twins must then remain below the second ratio."""

_FAR_PAIRS = 6
_COARSE_SIDE = 8
_BURST_RESIDUAL, _BURST_RATIO = 0.04, 0.06
"""Where items were shot in long bursts, the neighbour at rank n/10 is of the same burst and no measure. Then pictures
are twins below this residual and this share of the residual between pictures far apart; the same frame with noise,
another lamp or a small shift has 0.03 at most, different items behind one camera 0.15 and more."""

_NEAR, _HALFWAY = 0.1, 0.5
_MARGIN = 2
_INNER = slice(_MARGIN, -_MARGIN)
_Y, _X = (np.mgrid[0:SIGNATURE_SIDE, 0:SIGNATURE_SIDE].astype(np.float32) - (SIGNATURE_SIDE - 1) / 2) / SIGNATURE_SIDE
_ONES = np.ones((SIGNATURE_SIDE, SIGNATURE_SIDE), dtype=np.float32)
_PROBES = 40
_BLOCK = 512
_KEPT = 1024
"""Pictures kept in memory: neighbours are asked for again and again."""
_LEAST_PICTURES = 5
_LEAST_CONTRAST = 4.0

Look = Callable[[int], Floats | None]


@dataclass(frozen=True, slots=True)
class Twins:
    """Two pictures of the same shot, by their places in the input; ``first < second``.

    Attributes
    ----------
    first, second : int
    ratio : float
        Their residual in units of the typical one: 0 is the same picture.
    sure : bool
        Whether nobody needs to look; else they may be twins.
    lies : str
        How the first one must be turned to lie as the second, in words; ``""`` as it is.
    """

    first: int
    second: int
    ratio: float
    sure: bool = True
    lies: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A pair that may be twins: its residual and how the first one lies on the second."""

    first: int
    second: int
    turn: int
    residual: float
    alignment: Alignment


def shrink(grey: NDArray[Any]) -> tuple[bytes, float, float]:
    """Shrink a picture to its signature: bytes, and the grey values that 0 and 255 stand for."""
    side = SIGNATURE_SIDE
    while min(grey.shape[:2]) >= _HALVED_FROM:
        # Halves first: OpenCV averages blocks of four pixels ten times faster than others, and fractions slower still.
        height, width = grey.shape[0] // 2, grey.shape[1] // 2
        grey = cv2.resize(grey[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    low, high = float(small.min()), float(small.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    return np.rint((small - low) * scale).astype(np.uint8).tobytes(), low, high


def has_contrast(low: float, high: float) -> bool:
    """Whether a picture has enough contrast to be compared at all."""
    return high - low >= _LEAST_CONTRAST


def find_twins(signatures: Sequence[bytes], sides: Sequence[str] = (), look: Look | None = None) -> list[Twins]:
    """Find the pictures that are the same shot again.

    Parameters
    ----------
    signatures : sequence of bytes
        Of one category, each as :func:`shrink` makes it and with contrast.
    sides : sequence of str, optional
        The split that each picture is in; between different ones, mirrored and turned copies are found too.
    look : callable, optional
        Given a picture's place, returns it as :func:`curate.validate.fine_match.enlarge` makes it; None where none.

    Returns
    -------
    list of Twins
        Ordered by place. Each picture is compared with its four nearest.
    """
    if len(signatures) < _LEAST_PICTURES:
        return []
    pictures = _Pictures(signatures)
    coarse = _coarse(pictures)
    typical, overall = _residuals_at_ranks(pictures, coarse, (_NEAR, _HALFWAY))
    pairs = [(place, other, 0) for place, others in nearest_pairs(coarse).items() for other in others]
    pairs += turned_pairs(coarse, sides) if sides else ()
    candidates = list(_candidates(pictures, pairs, typical, overall))
    candidates.sort(key=lambda pair: (pair.residual, pair.first, pair.second, pair.turn))
    details = _details_agree(coarse, candidates, look) if look else {}
    found: dict[tuple[int, int], Twins] = {}
    for place, pair in enumerate(candidates):
        ratio = pair.residual / typical if typical > 0 else 0.0
        near = ratio < TWIN_RATIO or _is_burst(pair.residual, overall)
        sure = details.get(place, near)
        if sure is None:
            sure, near = False, near and ratio < _DIFFERING_RATIO
        if sure or near:
            twins = Twins(pair.first, pair.second, ratio, sure, LIES[pair.turn])
            found.setdefault((pair.first, pair.second), twins)
    return [found[pair] for pair in sorted(found)]


LIES = (
    "",
    "turned by a quarter",
    "upside down",
    "turned by three quarters",
    "mirrored",
    "mirrored and turned by a quarter",
    "mirrored and upside down",
    "mirrored and turned by three quarters",
)
"""How a picture may lie, by the number of :func:`curate.validate.neighbours.as_it_may_lie`."""


def _is_burst(residual: float, overall: float) -> bool:
    return residual < _BURST_RESIDUAL and residual < _BURST_RATIO * overall


def _candidates(
    pictures: _Pictures, pairs: Sequence[tuple[int, int, int]], typical: float, overall: float
) -> Iterator[_Candidate]:
    """Yield the pairs, each with its turn, that remain alike once the first picture is laid on the second."""
    rough: list[float] = []
    for start in range(0, len(pairs), _BLOCK):
        some = pairs[start : start + _BLOCK]
        halves = [(pictures.halved(first), pictures.halved(second)) for first, second, _ in some]
        firsts = [
            as_it_may_lie(half, turn) if turn else half for (half, _), (*_, turn) in zip(halves, some, strict=True)
        ]
        rough += rough_residuals(firsts, [half for _, half in halves], _HOPEFUL_RATIO * typical)
    left = max(_ALIGNED_AT_LEAST, round(_ALIGNED_SHARE * len(pictures)))
    for residual, (first, second, turn) in sorted(zip(rough, pairs, strict=True)):
        burst = _is_burst(residual, overall)
        if not burst and (residual >= _PROMISING_RATIO * typical or not left):
            break
        picture = as_it_may_lie(pictures[first], turn) if turn else pictures[first]
        near = burst or residual < _NEAR_AS_IT_LIES * typical
        found = _both_ways(picture, pictures[second], steps=0) if near else None
        if not found or (found[0] >= TWIN_RATIO * typical and not _is_burst(found[0], overall)):
            left -= 1
            found = _both_ways(picture, pictures[second], steps=_STEPS, worth=_CANDIDATE_RATIO * typical)
        if found[0] <= _CANDIDATE_RATIO * typical or _is_burst(found[0], overall):
            yield _Candidate(first, second, turn, *found)


def _both_ways(first: Floats, second: Floats, *, steps: int, worth: float = np.inf) -> tuple[float, Alignment]:
    """Return the larger residual of both directions, one alone if it is not worth more, and how they lie."""
    forth = align(first, second, steps=steps)
    if forth.residual > worth:
        return forth.residual, forth
    back = align(second, first, steps=steps, start=np.asarray(np.linalg.inv(forth.placing), dtype=np.float64))
    return max(forth.residual, back.residual), forth


def _details_agree(coarse: Floats, candidates: Sequence[_Candidate], look: Look) -> dict[int, bool | None]:
    """Return for each candidate, by its place, whether the details agree; None where they clearly differ.

    Only candidates that could be looked at are in it.
    """
    if not candidates:
        return {}
    step = max(1, len(coarse) // _FAR_PAIRS)
    far = []
    for place in range(0, len(coarse), step):
        order = np.argsort(((coarse - coarse[place]) ** 2).mean(axis=1), kind="stable")
        one, other = look(place), look(int(order[len(order) // 2]))
        if one is not None and other is not None:
            far.append(details_agree(one, other))
    usual = 1 - float(np.median(far)) if far else 1.0
    limit = min(_AGREEING, _AGREEING_SHARE * usual)
    agree: dict[int, bool | None] = {}
    for place, candidate in enumerate(candidates[:_LOOKS]):
        one, other = look(candidate.first), look(candidate.second)
        if one is not None and other is not None:
            start = candidate.alignment.placing.copy()
            start[:2, 2] *= CLOSE_SIDE / SIGNATURE_SIDE
            lacking = 1 - details_agree(as_it_may_lie(one, candidate.turn), other, start)
            agree[place] = lacking <= limit if lacking <= _DIFFERING_SHARE * usual else None
    return agree


class _Pictures:
    """The blurred, standardised pictures, made of their signatures when they are asked for: each takes 16 kB.

    What is finer than a cell tells of noise rather than of the item.
    """

    def __init__(self, signatures: Sequence[bytes]) -> None:
        self._signatures = signatures
        self._made = lru_cache(maxsize=_KEPT)(self._make)
        self.halved = lru_cache(maxsize=_KEPT)(self._halve)

    def __len__(self) -> int:
        return len(self._signatures)

    def __getitem__(self, place: int) -> Floats:
        return self._made(place)

    def blocks(self) -> Iterator[Floats]:
        """Yield all of them, some at a time, shape (n, side, side)."""
        for start in range(0, len(self), _BLOCK):
            yield np.stack([self._make(place) for place in range(start, min(start + _BLOCK, len(self)))])

    def _make(self, place: int) -> Floats:
        side = SIGNATURE_SIDE
        small = np.frombuffer(self._signatures[place], np.uint8).reshape(side, side).astype(np.float32)
        picture = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), dtype=np.float32)
        _standardise(picture.reshape(1, -1))
        return picture

    def _halve(self, place: int) -> Floats:
        """Return one at half its side."""
        half: Floats = _shrunk(self[place][None], SIGNATURE_SIDE // 2)[0]
        return half


def _coarse(pictures: _Pictures) -> Floats:
    small = np.concatenate([_shrunk(block, _COARSE_SIDE) for block in pictures.blocks()]).reshape(len(pictures), -1)
    _standardise(small)
    return small


def _shrunk(pictures: Floats, side: int) -> Floats:
    """Return pictures averaged over whole blocks of cells."""
    block = SIGNATURE_SIDE // side
    smaller: Floats = pictures.reshape(-1, side, block, side, block).mean(axis=(2, 4))
    return smaller


def _standardise(rows: Floats) -> None:
    """Give each row the mean 0 and the standard deviation 1, in place."""
    rows -= rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", rows, rows) / rows.shape[1])
    rows /= np.where(spread > 0, spread, 1)[:, None]


def _residuals(first: Floats, others: Sequence[Floats]) -> list[float]:
    """Return the residual of each other picture fitted on the first one."""
    down, right = cv2.Sobel(first, cv2.CV_32F, 0, 1, ksize=1), cv2.Sobel(first, cv2.CV_32F, 1, 0, ksize=1)
    parts = (first, _ONES, right, down, _X * down - _Y * right, _X * right + _Y * down)
    terms = np.stack([part[_INNER, _INNER].ravel() for part in parts])
    targets = np.stack([other[_INNER, _INNER].ravel() for other in others])
    projection = (terms @ targets.T).astype(np.float64)
    fitted = np.linalg.lstsq((terms @ terms.T).astype(np.float64), projection, rcond=None)[0]
    # The rest itself, not a difference of large sums: identical pictures must come out as zero in single precision,
    # too.
    rest = (targets - fitted.T.astype(np.float32) @ terms).std(axis=1)
    return [float(value) for value in rest / np.maximum(targets.std(axis=1), 1e-6)]


def _residuals_at_ranks(pictures: _Pictures, coarse: Floats, shares: Sequence[float]) -> list[float]:
    """Return the median residual to the neighbour that such a share of the pictures is nearer than, for each share."""
    count = len(pictures)
    ranks = [min(max(3, round(share * count)), count - 1) for share in shares]
    places = np.unique(np.linspace(0, count - 1, min(count, _PROBES)).round().astype(int))
    values: list[list[float]] = []
    for place in places.tolist():
        order = np.argsort(((coarse - coarse[place]) ** 2).mean(axis=1), kind="stable")
        others = [int(order[rank]) for rank in ranks]
        forth = _residuals(pictures[place], [pictures[other] for other in others])
        back = [_residuals(pictures[other], [pictures[place]])[0] for other in others]
        values.append([max(pair) for pair in zip(forth, back, strict=True)])
    return [float(value) for value in np.median(values, axis=0)]
