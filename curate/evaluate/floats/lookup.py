"""Find where millions of scores lie among sorted edges, without sorting them.

A score's *cell*, a monotone function of its value, is looked up in a table that says how many edges lie in lower cells.
Only in the few cells that hold edges themselves are scores compared with them. The tables are small enough for the
processor's cache, and nothing is approximated: a monotone function never puts a smaller edge into a higher cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Scores: TypeAlias = NDArray[Any]
Places: TypeAlias = NDArray[np.int64]

_CELLS = 1 << 12, 1 << 22
"""At least and at most; in between, so many an edge:"""

_CELLS_AN_EDGE = 64
COARSE_BINS = 1 << 16
_BLOCK = 64
"""Cells that share one entry of the coarse table."""

_MOST = 127
"""Largest count of edges within a block that the fine table's seven bits hold; from there on scores are compared."""

_RUN = 1 << 18
"""Scores that are placed at a time."""

_STEPS = 4
"""Comparisons before the rest is searched by bisection."""

_ALL_BUT_SIGN = 0x7FFFFFFF

_TAIL = 0.002
"""Share of the sample at either end that falls into the first and the last cell."""


@dataclass(frozen=True, slots=True)
class _Cells:
    """A monotone map from scores to cells: linear in the value, or in the value's bits (about its logarithm)."""

    low: float
    scale: float
    by_bits: bool
    count: int

    def of(self, scores: Scores) -> Places:
        """Return the cell of each score."""
        if self.by_bits:
            wide = ordered_bits(scores).astype(np.float64)
            wide -= self.low
            wide *= self.scale
        else:
            with np.errstate(over="ignore"):  # infinity is clipped to the last cell
                wide = scores - scores.dtype.type(self.low)
                wide *= scores.dtype.type(self.scale)
        np.clip(wide, 0, self.count - 1, out=wide)
        return wide.astype(np.int64)


class EdgeTable:
    """Sorted distinct edges, prepared for placing many scores.

    Parameters
    ----------
    edges : ndarray of float32 or float64, shape (m,)
        Ascending, distinct, finite.
    sample : ndarray of float, shape (k,)
        Scores like those to be placed. They decide how fast it is, never what comes out.
    """

    def __init__(self, edges: Scores, sample: Scores | None = None) -> None:
        self.edges = edges
        self._padded = np.append(edges, edges.dtype.type(np.inf))
        self._cells: _Cells | None = None
        if edges.size and sample is not None and sample.size:
            self._build(sample.astype(edges.dtype))

    def place(self, scores: Scores) -> tuple[Places, Places]:
        """Place scores among the edges.

        Parameters
        ----------
        scores : ndarray of float, shape (n,)

        Returns
        -------
        places : ndarray of int64, shape (n,)
            How many edges are less than each score.
        ties : ndarray of int64, shape (t,)
            Places of those scores that the next edge equals.

        Examples
        --------
        >>> scores = np.array([0.5, 1.0, 1.5, 9.0])
        >>> places, ties = EdgeTable(np.array([1.0, 2.0]), sample=scores).place(scores)
        >>> places.tolist(), ties.tolist()
        ([0, 0, 1, 2], [0])
        """
        places = np.empty(scores.size, np.int64)
        return places, self.place_into(scores, places)

    def place_into(self, scores: Scores, places: Places) -> Places:
        """Write the places of flat scores into an array of the same size; return the places of ties."""
        runs = [slice(at, at + _RUN) for at in range(0, scores.size, _RUN)]
        return np.concatenate([self._place(scores[run], places[run]) for run in runs] or [places[:0]])

    def _place(self, scores: Scores, out: Places) -> Places:
        """Place a run of scores that fits into the processor's cache; return the places of ties."""
        if self._cells is None or scores.dtype != self.edges.dtype:
            out[:] = np.searchsorted(self.edges, scores)
            ties: Places = out[self._padded.take(out) == scores]
            return ties
        cells = self._cells.of(scores)
        fine = self._fine.take(cells)
        cells >>= _BLOCK.bit_length() - 1
        self._coarse.take(cells, out=out, mode="clip")
        out += fine >> 1
        return self._compare(scores, out, np.flatnonzero((fine & 1).view(np.bool_)))

    def _compare(self, scores: Scores, places: Places, unsure: Places) -> Places:
        """Step over the edges of a score's own cell that are less than it; return the places of ties."""
        values = scores.take(unsure)
        mine = places.take(unsure)
        ties = []
        for _ in range(_STEPS):
            following = self._padded.take(mine)
            ties.append(mine[following == values])
            higher = np.flatnonzero(following < values)
            if not higher.size:
                break
            unsure, values, mine = unsure.take(higher), values.take(higher), mine.take(higher)
            mine += 1
            places[unsure] = mine
        else:
            mine = np.searchsorted(self.edges, values)
            places[unsure] = mine
            ties.append(mine[self._padded[mine] == values])
        return np.concatenate(ties)

    def _build(self, sample: Scores) -> None:
        least, most = _CELLS
        count = min(max(1 << (_CELLS_AN_EDGE * self.edges.size).bit_length(), least), most)
        choices = [_spread(sample, count, by_bits=by_bits) for by_bits in (False, True)]
        work = [self._work(cells, sample) for cells in choices]
        self._cells = choices[int(np.argmin(work))]
        counts = np.bincount(self._cells.of(self.edges), minlength=self._cells.count)
        before = np.cumsum(counts, dtype=np.int32)
        before -= counts
        blocks = before.reshape(-1, _BLOCK)
        self._coarse = blocks[:, 0].astype(np.int64)
        blocks -= blocks[:, :1].copy()
        fine = np.minimum(before, _MOST).astype(np.uint8)
        fine <<= 1
        fine |= (counts > 0) | (before >= _MOST)
        self._fine = fine

    def _work(self, cells: _Cells, sample: Scores) -> float:
        """Mean number of edges in the cells of a sample: comparisons a score."""
        mine = cells.of(self.edges)
        there = cells.of(sample)
        return float(np.mean(np.searchsorted(mine, there, side="right") - np.searchsorted(mine, there)))


