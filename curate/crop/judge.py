"""Decide whether a match is trusted: the frame is accepted, put up for review, or rejected, always with a reason.

A frame that is not accepted is set aside, never deleted: a rule that is too strict takes the defects out of a dataset
first (docs/measurements.md), so what is set aside is counted by label. For the same reason no threshold is drawn from
how well *good* frames fit. The score's comes from the background: from how well the template fits where the part is
not, which every frame shows at its runner-up.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from curate.crop.evidence import ambiguity_of, fewest_agreeing
from curate.crop.known import Found
from curate.crop.place import Place, overhang_px
from curate.geometry.series import robust_spread, running_median
from curate.model.config import WindowConfig

Status: TypeAlias = Literal["accepted", "review", "rejected"]

_FEWEST_FRAMES = 20
"""With fewer frames, nothing is calibrated."""

USUAL_MIN_SCORE = 0.2
"""Least score where nothing is calibrated: of few frames, and before all frames are matched."""
_MIN_SCORE_RANGE = (0.12, 0.35)
_SIGMAS_ABOVE_BACKGROUND = 6.0

_LEAST_SPREAD = 0.01
"""Positions are taken to scatter by at least this share of the window's longer side."""

_FAR_TOO_FEW = 0.7
"""A match on which less than this share of ``min_agreement`` agrees is rejected rather than reviewed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a frame, and why it is not accepted."""

    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the matches of one window were judged by.

    Attributes
    ----------
    min_score, max_ambiguity, reject_ambiguity, min_agreement, max_deviation : float
        As in :class:`curate.model.config.WindowConfig`.
    calibrated : bool
        Whether ``min_score`` was drawn from the category's background.
    """

    min_score: float
    max_ambiguity: float
    reject_ambiguity: float
    min_agreement: float
    max_deviation: float
    calibrated: bool


ACCEPTED = Verdict("accepted")


def calibrate(config: WindowConfig, matches: Sequence[Found], usual_min_score: float = USUAL_MIN_SCORE) -> Thresholds:
    """Return the thresholds of a window: as configured, or drawn from the category's own frames.

    The least score is the median of all runner-ups plus six robust standard deviations, within 0.12 and 0.35.
    """
    seconds = [match.second for match in matches if match.second is not None]
    least, calibrated = config.min_score, False
    if least is None:
        least = usual_min_score
        if len(seconds) >= _FEWEST_FRAMES:
            above = statistics.median(seconds) + _SIGMAS_ABOVE_BACKGROUND * robust_spread(seconds)
            low, high = _MIN_SCORE_RANGE
            least = round(min(high, max(low, above)), 4)
            calibrated = True
    return Thresholds(
        least, config.max_ambiguity, config.reject_ambiguity, config.min_agreement, config.max_deviation, calibrated
    )


def judge_match(match: Found, limits: Thresholds) -> Verdict:
    """Judge a match by itself: how many patches agree, how well it fits, how ambiguous it is, what competes with it."""
    return worst(judge_fit(match, limits), _judge_rival(match))


def judge_fit(match: Found, limits: Thresholds) -> Verdict:
    """Judge a match by itself, whatever competes with it."""
    verdicts = [_judge_chance(match)]
    if match.agreement is not None and match.agreement < limits.min_agreement:
        status: Status = "rejected" if match.agreement < _FAR_TOO_FEW * limits.min_agreement else "review"
        reason = f"only {match.agreement:.0%} of the patches agree, expected {limits.min_agreement:.0%}"
        verdicts.append(Verdict(status, reason))
    elif match.agreement is not None and match.evidence.is_thin:
        reason = f"only {match.agreement:.0%} of the patches agree, and the whole correlates by {match.refined:.2f}"
        verdicts.append(Verdict("review", f"{reason}: one of both must reach a half"))
    if match.score < limits.min_score:
        verdicts.append(Verdict("review", f"weak: score {match.score:.2f} < {limits.min_score:.2f}"))
    ambiguity = ambiguity_of(match.score, match.second)
    if ambiguity is not None and ambiguity > limits.max_ambiguity:
        status = "rejected" if ambiguity > limits.reject_ambiguity else "review"
        limit = limits.reject_ambiguity if status == "rejected" else limits.max_ambiguity
        verdicts.append(Verdict(status, f"ambiguous: second/first peak {ambiguity:.2f} > {limit:g}"))
    return worst(*verdicts)


def _judge_rival(match: Found) -> Verdict:
    """Put a match up for review when another place could be the right one as well."""
    rival = match.rival
    if rival is None or not match.evidence.is_rivalled_by(rival):
        return ACCEPTED
    places = [f"correlation {place.refined:.2f}" for place in (rival, match.evidence)]
    if rival.agreement is not None and match.agreement is not None:
        places = [
            f"{share:.0%} of the patches and {text}"
            for share, text in zip((rival.agreement, match.agreement), places, strict=True)
        ]
    where = f"({match.rival_x_px:.0f}, {match.rival_y_px:.0f}), {match.rival_distance_px:.0f} px away"
    return Verdict("review", f"another place competes: {where}, has {places[0]}, this one {places[1]}")


def _judge_chance(match: Found) -> Verdict:
    """Put a match up for review when as many patches could agree by chance."""
    if match.patches is None or match.agreement is None:
        return ACCEPTED
    agreeing, needed = round(match.agreement * match.patches), fewest_agreeing(match.patches)
    if agreeing >= needed:
        return ACCEPTED
    return Verdict("review", f"only {agreeing} of {match.patches} patches agree, {needed} must, or chance explains it")


def judge_overhang(place: Place, width_px: int, height_px: int) -> Verdict:
    """Put a matched window up for review that reaches beyond its frame: what it would show there is made up."""
    beyond = overhang_px(place, width_px, height_px)
    return Verdict("review", f"the window reaches {beyond:.0f} px beyond the frame") if beyond else ACCEPTED


def judge_box(place: Place, width_px: int, height_px: int) -> Verdict:
    """Reject a fixed window that shows nothing of its frame; one that shows some is what the author asked for."""
    left, top, right, bottom = place.box_px()
    if left < width_px and top < height_px and right > 0 and bottom > 0:
        return ACCEPTED
    return Verdict("rejected", f"the box lies wholly outside the frame of {width_px}×{height_px} px")


def judge_positions(
    positions: Sequence[tuple[float, float]], limits: Thresholds, size_px: tuple[int, int]
) -> list[Verdict]:
    """Judge positions among their neighbours in shooting order: a single frame far from the others is for review.

    The running median follows a camera mount that drifts or was bumped; the spread around it is measured over all
    positions, so parts that really lie about are not taken for mistakes.

    Parameters
    ----------
    positions : sequence of (float, float)
        x and y of the matches that are good by themselves, in shooting order.
    size_px : tuple of int
        Of the window.
    """
    if len(positions) < _FEWEST_FRAMES:
        return [ACCEPTED] * len(positions)
    squares = np.zeros(len(positions))
    for values in np.array(positions).T:
        deviations = values - running_median(values)
        squares += (deviations / max(robust_spread(deviations), _LEAST_SPREAD * max(size_px))) ** 2
    return [
        Verdict("review", f"{square**0.5:.1f} standard deviations from the running median of the positions")
        if square > limits.max_deviation**2
        else ACCEPTED
        for square in squares.tolist()
    ]


def worst(*verdicts: Verdict) -> Verdict:
    """Return the first of the most severe verdicts.

    >>> worst(ACCEPTED, Verdict("review", "a"), Verdict("rejected", "b"), Verdict("review", "c")).reason
    'b'
    """
    rank = {"rejected": 0, "review": 1, "accepted": 2}
    return min(verdicts, key=lambda verdict: rank[verdict.status])
