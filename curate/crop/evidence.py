"""What speaks for a place: two witnesses of different kinds, and when another place competes with the best one.

*Agreement*, the share of patches that moved together, is local: light, an arm or a replaced item spoil only some
patches. *Correlation* of the whole template (``refined``) is global: it sees the arrangement that patches on a long
edge or an even pattern do not. Either alone can be wrong at a rate that matters: patches agree by chance, and a bright
thing drags a correlation along. So a place is trusted only when no other place rivals it on both witnesses, or is ahead
on one without being refuted by the other (docs/measurements.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

_NEARLY = 0.75
"""A place with this share of both witnesses of the best one is as good as it."""

_SURE_AGREEMENT, _SURE_CORRELATION = 0.6, 0.8
"""From here on, a witness alone refutes a place that has less than half of its agreement, or three quarters of its
correlation."""

_HALF = 0.5
"""Where fewer patches agree, the correlation must reach as much."""

_LEVEL = 0.05
"""Correlations that differ by less are level."""

_BY_CHANCE = 0.05
"""How likely a patch that is placed at random agrees: 1.5 px of tolerance in a search of some 6 px to each side."""

_FALSE_ALARMS = 0.01
"""Expected number of poses on which the patches of a frame without the part may agree by chance."""


@dataclass(frozen=True, slots=True)
class Match:
    """The best place of a template in a frame.

    Attributes
    ----------
    x_px, y_px : float
        Where the template's centre lies in the frame.
    score : float
        Of the coarse level, -1..1.
    second : float or None
        The next best place a quarter template or more away; None when the frame leaves no such place.
    refined : float
        Normalised cross-correlation at the fine level, the part turned upright.
    template : str
        Name of the template.
    rotation_deg : float or None
        How far the part is turned against the template, clockwise; None where too few patches have texture.
    agreement : float or None
        Share of the patches that agree, 0..1; None as above.
    patches : int or None
        Number of patches; None as above.
    rival_x_px, rival_y_px : float or None
        The strongest other place that was looked at; None where none was worth a look.
    rival_agreement, rival_refined : float or None
        What speaks for it.
    """

    x_px: float
    y_px: float
    score: float
    second: float | None
    refined: float
    template: str
    rotation_deg: float | None = None
    agreement: float | None = None
    patches: int | None = None
    rival_x_px: float | None = None
    rival_y_px: float | None = None
    rival_agreement: float | None = None
    rival_refined: float | None = None

    @property
    def ambiguity(self) -> float | None:
        """Second score over first, 0..1; 1 when the first is not positive, None when there is no second."""
        return ambiguity_of(self.score, self.second)

    @property
    def evidence(self) -> Evidence:
        """What speaks for the place."""
        return Evidence(self.agreement, self.refined)

    @property
    def rival(self) -> Evidence | None:
        """What speaks for the strongest other place."""
        return None if self.rival_refined is None else Evidence(self.rival_agreement, self.rival_refined)

    @property
    def rival_distance_px(self) -> float | None:
        """How far the strongest other place lies away."""
        if self.rival_x_px is None or self.rival_y_px is None:
            return None
        return math.hypot(self.rival_x_px - self.x_px, self.rival_y_px - self.y_px)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a place.

    Attributes
    ----------
    agreement : float or None
        Share of the patches, 0..1; None where the template has too few.
    refined : float
        Correlation of the whole template, -1..1.
    """

    agreement: float | None
    refined: float

    @property
    def correlation(self) -> float:
        """``refined``, 0 where it is negative: then nothing speaks for the place."""
        return max(0.0, self.refined)

    @property
    def is_thin(self) -> bool:
        """Whether neither witness reaches a half: what else lies in the frame may do as well."""
        return self.agreement is not None and self.agreement < _HALF and self.refined < _HALF

    @property
    def is_weak(self) -> bool:
        """Whether so much could come from something else in the frame than the part."""
        return (self.agreement or 0.0) < _NEARLY and self.correlation < _SURE_CORRELATION

    @property
    def is_beyond_doubt(self) -> bool:
        """Whether both witnesses are sure."""
        return (self.agreement or 0.0) >= _NEARLY and self.correlation >= _SURE_CORRELATION

    @property
    def strength(self) -> float:
        """Both witnesses together, 0..1.5: what places are ranked by; a bright thing weighs on the correlation."""
        return (self.agreement or 0.0) + self.correlation / 2.0

    def is_rivalled_by(self, other: Evidence) -> bool:
        """Whether another place could be the right one as well.

        Examples
        --------
        >>> Evidence(0.48, 0.31).is_rivalled_by(Evidence(0.44, 0.52))  # ahead on one witness, level on the other
        True
        >>> Evidence(0.68, -0.14).is_rivalled_by(Evidence(0.24, 0.30))  # patches that agree by chance refute it
        False
        """
        if self.agreement is None or other.agreement is None:
            return other.correlation >= _NEARLY * self.correlation
        own, there = self.agreement, other.agreement
        if there >= _NEARLY * own and other.correlation >= _NEARLY * self.correlation:
            return True
        if there > own:
            return self.correlation < _SURE_CORRELATION or other.correlation >= _NEARLY * self.correlation
        if own < _SURE_AGREEMENT:
            return other.correlation >= self.correlation - _LEVEL
        return other.correlation >= self.correlation - _LEVEL and there >= own / 2.0


def ambiguity_of(score: float, second: float | None) -> float | None:
    """Return how much the runner-up is worth of the best score; a runner-up below 0 is worth nothing.

    >>> ambiguity_of(0.8, 0.4), ambiguity_of(0.8, -0.1), ambiguity_of(-0.1, -0.2), ambiguity_of(0.9, None)
    (0.5, 0.0, 1.0, None)
    """
    if second is None:
        return None
    if score <= 0.0:
        return 1.0
    return max(second, 0.0) / score


@lru_cache(maxsize=64)
def fewest_agreeing(patches: int) -> int:
    """Return how many of some patches must agree so that chance does not explain it.

    Every pair of patches proposes a pose, and each of the others agrees by chance with probability 0.05; the expected
    number of poses with so many followers is at most 0.01 (Desolneux, Moisan and Morel, *From Gestalt Theory to Image
    Analysis*, 2008).

    >>> fewest_agreeing(25), fewest_agreeing(12), fewest_agreeing(6)
    (10, 7, 5)
    """
    others, poses = patches - 2, patches * (patches - 1) / 2.0
    chances = [_BY_CHANCE**more * (1 - _BY_CHANCE) ** (others - more) for more in range(others + 1)]
    followers = [math.comb(others, more) * chance for more, chance in enumerate(chances)]
    enough = (2 + more for more in range(others + 1) if poses * sum(followers[more:]) <= _FALSE_ALARMS)
    return next(enough, patches)
