"""The classifier on features of picture and anomaly map (Rožanec et al. 2022): selection, and the perceptron.

Aim: features of two sources are ranked by mutual information with the label, K = √N of them are kept (N training
images), and a multi-layer perceptron with layers of 512 and 100 gives one probability a class.

Conventions
-----------
A block is one source's features, float (n, d). Labels are str. All randomness follows from the seed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.baselines.libraries import library, quiet
from curate.baselines.settings import FeatureSelection

Block = NDArray[np.float64]

LAYERS = (512, 100)
_ROUNDS = 200


def select(blocks: Sequence[Block], labels: Sequence[str], how: FeatureSelection, seed: int) -> list[NDArray[np.intp]]:
    """Return the columns of each block that are kept.

    Parameters
    ----------
    blocks : sequence of ndarray
        Of the training images alone.
    labels : sequence of str
    how : str
        ``each``: √N of each block, so that neither crowds the other out. ``joint``: √N of all together.
    seed : int

    Returns
    -------
    list of ndarray of int
        Sorted; ties go to the earlier column.
    """
    information = library("sklearn.feature_selection").mutual_info_classif
    with quiet():
        values = [information(block, labels, random_state=seed) for block in blocks]
    count = max(1, math.isqrt(len(labels)))
    if how == "each":
        return [_best(value, count) for value in values]
    starts = np.cumsum([0, *(len(value) for value in values)])
    kept = _best(np.concatenate(values), count)
    return [kept[(kept >= low) & (kept < high)] - low for low, high in pairwise(starts)]


def _best(values: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    return np.sort(np.argsort(-values, kind="stable")[:count])


def fit_head(features: Block, labels: Sequence[str], seed: int) -> Any:
    """Return the trained classifier: columns brought to mean 0 and deviation 1, then the perceptron."""
    perceptron = library("sklearn.neural_network").MLPClassifier(LAYERS, max_iter=_ROUNDS, random_state=seed)
    scaler = library("sklearn.preprocessing").StandardScaler()
    with quiet():  # that 200 rounds were not enough is no reason to stop
        return library("sklearn.pipeline").make_pipeline(scaler, perceptron).fit(features, list(labels))


def probabilities(head: Any, features: Block, classes: Sequence[str]) -> NDArray[np.float64]:
    """Return one probability a class, (n, classes); 0 for a class that the head has not seen."""
    found = head.predict_proba(features)
    known = list(head.classes_)
    columns = [found[:, known.index(name)] if name in known else np.zeros(len(features)) for name in classes]
    return np.stack(columns, axis=1)
