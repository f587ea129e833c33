"""Slow, obvious, independent versions of every metric of docs/metrics.md: all thresholds, all pixels, exact fractions.

Nothing here imports the package. Used to check it on small random inputs.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

Array = Any
Regions = list[tuple[Array, int]]
"""Boolean mask and saturation area, of one image."""


def thresholds(values: list[float]) -> list[float]:
    """From calling nothing to calling everything: each distinct score, and one below the smallest."""
    return [*sorted(set(values), reverse=True), -math.inf]


def saturation_area(threshold: float, area: int, *, relative: bool) -> int:
    return max(1, int(threshold * area) if relative else min(int(threshold), area))


def polyline_area(points: list[tuple[Fraction, Fraction]], limit: Fraction) -> Fraction:
    """Area under a polyline that starts at x = 0, for x up to a limit, divided by the limit."""
    area = Fraction(0)
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 >= limit:
            break
        inner = min(x1, limit)
        height = y1 if inner == x1 else y0 + (y1 - y0) * (inner - x0) / (x1 - x0)
        area += (inner - x0) * (y0 + height) / 2
    return area / limit


def spro_curve(
    maps: list[Array], regions: list[Regions], scored: list[Regions] | None = None
) -> list[tuple[Fraction, Fraction]]:
    """Vertices (FPR, sPRO); ``scored`` are the regions to find, ``regions`` those whose pixels are no negatives."""
    scored = regions if scored is None else scored
    outside = []
    for scores, some in zip(maps, regions, strict=True):
        free = np.ones(scores.shape, bool)
        for mask, _ in some:
            free &= ~mask
        outside += [float(value) for value in scores[free]]
    inside = [
        ([float(value) for value in scores[mask]], area)
        for scores, some in zip(maps, scored, strict=True)
        for mask, area in some
    ]
    every = [float(value) for scores in maps for value in scores.ravel()]
    points = []
    for threshold in thresholds(every):
        fpr = Fraction(sum(value > threshold for value in outside), len(outside))
        found = [min(Fraction(1), Fraction(sum(v > threshold for v in values), area)) for values, area in inside]
        points.append((fpr, sum(found, Fraction(0)) / len(found)))
    return points


def au_spro(maps: list[Array], regions: list[Regions], limit: str, scored: list[Regions] | None = None) -> float:
    return float(polyline_area(spro_curve(maps, regions, scored), Fraction(limit)))


def components(union: Array) -> list[Array]:
    """8-connected components by flooding."""
    left = {(int(row), int(column)) for row, column in zip(*np.nonzero(union), strict=True)}
    pieces = []
    while left:
        todo = [left.pop()]
        piece = np.zeros(union.shape, bool)
        while todo:
            row, column = todo.pop()
            piece[row, column] = True
            near = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= near
            todo += near
        pieces.append(piece)
    return pieces


def union(some: Regions, shape: tuple[int, ...]) -> Array:
    whole = np.zeros(shape, bool)
    for mask, _ in some:
        whole |= mask
    return whole


def au_pro(maps: list[Array], regions: list[Regions], limit: str) -> float:
    pieces = [
        [(piece, int(piece.sum())) for piece in components(union(some, scores.shape))]
        for scores, some in zip(maps, regions, strict=True)
    ]
    return au_spro(maps, pieces, limit)


def pairs_auroc(good: list[float], bad: list[float]) -> float:
    wins = sum(Fraction(2 * (b > g) + (b == g), 2) for b in bad for g in good)
    return float(wins / (len(good) * len(bad)))


def average_precision(good: list[float], bad: list[float]) -> float:
    total, recall = Fraction(0), Fraction(0)
    for lowest in sorted({*good, *bad}, reverse=True):
        tp, fp = sum(value >= lowest for value in bad), sum(value >= lowest for value in good)
        total += (Fraction(tp, len(bad)) - recall) * Fraction(tp, tp + fp)
        recall = Fraction(tp, len(bad))
    return float(total)


def f1_max(good: list[float], bad: list[float]) -> float:
    return max(
        float(Fraction(2 * tp, tp + fp + len(bad)))
        for lowest in {*good, *bad}
        for tp, fp in [(sum(v >= lowest for v in bad), sum(v >= lowest for v in good))]
    )


def f1_threshold(good: list[float], bad: list[float]) -> float:
    """The largest score still called negative at the highest cut whose F1 is the largest."""

    def f1(lowest: float) -> Fraction:
        tp, fp = sum(v >= lowest for v in bad), sum(v >= lowest for v in good)
        return Fraction(2 * tp, tp + fp + len(bad))

    every = sorted({*good, *bad})
    cut = max(every, key=lambda lowest: (f1(lowest), lowest))
    return max((v for v in every if v < cut), default=math.nextafter(cut, -math.inf))


def tpr_at_tnr(good: list[float], bad: list[float], target: str) -> float:
    return max(
        sum(value > threshold for value in bad) / len(bad)
        for threshold in [math.inf, *thresholds([*good, *bad])]
        if Fraction(sum(value <= threshold for value in good), len(good)) >= Fraction(target)
    )


def deployed_threshold(training: list[float], rate: str) -> float:
    return min(t for t in training if Fraction(sum(v > t for v in training), len(training)) <= Fraction(rate))


def erode_once(mask: Array) -> Array:
    height, width = mask.shape
    padded = np.zeros((height + 2, width + 2), bool)
    padded[1:-1, 1:-1] = mask
    core = np.ones(mask.shape, bool)
    for i in range(3):
        for j in range(3):
            core &= padded[i : i + height, j : j + width]
    return core


def outline(mask: Array) -> Array:
    core = mask
    for _ in range(max(1, round(0.02 * math.hypot(*mask.shape)))):
        core = erode_once(core)
    return mask & ~core


def segmentation(
    maps: list[Array], regions: list[Regions], defective: list[bool], threshold: float
) -> dict[str, float]:
    both = called = truth = band_both = band_either = 0
    dices, ious = [], []
    for scores, some, bad in zip(maps, regions, defective, strict=True):
        predicted, marked = scores.astype(float) > threshold, union(some, scores.shape)
        overlap, either = int((predicted & marked).sum()), int((predicted | marked).sum())
        both, called, truth = both + overlap, called + int(predicted.sum()), truth + int(marked.sum())
        if bad:
            dices.append(2 * overlap / (int(predicted.sum()) + int(marked.sum())) if either else 1.0)
            ious.append(overlap / either if either else 1.0)
            g, p = outline(marked), outline(predicted)
            band_both, band_either = band_both + int((g & p).sum()), band_either + int((g | p).sum())
    return {
        "dice": 2 * both / (called + truth),
        "iou": both / (called + truth - both),
        "boundary_iou": band_both / band_either,
        "precision": both / called if called else math.nan,
        "recall": both / truth,
        "mean_dice": sum(dices) / len(dices),
        "mean_iou": sum(ious) / len(ious),
    }
