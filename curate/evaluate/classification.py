"""Multi-class defect classification from class probabilities (docs/metrics.md).

An image shows the defects of its regions, or that of its folder when it has no mask; several are possible. Its
predicted class is the one with the largest probability, the leftmost column among equals.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from curate.evaluate.curve import auroc
from curate.evaluate.detection import count_scores
from curate.evaluate.images import ImageSummary
from curate.model.defect import GOOD
from curate.model.submission import Predictions


def unknown_and_absent(
    predictions: Predictions, images: list[ImageSummary], named: set[str]
) -> tuple[list[str], list[str]]:
    """Return the columns that are no class of the dataset, and the defects of the test set without a column.

    Parameters
    ----------
    named : set of str
        Defects that the dataset's configuration names.
    """
    shown = {defect for image in images for defect in image.defects}
    known = shown | named | {GOOD}
    return (
        [name for name in predictions.classes if name not in known],
        sorted(shown - set(predictions.classes)),
    )


def classification(images: list[ImageSummary], predictions: Predictions) -> dict[str, Any]:
    """Compute the ``classification`` block of a result.

    Parameters
    ----------
    images : list of ImageSummary
        Test images; each has a row.
    predictions : Predictions
    """
    table = np.array([predictions.rows[image.key] for image in images], np.float64).reshape(len(images), -1)
    chosen = [predictions.classes[column] for column in table.argmax(axis=1)] if images else []
    members = {name: np.array([_shows(image, name) for image in images], np.bool_) for name in predictions.classes}
    aurocs = {name: _one_against_rest(table[:, place], members[name]) for place, name in enumerate(predictions.classes)}
    defects = [name for name in predictions.classes if name != GOOD and members[name].any()]
    correct, found = {}, {}
    for name in defects:
        answers = [answer for answer, shows in zip(chosen, members[name], strict=True) if shows]
        correct[name] = sum(answer == name for answer in answers) / len(answers)
        found[name] = sum(answer != GOOD for answer in answers) / len(answers)
    known = [name for name, value in aurocs.items() if value is not None]
    sizes = np.array([members[name].sum() for name in known], np.float64)
    weighted = [float(aurocs[name] or 0.0) for name in known]
    block = {
        "classes": list(predictions.classes),
        "auroc": aurocs,
        "auroc_weighted": float(np.dot(weighted, sizes) / sizes.sum()) if known else None,
        "correct_class_recall": correct,
        "defect_recall": found,
        "aql": {name: 100 - 100 * value for name, value in found.items()},
    }
    lacking = [name for name, value in aurocs.items() if value is None]
    return (
        {**block, "notes": [f"{', '.join(lacking)}: no image of the class, or none of another"]} if lacking else block
    )


def _shows(image: ImageSummary, name: str) -> bool:
    return image.is_good if name == GOOD else name in image.defects


def _one_against_rest(values: Any, members: Any) -> float | None:
    _, others, own = count_scores(values[~members], values[members])
    return auroc(others, own)
