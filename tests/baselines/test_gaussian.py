from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from curate.baselines import gaussian as detector
from curate.demo.scene import Scene, SessionSettings, Shot, plan_session
from curate.geometry.affine import IDENTITY

SESSION = SessionSettings(
    frames=26, seed=8, texture_seed=2, conditions={}, defects={"missing": 0.08, "dent": 0.08, "misplaced": 0.08}
)
Drawn = list[tuple[Shot, NDArray[np.uint8]]]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """Every shot with its window, cut at the nearest whole pixel, so shifted and turned a little."""
    scene, pairs = Scene(SESSION), []
    for shot in plan_session(SESSION):
        assert shot.centre_px is not None
        left, top = (round(value - 120.0) for value in shot.centre_px)
        pairs.append((shot, scene.render(shot)[top : top + 240, left : left + 240]))
    return pairs


@pytest.fixture(scope="module")
def training(drawn: Drawn) -> list[detector.Aligned]:
    good = [pixels for shot, pixels in drawn if shot.label == "good"][:12]
    reference = detector.reference_of(good)
    return [detector.align(reference, window) for window in good]


def test_defects_score_higher_than_every_good_window_and_where_they_are(
    drawn: Drawn, training: list[detector.Aligned]
) -> None:
    good = [pixels for shot, pixels in drawn if shot.label == "good"]
    reference, model = detector.reference_of(good[:12]), detector.fit(training)
    highest_good = max(detector.score(model, detector.align(reference, window)).max() for window in good[12:])
    for shot, pixels in drawn:
        if shot.label not in {"missing", "misplaced"}:
            continue
        anomaly = detector.score(model, detector.align(reference, pixels))
        assert anomaly.max() > highest_good
        row, column = np.unravel_index(int(anomaly.argmax()), anomaly.shape)
        assert np.hypot(row - 120, column - 120) < 110  # at the item, which sits in the middle or beside it


def test_light_does_not_count_as_an_anomaly(drawn: Drawn, training: list[detector.Aligned]) -> None:
    good = [pixels for shot, pixels in drawn if shot.label == "good"]
    reference, model = detector.reference_of(good[:12]), detector.fit(training)
    shot = next(shot for shot, _ in drawn if shot.label == "good")
    scene = Scene(SESSION)
    scores = []
    for light in (0.6, 1.0, 1.2):
        frame = scene.render(replace(shot, light=light, noise=1.0))
        assert shot.centre_px is not None
        left, top = (round(value - 120.0) for value in shot.centre_px)
        window = frame[top : top + 240, left : left + 240]
        scores.append(float(detector.score(model, detector.align(reference, window)).mean()))
    assert max(scores) < 1.15 * min(scores)


def test_registration_finds_a_known_shift_and_turn(drawn: Drawn) -> None:
    _, pixels = next(pair for pair in drawn if pair[0].label == "good")
    reference = detector.reference_of([pixels])
    known = cv2.getRotationMatrix2D((119.5, 119.5), -1.5, 1.0)  # OpenCV counts counter-clockwise: this is clockwise
    known[:, 2] += np.array([2.0, -1.0])
    moved = cv2.warpAffine(pixels, known, (240, 240), borderMode=cv2.BORDER_REFLECT)
    aligned = detector.align(reference, np.asarray(moved, np.uint8))
    # The window's middle went to (122, 119); laid over the reference it comes back.
    assert aligned.to_reference.apply(122.0, 119.0) == pytest.approx((120.0, 120.0), abs=0.15)
    assert np.degrees(np.arctan2(aligned.to_reference.d, aligned.to_reference.a)) == pytest.approx(-1.5, abs=0.1)


def test_a_picture_of_something_else_is_left_where_it_is(drawn: Drawn) -> None:
    reference = detector.reference_of([drawn[0][1]])
    flat = np.full((240, 240, 3), 90, np.uint8)
    aligned = detector.align(reference, flat)
    assert aligned.to_reference.apply(3.0, 4.0) == (3.0, 4.0)
    assert np.isfinite(aligned.colours).all()


def test_a_model_is_mean_and_deviation_with_a_floor() -> None:
    def flat(value: float) -> detector.Aligned:
        return detector.Aligned(np.full((2, 3, 3), value, np.float32), IDENTITY)

    model = detector.fit([flat(1.0), flat(3.0)])
    np.testing.assert_allclose(model.mean, 2.0)
    np.testing.assert_allclose(model.deviation, np.sqrt(1.0 + 0.12**2), rtol=1e-6)
    np.testing.assert_allclose(detector.score(model, flat(4.0)), 2.0 / np.sqrt(1.0 + 0.12**2), rtol=1e-5)


def test_training_maps_come_from_models_that_have_not_seen_the_window(training: list[detector.Aligned]) -> None:
    fair, seen = detector.score_training(detector.sums_of(training), training), detector.fit(training)
    assert len(fair) == len(training)
    unfair = [float(detector.score(seen, window).mean()) for window in training]
    assert all(float(anomaly.mean()) > low for anomaly, low in zip(fair, unfair, strict=True))
    refit = detector.fit([*training[:4], *training[5:]])
    np.testing.assert_allclose(fair[4], detector.score(refit, training[4]), atol=1e-4)


def test_too_few_windows_or_several_sizes_are_refused(training: list[detector.Aligned]) -> None:
    with pytest.raises(ValueError, match="at least two good training windows, found 1"):
        detector.fit(training[:1])
    with pytest.raises(ValueError, match=r"one size, found \[\(4, 4, 3\), \(5, 4, 3\)\]"):
        detector.reference_of([np.zeros((4, 4, 3), np.uint8), np.zeros((5, 4, 3), np.uint8)])


def test_the_ceiling_leaves_room_above_the_training_maps() -> None:
    maps = [np.array([[1.0, value]], np.float32) for value in (2.0, 3.5, 90.0)]
    assert detector.ceiling_of(maps, 2.0) == 7.0  # twice 3.5: one bad training frame does not flatten all maps
