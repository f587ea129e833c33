"""AUPIMO: the recall of each defective image at tiny false positive rates (Bertoldo et al., BMVC 2024).

Aim: say how much of a defect is found when hardly a pixel of a good image is called one, image by image.

Conventions
-----------
A pixel is positive when its score is greater than a threshold. The shared false positive rate of a threshold is the
mean, over the good images, of the share of their pixels that are positive. A defective image's recall is the share of
its regions' pixels that are positive; its other pixels count nowhere. The area lies under recall over the logarithm
of the shared rate, from 1e-5 to 1e-4, divided by the logarithm of their ratio. At a rate x the threshold is the
smallest whose shared rate is at most x. The published implementation samples thresholds; this is the exact area of
the step function.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LOWEST_FPR, HIGHEST_FPR = 1e-5, 1e-4

Scores = NDArray[np.float64]


def highest_scores(scores: NDArray[np.generic], good_images: int) -> Scores:
    """Return as many of a good image's highest scores as can matter, in descending order.

    Parameters
    ----------
    scores : ndarray
        Of all its pixels.
    good_images : int
        Number of good images over which rates are averaged: one alone reaches the limit with so many times the share.
    """
    flat = np.asarray(scores, np.float64).ravel()
    count = min(flat.size, math.ceil(HIGHEST_FPR * good_images * flat.size) + 1)
    return np.sort(np.partition(flat, flat.size - count)[flat.size - count :])[::-1]


def aupimo(good: Sequence[tuple[Scores, int]], defective: Sequence[NDArray[np.generic]]) -> list[float]:
    """Return the AUPIMO of each defective image.

    Parameters
    ----------
    good : sequence of (ndarray, int)
        :func:`highest_scores` of each good image, and the number of its pixels.
    defective : sequence of ndarray
        The scores of the pixels in any region of each defective image, at least one pixel each.

    Returns
    -------
    list of float
        In 0..1.

    Raises
    ------
    ValueError
        If there is no good image.

    Examples
    --------
    >>> low = [(highest_scores(np.zeros(10), 1), 10)]
    >>> aupimo(low, [np.array([1.0, 1.0]), np.array([1.0, 0.0]), np.array([0.0])])
    [1.0, 0.5, 0.0]
    """
    if not good:
        raise ValueError("AUPIMO needs a good image: false positive rates are those of good images")
    thresholds, weights = _segments(good)
    areas = []
    for scores in defective:
        ordered = np.sort(np.asarray(scores, np.float64).ravel())
        recall = 1.0 - np.searchsorted(ordered, thresholds, side="right") / ordered.size
        areas.append(float(min(1.0, math.fsum((recall * weights).tolist()))))
    return areas


def _segments(good: Sequence[tuple[Scores, int]]) -> tuple[Scores, Scores]:
    """Return the thresholds between the two rates, and the share of the logarithm's range on which each holds."""
    values = np.concatenate([scores for scores, _ in good])
    shares = np.concatenate([np.full(scores.size, 1.0 / (len(good) * size)) for scores, size in good])
    distinct, places = np.unique(-values, return_inverse=True)
    rates = np.concatenate([[0.0], np.cumsum(np.bincount(places, shares))])
    low, high = np.clip(rates[:-1], LOWEST_FPR, HIGHEST_FPR), np.clip(rates[1:], LOWEST_FPR, HIGHEST_FPR)
    used = high > low
    return -distinct[used], np.log(high[used] / low[used]) / math.log(HIGHEST_FPR / LOWEST_FPR)
