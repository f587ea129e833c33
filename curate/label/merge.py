"""Settle on one opinion about a picture when several people annotated it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.formats.mask_values import pieces
from curate.formats.records import Drawn
from curate.geometry.rasterize import rasterize
from curate.geometry.shapes import bitmap_of
from curate.model.defect import GOOD
from curate.model.region import Region, Shape

MergePolicy: TypeAlias = Literal["latest", "majority"]


def latest(opinions: Sequence[Drawn]) -> Drawn:
    """Return the opinion that was drawn last; among those without a time, the last in the file."""
    return max(enumerate(opinions), key=lambda pair: (pair[1].drawn_at, pair[0]))[1]


def latest_of_each(opinions: Sequence[Drawn]) -> list[Drawn]:
    """Return each annotator's last opinion, by annotator."""
    by_person: dict[str, list[Drawn]] = defaultdict(list)
    for opinion in opinions:
        by_person[opinion.annotator].append(opinion)
    return [latest(by_person[name]) for name in sorted(by_person)]


def majority(opinions: Sequence[Drawn], size_px: tuple[int, int]) -> Drawn:
    """Keep the pixels of a defect that more than half of the annotators marked.

    Each connected piece (8 neighbours) that is left becomes a region, stored as pixels. Thresholds and groups are
    lost, because the pieces are nobody's own regions; the image's label is the one most of them gave.
    """
    people = latest_of_each(opinions)
    width, height = size_px
    votes: dict[str, NDArray[np.int32]] = {}
    for opinion in people:
        shapes: dict[str, list[Shape]] = defaultdict(list)
        for region in opinion.regions:
            shapes[region.defect].extend(region.shapes)
        for defect, listed in shapes.items():
            count = votes.setdefault(defect, np.zeros((height, width), np.int32))
            count += rasterize(listed, width, height)
    regions = tuple(
        Region(f"majority-{defect}-{index}", defect, (bitmap_of(piece),))
        for defect in sorted(votes)
        for index, piece in enumerate(pieces(votes[defect] * 2 > len(people)), start=1)
    )
    label = _most_common([opinion.label for opinion in people])
    return replace(
        latest(people),
        regions=regions,
        label="" if regions and label == GOOD else label,
        annotator="majority",
        source=f"{people[0].source} and {len(people) - 1} more",
        lost=any(opinion.lost for opinion in people),
    )


def _most_common(labels: Sequence[str]) -> str:
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))
