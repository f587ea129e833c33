"""Give a dataset without a split of its own a training set, so that trainers can load it. Pure.

The first good images are for training: by the time they were shot where all say it, else in natural order of names.
Physical items stay whole, and an item with any defective image never trains.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

from curate.model.codes import names as codes
from curate.model.dataset import Category, Dataset, Sample
from curate.model.natural import natural_key


def with_training(dataset: Dataset, share: float) -> Dataset:
    """Move a share of the good test images of every category without training images to training.

    Parameters
    ----------
    dataset : Dataset
    share : float
        Of each category's good images, in (0, 1); rounded down, and to whole items.

    Returns
    -------
    Dataset
        Categories that have training images are as they were; the finding about a missing split is gone.
    """
    categories = tuple(
        category if category.of_split("train") else _divided(category, share) for category in dataset.categories
    )
    findings = tuple(finding for finding in dataset.findings if finding.code != codes.NO_SPLIT)
    return replace(dataset, categories=categories, findings=findings)


def _divided(category: Category, share: float) -> Category:
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in category.samples:
        groups[sample.specimen or f"\0{sample.key}"].append(sample)
    clean = [group for group in groups.values() if all(sample.is_good for sample in group)]
    timed = all(sample.shot_at for group in clean for sample in group)
    clean.sort(key=lambda group: (min(s.shot_at for s in group) if timed else "", natural_key(group[0].name)))
    wanted = math.floor(share * sum(sample.is_good for sample in category.samples))
    chosen: set[str] = set()
    for group in clean:
        if len(chosen) + len(group) > wanted:
            break
        chosen |= {sample.key for sample in group}
    moved = [replace(s, split="train") if s.key in chosen else s for s in category.samples]
    return replace(category, samples=tuple(sorted(moved, key=lambda sample: sample.split != "train")))
