"""Find where scores lie among sorted edges."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Scores: TypeAlias = NDArray[Any]


class EdgeIndex:
    """Sorted distinct edges, prepared for placing many scores.

    Parameters
    ----------
    edges : ndarray of float, shape (m,)
        Ascending, distinct, finite.
    """

    def __init__(self, edges: Scores) -> None:
        self.edges = edges

    def place(self, scores: Scores) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return how many edges are less than each score, and whether the next edge equals it.

        >>> place, equal = EdgeIndex(np.array([1.0, 2.0])).place(np.array([0.5, 1.0, 1.5, 9.0]))
        >>> place.tolist(), equal.tolist()
        ([0, 0, 1, 2], [False, True, False, False])
        """
        place = np.searchsorted(self.edges, scores)
        padded = np.append(self.edges, np.inf)
        return place, padded[place] == scores
