"""What a dataset loses in a layout: the same words in the converter's table and in docs/layouts.md. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from curate.datasets.layouts.description import Holds
from curate.datasets.layouts.table import BY_NAME
from curate.datasets.writers.registry import WRITERS
from curate.model.dataset import Dataset, Sample
from curate.model.defect import Saturation

ASPECTS = ("regions", "defects", "saturation", "validation", "specimen", "time")
"""What a layout may hold, in the table's order: the fields of :class:`Holds`."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What becomes of one aspect.

    Attributes
    ----------
    aspect : str
        One of :data:`ASPECTS`.
    present : int
        Images of the dataset that have it: several regions, several defects, a threshold of its own, …
    kept : str
        What the layout does with it: ``yes``, ``no``, ``beside``, or words.
    """

    aspect: str
    present: int
    kept: str

    @property
    def is_loss(self) -> bool:
        """Whether something that is there is not kept in the layout's own files or beside them."""
        return self.present > 0 and self.kept not in {"yes", "beside"}

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON document."""
        return {"aspect": self.aspect, "images": self.present, "kept": self.kept, "lost": self.is_loss}


def losses(dataset: Dataset, layout: str) -> tuple[Loss, ...]:
    """Say for each aspect how many images have it and what a layout makes of it."""
    holds = asdict(BY_NAME[layout].holds)
    present = _present(dataset)
    return tuple(Loss(aspect, present[aspect], holds[aspect]) for aspect in ASPECTS)


def _present(dataset: Dataset) -> dict[str, int]:
    """Count the images that have each aspect."""
    samples = [sample for category in dataset.categories for sample in category.samples]
    thresholds = [
        sample
        for category in dataset.categories
        if any(entry.saturation != Saturation(1.0) for entry in category.defects)
        for sample in category.samples
        if sample.masks or sample.regions
    ]
    return {
        "regions": sum(_count(sample) > 1 for sample in samples),
        "defects": sum(not sample.is_good for sample in samples),
        "saturation": len(thresholds),
        "validation": sum(sample.split == "val" for sample in samples),
        "specimen": sum(bool(sample.specimen) for sample in samples),
        "time": sum(bool(sample.shot_at) for sample in samples),
    }


def _count(sample: Sample) -> int:
    return len(sample.masks) + len(sample.regions)


def losses_text(found: Sequence[Loss]) -> str:
    """Render the table that the converter prints before it writes."""
    rows = [("aspect", "images with it", "kept"), *((loss.aspect, str(loss.present), loss.kept) for loss in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def layouts_table() -> str:
    """Render the table of docs/layouts.md: what each layout that curate writes can hold."""
    head = ["| layout | " + " | ".join(ASPECTS) + " |", "|---" * (len(ASPECTS) + 1) + "|"]
    return "\n".join([*head, *(_row(writer.layout, BY_NAME[writer.layout].holds) for writer in WRITERS)])


def _row(name: str, holds: Holds) -> str:
    cells = asdict(holds)
    return f"| {name} | " + " | ".join(cells[aspect] for aspect in ASPECTS) + " |"
