"""Decide whether a match is trusted: the frame is accepted, put up for review, or rejected, always with a reason.

A frame that is not accepted is set aside, never deleted: a rule that is too strict takes the defects out of a dataset
first (LIMITS.md B0), so what is set aside is counted by label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from curate.crop.match import ambiguity_of
from curate.crop.place import Place, overhang_px
from curate.model.config import WindowConfig

Status: TypeAlias = Literal["accepted", "review", "rejected"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a frame, and why it is not accepted."""

    status: Status
    reason: str = ""


ACCEPTED = Verdict("accepted")


def judge_match(score: float, second: float | None, config: WindowConfig) -> Verdict:
    """Judge a match by itself: how ambiguous it is and how well it fits.

    Parameters
    ----------
    score, second : float, float or None
        Highest and second-highest peak.
    config : WindowConfig
        Its thresholds.
    """
    ambiguity = ambiguity_of(score, second)
    if ambiguity is not None and ambiguity > config.reject_ambiguity:
        return Verdict("rejected", f"ambiguous: second/first peak {ambiguity:.2f} > {config.reject_ambiguity:g}")
    if score < config.min_score:
        return Verdict("review", f"weak: score {score:.2f} < {config.min_score:g}")
    if ambiguity is not None and ambiguity > config.max_ambiguity:
        return Verdict("review", f"ambiguous: second/first peak {ambiguity:.2f} > {config.max_ambiguity:g}")
    return ACCEPTED


def judge_overhang(place: Place, width_px: int, height_px: int) -> Verdict:
    """Put a matched window up for review that reaches beyond its frame: what it would show there is made up."""
    beyond = overhang_px(place, width_px, height_px)
    return Verdict("review", f"the window reaches {beyond:.0f} px beyond the frame") if beyond else ACCEPTED


def worst(*verdicts: Verdict) -> Verdict:
    """Return the first of the most severe verdicts.

    >>> worst(ACCEPTED, Verdict("review", "a"), Verdict("rejected", "b"), Verdict("review", "c")).reason
    'b'
    """
    rank = {"rejected": 0, "review": 1, "accepted": 2}
    return min(verdicts, key=lambda verdict: rank[verdict.status])
