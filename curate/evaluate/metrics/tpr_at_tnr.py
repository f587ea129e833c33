"""TPR at fixed TNR: how many defects are found when at most a given share of good images raises an alarm.

Aim
---
The largest true positive rate among all thresholds whose true negative rate on the test set's good images is at least
the target (the AutoVI paper's detection metric). No interpolation.

Conventions
-----------
``good`` and ``bad`` are float64 arrays of shape (n,) and (m,), in any order. Targets are decimals as text and are
compared with counts as exact fractions: 0.1 of 30 images is 3.

Contents
--------
:func:`tpr_at_tnr`, :func:`lowest_threshold`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from curate.evaluate.metrics.counting import Values

TNR_TARGETS = ("0.99", "0.95", "0.90")


def tpr_at_tnr(good: Values, bad: Values, target: str) -> float | None:
    """Return the largest TPR among thresholds whose TNR is at least ``target``, a decimal in (0, 1].

    None without either kind of image.

    >>> tpr_at_tnr(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 3.5, 4.0, 5.0]), "0.75")
    0.75
    """
    if good.size == 0 or bad.size == 0:
        return None
    threshold = lowest_threshold(good, 1 - Fraction(target))
    return float(np.count_nonzero(bad > threshold)) / bad.size


def lowest_threshold(scores: Values, share: Fraction) -> float:
    """Return the smallest of the scores that at most a share of them is greater than.

    >>> lowest_threshold(np.array([4.0, 1.0, 3.0, 2.0]), Fraction("0.25"))
    3.0
    """
    allowed = int(share * scores.size)  # exact: 0.1 of 30 is 3, not 3.0000000000000004 nor 2.99…
    return float(np.sort(scores)[scores.size - 1 - min(allowed, scores.size - 1)])
