"""The scores inside regions of float maps, and what they weigh: where the curves rise.

Of each region its sorted scores are kept, four or eight bytes a pixel. Weights follow from them, for any part of the
scores, so that no array of all scores is needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from curate.evaluate.images import RegionMask, Scores, union_of
from curate.evaluate.metrics.counting import Counts, distinct
from curate.evaluate.metrics.pro import components
from curate.evaluate.metrics.spro import Weighted, combined, weights_of

EVERYTHING = (-np.inf, np.inf)


@dataclass(frozen=True, slots=True)
class RegionPixels:
    """Pixels that count together: a region, a component of the union, the union, or all of these at once.

    Attributes
    ----------
    scores : ndarray of float, shape (n,)
        Ascending.
    above : int
        How many more pixels have more than the last score, where the scores are a part of all.
    union : bool
        Whether they are all pixels of the image that lie in a region.
    component_px : int
        The component's area; 0 where they are none.
    saturations : tuple of (str, int)
        Defect and saturation area in pixels of each region that these pixels are.
    """

    scores: Scores
    above: int = 0
    union: bool = False
    component_px: int = 0
    saturations: tuple[tuple[str, int], ...] = ()

    def within(self, low: float, high: float) -> RegionPixels:
        """Copy what lies above one score and up to another."""
        start, end = np.searchsorted(self.scores, [low, high], side="right")
        return replace(self, scores=self.scores[start:end].copy(), above=self.above + self.scores.size - int(end))

    def at_least(self, low: float, high: float) -> tuple[Scores, Counts]:
        """Return the distinct scores from one up to another; how many pixels have at least each, and how many more."""
        start, end = self.scores.searchsorted(low), self.scores.searchsorted(high, side="right")
        scores = self.scores[start:end]
        first = np.flatnonzero(np.concatenate([[scores.size > 0], scores[1:] != scores[:-1]]))
        return scores[first], self.above + self.scores.size - start - np.append(first, scores.size)


@dataclass(slots=True)
class EdgeWeights:
    """What some consecutive edges weigh: int64 arrays of their size.

    Attributes
    ----------
    positives : ndarray
        Pixels inside any region.
    pro : ndarray
        Weights of the components.
    spro : dict
        Saturated weights of each defect's regions.
    """

    positives: Counts
    pro: Counts
    spro: dict[str, Counts]


@dataclass(slots=True)
class RegionScores:
    """What the first pass over float maps brings. Mergeable.

    Attributes
    ----------
    images : dict
        Image key to its pixels, the union first.
    regions : Counter
        Number of regions of each defect.
    components, positives : int
        Number of components; of pixels inside any region.
    distinct : int
        Distinct scores of the images, added up.
    marks : list of ndarray
        Some scores inside regions, each image's lowest and highest among them, for laying out :meth:`ranges`.
    """

    images: dict[str, tuple[RegionPixels, ...]] = field(default_factory=dict)
    regions: Counter[str] = field(default_factory=Counter)
    components: int = 0
    positives: int = 0
    distinct: int = 0
    marks: list[Scores] = field(default_factory=list)

    def add_image(self, key: str, scores: Scores, regions: Sequence[RegionMask], mark_every: int = 64) -> None:
        """Take the scores of one image's regions; one in ``mark_every`` becomes a mark."""
        if not regions:
            return
        union = union_of(regions, scores.shape)
        inside = np.sort(scores[union])
        self.marks.append(np.append(inside[::mark_every], inside[-1]))
        self.distinct += 1 + int(np.count_nonzero(np.diff(inside)))
        parts = components(scores, union)
        whole = RegionPixels(inside, union=True, component_px=inside.size if len(parts) == 1 else 0)
        pixels = []
        for region in regions:
            if len(regions) == 1:  # the union over again: one copy serves both
                whole = replace(whole, saturations=((region.defect, region.saturation.area_px(inside.size)),))
            else:
                picked = region.pick(scores)
                own = ((region.defect, region.saturation.area_px(picked.size)),)
                pixels.append(RegionPixels(np.sort(picked), saturations=own))
            self.regions[region.defect] += 1
        if len(parts) > 1:
            pixels += [RegionPixels(np.sort(part), component_px=part.size) for part in parts]
        self.components += len(parts)
        self.positives += inside.size
        self.images[key] = (whole, *pixels)

    def merge(self, other: RegionScores) -> None:
        """Add another collection of other images to this one."""
        self.images |= other.images
        self.regions.update(other.regions)
        self.components += other.components
        self.positives += other.positives
        self.distinct += other.distinct
        self.marks += other.marks

    def ranges(self, most: int) -> list[tuple[float, float]]:
        """Divide all scores into ranges with about so many distinct scores inside regions; the highest range first.

        A range goes from above its first number up to its second.
        """
        parts = -(-self.distinct // most)
        if parts <= 1:
            return [EVERYTHING]
        marks = np.sort(np.concatenate(self.marks))
        bounds = np.unique(marks[[part * marks.size // parts for part in range(1, parts)]]).tolist()
        return list(zip([-np.inf, *bounds], [*bounds, np.inf], strict=True))[::-1]

    def within(self, low: float, high: float) -> RegionScores:
        """Return the scores of a range alone; counts of regions and pixels are left out."""
        images = {key: tuple(pixels.within(low, high) for pixels in some) for key, some in self.images.items()}
        return RegionScores(images)

    def edges(self) -> Scores:
        """Return the distinct scores inside regions, ascending."""
        parts = [some[0].scores for some in self.images.values()]
        return distinct(np.sort(np.concatenate([np.empty(0, np.float32), *parts])))

    def span(self) -> Scores:
        """Return the lowest and the highest score inside regions; nothing when there is none."""
        return np.sort(np.concatenate(self.marks))[[0, -1]] if self.marks else np.empty(0, np.float32)

    def weights_on(self, edges: Scores) -> EdgeWeights:
        """Add up what some consecutive edges weigh."""
        every = [pixels for some in self.images.values() for pixels in some]
        defects = sorted({defect for pixels in every for defect, _ in pixels.saturations})
        zeros = np.zeros((2 + len(defects), edges.size), np.int64)
        sums = EdgeWeights(zeros[0], zeros[1], dict(zip(defects, zeros[2:], strict=True)))
        for pixels in every:
            scores, at_least = pixels.at_least(edges[0], edges[-1])
            places = edges.searchsorted(scores)
            if pixels.union:
                sums.positives[places] += at_least[:-1] - at_least[1:]
            if pixels.component_px:
                sums.pro[places] += weights_of(at_least, pixels.component_px)
            for defect, area_px in pixels.saturations:
                sums.spro[defect][places] += weights_of(at_least, area_px)
        return sums

    def weighted(self, bins: Any) -> dict[str, Weighted]:
        """Return, for the bootstrap, what each image's regions weigh in bins; ``bins`` maps scores to their bins."""
        found = {}
        for key, some in self.images.items():
            parts = []
            for pixels in some:
                scores, at_least = pixels.at_least(*EVERYTHING)
                parts += [(bins.of(scores).astype(np.int64), weights_of(at_least, px)) for _, px in pixels.saturations]
            whole = combined(parts)
            if whole is not None:
                found[key] = whole
        return found
