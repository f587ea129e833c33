from __future__ import annotations

import pytest

from curate.crop.judge import judge_match, judge_overhang
from curate.crop.place import place_box
from curate.model.config import WindowConfig

LIMITS = WindowConfig(mode="match", min_score=0.4, max_ambiguity=0.8, reject_ambiguity=0.9)


@pytest.mark.parametrize(
    ("score", "second", "status", "reason"),
    [
        (0.9, 0.3, "accepted", ""),
        (0.4, 0.32, "accepted", ""),  # exactly on both limits
        (0.39, 0.1, "review", "weak: score 0.39 < 0.4"),
        (0.5, 0.42, "review", "ambiguous: second/first peak 0.84 > 0.8"),
        (0.5, 0.47, "rejected", "ambiguous: second/first peak 0.94 > 0.9"),
        (0.1, 0.1, "rejected", "ambiguous: second/first peak 1.00 > 0.9"),
        (-0.2, -0.3, "rejected", "ambiguous: second/first peak 1.00 > 0.9"),
        (0.9, None, "accepted", ""),
    ],
)
def test_a_match_by_itself(score: float, second: float | None, status: str, reason: str) -> None:
    verdict = judge_match(score, second, LIMITS)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_a_matched_window_must_lie_inside_its_frame() -> None:
    assert judge_overhang(place_box(0, 0, 40, 30), 40, 30).status == "accepted"
    verdict = judge_overhang(place_box(5, 0, 40, 30), 40, 30)
    assert (verdict.status, verdict.reason) == ("review", "the window reaches 5 px beyond the frame")
