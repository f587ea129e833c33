from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.demo.plan import plan_session
from curate.demo.session import BAD_CONDITIONS, DEFECT_TYPES, SessionSettings, harsh
from curate.model.region import Ellipse, Polygon, Rectangle

SESSION = SessionSettings(frames=100, seed=5, first_counter=9950)


def test_equal_settings_give_equal_shots_and_another_seed_does_not() -> None:
    assert plan_session(SESSION) == plan_session(SESSION)
    assert plan_session(SESSION) != plan_session(replace(SESSION, seed=6))


def test_every_condition_and_defect_is_planted_in_the_wanted_number() -> None:
    shots = plan_session(SESSION)
    fresh = [shot for shot in shots if shot.duplicate_of is None]
    conditions = Counter(name for shot in fresh for name in shot.conditions)
    assert conditions == dict.fromkeys(set(BAD_CONDITIONS) - {"duplicate"}, 2)
    assert sum("duplicate" in shot.conditions for shot in shots) == 2
    assert Counter(shot.label for shot in fresh if shot.label != "good") == dict.fromkeys(DEFECT_TYPES, 5)


def test_a_small_session_still_has_one_of_each() -> None:
    shots = plan_session(SessionSettings(frames=24))
    assert {name for shot in shots for name in shot.conditions} == set(BAD_CONDITIONS)
    assert {shot.label for shot in shots} == {"good", *DEFECT_TYPES}


def test_an_unknown_defect_is_refused() -> None:
    with pytest.raises(ValueError, match="knows no defect rust; it knows scratch"):
        plan_session(SessionSettings(defects={"rust": 0.1}))


def test_an_unknown_condition_is_refused() -> None:
    with pytest.raises(ValueError, match="knows no condition foggy; it knows blurred"):
        plan_session(SessionSettings(conditions={"foggy": 0.1}))


def test_a_shifted_part_lies_far_from_the_others_and_its_window_in_the_frame() -> None:
    shots = plan_session(SessionSettings(frames=60, seed=4, conditions={"shifted": 0.1}, defects={}))
    far = []
    for shot in shots:
        assert shot.centre_px is not None
        far.append(math.hypot(shot.centre_px[0] - 480, shot.centre_px[1] - 360))
        if "shifted" in shot.conditions:
            assert 120 <= shot.centre_px[0] <= 840
            assert 120 <= shot.centre_px[1] <= 600
    shifted = [distance for distance, shot in zip(far, shots, strict=True) if shot.conditions]
    assert len(shifted) == 6
    assert min(shifted) > max(distance for distance, shot in zip(far, shots, strict=True) if not shot.conditions)


def test_time_goes_on_while_the_names_order_does_not() -> None:
    shots = plan_session(SESSION)
    times = [shot.taken_utc for shot in shots]
    assert times == sorted(times)
    assert len(set(times)) == len(times)
    names = [shot.file_name for shot in shots]
    assert len(set(names)) == len(names)
    assert names[0] == "DSC_9950.JPG"
    assert names[49:51] == ["DSC_9999.JPG", "DSC_0001.JPG"]
    assert sorted(names) != names


def test_a_repeat_differs_from_its_original_in_noise_and_light_only() -> None:
    shots = plan_session(replace(SESSION, conditions={"duplicate": 0.1}))
    repeats = [shot for shot in shots if shot.duplicate_of is not None]
    assert len(repeats) == 10
    for repeat in repeats:
        original = shots[repeat.index - 1]
        assert repeat.duplicate_of == original.index
        assert repeat.noise_seed != original.noise_seed
        assert abs(repeat.light / original.light - 1.0) <= 0.06
        assert 0.3 <= (repeat.taken_utc - original.taken_utc).total_seconds() <= 0.5
        same = ("specimen", "centre_px", "angle_deg", "defects", "specimen_seed", "item_offset")
        assert all(getattr(repeat, name) == getattr(original, name) for name in same)


def test_cameras_take_turns_each_with_its_own_counter() -> None:
    shots = plan_session(SessionSettings(frames=8, cameras=("A", "B"), first_counter=9998, conditions={}, defects={}))
    assert [shot.camera for shot in shots] == ["A", "B"] * 4
    assert [shot.counter for shot in shots if shot.camera == "A"] == [9998, 9999, 1, 2]
    assert [shot.counter for shot in shots if shot.camera == "B"] == [1233, 1234, 1235, 1236]
    assert shots[0].file_name == "cam1_DSC_9998.JPG"


