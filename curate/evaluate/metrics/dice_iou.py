"""Dice and IoU of a predicted mask, and its precision and recall.

Aim
---
With ``G`` the truth and ``P`` the prediction::

    Dice = F1 = 2 |G and P| / (|G| + |P|)      IoU = |G and P| / |G or P|
    precision = |G and P| / |P|                recall = |G and P| / |G|

Pooled over all test pixels, or as a mean over defective images, where an image with both masks empty counts as 1.
(Dice 1945; Jaccard 1912.)

Conventions
-----------
Counts are whole numbers of pixels: ``tp = |G and P|``, ``predicted = |P|``, ``truth = |G|``. None where there is
nothing to divide by.

Contents
--------
:func:`dice`, :func:`iou`, :func:`precision`, :func:`recall`.
"""

from __future__ import annotations

from curate.evaluate.metrics.counting import ratio


def dice(tp: int, predicted: int, truth: int) -> float | None:
    """Return twice the overlap over the sum of both areas.

    >>> dice(3, 4, 6)
    0.6
    """
    return ratio(2 * tp, predicted + truth)


def iou(tp: int, predicted: int, truth: int) -> float | None:
    """Return the intersection over the union.

    >>> iou(2, 4, 6)
    0.25
    """
    return ratio(tp, predicted + truth - tp)


def precision(tp: int, predicted: int) -> float | None:
    """Return the share of predicted pixels that are true."""
    return ratio(tp, predicted)


def recall(tp: int, truth: int) -> float | None:
    """Return the share of true pixels that are predicted."""
    return ratio(tp, truth)
