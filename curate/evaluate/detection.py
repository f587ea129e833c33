"""Image-level detection: AUROC, AP, F1-max, TPR at fixed TNR, and the threshold a plant can deploy.

Conventions
-----------
Scores are floats, higher is more anomalous; an image is called defective when its score is greater than the threshold
(docs/metrics.md). Positives are defective images.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.curve import auroc, average_precision, f1_max
from curate.evaluate.images import ImageSummary

Values = NDArray[np.float64]

TNR_TARGETS = ("0.99", "0.95", "0.90")
DEPLOYED_FPRS = ("0.01", "0.05", "0.10")


def detection(images: list[ImageSummary], scores: dict[str, float], training: list[float]) -> dict[str, Any]:
    """Compute the ``detection`` block of a result.

    Parameters
    ----------
    images : list of ImageSummary
        Test images, sorted by key.
    scores : dict
        Image key to score.
    training : list of float
        Scores of the training images; empty when the submission has none.
    """
    good, bad = (scores_of(images, scores, good=kind) for kind in (True, False))
    block = _measures(good, bad, training)
    names = sorted({defect for image in images for defect in image.defects})
    by_defect = {
        name: _measures(good, _scores_of([image for image in images if name in image.defects], scores), training)
        for name in names
    }
    block["by_defect"] = by_defect
    block["by_defect_mean"] = {
        "auroc": mean_of([entry["auroc"] for entry in by_defect.values()]),
        "ap": mean_of([entry["ap"] for entry in by_defect.values()]),
        "f1_max": mean_of([entry["f1_max"] for entry in by_defect.values()]),
        "tpr_at_tnr": {
            target: mean_of([entry["tpr_at_tnr"][target] for entry in by_defect.values()]) for target in TNR_TARGETS
        },
    }
    notes = [f"no {name} image in the test set" for name, part in (("good", good), ("defective", bad)) if not part.size]
    notes += [] if training else ["no scores of the training images: no threshold can be deployed"]
    return {**block, "notes": notes} if notes else block


def scores_of(images: list[ImageSummary], scores: dict[str, float], *, good: bool) -> Values:
    """Return the scores of the good images, or of the defective ones."""
    return _scores_of([image for image in images if image.is_good == good], scores)


def count_scores(good: Values, bad: Values) -> tuple[Values, NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct scores, ascending, and how many good and defective images have each."""
    values = np.unique(np.concatenate([good, bad]))
    places = [np.searchsorted(values, part) for part in (good, bad)]
    counted = [np.bincount(place, minlength=values.size).astype(np.int64) for place in places]
    return values, counted[0], counted[1]


def tpr_at_tnr(good: Values, bad: Values, target: str) -> float | None:
    """Return the largest TPR among thresholds whose TNR is at least ``target``; None without either kind of image.

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


def deployed_threshold(training: list[float], rate: str) -> float:
    """Return the smallest training score that at most a share ``rate`` of the training images is above."""
    return lowest_threshold(np.asarray(training, np.float64), Fraction(rate))


def just_below(score: float) -> float:
    """Return the largest double below a score: the threshold where everything is called positive."""
    return float(np.nextafter(score, -np.inf))


def mean_of(values: list[float | None]) -> float | None:
    """Mean of the values that exist; None when none does."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _measures(good: Values, bad: Values, training: list[float]) -> dict[str, Any]:
    values, negatives, positives = count_scores(good, bad)
    best = f1_max(negatives, positives)
    threshold = None
    if best:
        threshold = float(values[best[1] - 1]) if best[1] else just_below(float(values[0]))
    return {
        "auroc": auroc(negatives, positives),
        "ap": average_precision(negatives, positives),
        "f1_max": best[0] if best else None,
        "f1_max_threshold": threshold,
        "tpr_at_tnr": {target: tpr_at_tnr(good, bad, target) for target in TNR_TARGETS},
        "deployed": {rate: _confusion(good, bad, deployed_threshold(training, rate)) for rate in DEPLOYED_FPRS}
        if training
        else None,
    }


def _confusion(good: Values, bad: Values, threshold: float) -> dict[str, Any]:
    tp, fp = int(np.count_nonzero(bad > threshold)), int(np.count_nonzero(good > threshold))
    fn, tn = bad.size - tp, good.size - fp
    block: dict[str, Any] = {
        "threshold": threshold,
        "fpr": _ratio(fp, fp + tn),
        "fnr": _ratio(fn, fn + tp),
        "precision": _ratio(tp, tp + fp),
        "recall": _ratio(tp, tp + fn),
        "f_score": _ratio(2 * tp, 2 * tp + fp + fn),
        "tp": tp,
        "fp": fp,
        "tn": tn,
        "fn": fn,
    }
    empty = [name for name, value in block.items() if value is None]
    return {**block, "notes": [f"{', '.join(empty)}: nothing to divide by at this threshold"]} if empty else block


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _scores_of(images: list[ImageSummary], scores: dict[str, float]) -> Values:
    return np.array([scores[image.key] for image in images], np.float64)
