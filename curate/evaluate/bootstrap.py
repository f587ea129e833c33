"""Bootstrap intervals from per-image summaries: no map is read twice.

Images are drawn with replacement, good and defective ones apart, so that both kinds keep their numbers. A resample's
numbers follow from how often each image was drawn. Detection is recomputed exactly; AU-sPRO from each image's counts at
:data:`THRESHOLDS` thresholds of the pooled curve, which are exact points of every resample's curve, joined by straight
lines (off by at most 1 / (2 · THRESHOLDS), far less than the interval itself).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.images import ImageSummary
from curate.evaluate.metrics.average_precision import average_precision
from curate.evaluate.metrics.counting import Counts, Values
from curate.evaluate.metrics.f1 import f1_max
from curate.evaluate.metrics.roc import auroc
from curate.evaluate.metrics.spro import SPRO_LIMITS, UNIT, Weighted
from curate.evaluate.metrics.tpr_at_tnr import TNR_TARGETS, tpr_at_tnr
from curate.model.result import BootstrapIntervals, Interval

Floats = NDArray[np.float64]

THRESHOLDS = 2048
LEVEL = 0.95
_COARSE = 1 << 15
"""Weights are rounded to this many units a region: sums of resamples then stay exact whole numbers in doubles."""


@dataclass(frozen=True, slots=True)
class ImageCurve:
    """One image's part of the curve, for the bootstrap: scores are bins, of float maps coarser than they are.

    Attributes
    ----------
    key : str
    regions : int
    negatives : bytes
        Histogram of its negative pixels, packed.
    weighted : Weighted or None
        Bins and weights of its regions.
    """

    key: str
    regions: int
    negatives: bytes
    weighted: Weighted | None


def pack(histogram: Counts) -> bytes:
    """Compress a histogram; :func:`unpack` restores it."""
    return zlib.compress(histogram.astype("<u4").tobytes(), 1)


def unpack(packed: bytes) -> Counts:
    """Restore a histogram.

    >>> unpack(pack(np.array([0, 7, 0]))).tolist()
    [0, 7, 0]
    """
    return np.frombuffer(zlib.decompress(packed), "<u4").astype(np.int64)


@dataclass(frozen=True, slots=True)
class CurveMatrix:
    """All images at the chosen thresholds, highest first.

    Attributes
    ----------
    negatives : ndarray of float64, shape (images, thresholds)
        Whole numbers: negative pixels that reach each threshold; the last column counts all.
    weights : ndarray of float64, shape (images, thresholds)
        Whole multiples of one region / 2^15.
    regions : ndarray of float64, shape (images,)
    """

    negatives: Floats
    weights: Floats
    regions: Floats


def choose_bins(negatives: Counts, weights: Counts) -> Counts:
    """Choose the bins whose lower ends are the thresholds, ascending: evenly in sPRO, geometrically in FPR."""
    chosen = []
    shares = (np.linspace(0, 1, THRESHOLDS // 2), np.geomspace(1e-6, 1, THRESHOLDS // 2))
    for counts, targets in zip((weights, negatives), shares, strict=True):
        reached = np.cumsum(counts[::-1])
        if reached.size and reached[-1]:
            chosen.append(np.searchsorted(reached, targets * reached[-1]))
    if not chosen:
        return np.zeros(1, np.int64)
    return np.unique(weights.size - 1 - np.minimum(np.concatenate(chosen), weights.size - 1))


def matrix_of(curves: Sequence[ImageCurve], size: int) -> CurveMatrix:
    """Lay the images out at chosen thresholds.

    Parameters
    ----------
    curves : sequence of ImageCurve
        At least one, in the order of the rows.
    size : int
        Number of bins.
    """
    negatives, weights = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for curve in curves:
        negatives += unpack(curve.negatives)
        if curve.weighted is not None:
            weights[curve.weighted[0]] += curve.weighted[1]
    return matrix_of_bins(curves, choose_bins(negatives, weights))


def matrix_of_bins(curves: Sequence[ImageCurve], bins: Counts) -> CurveMatrix:
    """Lay the images out; thresholds are the lower ends of ``bins``."""
    return CurveMatrix(
        np.array([_reaching(unpack(curve.negatives), bins) for curve in curves], np.float64),
        np.array([_weights_reaching(curve.weighted, bins) for curve in curves], np.float64),
        np.array([curve.regions for curve in curves], np.float64),
    )


def intervals(
    images: Sequence[ImageSummary], scores: dict[str, float], matrix: CurveMatrix | None, resamples: int, seed: int
) -> BootstrapIntervals:
    """Compute the ``intervals`` block of a result.

    Parameters
    ----------
    images : sequence of ImageSummary
        In the order of the matrix' rows.
    scores : dict
        Image key to score.
    matrix : CurveMatrix or None
        None without maps.
    resamples, seed : int
    """
    good = np.array([image.is_good for image in images])
    draws = _draws(good, resamples, np.random.default_rng(seed))
    values = np.array([scores[image.key] for image in images], np.float64)
    areas = _area_intervals(draws, matrix) if matrix else dict.fromkeys(SPRO_LIMITS)
    if not good.any() or good.all():
        return BootstrapIntervals(LEVEL, resamples, seed, areas, tpr_at_tnr=dict.fromkeys(TNR_TARGETS))
    found = [_detection(np.repeat(values, draw), np.repeat(good, draw)) for draw in draws.astype(np.int64)]
    auroc, ap, f1, *tpr = (_interval(column) for column in zip(*found, strict=True))
    return BootstrapIntervals(LEVEL, resamples, seed, areas, auroc, ap, f1, dict(zip(TNR_TARGETS, tpr, strict=True)))


def area_intervals(
    images: Sequence[ImageSummary], matrix: CurveMatrix, resamples: int, seed: int
) -> Mapping[str, Interval | None]:
    """Compute the intervals of AU-sPRO alone, for images that do not all have an image score."""
    good = np.array([image.is_good for image in images])
    return _area_intervals(_draws(good, resamples, np.random.default_rng(seed)), matrix)


def _draws(good: NDArray[np.bool_], resamples: int, rng: np.random.Generator) -> Floats:
    """How often each image is drawn, shape (resamples, images)."""
    draws = np.zeros((resamples, good.size))
    for kind in (good, ~good):
        members = np.flatnonzero(kind)
        if members.size:
            picked = rng.integers(members.size, size=(resamples, members.size))
            for row, picks in zip(draws, picked, strict=True):
                row[members] = np.bincount(picks, minlength=members.size)
    return draws


def _area_intervals(draws: Floats, matrix: CurveMatrix) -> Mapping[str, Interval | None]:
    x, y = draws @ matrix.negatives, draws @ matrix.weights
    regions = draws @ matrix.regions
    kept = (x[:, -1] > 0) & (regions > 0)
    curves = [
        (np.append(0.0, row / row[-1]), np.append(0.0, column / (count * _COARSE)))
        for row, column, count in zip(x[kept], y[kept], regions[kept], strict=True)
    ]
    return {limit: _interval([_area(fpr, spro, float(limit)) for fpr, spro in curves]) for limit in SPRO_LIMITS}


def _area(x: Floats, y: Floats, limit: float) -> float:
    last = int(np.searchsorted(x, limit, side="right"))
    xs, ys = np.append(x[:last], limit), np.append(y[:last], np.interp(limit, x, y))
    return float(np.sum(np.diff(xs) * (ys[1:] + ys[:-1]))) / 2 / limit


def _detection(values: Values, good: NDArray[np.bool_]) -> tuple[float, ...]:
    passed, failed = values[good], values[~good]
    best = f1_max(passed, failed)
    numbers = (auroc(passed, failed), average_precision(passed, failed), best[0] if best else None)
    return tuple(
        np.nan if value is None else value
        for value in (*numbers, *(tpr_at_tnr(passed, failed, target) for target in TNR_TARGETS))
    )


def _interval(values: Sequence[float]) -> Interval | None:
    if not values:
        return None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _reaching(histogram: Counts, bins: Counts) -> Counts:
    """Count what reaches each bin, highest bin first, and all last."""
    reached = np.cumsum(histogram[::-1])[::-1]
    return np.append(reached[bins[::-1]], reached[0])


def _weights_reaching(weighted: Weighted | None, bins: Counts) -> Floats:
    if weighted is None:
        return np.zeros(bins.size + 1)
    scores, weights = weighted
    sums = np.append(np.cumsum(weights[::-1])[::-1], 0)
    reached = sums[np.searchsorted(scores, bins[::-1])]
    rounded: Floats = np.rint(np.append(reached, sums[0]) * (_COARSE / UNIT))
    return rounded
