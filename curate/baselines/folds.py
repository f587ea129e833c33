"""Divide labelled images: by specimen, with each label in every part, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from curate.baselines.libraries import library, quiet
from curate.errors import InputError
from curate.model.dataset import Sample


def specimen_folds(samples: Sequence[Sample], count: int, seed: int) -> list[list[int]]:
    """Return the places of each fold's images; all images of a specimen are in one fold.

    An image whose specimen is not known is one of its own.

    Raises
    ------
    InputError
        If there are fewer specimens than folds.
    """
    groups = [specimen_of(sample) for sample in samples]
    if len(set(groups)) < count:
        raise InputError(
            f"{len(set(groups))} specimens cannot be divided into {count} folds", hint="name fewer --folds"
        )
    splitter = library("sklearn.model_selection").StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    numbers = Counter(sample.label for sample in samples)
    # Without a label that every fold can have, only the numbers of images are balanced.
    labels = [sample.label if max(numbers.values()) >= count else "" for sample in samples]
    with quiet():  # that a label is rarer than there are folds is no reason to stop: a mask is learned, not a label
        return [sorted(test.tolist()) for _, test in splitter.split(np.zeros(len(samples)), labels, groups)]


def label_folds(samples: Sequence[Sample], count: int, seed: int) -> list[list[int]]:
    """Return the places of each fold's images, stratified by label.

    Raises
    ------
    InputError
        If a label has fewer images than there are folds.
    """
    numbers = Counter(sample.label for sample in samples)
    rare = {label: number for label, number in numbers.items() if number < count}
    if rare or len(numbers) < 2:  # noqa: PLR2004 - good and a defect
        found = ", ".join(f"{label} {number}" for label, number in sorted((rare or numbers).items()))
        wanted = f"at least {count} of each" if rare else "good images and a defect"
        raise InputError(
            f"images by label: {found}; {count} stratified folds need {wanted}",
            hint="name fewer --folds, or use more of the --defects",
        )
    splitter = library("sklearn.model_selection").StratifiedKFold(count, shuffle=True, random_state=seed)
    labels = [sample.label for sample in samples]
    return [sorted(test.tolist()) for _, test in splitter.split(np.zeros(len(samples)), labels)]


def some_defects(samples: Sequence[Sample], percent: int, seed: int) -> list[Sample]:
    """Return all good images and some percent of each defect's, at least one, in their order.

    What a smaller percentage takes, a larger one takes, too.
    """
    kept = {sample.key for sample in samples if sample.is_good}
    for label in sorted({sample.label for sample in samples if not sample.is_good}):
        keys = [sample.key for sample in samples if sample.label == label]
        order = np.random.default_rng([seed, len(keys)]).permutation(len(keys)).tolist()
        kept |= {keys[place] for place in order[: max(1, round(len(keys) * percent / 100))]}
    return [sample for sample in samples if sample.key in kept]


def specimen_of(sample: Sample) -> str:
    """Return what must not be torn apart: the specimen, or the image itself where that is not known."""
    return sample.specimen or f"image {sample.key}"