def _spread(sample: Scores, count: int, *, by_bits: bool) -> _Cells:
    """Lay the cells over the bulk of a sample."""
    values = ordered_bits(sample).astype(np.float64) if by_bits else sample.astype(np.float64)
    low, high = (float(value) for value in np.quantile(values, [_TAIL, 1 - _TAIL]))
    largest = float(np.finfo(sample.dtype).max)
    scale = count / min(high - low, largest) if high > low else 1.0
    return _Cells(low, min(scale, largest), by_bits, count)


def ordered_bits(scores: Scores) -> NDArray[Any]:
    """Return integers in the order of the scores; -0.0 and 0.0 get the same one."""
    bits = (scores + scores.dtype.type(0)).view(np.int32 if scores.dtype.itemsize == 4 else np.int64)  # noqa: PLR2004
    sign = bits >> (8 * scores.dtype.itemsize - 1)
    ordered: NDArray[Any] = bits ^ (sign & np.iinfo(bits.dtype).max)
    return ordered


def scores_of(ordered: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the float32 scores that :func:`ordered_bits` gave these integers.

    >>> scores_of(ordered_bits(np.array([-2.5, -0.0, 7.0], np.float32))).tolist()
    [-2.5, 0.0, 7.0]
    """
    return (ordered ^ ((ordered >> 31) & np.int32(_ALL_BUT_SIGN))).view(np.float32)


@dataclass(frozen=True, slots=True)
class CoarseBins:
    """A monotone map from scores to 65,536 bins that are the same for all images of a category.

    Attributes
    ----------
    dtype : dtype
        float32 or float64.
    low, shift : int
        A score's bin is its ordered bits, from ``low`` on, without the ``shift`` lowest ones.
    """

    dtype: np.dtype[Any]
    low: int
    shift: int

    @classmethod
    def over(cls, ends: Scores) -> CoarseBins:
        """Lay the bins over the range between two scores; what lies beyond falls into the first and the last bin.

        >>> bins = CoarseBins.over(np.array([1.0, 2.0], np.float32))
        >>> bins.of(np.array([-9.0, 1.0, 1.5, 2.0, 9.0], np.float32)).tolist()
        [0, 1, 16385, 32769, 65535]
        """
        low, high = (int(bits) for bits in ordered_bits(ends)[[0, -1]]) if ends.size else (0, 0)
        return cls(ends.dtype, low, max(0, (high - low).bit_length() - 16))

    def of(self, scores: Scores) -> NDArray[np.uint16]:
        """Return the bin of each score."""
        bits = ordered_bits(scores.astype(self.dtype, copy=False)).astype(np.int64)
        below = bits < self.low
        bits -= self.low  # of doubles it may pass the largest int64: read without a sign, it is right again
        bins = bits.view(np.uint64)
        bins >>= np.uint64(self.shift)
        np.minimum(bins, COARSE_BINS - 2, out=bins)
        bins += np.uint64(1)
        bins[below] = 0
        return bins.astype(np.uint16)
