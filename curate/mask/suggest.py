"""Propose a saturation threshold from good examples: the smallest area that a present part was seen with.

AutoVI set the threshold of a missing blue hoop so: whoever finds as much of the place where it should be as the
smallest hoop ever seen would cover has found enough.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from curate.mask.regions import WholeRegion
from curate.mask.render import render
from curate.model.capture import Window
from curate.model.defect import Saturation
from curate.model.region import Annotation


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The areas of one part, in window pixels.

    Attributes
    ----------
    part : str
        The name it was outlined with.
    areas_px : tuple of int
        One a window image, ascending; only images that show the part whole.
    cut_off : int
        Images that show it in part, and were left out.
    """

    part: str
    areas_px: tuple[int, ...]
    cut_off: int

    @property
    def saturation(self) -> Saturation | None:
        """The smallest area; None when no image shows the part whole."""
        return Saturation(self.areas_px[0], relative=False) if self.areas_px else None

    def quantiles(self) -> dict[str, float]:
        """Smallest, quartiles and largest area."""
        names = {"smallest": 0, "lower quartile": 25, "median": 50, "upper quartile": 75, "largest": 100}
        return (
            {name: float(np.percentile(self.areas_px, share)) for name, share in names.items()} if self.areas_px else {}
        )

    def to_json(self) -> dict[str, Any]:
        """Return the suggestion as a JSON document."""
        return {
            "part": self.part,
            "images": len(self.areas_px),
            "cut_off": self.cut_off,
            "saturation": str(self.saturation) if self.saturation else None,
            "areas_px": self.quantiles(),
        }


def suggest(outlines: Mapping[str, Annotation], windows: Iterable[Window]) -> list[Suggestion]:
    """Measure outlined parts in every window.

    Parameters
    ----------
    outlines : mapping of frame to Annotation
        All shapes of one name in a frame are one part.
    windows : iterable of Window
    """
    areas: dict[str, list[int]] = defaultdict(list)
    cut: dict[str, int] = defaultdict(int)
    for window in windows:
        annotation = outlines.get(window.frame)
        for region in _parts(annotation) if annotation else []:
            drawn = render(region, annotation, window) if annotation else None
            if drawn and drawn.area_px and drawn.lost == 0:
                areas[region.defect].append(drawn.area_px)
            elif drawn:
                cut[region.defect] += 1
    names = sorted({*areas, *cut})
    return [Suggestion(name, tuple(sorted(areas[name])), cut[name]) for name in names]


def _parts(annotation: Annotation) -> list[WholeRegion]:
    by_name: dict[str, list[Any]] = defaultdict(list)
    for region in annotation.regions:
        by_name[region.defect].extend(region.shapes)
    return [WholeRegion(name, Saturation(1.0), (name,), tuple(shapes)) for name, shapes in sorted(by_name.items())]
