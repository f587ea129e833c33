"""Multi-class defect classification: one-vs-rest AUROC, correct-class recall, defect recall, AQL.

Aim
---
What a classifier of defect types does with each type ``d``: how well its probability separates the class from all
others (AUROC); the share of images of ``d`` whose most probable class is ``d`` (correct-class recall), or is any defect
(defect recall); and ``AQL = 100 - 100 * defect recall``, the percentage of ``d`` that leaves the plant unnoticed.

Conventions
-----------
``probabilities`` is float64 of shape (images, classes); ``members`` is bool of the same shape, True where an image
shows a class (an image may show several). The predicted class is the leftmost of the most probable ones.

Contents
--------
:func:`one_vs_rest_auroc`, :func:`weighted_mean`, :func:`recalls`, :func:`aql`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.metrics.counting import Values
from curate.evaluate.metrics.roc import auroc

Members = NDArray[np.bool_]


def one_vs_rest_auroc(probabilities: Values, members: Members) -> list[float | None]:
    """Return each class' AUROC against all other images; None where either side is empty.

    >>> one_vs_rest_auroc(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([[True, False], [False, True]]))
    [1.0, 1.0]
    """
    pairs = zip(probabilities.T, members.T, strict=True)
    return [auroc(values[~shows], values[shows]) for values, shows in pairs]


def weighted_mean(aurocs: Sequence[float | None], members: Members) -> float | None:
    """Return the mean of the AUROCs that exist, weighted by how many images show each class.

    >>> weighted_mean([1.0, 0.5, None], np.array([[True, False, False], [True, True, False], [True, False, False]]))
    0.875
    """
    known = [(value, int(shows.sum())) for value, shows in zip(aurocs, members.T, strict=True) if value is not None]
    if not known:
        return None
    sizes = np.array([size for _, size in known], np.float64)
    return float(np.dot([value for value, _ in known], sizes) / sizes.sum())


def recalls(probabilities: Values, members: Members, good: int) -> dict[int, tuple[float, float]]:
    """Return, for each defect that an image shows, its correct-class recall and its defect recall.

    Parameters
    ----------
    probabilities, members : ndarray, shape (images, classes)
    good : int
        The column that is no defect; -1 where all are.

    Examples
    --------
    >>> recalls(np.array([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5]]), np.array([[False, True, False], [False, True, False]]), 0)
    {1: (0.0, 0.5)}
    """
    chosen = probabilities.argmax(axis=1) if len(probabilities) else np.empty(0, np.intp)
    found = {}
    for column in range(members.shape[1]):
        answers = chosen[members[:, column]]
        if column != good and answers.size:
            found[column] = (
                int(np.count_nonzero(answers == column)) / answers.size,
                int(np.count_nonzero(answers != good)) / answers.size,
            )
    return found


def aql(defect_recall: float) -> float:
    """Return the percentage of a defect that is not noticed."""
    return 100 - 100 * defect_recall
