"""Image-level detection: the ``detection`` block of a result.

Positives are defective images. The metrics are those of :mod:`curate.evaluate.metrics`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from curate.evaluate.images import ImageSummary
from curate.evaluate.metrics.average_precision import average_precision
from curate.evaluate.metrics.counting import Values
from curate.evaluate.metrics.deployed import DEPLOYED_FPRS, confusion, deployed_threshold
from curate.evaluate.metrics.f1 import f1_max
from curate.evaluate.metrics.roc import auroc
from curate.evaluate.metrics.tpr_at_tnr import TNR_TARGETS, tpr_at_tnr


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


def mean_of(values: list[float | None]) -> float | None:
    """Mean of the values that exist; None when none does."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _measures(good: Values, bad: Values, training: list[float]) -> dict[str, Any]:
    best = f1_max(good, bad)
    return {
        "auroc": auroc(good, bad),
        "ap": average_precision(good, bad),
        "f1_max": best[0] if best else None,
        "f1_max_threshold": best[1] if best else None,
        "tpr_at_tnr": {target: tpr_at_tnr(good, bad, target) for target in TNR_TARGETS},
        "deployed": {rate: confusion(good, bad, deployed_threshold(training, rate)) for rate in DEPLOYED_FPRS}
        if training
        else None,
    }


def _scores_of(images: list[ImageSummary], scores: dict[str, float]) -> Values:
    return np.array([scores[image.key] for image in images], np.float64)
