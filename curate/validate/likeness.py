"""Tell the same shot taken again from the same scene. Pure: arrays in, pairs out.

Behind a fixed camera every frame looks alike, so no absolute likeness means anything. Two pictures are *twins* when
what remains of one after the other has been fitted to it is far less than what remains between neighbours of the same
category.

Method
------
Each picture is kept as 64×64 grey values. The fit allows for gain and offset (lamp), a small shift, turn and stretch
(a bounced trigger, a window cut again): the least-squares fit of the second picture on the first one, a constant, its
x and y derivatives, and the derivatives along a turn and a stretch about the centre. The *residual* is the rest's
standard deviation in units of the second picture's own, the larger of both directions. The *typical* residual is the
median over the category's pictures of the residual to the neighbour at rank n/10: near enough to share light, pose and
product, too far to be a twin. Twins have less than :data:`TWIN_RATIO` of it.

Measured on 130 AutoVI frames, 51 hazelnuts, 14 screws: the nearest different items come to 0.36, 0.58, 0.21 of the
typical residual; the same frames with noise, a lamp 6 % brighter, JPEG at quality 60, shifted by 4 pixels or turned by
1° to at most 0.18.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SIGNATURE_SIDE = 64
"""Side of the shrunken picture."""

TWIN_RATIO = 0.19
"""Twins have less than this share of the category's typical residual."""

_COARSE_SIDE = 8
_BURST_RESIDUAL, _BURST_RATIO = 0.04, 0.06
"""Where items were shot in long bursts, the neighbour at rank n/10 is of the same burst and no measure. Then pictures
are twins below this residual and this share of the residual between pictures far apart; the same frame with noise,
another lamp or a small shift has 0.03 at most, different items behind one camera 0.15 and more."""

_NEAR, _HALFWAY = 0.1, 0.5
_FARTHEST = 0.45
"""Root mean square of the difference of coarse pictures beyond which no twin lies (measured: 0.36 at a shift "
"of 1 %)."""

_NEIGHBOURS = 4
_MARGIN = 2
_INNER = slice(_MARGIN, -_MARGIN)
_Y, _X = (np.mgrid[0:SIGNATURE_SIDE, 0:SIGNATURE_SIDE].astype(np.float32) - (SIGNATURE_SIDE - 1) / 2) / SIGNATURE_SIDE
_ONES = np.ones((SIGNATURE_SIDE, SIGNATURE_SIDE), dtype=np.float32)
_BLOCK = 512
_PROBES = 40
_LEAST_PICTURES = 5
_LEAST_CONTRAST = 4.0

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Twins:
    """Two pictures of the same shot, by their places in the input; ``first < second``.

    ``ratio`` is their residual in units of the typical one: 0 is the same picture.
    """

    first: int
    second: int
    ratio: float


def shrink(grey: NDArray[Any]) -> tuple[bytes, float, float]:
    """Shrink a picture to its signature: bytes, and the grey values that 0 and 255 stand for."""
    side = SIGNATURE_SIDE
    factor = max(1, min(grey.shape[:2]) // (2 * side))
    if factor > 1:
        # Whole factors first: OpenCV averages whole blocks several times faster than fractions of pixels.
        height, width = grey.shape[0] // factor, grey.shape[1] // factor
        grey = cv2.resize(grey[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    low, high = float(small.min()), float(small.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    return np.rint((small - low) * scale).astype(np.uint8).tobytes(), low, high


def has_contrast(low: float, high: float) -> bool:
    """Whether a picture has enough contrast to be compared at all."""
    return high - low >= _LEAST_CONTRAST


def find_twins(signatures: Sequence[bytes]) -> list[Twins]:
    """Find the pictures that are the same shot again.

    Parameters
    ----------
    signatures : sequence of bytes
        Of one category, each as :func:`shrink` makes it and with contrast.

    Returns
    -------
    list of Twins
        Ordered by place. Each picture is compared with its four nearest.
    """
    if len(signatures) < _LEAST_PICTURES:
        return []
    pictures = [_picture(signature) for signature in signatures]
    coarse = np.stack([_coarse(picture) for picture in pictures])
    typical, overall = _residuals_at_ranks(pictures, coarse, (_NEAR, _HALFWAY))
    found: dict[tuple[int, int], float] = {}
    candidates = _nearest(coarse)
    residuals = {
        (place, other): residual
        for place, others in candidates.items()
        for other, residual in zip(
            others, _residuals(pictures[place], [pictures[other] for other in others]), strict=True
        )
    }
    for (place, other), one_way in residuals.items():
        residual = max(one_way, residuals[other, place])
        ratio = residual / typical if typical > 0 else 0.0
        burst = residual < _BURST_RESIDUAL and residual < _BURST_RATIO * overall
        if place < other and (ratio < TWIN_RATIO or burst):
            found[place, other] = ratio
    return [Twins(first, second, ratio) for (first, second), ratio in sorted(found.items())]


def _picture(signature: bytes) -> Floats:
    """Return the blurred, standardised picture: what is finer than a cell says more about noise than about the item."""
    side = SIGNATURE_SIDE
    small = np.frombuffer(signature, np.uint8).reshape(side, side).astype(np.float32)
    return _standard(cv2.GaussianBlur(small, (0, 0), 1.0))


def _coarse(picture: Floats) -> Floats:
    small = cv2.resize(picture, (_COARSE_SIDE, _COARSE_SIDE), interpolation=cv2.INTER_AREA)
    return _standard(small).ravel()


def _standard(picture: NDArray[Any]) -> Floats:
    values = np.asarray(picture, dtype=np.float32)
    spread = float(values.std())
    return np.asarray((values - values.mean()) / (spread if spread > 0 else 1.0), dtype=np.float32)


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


def _residuals_at_ranks(pictures: Sequence[Floats], coarse: Floats, shares: Sequence[float]) -> list[float]:
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


def _nearest(coarse: Floats) -> dict[int, list[int]]:
    """Return for each picture the ones near enough to be its twin, at most four, and the relation made mutual.

    Pictures are put in order along the direction in which they differ most; two of them are at least as far apart as
    along it, so each block is compared only with what lies within reach. The work grows with the number of pictures
    times those in reach, in matrix products that cost microseconds a picture.
    """
    centred = coarse - coarse.mean(axis=0)
    direction = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    along = centred @ direction
    order = np.argsort(along, kind="stable")
    points, along = coarse[order], along[order]
    norms = (points**2).sum(axis=1)
    reach = _FARTHEST * np.sqrt(points.shape[1])
    near: dict[int, set[int]] = {}
    for start in range(0, len(points), _BLOCK):
        stop = min(start + _BLOCK, len(points))
        left = int(np.searchsorted(along, along[start] - reach))
        right = int(np.searchsorted(along, along[stop - 1] + reach, side="right"))
        squares = norms[start:stop, None] + norms[None, left:right] - 2 * points[start:stop] @ points[left:right].T
        squares[np.arange(stop - start), np.arange(start, stop) - left] = np.inf
        kept = min(_NEIGHBOURS, right - left - 1)
        if kept < 1:
            continue
        columns = np.argpartition(squares, kept - 1, axis=1)[:, :kept]
        rows, picks = np.nonzero(np.take_along_axis(squares, columns, axis=1) <= reach**2)
        for row, column in zip(rows.tolist(), columns[rows, picks].tolist(), strict=True):
            one, other = int(order[start + row]), int(order[left + column])
            near.setdefault(one, set()).add(other)
            near.setdefault(other, set()).add(one)
    return {place: sorted(others) for place, others in sorted(near.items())}
