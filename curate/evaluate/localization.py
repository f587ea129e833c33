"""Localization: AU-sPRO at every limit, AU-PRO, and pixel-level AUROC, AP and F1-max, from counted scores.

Aim
---
docs/metrics.md, exactly. sPRO is Bergmann et al., "Beyond Dents and Scratches", IJCV 2022; PRO is Bergmann et al.,
"The MVTec Anomaly Detection Dataset", IJCV 2021.

Conventions
-----------
A category's :class:`ScoreRows` come in one part or in several, the highest scores first; memory is that of a part.
Within a part, rows stand in ascending order of scores, as in :mod:`curate.evaluate.curve`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.curve_points import Curve, DrawnPixels
from curate.evaluate.histograms import POSITIVES, PRO, Tally
from curate.evaluate.images import GOOD_GROUP, Group
from curate.evaluate.regions import UNIT
from curate.evaluate.streaming_curves import PRO_LIMITS, SPRO_LIMITS, Cut, RunningAreas, RunningRates, vertices

Counts = NDArray[np.int64]

NO_REGIONS = "no region in the test set: values that need one are null"
NO_NEGATIVES = "no negative pixel in the test set: values that need one are null"


@dataclass(frozen=True, slots=True)
class ScoreRows:
    """Counted scores.

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
    """

    scores: NDArray[np.float64]
    positives: Counts
    negatives: dict[Group, Counts]
    spro: dict[str, Counts]
    pro: Counts


@dataclass(frozen=True, slots=True)
class Totals:
    """What all rows of a category add up to.

    Attributes
    ----------
    negatives : dict
        Pixels inside no region, by the defects of their image.
    positives : int
    regions : dict
        Number of regions of each defect.
    components : int
    highest : float or None
        The largest score of all maps.
    """

    negatives: dict[Group, int]
    positives: int
    regions: dict[str, int]
    components: int
    highest: float | None


class PixelCurves:
    """All curves of pixels of one category, from their highest scores down.

    Parameters
    ----------
    totals : Totals
    """

    def __init__(self, totals: Totals) -> None:
        self.totals = totals
        self.negatives = sum(totals.negatives.values())
        self._spro = RunningAreas(self.negatives, sum(totals.regions.values()) * UNIT, SPRO_LIMITS)
        self._pro = RunningAreas(self.negatives, totals.components * UNIT, PRO_LIMITS)
        self._rates = RunningRates(self.negatives, totals.positives)
        self._drawn = DrawnPixels(self.negatives, sum(totals.regions.values()) * UNIT, totals.positives, totals.highest)
        self._reached = 0
        self._by_defect: dict[str, tuple[RunningAreas, set[Group]]] = {}
        for defect, count in totals.regions.items():
            groups = {group for group in totals.negatives if group == GOOD_GROUP or defect in group}
            if len(totals.regions) > 1 or groups != set(totals.negatives):  # else it is the category's only curve
                own = sum(totals.negatives[group] for group in groups)
                self._by_defect[defect] = RunningAreas(own, count * UNIT, SPRO_LIMITS), groups

    def add(self, rows: ScoreRows) -> None:
        """Take the rows below those that came before."""
        negatives = _sum(rows.negatives.values(), rows.scores.size)
        reached = vertices(negatives, self._reached)
        self._reached = int(reached[-1])
        weights = self._spro.add(reached, _sum(rows.spro.values(), rows.scores.size))
        self._pro.add(reached, rows.pro)
        found = self._rates.add(reached, rows.positives, rows.scores)
        self._drawn.add(reached, weights, found, rows.scores)
        for defect, (areas, groups) in self._by_defect.items():
            mine = _sum((counts for group, counts in rows.negatives.items() if group in groups), rows.scores.size)
            areas.add(vertices(mine, areas.reached), rows.spro[defect])

    def cut(self) -> Cut | None:
        """Return where the pixel F1 is largest; None without positives."""
        return self._rates.cut

    def drawn(self) -> dict[str, Curve | None]:
        """Return the ``spro`` and ``pixel_roc`` curves of a result."""
        return self._drawn.curves()

    def localization(self) -> dict[str, Any]:
        """Return the ``localization`` block of a result, but for ``pixel_f1_max_threshold``."""
        whole = self._spro.shares()
        cut = self.cut()
        block: dict[str, Any] = {
            "au_spro": whole,
            "au_pro": self._pro.shares(),
            "pixel_auroc": self._rates.auroc(),
            "pixel_ap": self._rates.average_precision(),
            "pixel_f1_max": cut.f1 if cut else None,
            "pixel_f1_max_threshold": None,
            "by_defect": {},
        }
        for defect, count in self.totals.regions.items():
            areas = self._by_defect[defect][0].shares() if defect in self._by_defect else dict(whole)
            block["by_defect"][defect] = {"regions": count, "au_spro": areas}
        notes = [NO_REGIONS] * (not self.totals.regions) + [NO_NEGATIVES] * (not self.negatives)
        return {**block, "notes": notes} if notes else block


def curves_of(tally: Tally, highest: float | None) -> PixelCurves:
    """Return the curves of integer maps, from the rows of their tally that were observed."""
    negatives = {key[1:]: counts for key, counts in sorted(tally.sums.items()) if key[0] == "negatives"}
    positives = tally.get(POSITIVES)
    seen = np.flatnonzero(_sum(negatives.values(), tally.bins) + positives)
    totals = Totals(
        negatives={group: int(counts.sum()) for group, counts in negatives.items()},
        positives=int(positives.sum()),
        regions={key[1]: count for key, count in sorted(tally.numbers.items()) if key[0] == "regions"},
        components=tally.numbers["components",],
        highest=highest,
    )
    curves = PixelCurves(totals)
    curves.add(
        ScoreRows(
            scores=seen.astype(np.float64),
            positives=positives[seen],
            negatives={group: counts[seen] for group, counts in negatives.items()},
            spro={key[1]: counts[seen] for key, counts in sorted(tally.sums.items()) if key[0] == "spro"},
            pro=tally.get(PRO)[seen],
        )
    )
    return curves


def _sum(parts: Iterable[Counts], size: int) -> Counts:
    """Add arrays up; one alone is returned as it is."""
    several = list(parts)
    if len(several) == 1:
        return several[0]
    total = np.zeros(size, np.int64)
    for part in several:
        total += part
    return total
