"""The deployed threshold: the only one that a plant can set before it has seen a defect, and what it does.

Aim
---
The smallest training score that keeps the false positive rate on the *training* images at or below a target; with it,
the confusion matrix of the test set, ``FPR = FP / (FP + TN)``, ``FNR = FN / (FN + TP)``, precision, recall and F-score.

Conventions
-----------
An image is predicted defective when its score is greater than the threshold. Targets are decimals as text and are
compared with counts as exact fractions.

Contents
--------
:func:`deployed_threshold`, :func:`confusion`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from curate.evaluate.metrics.counting import Values, ratio
from curate.evaluate.metrics.tpr_at_tnr import lowest_threshold

DEPLOYED_FPRS = ("0.01", "0.05", "0.10")


def deployed_threshold(training: Sequence[float], rate: str) -> float:
    """Return the smallest training score that at most a share ``rate`` of the training images is above.

    >>> deployed_threshold([1.0, 4.0, 2.0, 3.0], "0.25")
    3.0
    """
    return lowest_threshold(np.asarray(training, np.float64), Fraction(rate))


def confusion(good: Values, bad: Values, threshold: float) -> dict[str, Any]:
    """Return the confusion matrix of image scores at a threshold, and the rates that follow from it.

    >>> confusion(np.array([1.0, 2.0]), np.array([2.0, 3.0]), 1.5)["fpr"]
    0.5
    """
    tp, fp = int(np.count_nonzero(bad > threshold)), int(np.count_nonzero(good > threshold))
    fn, tn = bad.size - tp, good.size - fp
    block: dict[str, Any] = {
        "threshold": threshold,
        "fpr": ratio(fp, fp + tn),
        "fnr": ratio(fn, fn + tp),
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, tp + fn),
        "f_score": ratio(2 * tp, 2 * tp + fp + fn),
        "tp": tp,
        "fp": fp,
        "tn": tn,
        "fn": fn,
    }
    empty = [name for name, value in block.items() if value is None]
    return {**block, "notes": [f"{', '.join(empty)}: nothing to divide by at this threshold"]} if empty else block
