"""Localization: AU-sPRO at every limit, AU-PRO, and pixel-level AUROC, AP and F1-max, from counted scores.

Aim
---
METRICS.md section 2, exactly. sPRO is Bergmann et al., "Beyond Dents and Scratches", IJCV 2022; PRO is Bergmann et al.,
"The MVTec Anomaly Detection Dataset", IJCV 2021.

Conventions
-----------
A :class:`ScoreTable` has one row a distinct score, ascending; see :mod:`curate.evaluate.curve`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.curve import Sums, areas_under, auroc, average_precision, f1_max, from_the_top
from curate.evaluate.images import GOOD_GROUP, Group
from curate.evaluate.regions import UNIT
from curate.evaluate.tally import POSITIVES, PRO, Tally

Counts = NDArray[np.int64]

SPRO_LIMITS = ("0.01", "0.05", "0.1", "0.3", "1.0")
PRO_LIMITS = ("0.3",)
NO_REGIONS = "no region in the test set: values that need one are null"
NO_NEGATIVES = "no negative pixel in the test set: values that need one are null"


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Counted scores of one category.

    Attributes
    ----------
    scores : ndarray of float64, shape (n,)
        Ascending; NaN where a row stands for several scores between two others.
    positives : ndarray of int64, shape (n,)
        Pixels inside any region.
    negatives : dict
        Pixels inside no region, by the defects of their image.
    spro : dict
        Saturated weights of each defect's regions.
    pro : ndarray of int64, shape (n,)
        Weights of the union's components.
    regions : dict
        Number of regions of each defect.
    components : int
    """

    scores: NDArray[np.float64]
    positives: Counts
    negatives: dict[Group, Counts]
    spro: dict[str, Counts]
    pro: Counts
    regions: dict[str, int]
    components: int
    _known: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def all_negatives(self) -> Counts:
        """Return the negative pixels of all images; the same array each time."""
        if "negatives" not in self._known:
            self._known["negatives"] = _sum(self.negatives.values(), self.scores.size)
        every: Counts = self._known["negatives"]
        return every

    def all_spro(self) -> Counts:
        """Return the saturated weights of all regions."""
        return _sum(self.spro.values(), self.scores.size)

    def negatives_of(self, defect: str) -> Counts:
        """Return the negative pixels of the good images and of the images that hold a region of a defect."""
        chosen = [counts for group, counts in self.negatives.items() if group == GOOD_GROUP or defect in group]
        return self.all_negatives() if len(chosen) == len(self.negatives) else _sum(chosen, self.scores.size)

    def best(self) -> tuple[float, int] | None:
        """Return the pixel F1-max and the row of the lowest score that it calls positive; None without positives."""
        if "best" not in self._known:
            self._known["best"] = f1_max(self.all_negatives(), self.positives)
        best: tuple[float, int] | None = self._known["best"]
        return best


def table_of(tally: Tally) -> ScoreTable:
    """Return the rows of a tally that were observed."""
    negatives = {key[1:]: counts for key, counts in tally.sums.items() if key[0] == "negatives"}
    positives = tally.get(POSITIVES)
    seen = np.flatnonzero(_sum(negatives.values(), tally.bins) + positives)
    return ScoreTable(
        scores=seen.astype(np.float64),
        positives=positives[seen],
        negatives={group: counts[seen] for group, counts in sorted(negatives.items())},
        spro={key[1]: counts[seen] for key, counts in sorted(tally.sums.items()) if key[0] == "spro"},
        pro=tally.get(PRO)[seen],
        regions={key[1]: count for key, count in sorted(tally.numbers.items()) if key[0] == "regions"},
        components=tally.numbers["components",],
    )


def localization(table: ScoreTable) -> dict[str, Any]:
    """Compute the ``localization`` block of a result, but for ``pixel_f1_max_threshold``."""
    negatives = table.all_negatives()
    reached = from_the_top(negatives)
    spro = table.all_spro()
    best = table.best()
    whole = _areas(reached, spro, sum(table.regions.values()), SPRO_LIMITS)
    block: dict[str, Any] = {
        "au_spro": whole,
        "au_pro": _areas(reached, table.pro, table.components, PRO_LIMITS),
        "pixel_auroc": auroc(negatives, table.positives),
        "pixel_ap": average_precision(negatives, table.positives),
        "pixel_f1_max": best[0] if best else None,
        "pixel_f1_max_threshold": None,
        "by_defect": {},
    }
    for defect, count in table.regions.items():
        mine = table.negatives_of(defect)
        if mine is negatives and len(table.regions) == 1:
            areas = dict(whole)  # the category's only curve
        else:
            areas = _areas(from_the_top(mine), table.spro[defect], count, SPRO_LIMITS)
        block["by_defect"][defect] = {"regions": count, "au_spro": areas}
    notes = [NO_REGIONS] * (not table.regions) + [NO_NEGATIVES] * (not negatives.any())
    return {**block, "notes": notes} if notes else block


def f1_cut(table: ScoreTable) -> int | None:
    """Return the row of the lowest score that is called positive at the pixel F1-max; None without positives."""
    best = table.best()
    return best[1] if best else None


def _areas(reached: Sums, weights: Counts, regions: int, limits: tuple[str, ...]) -> dict[str, float | None]:
    areas = areas_under(reached, from_the_top(weights), regions * UNIT, [float(limit) for limit in limits])
    return dict(zip(limits, areas, strict=True))


def _sum(parts: Iterable[Counts], size: int) -> Counts:
    """Add arrays up; one alone is returned as it is."""
    several = list(parts)
    if len(several) == 1:
        return several[0]
    total = np.zeros(size, np.int64)
    for part in several:
        total += part
    return total
