"""Bins of float scores that are the same for all images of a category, for the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.images import Scores
from curate.evaluate.scoring.ordered_bits import ordered_bits

COARSE_BINS = 1 << 16


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
