"""How well annotators agree, pixel by pixel. Pure.

Conventions
-----------
Compared are the pixels that two annotators gave one defect in one picture: the union of the regions of each.
IoU = |A and B| / |A or B|, Dice = 2 |A and B| / (|A| + |B|). A picture in which neither drew the defect says nothing
about it and is not counted; one in which only one did counts as 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Any

from curate.formats.records import Drawn
from curate.geometry.rasterize import rasterize_patch
from curate.label.merge import latest_of_each
from curate.model.region import Shape

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two annotators, one picture, one defect."""

    frame: str
    first: str
    second: str
    defect: str
    iou: float
    dice: float


@dataclass(frozen=True, slots=True)
class PairSummary:
    """Two annotators and one defect over all pictures that at least one of them marked."""

    first: str
    second: str
    defect: str
    pictures: int
    mean_iou: float
    mean_dice: float

    def to_json(self) -> dict[str, Any]:
        """Return the summary as a JSON document."""
        return {
            "annotators": [self.first, self.second],
            "defect": self.defect,
            "pictures": self.pictures,
            "mean_iou": self.mean_iou,
            "mean_dice": self.mean_dice,
        }


def overlap(first: Sequence[Shape], second: Sequence[Shape], size_px: Size) -> tuple[float, float] | None:
    """Return IoU and Dice of two unions of shapes; None when neither marks a pixel.

    >>> from curate.model.region import Rectangle
    >>> overlap([Rectangle(2, 2, 4, 4)], [Rectangle(4, 2, 4, 4)], (10, 10))
    (0.3333333333333333, 0.5)
    """
    box = (0, 0, *size_px)
    both = rasterize_patch([*first, *second], box)
    inside = (both.x_px, both.y_px, both.x_px + both.mask.shape[1], both.y_px + both.mask.shape[0])
    areas = [rasterize_patch(shapes, inside).area_px for shapes in (first, second)]
    union = both.area_px
    if not union:
        return None
    shared = sum(areas) - union
    return shared / union, 2 * shared / sum(areas)


def compare(
    opinions: Mapping[tuple[str, str], Sequence[Drawn]], sizes: Mapping[tuple[str, str], Size]
) -> list[Comparison]:
    """Compare every pair of annotators on every picture that both of them saw.

    Parameters
    ----------
    opinions : mapping
        From frame and window to what was drawn, in frame pixels.
    sizes : mapping
        Size of each frame.

    Returns
    -------
    list of Comparison
        Sorted: what to discuss first, the lowest IoU, stands first.
    """
    found = []
    for key, drawn in opinions.items():
        for one, other in combinations(latest_of_each(drawn), 2):
            shapes = [_by_defect(opinion) for opinion in (one, other)]
            for defect in sorted({*shapes[0], *shapes[1]}):
                values = overlap(shapes[0].get(defect, []), shapes[1].get(defect, []), sizes[key])
                if values is not None:
                    found.append(Comparison(key[0], one.annotator, other.annotator, defect, *values))
    return sorted(found, key=lambda entry: (entry.iou, entry.frame, entry.first, entry.second, entry.defect))


def summaries(comparisons: Sequence[Comparison]) -> list[PairSummary]:
    """Average over pictures, by pair of annotators and defect."""
    groups: dict[tuple[str, str, str], list[Comparison]] = defaultdict(list)
    for entry in comparisons:
        groups[entry.first, entry.second, entry.defect].append(entry)
    return [
        PairSummary(*key, len(members), fmean(m.iou for m in members), fmean(m.dice for m in members))
        for key, members in sorted(groups.items())
    ]


def _by_defect(opinion: Drawn) -> dict[str, list[Shape]]:
    shapes: dict[str, list[Shape]] = defaultdict(list)
    for region in opinion.regions:
        shapes[region.defect].extend(region.shapes)
    return shapes
