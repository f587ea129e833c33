from __future__ import annotations

import numpy as np
import pytest

from curate.crop.judge import Thresholds, calibrate, judge_match, judge_overhang, judge_positions
from curate.crop.known import Found
from curate.crop.place import place_box
from curate.model.config import WindowConfig

LIMITS = Thresholds(0.4, 0.8, 0.9, 0.5, 5.0, calibrated=False)


def match(score: float, second: float | None, agreement: float | None = None) -> Found:
    return Found(0, 0, score, second, 0.5, "t.png", agreement=agreement)


@pytest.mark.parametrize(
    ("found", "status", "reason"),
    [
        (match(0.9, 0.3), "accepted", ""),
        (match(0.4, 0.32), "accepted", ""),  # exactly on both limits
        (match(0.39, 0.1), "review", "weak: score 0.39 < 0.40"),
        (match(0.5, 0.42), "review", "ambiguous: second/first peak 0.84 > 0.8"),
        (match(0.5, 0.47), "rejected", "ambiguous: second/first peak 0.94 > 0.9"),
        (match(0.1, 0.1), "rejected", "ambiguous: second/first peak 1.00 > 0.9"),
        (match(-0.2, -0.3), "rejected", "ambiguous: second/first peak 1.00 > 0.9"),
        (match(0.9, None), "accepted", ""),
        (match(0.9, 0.1, 0.5), "accepted", ""),
        (match(0.9, 0.1, 0.48), "review", "only 48% of the patches agree, expected 50%"),
        (match(0.9, 0.1, 0.2), "rejected", "only 20% of the patches agree, expected 50%"),
    ],
)
def test_a_match_by_itself(found: Found, status: str, reason: str) -> None:
    verdict = judge_match(found, LIMITS)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_a_matched_window_must_lie_inside_its_frame() -> None:
    assert judge_overhang(place_box(0, 0, 40, 30), 40, 30).status == "accepted"
    verdict = judge_overhang(place_box(5, 0, 40, 30), 40, 30)
    assert (verdict.status, verdict.reason) == ("review", "the window reaches 5 px beyond the frame")


def test_the_least_score_comes_from_the_background() -> None:
    seconds = [0.10, 0.12, 0.14, 0.16, 0.18] * 4
    limits = calibrate(WindowConfig(), [match(0.8, second) for second in seconds])
    # Median 0.14; absolute deviations 0.04, 0.02, 0, 0.02, 0.04 have the median 0.02.
    assert limits.calibrated
    assert limits.min_score == pytest.approx(0.14 + 6 * 1.4826 * 0.02, abs=1e-4)


@pytest.mark.parametrize(("second", "least"), [(0.01, 0.12), (0.6, 0.35)])
def test_the_least_score_stays_within_bounds(second: float, least: float) -> None:
    assert calibrate(WindowConfig(), [match(0.8, second)] * 20).min_score == least


def test_few_frames_or_a_configured_score_calibrate_nothing() -> None:
    assert calibrate(WindowConfig(), [match(0.8, 0.3)] * 19) == Thresholds(0.2, 0.85, 0.93, 0.4, 5.0, calibrated=False)
    assert calibrate(WindowConfig(min_score=0.6), [match(0.8, 0.3)] * 99).min_score == 0.6


def test_a_single_frame_far_from_its_neighbours_is_for_review() -> None:
    rng = np.random.default_rng(0)
    # The mount drifts by 150 px and is bumped by 80 px once; parts lie about by 3 px.
    drift = np.linspace(0, 150, 400) + 80.0 * (np.arange(400) > 250)
    xs, ys = drift + rng.normal(0, 3, 400), 300 + rng.normal(0, 3, 400)
    xs[37] += 60
    ys[330] -= 60
    verdicts = judge_positions(list(zip(xs.tolist(), ys.tolist(), strict=True)), LIMITS, (400, 400))
    aside = {index for index, verdict in enumerate(verdicts) if verdict.status != "accepted"}
    # Around the bump, the median needs half its width to follow: there, and only there, others may be set aside.
    assert {37, 330} <= aside
    assert all(200 < index < 302 for index in aside - {37, 330})


def test_parts_that_lie_about_are_no_mistakes() -> None:
    rng = np.random.default_rng(1)
    positions = [(float(x), float(y)) for x, y in rng.uniform(-120, 120, (200, 2))]
    assert {verdict.status for verdict in judge_positions(positions, LIMITS, (400, 400))} == {"accepted"}


def test_identical_positions_leave_some_room() -> None:
    positions = [(100.0, 100.0)] * 50 + [(115.0, 100.0), (125.0, 100.0)]
    verdicts = judge_positions(positions, LIMITS, (400, 200))
    # At least 1 % of 400 px is taken for the scatter: 15 px are 3.75 of it, 25 px are 6.25.
    assert [verdict.status for verdict in verdicts[-2:]] == ["accepted", "review"]
    assert verdicts[-1].reason == "6.2 standard deviations from the running median of the positions"
