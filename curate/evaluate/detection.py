"""Image-level detection: the ``detection`` block of a result.

Positives are defective images. The metrics are those of :mod:`curate.evaluate.metrics`.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from curate.evaluate.images import ImageSummary
from curate.evaluate.metrics.average_precision import average_precision
from curate.evaluate.metrics.counting import Values, undefined
from curate.evaluate.metrics.deployed import DEPLOYED_FPRS, confusion, deployed_threshold
from curate.evaluate.metrics.f1 import f1_max
from curate.evaluate.metrics.roc import auroc
from curate.evaluate.metrics.tpr_at_tnr import TNR_TARGETS, tpr_at_tnr
from curate.model.result import Confusion, DefectDetection, Detection, DetectionMeans

NO_GOOD = "no good image in the test set: AP and F1 are 1 whatever the scores, and say nothing"
NO_DEFECTIVE = "no defective image in the test set"
ONE_SCORE = "all test images have the same score: AUROC is 0.5 and AP the share of defects, whatever the images show"


def detection(images: list[ImageSummary], scores: dict[str, float], training: list[float]) -> Detection:
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
    names = sorted({defect for image in images for defect in image.defects})
    by_defect = {
        name: _measures(good, _scores_of([image for image in images if name in image.defects], scores), training)
        for name in names
    }
    notes = [note for part, note in ((good, NO_GOOD), (bad, NO_DEFECTIVE)) if not part.size]
    every = np.concatenate([good, bad])
    notes += [ONE_SCORE] if every.size > 1 and every.min() == every.max() else []
    notes += [] if training else ["no scores of the training images: no threshold can be deployed"]
    whole = _measures(good, bad, training)
    return Detection(
        auroc=whole.auroc,
        ap=whole.ap,
        f1_max=whole.f1_max,
        f1_max_threshold=whole.f1_max_threshold,
        tpr_at_tnr=whole.tpr_at_tnr,
        deployed=whole.deployed,
        by_defect=by_defect,
        by_defect_mean=_means(by_defect.values()),
        notes=tuple(notes) or None,
    )


def scores_of(images: list[ImageSummary], scores: dict[str, float], *, good: bool) -> Values:
    """Return the scores of the good images, or of the defective ones."""
    return _scores_of([image for image in images if image.is_good == good], scores)


def mean_of(values: list[float | None]) -> float | None:
    """Mean of the values that exist; None when none does."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _means(parts: Collection[DefectDetection]) -> DetectionMeans:
    return DetectionMeans(
        auroc=mean_of([part.auroc for part in parts]),
        ap=mean_of([part.ap for part in parts]),
        f1_max=mean_of([part.f1_max for part in parts]),
        tpr_at_tnr={target: mean_of([part.tpr_at_tnr[target] for part in parts]) for target in TNR_TARGETS},
    )


def _measures(good: Values, bad: Values, training: list[float]) -> DefectDetection:
    best = f1_max(good, bad)
    return DefectDetection(
        auroc=auroc(good, bad),
        ap=average_precision(good, bad),
        f1_max=best[0] if best else None,
        f1_max_threshold=best[1] if best else None,
        tpr_at_tnr={target: tpr_at_tnr(good, bad, target) for target in TNR_TARGETS},
        deployed={rate: _deployed(good, bad, deployed_threshold(training, rate)) for rate in DEPLOYED_FPRS}
        if training
        else None,
    )


def _deployed(good: Values, bad: Values, threshold: float) -> Confusion:
    matrix = confusion(good, bad, threshold)
    return Confusion(
        threshold=threshold,
        fpr=matrix.fpr,
        fnr=matrix.fnr,
        precision=matrix.precision,
        recall=matrix.recall,
        f_score=matrix.f_score,
        **matrix._asdict(),
        notes=undefined(matrix, ("fpr", "fnr", "precision", "recall", "f_score")),
    )


def _scores_of(images: list[ImageSummary], scores: dict[str, float]) -> Values:
    return np.array([scores[image.key] for image in images], np.float64)
