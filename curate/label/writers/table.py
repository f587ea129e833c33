"""The formats that annotations can be written in: a row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from curate.label.writers import coco, cvat, label_studio
from curate.label.writing import Written
from curate.model.config import CategoryConfig
from curate.model.region import Annotation

Writer = Callable[[Iterable[Annotation], Callable[[str], str], CategoryConfig], Written]


def _label_studio(
    annotations: Iterable[Annotation], image_of: Callable[[str], str], category: CategoryConfig
) -> Written:
    del category
    return label_studio.write(annotations, image_of)


def _suggestions(
    annotations: Iterable[Annotation], image_of: Callable[[str], str], category: CategoryConfig
) -> Written:
    del category
    return label_studio.write(annotations, image_of, as_predictions=True)


WRITERS: dict[str, Writer] = {
    "label-studio": _label_studio,
    "label-studio-predictions": _suggestions,
    "coco": coco.write,
    "cvat": cvat.write,
}
"""By the name that ``curate label export --format`` takes."""
