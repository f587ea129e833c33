"""Which scores pixels outside regions have, a bit each: so that the largest below a cut is known without reading again.

Scores are named by their bits in the order of their values (:func:`~curate.evaluate.floats.lookup.ordered_bits`):
upper 16 bits name a group, lower 16 a place in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.floats.lookup import ordered_bits, scores_of

_PLACES = 1 << 16


@dataclass(slots=True)
class SeenScores:
    """float32 scores that were seen. Mergeable.

    Attributes
    ----------
    flags : dict
        Group to one bit a place; nothing was seen in groups that are absent.
    known : set
        First and last group of each range in which everything was noted.
    everything : bool
        False when some scores were not noted at all.
    """

    flags: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    known: set[tuple[int, int]] = field(default_factory=set)
    everything: bool = True

    def add(self, group: int, seen: NDArray[np.bool_]) -> None:
        """Note the places of a group that are True; shape (65536,)."""
        packed = np.packbits(seen)
        mine = self.flags.get(group)
        if mine is None:
            self.flags[group] = packed
        else:
            mine |= packed

    def merge(self, other: SeenScores) -> None:
        """Add what another object noted."""
        for group, packed in other.flags.items():
            mine = self.flags.get(group)
            self.flags[group] = packed if mine is None else mine | packed
        self.known |= other.known
        self.everything &= other.everything

    def largest_below(self, score: float) -> float | None:
        """Return the largest score that was seen below one; None where that cannot be told.

        >>> seen = SeenScores(known={(16255, 16256)})  # from 0.9921875 to the largest float32 below 1.0078125
        >>> places = np.zeros(1 << 16, bool)
        >>> places[[0, 5]] = True
        >>> seen.add(16256, places)
        >>> seen.largest_below(1.0078) == 1 + 5 * 2**-23, seen.largest_below(1.0000001), seen.largest_below(1.0)
        (True, 1.0, None)
        """
        if not self.everything:
            return None
        bits = int(ordered_bits(np.array([score], np.float32))[0])
        group, end = bits >> 16, bits & (_PLACES - 1)
        while any(first <= group <= last for first, last in self.known):
            packed = self.flags.get(group)
            if packed is not None:
                places = np.flatnonzero(np.unpackbits(packed)[:end])
                if places.size:
                    return float(scores_of(np.array([group << 16 | int(places[-1])], np.int32))[0])
            group, end = group - 1, _PLACES
        return None
