"""Places that come back: what one camera sees at the same point again and again while the part moves is not the part.

A template often shows something of the fixture behind the part. Where the part is away or replaced, that piece alone
still fits, always at one place; in the other frames it is the rival. So all places that were looked at, of all frames
of a camera, are put together: a point that comes back more often than moving parts would meet by chance is *still*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.crop.evidence import Match
from curate.geometry.series import robust_spread, running_median

STILL = "lies on something that does not move"

_REACH_SHARE, _LEAST_REACH_PX = 0.005, 2.0
"""Points that differ by no more than this share of the window's longer side, at least 2 px, are one."""

_FEWEST_POINTS = 3
"""From fewer different positions, nobody can tell how far the part moves, or that a place is constant."""

_SIGMAS = 5.0
"""A point must come back so many standard deviations more often than chance has it."""

_FEWEST_ASIDE = 0.25
"""Share of a camera's frames that must not be accepted for one constant place to be remarkable."""


@dataclass(frozen=True, slots=True)
class StillPoints:
    """What one camera's frames say about points that come back.

    Attributes
    ----------
    reach_px : float
        Points within this distance are one.
    places : ndarray of float64, shape (m, 2)
        All places that were looked at: the best one of each frame, and its rival where it has one.
    frames : ndarray of intp, shape (m,)
        Which frame each belongs to.
    needed : float
        So many frames must share a point for it to be still.
    """

    reach_px: float
    places: NDArray[np.float64]
    frames: NDArray[np.intp]
    needed: float

    @classmethod
    def of(cls, matches: Sequence[Match], trusted: Sequence[Match], size_px: tuple[int, int]) -> StillPoints:
        """Learn from all matches of a camera.

        Parameters
        ----------
        matches : sequence of Match
        trusted : sequence of Match
            Those that are good by themselves, in shooting order: how far the part moves is read off them.
        size_px : tuple of int
            Of the window.
        """
        reach = _reach_px(size_px)
        listed = [
            (place, x, y)
            for place, match in enumerate(matches)
            for x, y in ((match.x_px, match.y_px), (match.rival_x_px, match.rival_y_px))
            if x is not None and y is not None
        ]
        places = np.array([entry[1:] for entry in listed], np.float64).reshape(-1, 2)
        frames = np.array([entry[0] for entry in listed], np.intp)
        return cls(reach, places, frames, _needed(len(matches), trusted, reach))

    def holds(self, x_px: float | None, y_px: float | None) -> bool:
        """Whether a point comes back more often than chance has it."""
        if x_px is None or y_px is None:
            return False
        near = np.hypot(*(self.places - (x_px, y_px)).T) <= self.reach_px
        return len(np.unique(self.frames[near])) >= self.needed

    def explain_rival(self, match: Match) -> bool:
        """Whether a rival is a still point, while the match itself is not and is ahead on both witnesses."""
        own, rival = match.evidence, match.rival
        if rival is None or (own.agreement or 0.0) <= (rival.agreement or 0.0) or own.refined <= rival.refined:
            return False
        return self.holds(match.rival_x_px, match.rival_y_px) and not self.holds(match.x_px, match.y_px)


def _needed(frames: int, trusted: Sequence[Match], reach_px: float) -> float:
    """Return how many frames must share a point; infinity where the part itself hardly moves."""
    positions = np.array([(match.x_px, match.y_px) for match in trusted], np.float64).reshape(-1, 2)
    # Of matches that lie on one point, one is enough: were half of them on something still, nothing would seem to move.
    cells = dict.fromkeys(map(tuple, np.round(positions / reach_px).tolist()))
    if len(cells) < _FEWEST_POINTS:
        return math.inf
    points = np.array(list(cells)) * reach_px
    spreads = [max(reach_px, robust_spread(values - running_median(values))) for values in points.T]
    # The densest point of a normal distribution times the area of the reach; each frame may have two places.
    chance = frames * reach_px**2 / math.prod(spreads)
    return max(2.0, 1.0 + chance + _SIGMAS * math.sqrt(chance))


def _reach_px(size_px: tuple[int, int]) -> float:
    return max(_LEAST_REACH_PX, _REACH_SHARE * max(size_px))


def one_constant_place(accepted: Sequence[Match], frames: int, size_px: tuple[int, int]) -> bool:
    """Whether all accepted matches of a camera lie at one point while a good share of its frames was not accepted."""
    if len(accepted) < _FEWEST_POINTS or frames - len(accepted) < _FEWEST_ASIDE * frames:
        return False
    positions = np.array([(match.x_px, match.y_px) for match in accepted])
    return bool((np.hypot(*(positions - np.median(positions, axis=0)).T) <= _reach_px(size_px)).all())
