"""Localization: AU-sPRO at every limit, AU-PRO, and pixel-level AUROC, AP and F1-max, from counted scores.

Conventions
-----------
A category's :class:`ScoreRows` come in one part or in several, the highest scores first; memory is that of a part.
Within a part, rows stand in ascending order of scores. The metrics themselves are :mod:`curate.evaluate.metrics`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.errors import InputError
from curate.evaluate.curve_points import DrawnPixels
from curate.evaluate.images import GOOD_GROUP, Group
from curate.evaluate.metrics.average_precision import AveragePrecision
from curate.evaluate.metrics.counting import Counts, RunningCount
from curate.evaluate.metrics.f1 import F1Cut, F1Max
from curate.evaluate.metrics.pro import AuPro
from curate.evaluate.metrics.roc import Auroc
from curate.evaluate.metrics.spro import MAX_REGIONS, UNIT, AuSpro
from curate.model.result import DefectLocalization, Localization
from curate.model.result_curves import RocCurve, SproCurve

NO_MAPS = "no maps: only image scores were given, so values over pixels are null"
NO_REGIONS = "no region in the test set: values that need one are null"
NO_NEGATIVES = "no negative pixel in the test set: values that need one are null"
ONE_SCORE = "every pixel of every map has the same score: the values are those of chance"


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


@dataclass(frozen=True, slots=True)
class _DefectCurve:
    """The sPRO curve of one defect: regions of that name, pixels of good images and of images that hold one."""

    groups: frozenset[Group]
    area: AuSpro
    fp: RunningCount
    tp: RunningCount


class PixelCurves:
    """All curves of pixels of one category, from their highest scores down.

    Parameters
    ----------
    totals : Totals
    place : str
        What the totals are of, for messages: the category.

    Raises
    ------
    InputError
        If there are more regions or components than weights can be added up for exactly.
    """

    def __init__(self, totals: Totals, place: str = "") -> None:
        regions = sum(totals.regions.values())
        _refuse_too_many(place, regions=regions, components=totals.components)
        self.totals = totals
        self.negatives = sum(totals.negatives.values())
        self._au_spro = AuSpro(self.negatives, regions)
        self._au_pro = AuPro(self.negatives, totals.components)
        self._auroc = Auroc(self.negatives, totals.positives)
        self._ap = AveragePrecision(totals.positives)
        self._f1 = F1Max(totals.positives)
        self._drawn = DrawnPixels(self.negatives, regions * UNIT, totals.positives, totals.highest)
        self._levels = 0
        self._fp, self._tp, self._spro, self._pro = (RunningCount() for _ in range(4))
        self._by_defect: dict[str, _DefectCurve] = {}
        for defect, count in totals.regions.items():
            groups = frozenset(group for group in totals.negatives if group == GOOD_GROUP or defect in group)
            if len(totals.regions) > 1 or groups != set(totals.negatives):  # else it is the category's only curve
                own = sum(totals.negatives[group] for group in groups)
                self._by_defect[defect] = _DefectCurve(groups, AuSpro(own, count), RunningCount(), RunningCount())

    def add(self, rows: ScoreRows) -> None:
        """Take the rows below those that came before."""
        size, scores = rows.scores.size, rows.scores[::-1]
        self._levels += size
        fp = self._fp.add(_sum(rows.negatives.values(), size))
        tp = self._tp.add(rows.positives)
        spro = self._spro.add(_sum(rows.spro.values(), size))
        self._au_spro.add(fp, spro)
        self._au_pro.add(fp, self._pro.add(rows.pro))
        self._auroc.add(fp, tp)
        self._ap.add(fp, tp)
        self._f1.add(fp, tp, scores)
        self._drawn.add(fp, spro, tp, scores)
        for defect, curve in self._by_defect.items():
            mine = _sum((counts for group, counts in rows.negatives.items() if group in curve.groups), size)
            curve.area.add(curve.fp.add(mine), curve.tp.add(rows.spro[defect]))

    def cut(self) -> F1Cut | None:
        """Return where the pixel F1 is largest; None without positives."""
        return self._f1.cut

    def drawn(self) -> tuple[SproCurve | None, RocCurve | None]:
        """Return the ``spro`` and ``pixel_roc`` curves of a result."""
        return self._drawn.curves()

    def localization(self, f1_threshold: float | None) -> Localization:
        """Return the ``localization`` block of a result; ``f1_threshold`` is the score of :meth:`cut`."""
        whole = self._au_spro.values()
        cut = self.cut()
        by_defect = {
            defect: DefectLocalization(
                count, self._by_defect[defect].area.values() if defect in self._by_defect else whole
            )
            for defect, count in self.totals.regions.items()
        }
        notes = [NO_REGIONS] * (not self.totals.regions) + [NO_NEGATIVES] * (not self.negatives)
        notes += [ONE_SCORE] * (self._levels == 1)
        return Localization(
            au_spro=whole,
            au_pro=self._au_pro.values(),
            pixel_auroc=self._auroc.value(),
            pixel_ap=self._ap.value(),
            pixel_f1_max=cut.f1 if cut else None,
            pixel_f1_max_threshold=f1_threshold,
            by_defect=by_defect,
            notes=tuple(notes) or None,
        )


def _refuse_too_many(place: str, **counts: int) -> None:
    for what, count in counts.items():
        if count > MAX_REGIONS:
            raise InputError(
                f"{place or 'the test set'} has {count:,} {what} in its masks; at most {MAX_REGIONS:,} can be scored",
                hint="look at the masks: specks of a few pixels are noise of a threshold, not drawn defects",
            )


def _sum(parts: Iterable[Counts], size: int) -> Counts:
    """Add arrays up; one alone is returned as it is."""
    several = list(parts)
    if len(several) == 1:
        return several[0]
    total = np.zeros(size, np.int64)
    for part in several:
        total += part
    return total
