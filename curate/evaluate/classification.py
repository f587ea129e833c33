"""Multi-class defect classification: the ``classification`` block of a result.

An image shows the defects of its regions, or that of its folder when it has no mask; several are possible. Its
predicted class is the one with the largest probability, the leftmost column among equals.
"""

from __future__ import annotations

import numpy as np

from curate.evaluate.images import ImageSummary
from curate.evaluate.metrics.multiclass import aql, one_vs_rest_auroc, recalls, weighted_mean
from curate.model.defect import GOOD
from curate.model.result import Classification
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


def classification(images: list[ImageSummary], predictions: Predictions) -> Classification:
    """Compute the ``classification`` block of a result.

    Parameters
    ----------
    images : list of ImageSummary
        Test images; each has a row.
    predictions : Predictions
    """
    classes = predictions.classes
    shape = len(images), len(classes)
    table = np.array([predictions.rows[image.key] for image in images], np.float64).reshape(shape)
    members = np.array([[_shows(image, name) for name in classes] for image in images], np.bool_).reshape(shape)
    aurocs = one_vs_rest_auroc(table, members)
    found = recalls(table, members, classes.index(GOOD) if GOOD in classes else -1)
    lacking = [name for name, value in zip(classes, aurocs, strict=True) if value is None]
    return Classification(
        classes=classes,
        auroc=dict(zip(classes, aurocs, strict=True)),
        auroc_weighted=weighted_mean(aurocs, members),
        correct_class_recall={classes[column]: pair[0] for column, pair in found.items()},
        defect_recall={classes[column]: pair[1] for column, pair in found.items()},
        aql={classes[column]: aql(pair[1]) for column, pair in found.items()},
        notes=(f"{', '.join(lacking)}: no image of the class, or none of another",) if lacking else None,
    )


def _shows(image: ImageSummary, name: str) -> bool:
    return image.is_good if name == GOOD else name in image.defects