def test_the_clock_goes_back_an_hour_without_saying_so() -> None:
    shots = plan_session(SessionSettings(frames=10, daylight_saving=True, conditions={}, defects={}))
    assert [round((shot.clock - shot.taken_utc).total_seconds() / 3600) for shot in shots] == [1] * 5 + [0] * 5
    assert {shot.utc_offset for shot in shots} == {""}


def test_series_are_three_hours_apart() -> None:
    shots = plan_session(SessionSettings(frames=10, series=2, conditions={}, defects={}))
    assert [shot.series for shot in shots] == [0] * 5 + [1] * 5
    assert (shots[5].taken_utc - shots[4].taken_utc).total_seconds() > 3 * 3600


def test_names_made_of_time_are_in_order_and_unpadded_ones_are_not() -> None:
    stamped = [shot.file_name for shot in plan_session(replace(SESSION, naming="timestamp"))]
    assert sorted(stamped) == stamped
    assert stamped[0] == "2026-03-02T05-00-00.25000000Z.jpg"
    unpadded = [shot.file_name for shot in plan_session(replace(SESSION, naming="unpadded", first_counter=95))]
    assert unpadded[:7] == ["img95.jpg", "img96.jpg", "img97.jpg", "img98.jpg", "img99.jpg", "img100.jpg", "img101.jpg"]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_harsh_sessions_stay_within_what_a_matcher_must_stand(seed: int) -> None:
    wanted = harsh(30, seed, texture_seed=1)
    for shot in plan_session(wanted):
        if shot.centre_px is not None and "displaced" not in shot.conditions:
            assert abs(shot.centre_px[0] - 480) <= 120
            assert abs(shot.centre_px[1] - 360) <= 120
        assert abs(shot.angle_deg) <= 3.0
        assert 0.5 * 0.94 <= shot.light <= 1.6 * 1.06
        assert 0.0 <= shot.blur_px <= 3.0
        assert 1.0 <= shot.noise <= 20.0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_displaced_window_is_at_least_half_outside(seed: int) -> None:
    shots = plan_session(SessionSettings(frames=12, seed=seed, conditions={"displaced": 0.3}, defects={}))
    displaced = [shot for shot in shots if "displaced" in shot.conditions]
    assert displaced
    for shot in displaced:
        assert shot.centre_px is not None
        inside = [
            max(0.0, min(side, centre + 120.0) - max(0.0, centre - 120.0))
            for side, centre in zip((960, 720), shot.centre_px, strict=True)
        ]
        assert inside[0] * inside[1] <= 0.5 * 240 * 240


def test_regions_are_the_part_turned_and_shifted() -> None:
    shots = plan_session(SessionSettings(frames=60, seed=2, conditions={}))
    shot = next(shot for shot in shots if shot.label == "missing")
    assert shot.centre_px is not None
    ((rectangle,),) = [region.shapes for region in shot.regions]
    assert rectangle == Rectangle(*shot.centre_px, 78.0, 122.0, shot.angle_deg)
    scratched = next(shot for shot in shots if shot.label == "scratch")
    (drawn,), (planted,) = scratched.regions[0].shapes, scratched.defects[0].shapes
    assert isinstance(drawn, Polygon)
    assert isinstance(planted, Polygon)
    assert scratched.centre_px is not None
    turn = math.radians(scratched.angle_deg)
    for (x, y), (u, v) in zip(drawn.exterior, planted.exterior, strict=True):
        assert x == pytest.approx(scratched.centre_px[0] + u * math.cos(turn) - v * math.sin(turn))
        assert y == pytest.approx(scratched.centre_px[1] + u * math.sin(turn) + v * math.cos(turn))
    dented = next(shot for shot in shots if shot.label == "dent")
    assert isinstance(dented.regions[0].shapes[0], Ellipse)


def test_a_misplaced_item_is_one_region_of_two_shapes() -> None:
    shots = plan_session(SessionSettings(frames=60, item="screw", conditions={}))
    shot = next(shot for shot in shots if shot.label == "misplaced")
    ((should, there),) = [region.shapes for region in shot.regions]
    assert isinstance(should, Ellipse)
    assert isinstance(there, Ellipse)
    assert 26.0 <= math.hypot(there.cx_px - should.cx_px, there.cy_px - should.cy_px) <= 42.0
    assert shot.item_offset[0] == pytest.approx(shot.defects[0].shapes[1].cx_px)  # type: ignore[union-attr]
