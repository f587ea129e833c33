"""Croissant's vocabulary for responsible AI (``rai:``): how a dataset came about, by whom, and what is skewed in it.

Specification: http://mlcommons.org/croissant/RAI/1.0. What the files and records say is said; what only its authors
know comes from them, and is left out otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from curate.card.describe import CategoryDescription
from curate.model.words import counted

CONFORMS_TO = "http://mlcommons.org/croissant/RAI/1.0"


def responsible(
    categories: Sequence[CategoryDescription],
    set_aside: Sequence[Counter[str]],
    *,
    collection: str = "",
    annotators: str = "",
    biases: str = "",
) -> dict[str, Any]:
    """Return the ``rai:`` keys that something is known for.

    Parameters
    ----------
    categories : sequence of CategoryDescription
    set_aside : sequence of Counter
        For each category, how many frames of each label screening and people left out.
    collection, annotators, biases : str
        What the authors say of it.
    """
    starts = sorted(entry.first_shot_at for entry in categories if entry.first_shot_at)
    ends = sorted(entry.last_shot_at for entry in categories if entry.last_shot_at)
    drawn = any(known.regions for entry in categories for known in entry.defects.values())
    known: dict[str, Any] = {
        "rai:dataCollection": collection or " ".join(_collected(categories)),
        "rai:dataCollectionType": "Direct measurement",
        "rai:dataCollectionTimeframe": [starts[0], ends[-1]] if starts and ends else [],
        "rai:annotatorDemographics": annotators,
        "rai:dataAnnotationProtocol": _PROTOCOL if drawn else "",
        "rai:dataBiases": [text for text in (biases, *_biases(categories, set_aside)) if text],
    }
    return {name: value for name, value in known.items() if value}


_PROTOCOL = "Every region of a defect was outlined on the image and has a mask of its own; images are labelled by them."


def _collected(categories: Sequence[CategoryDescription]) -> Iterator[str]:
    for entry in categories:
        images = sum(sum(labels.values()) for labels in entry.images.values())
        cameras = f" by {counted(entry.cameras, 'camera', 'cameras')}" if entry.cameras else ""
        specimens = f" of {counted(entry.specimens, 'specimen', 'specimens')}" if entry.specimens else ""
        times = f", from {entry.first_shot_at} to {entry.last_shot_at}" if entry.first_shot_at else ""
        yield f"{entry.name}: {counted(images, 'photograph', 'photographs')}{specimens}{cameras}{times}."


def _biases(categories: Sequence[CategoryDescription], set_aside: Sequence[Counter[str]]) -> Iterator[str]:
    for entry, aside in zip(categories, set_aside, strict=True):
        if aside:
            shown = ", ".join(f"{count} {label or 'without a label'}" for label, count in sorted(aside.items()))
            yield f"{entry.name}: screening and people set frames aside that are not in it, by label: {shown}."
        if entry.drift:
            drift = entry.drift
            yield (
                f"{entry.name}: the light of the good images moved by {drift.change:+.1f} grey values meanwhile "
                f"(rank correlation with time {drift.rank_correlation:+.2f}, {drift.p_text})."
            )
        test = entry.images.get("test", {})
        if test:
            defective = sum(test.values()) - test.get("good", 0)
            yield f"{entry.name}: {defective} of {sum(test.values())} test images are defective, which no line sees."
