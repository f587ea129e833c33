"""The scores inside regions of float maps, and what they weigh: where the curves rise.

Of each region only its distinct scores are kept, and how many pixels have each of them where two are alike: four or
five bytes a pixel. Weights follow from that, for any part of the scores, so that no array of all scores is needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.histograms import POSITIVES, PRO, Counts, Key, spro_key
from curate.evaluate.images import RegionMask, Scores, union_of
from curate.evaluate.regions import components, to_units

_SAMPLE = 1000
"""Scores of each image that are kept for preparing the lookup."""

_EVERY = 64
"""One in so many scores inside regions is kept for laying out ranges."""

AT_A_TIME = 1 << 17
"""Edges that are computed with at a time: what has no fixed size stays small."""

EVERYTHING = (-np.inf, np.inf)


@dataclass(frozen=True, slots=True)
class Piece:
    """Pixels that count together: a region, a component of the union, or the union itself.

    Attributes
    ----------
    key : Key
        What they are counted for.
    area_px : int
        Finding so many finds the piece whole.
    scores : ndarray of float, shape (n,)
        Distinct, ascending.
    counts : ndarray of unsigned int, shape (n,), or None
        How many pixels have each score; None where all pixels differ.
    above : int
        How many have more than the last score.
    """

    key: Key
    area_px: int
    scores: Scores
    counts: NDArray[Any] | None
    above: int = 0

    @classmethod
    def of(cls, key: Key, area_px: int, scores: Scores) -> Piece:
        """Take flat scores in any order."""
        values, counts = np.unique(scores, return_counts=True)
        distinct = values.size == scores.size
        return cls(key, area_px, values, None if distinct else counts.astype(np.min_scalar_type(counts.max())))

    def cut(self, start: int, end: int, scores: Scores) -> Piece:
        """Return the scores from one place up to another, handed in, which weigh what they weigh in the whole."""
        counts = None if self.counts is None else self.counts[start:end].copy()
        return replace(self, scores=scores, counts=counts, above=int(self.reached(end, end)[0]))

    def reached(self, start: int, end: int) -> Counts:
        """Return how many pixels have at least each score from one place up to another, that one included."""
        size = self.scores.size
        if self.counts is None:
            return np.arange(self.above + size - start, self.above + size - end - 1, -1, dtype=np.int64)
        sums = np.zeros(size - start + 1, np.int64)
        np.cumsum(self.counts[start:][::-1], out=sums[1:])
        sums += self.above
        return sums[::-1][: end - start + 1]

    def weights(self, reached: Counts) -> Counts:
        """Return what including each score finds, of what :meth:`reached` says.

        Pixels of the union; units of a region's or component's share, saturated as of all its pixels.
        """
        if self.key == POSITIVES:
            return reached[:-1] - reached[1:]
        found = to_units(np.minimum(reached / self.area_px, 1.0))
        return found[:-1] - found[1:]


@dataclass(slots=True)
class RegionScores:
    """What the first pass over float maps brings. Mergeable.

    Attributes
    ----------
    images : dict
        Image key to its pieces, the union first.
    numbers : Counter
        ``("regions", defect)``, ``("components",)``, ``("positives",)``: pixels inside any region.
    distinct : int
        Distinct scores of the images, added up.
    samples : list of ndarray
        Some scores of each image, for preparing :class:`~curate.evaluate.floats.edges.EdgeIndex`.
    marks : list of ndarray
        Some scores inside regions, each image's lowest and highest among them, for laying out :meth:`ranges`.
    """

    images: dict[str, tuple[Piece, ...]] = field(default_factory=dict)
    numbers: Counter[Key] = field(default_factory=Counter)
    distinct: int = 0
    samples: list[Scores] = field(default_factory=list)
    marks: list[Scores] = field(default_factory=list)

    def add_image(self, key: str, scores: Scores, regions: Sequence[RegionMask]) -> None:
        """Take the scores of one image's regions."""
        if not regions:
            return
        self.samples.append(scores.ravel()[:: max(1, scores.size // _SAMPLE)].copy())
        union = union_of(regions, scores.shape)
        inside = Piece.of(POSITIVES, 0, scores[union])
        self.marks.append(np.append(inside.scores[::_EVERY], inside.scores[-1]))
        self.distinct += inside.scores.size
        pieces, area = [inside], int(np.count_nonzero(union))
        for region in regions:
            mine = spro_key(region.defect)
            if len(regions) == 1:  # the union over again: one copy serves both
                pieces.append(replace(inside, key=mine, area_px=region.saturation.area_px(area)))
            else:
                picked = region.pick(scores)
                pieces.append(Piece.of(mine, region.saturation.area_px(picked.size), picked))
            self.numbers["regions", region.defect] += 1
        parts = components(scores, union)
        alone = len(parts) == 1
        pieces += [
            replace(inside, key=PRO, area_px=part.size) if alone else Piece.of(PRO, part.size, part) for part in parts
        ]
        self.numbers["components",] += len(parts)
        self.numbers[POSITIVES] += area
        self.images[key] = tuple(pieces)

    def merge(self, other: RegionScores) -> None:
        """Add another collection of other images to this one."""
        self.images |= other.images
        self.numbers.update(other.numbers)
        self.distinct += other.distinct
        self.samples += other.samples
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
        images = {key: _clipped(pieces, low, high) for key, pieces in self.images.items()}
        marks = [some[(some > low) & (some <= high)] for some in self.marks]
        return RegionScores(images, distinct=sum(pieces[0].scores.size for pieces in images.values()), marks=marks)

    def edges(self, ends: tuple[float, float]) -> Scores:
        """Return the distinct scores inside regions above one number and up to another, ascending."""
        inside = [pieces[0].scores for pieces in self.images.values()]
        parts = [scores[slice(*np.searchsorted(scores, ends, side="right"))] for scores in inside]
        return np.unique(np.concatenate(parts or [np.empty(0, np.float32)]))

    def edge_ranges(self) -> list[tuple[float, float]]:
        """Return ranges of about as many edges as are computed with at a time, the lowest range first."""
        return self.ranges(AT_A_TIME)[::-1]

    def dtype(self) -> np.dtype[Any]:
        """Return the type that holds all scores that are held."""
        return np.result_type(np.float32, *(pieces[0].scores for pieces in self.images.values()))

    def span(self) -> Scores:
        """Return the lowest and the highest score inside regions; nothing when there is none."""
        return np.sort(np.concatenate(self.marks))[[0, -1]] if self.marks else np.empty(0, np.float32)

    def weights_on(self, edges: Scores) -> dict[Key, Counts]:
        """Add up what some consecutive edges weigh: an int64 array of their size for each key."""
        keys = {piece.key for pieces in self.images.values() for piece in pieces}
        sums = {key: np.zeros(edges.size, np.int64) for key in sorted(keys)}
        low, high = edges[0], edges[-1]
        for pieces in self.images.values():
            scores = None
            for piece in pieces:
                if piece.scores is not scores:  # pieces of the same pixels lie at the same places
                    scores = piece.scores
                    start, end = int(scores.searchsorted(low)), int(scores.searchsorted(high, side="right"))
                    places = edges.searchsorted(scores[start:end])
                    reached = piece.reached(start, end)
                if start < end:
                    sums[piece.key][places] += piece.weights(reached)
        return sums


def _clipped(pieces: Sequence[Piece], low: float, high: float) -> tuple[Piece, ...]:
    """Copy what lies above one score and up to another; pieces that share their scores go on sharing them."""
    copies: dict[int, Scores] = {}
    clipped = []
    for piece in pieces:
        start, end = np.searchsorted(piece.scores, [low, high], side="right")
        scores = copies.setdefault(id(piece.scores), piece.scores[start:end].copy())
        clipped.append(piece.cut(start, end, scores))
    return tuple(clipped)
