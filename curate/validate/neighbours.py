"""Find which pictures may be twins at all, among thousands, by comparing 8×8 cells. Pure.

Every picture behind a fixed camera is near every other one, so no index cuts the work down; it is done as matrix
products that cost some ten nanoseconds a pair.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from curate.validate.alignment import Floats

_NEIGHBOURS = 4
_FARTHEST = 0.45
"""Root mean square of the difference of coarse pictures beyond which no twin lies (0.36 at a shift of 2 %)."""

_FARTHEST_TURNED = 0.25
"""The same for mirrored and turned copies, which nobody makes by moving the camera."""

_BLOCK = 512
_GROUP = 64
_TURNS = 8


def as_it_may_lie(picture: Floats, turn: int) -> Floats:
    """Return pictures, (…, side, side), turned by ``turn % 4`` quarters anticlockwise, from 4 on of their mirror image.

    >>> as_it_may_lie(np.array([[1, 2], [3, 4]], dtype=np.float32), 5).tolist()
    [[1.0, 3.0], [2.0, 4.0]]
    """
    mirrored = picture[..., ::-1] if turn >= _TURNS // 2 else picture
    return np.ascontiguousarray(np.rot90(mirrored, turn % (_TURNS // 2), axes=(-2, -1)))


def nearest_pairs(coarse: Floats) -> dict[int, list[int]]:
    """Return for each picture those behind it that are near enough to be its twin and among the four nearest of either.

    Pictures are put in order along the direction in which they differ most; two of them are at least as far apart as
    along it, so each block is compared only with what lies within reach.

    Parameters
    ----------
    coarse : ndarray, shape (pictures, cells)
    """
    centred = coarse - coarse.mean(axis=0)
    direction = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    along = centred @ direction
    order = np.argsort(along, kind="stable")
    points, along = centred[order], along[order]
    norms = (points**2).sum(axis=1)
    reach = _FARTHEST * np.sqrt(points.shape[1])
    near: dict[int, set[int]] = {}
    for start in range(0, len(points), _BLOCK):
        stop = min(start + _BLOCK, len(points))
        left = int(np.searchsorted(along, along[start] - reach))
        right = int(np.searchsorted(along, along[stop - 1] + reach, side="right"))
        squares = norms[None, left:right] - 2 * points[start:stop] @ points[left:right].T
        squares[np.arange(stop - start), np.arange(start, stop) - left] = np.inf
        columns = _smallest(squares, min(_NEIGHBOURS, right - left - 1))
        distances = np.take_along_axis(squares, columns, axis=1) + norms[start:stop, None]
        rows, picks = np.nonzero(distances <= reach**2)
        for row, column in zip(rows.tolist(), columns[rows, picks].tolist(), strict=True):
            pair = sorted((int(order[start + row]), int(order[left + column])))
            near.setdefault(pair[0], set()).add(pair[1])
    return {place: sorted(others) for place, others in sorted(near.items())}


def turned_pairs(coarse: Floats, sides: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield pictures of different splits, and the turn that makes the first one lie most like the second.

    Each picture of every split but the largest is paired with its nearest in the other splits, if that is near enough.

    Parameters
    ----------
    coarse : ndarray, shape (pictures, cells)
        Square coarse pictures, row by row.
    sides : sequence of str
        The split of each picture.

    Yields
    ------
    first, second, turn : int
        ``first < second``; turn as in :func:`as_it_may_lie`, from 1.
    """
    groups = {side: [place for place, own in enumerate(sides) if own == side] for side in sorted(set(sides))}
    largest = max(groups, key=lambda side: (len(groups[side]), side))
    for side, places in groups.items():
        if side == largest:
            continue
        # Pairs of two smaller splits are met once, from the first of them in order.
        done = {other for other in groups if other < side and other != largest}
        others = np.array([place for place, own in enumerate(sides) if own != side and own not in done])
        for start in range(0, len(places), _BLOCK):
            yield from _turned(coarse, places[start : start + _BLOCK], others)


def _turned(coarse: Floats, places: Sequence[int], others: NDArray[np.intp]) -> Iterator[tuple[int, int, int]]:
    side = math.isqrt(coarse.shape[1])
    grids, known = coarse[list(places)].reshape(-1, side, side), coarse[others]
    norms = (known**2).sum(axis=1)
    best = np.full(len(places), np.inf, dtype=np.float32)
    which = np.zeros((len(places), 2), dtype=np.intp)
    for turn in range(1, _TURNS):
        points = as_it_may_lie(grids, turn).reshape(len(grids), -1)
        squares = norms[None, :] - 2 * points @ known.T
        columns = squares.argmin(axis=1)
        nearest = squares[np.arange(len(places)), columns] + (points**2).sum(axis=1)
        nearer = nearest < best
        best[nearer] = nearest[nearer]
        which[nearer] = np.stack([columns, np.full_like(columns, turn)], axis=1)[nearer]
    for row in np.flatnonzero(best <= _FARTHEST_TURNED**2 * coarse.shape[1]).tolist():
        place, other, turn = places[row], int(others[which[row, 0]]), int(which[row, 1])
        yield (place, other, turn) if place < other else (other, place, _inverse(turn))


def _inverse(turn: int) -> int:
    """Return what undoes a turn: mirror images undo themselves."""
    return turn if turn >= _TURNS // 2 else (_TURNS // 2 - turn) % (_TURNS // 2)


def _smallest(values: Floats, count: int) -> NDArray[np.intp]:
    """Return the columns of the smallest values in each row, in no order.

    Minima of groups of columns first, which vector units find many times faster than a partition of all: the smallest
    values lie in the groups with the smallest minima.
    """
    rows, columns = values.shape
    groups = columns // _GROUP
    if groups <= count:
        return np.argpartition(values, count - 1, axis=1)[:, :count] if count else np.empty((rows, 0), np.intp)
    minima = values[:, : groups * _GROUP].reshape(rows, groups, _GROUP).min(axis=2)
    chosen = np.argpartition(minima, count - 1, axis=1)[:, :count]
    inside = (chosen[:, :, None] * _GROUP + np.arange(_GROUP)).reshape(rows, -1)
    left_over = np.broadcast_to(np.arange(groups * _GROUP, columns), (rows, columns - groups * _GROUP))
    looked_at = np.concatenate([inside, left_over], axis=1)
    picks = np.argpartition(np.take_along_axis(values, looked_at, axis=1), count - 1, axis=1)[:, :count]
    return np.take_along_axis(looked_at, picks, axis=1)
