from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from curate.demo.scene import Frame, Scene, SessionSettings, Shot, harsh, plan_session, sensor_noise

SESSION = SessionSettings(frames=48, seed=3, texture_seed=4)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(SESSION)


@pytest.fixture(scope="module")
def shots() -> tuple[Shot, ...]:
    return plan_session(SESSION)


def first(shots: tuple[Shot, ...], condition: str) -> Shot:
    return next(shot for shot in shots if condition in (*shot.conditions, shot.label))


def window(frame: Frame, shot: Shot) -> NDArray[np.float64]:
    """Cut the upright window at its true place, to the nearest pixel, as grey."""
    assert shot.centre_px is not None
    left, top = (round(value - 120.0) for value in shot.centre_px)
    return np.asarray(frame[top : top + 240, left : left + 240].mean(axis=2), np.float64)


def test_a_frame_has_the_size_and_type_that_was_asked_for(scene: Scene, shots: tuple[Shot, ...]) -> None:
    frame = scene.render(shots[0])
    assert frame.shape == (720, 960, 3)
    assert frame.dtype == np.uint8
    assert scene.template().shape == (400, 400, 3)


def test_equal_shots_give_equal_pixels_on_any_number_of_threads(scene: Scene, shots: tuple[Shot, ...]) -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        once = Scene(SESSION).render(shots[7])
        cv2.setNumThreads(4)
        np.testing.assert_array_equal(scene.render(shots[7]), once)
    finally:
        cv2.setNumThreads(before)


def test_texture_and_pose_seeds_are_apart(shots: tuple[Shot, ...]) -> None:
    other = Scene(replace(SESSION, texture_seed=5)).template()
    assert np.abs(other.astype(int) - Scene(SESSION).template()).mean() > 10
    again = Scene(replace(SESSION, seed=99)).template()
    np.testing.assert_array_equal(again, Scene(SESSION).template())
    del shots


@pytest.mark.parametrize("item", ["clip", "screw"])
def test_the_true_centre_is_where_the_template_matches(item: str) -> None:
    settings = replace(harsh(8, 11, 6), item="clip" if item == "clip" else "screw", rotation_deg=0.0, conditions={})
    scene = Scene(settings)
    template = cv2.cvtColor(scene.template(), cv2.COLOR_BGR2GRAY)
    for shot in plan_session(settings):
        assert shot.centre_px is not None
        grey = cv2.cvtColor(scene.render(shot), cv2.COLOR_BGR2GRAY)
        scores = cv2.matchTemplate(grey, template, cv2.TM_CCOEFF_NORMED)
        _, _, _, (x, y) = cv2.minMaxLoc(scores)
        # The match is to the nearest pixel; the true centre is not a whole number.
        assert abs(x + 200.0 - shot.centre_px[0]) <= 1.0
        assert abs(y + 200.0 - shot.centre_px[1]) <= 1.0


def test_a_turned_part_turns_clockwise(scene: Scene) -> None:
    base = plan_session(replace(SESSION, conditions={}, defects={}))[0]
    still = replace(base, centre_px=(480.0, 360.0), angle_deg=0.0, light=1.0, light_slope=(0.0, 0.0), noise=0.0)
    turned = scene.render(replace(still, angle_deg=3.0))
    back = cv2.warpAffine(turned, cv2.getRotationMatrix2D((479.5, 359.5), 3.0, 1.0), (960, 720))  # counter-clockwise
    inner = np.s_[300:420, 420:540]
    straight = scene.render(still)[inner].astype(float)
    assert np.abs(back[inner] - straight).mean() < 0.3 * np.abs(turned[inner] - straight).mean()


def test_conditions_look_like_what_they_are_called(scene: Scene, shots: tuple[Shot, ...]) -> None:
    good = next(shot for shot in shots if not shot.conditions and shot.label == "good")
    frame = scene.render(good)
    assert window(scene.render(first(shots, "dark")), first(shots, "dark")).mean() < 0.5 * window(frame, good).mean()
    glaring = scene.render(first(shots, "over-exposed"))
    assert (glaring == 255).mean() > 0.05

    def sharpness(shot: Shot) -> float:
        grey = window(scene.render(replace(shot, light=1.0, light_slope=(0.0, 0.0), noise=0.0)), shot)
        return float((np.diff(grey) ** 2).mean() / grey.var())

    assert sharpness(first(shots, "blurred")) < 0.5 * sharpness(good)


def test_noise_has_the_deviation_that_was_asked_for(scene: Scene, shots: tuple[Shot, ...]) -> None:
    shot = replace(first(shots, "noisy"), light=0.9, noise=0.0)
    noisy = scene.render(replace(shot, noise=15.0)).astype(float) - scene.render(shot)
    assert noisy[200:500, 300:600].std() == pytest.approx(15.0, rel=0.05)
    assert abs(np.corrcoef(noisy[200:500, 300:600, 0].ravel(), noisy[200:500, 301:601, 0].ravel())[0, 1]) < 0.02


def test_noise_is_normal() -> None:
    noise = sensor_noise(5, (400, 500), 1.0)
    assert [round(float(np.mean(np.abs(noise) < limit)), 2) for limit in (1.0, 2.0, 3.0)] == [0.68, 0.95, 1.0]


def test_an_arm_hides_three_tenths_of_the_window() -> None:
    settings = replace(harsh(30, 4, 0), conditions={"occluded": 1.0}, defects={})
    scene = Scene(settings)
    shares = [scene.hidden_share(shot) for shot in plan_session(settings)]
    assert len(shares) == 30
    assert all(share == pytest.approx(0.3, abs=0.01) for share in shares)


def test_an_empty_scene_shows_the_fixture_alone(scene: Scene, shots: tuple[Shot, ...]) -> None:
    empty = replace(first(shots, "empty"), light=1.0, light_slope=(0.0, 0.0), noise=0.0, blur_px=0.0)
    present = replace(empty, centre_px=(480.0, 360.0))
    difference = np.abs(scene.render(empty).astype(int) - scene.render(present)).max(axis=2)
    rows, columns = np.nonzero(difference)
    assert (rows.min(), rows.max()) == (pytest.approx(140 + 7, abs=12), pytest.approx(580 - 7, abs=12))
    assert (columns.min(), columns.max()) == (pytest.approx(220 + 7, abs=12), pytest.approx(740 - 7, abs=12))
    assert empty.regions == ()


@pytest.mark.parametrize("defect", ["scratch", "dent", "missing", "misplaced"])
def test_a_defect_changes_pixels_inside_of_its_regions_only(scene: Scene, shots: tuple[Shot, ...], defect: str) -> None:
    shot = replace(
        first(shots, defect), light=1.0, light_slope=(0.0, 0.0), noise=0.0, blur_px=0.0, item_offset=(0, 0, 0)
    )
    if defect == "misplaced":
        there = shot.defects[0].shapes[1]
        shot = replace(shot, item_offset=(there.cx_px, there.cy_px, there.angle_deg))  # type: ignore[union-attr]
    sound = replace(shot, defects=(), item_offset=(0.0, 0.0, 0.0))
    difference = np.abs(scene.render(shot).astype(int) - scene.render(sound)).max(axis=2)
    inside = rasterised(shot)
    grown = cv2.dilate(inside, np.ones((5, 5), np.uint8))
    assert difference[grown == 0].max() <= 1
    assert (difference[inside > 0] > 10).mean() > 0.4


def rasterised(shot: Shot) -> NDArray[np.uint8]:
    """Fill a shot's regions by testing each pixel's centre, independently of curate's own rasteriser."""
    from shapely import affinity, contains_xy
    from shapely.geometry import Point, Polygon, box

    from curate.model import region

    mask = np.zeros((720, 960), np.uint8)
    rows, columns = np.indices(mask.shape)
    for shape in (shape for entry in shot.regions for shape in entry.shapes):
        if isinstance(shape, region.Polygon):
            outline = Polygon(shape.exterior)
        elif isinstance(shape, region.Ellipse):
            circle = affinity.scale(Point(0, 0).buffer(1.0, 64), shape.rx_px, shape.ry_px)
            outline = affinity.translate(affinity.rotate(circle, shape.angle_deg, (0, 0)), shape.cx_px, shape.cy_px)
        else:
            assert isinstance(shape, region.Rectangle)
            flat = box(-shape.width_px / 2, -shape.height_px / 2, shape.width_px / 2, shape.height_px / 2)
            outline = affinity.translate(affinity.rotate(flat, shape.angle_deg, (0, 0)), shape.cx_px, shape.cy_px)
        mask |= contains_xy(outline, columns + 0.5, rows + 0.5).astype(np.uint8)
    return mask


def test_a_repeat_is_closer_than_the_next_part_in_the_same_pose(scene: Scene) -> None:
    base = plan_session(replace(SESSION, conditions={}, defects={}))[5]
    repeat = replace(base, noise_seed=1, light=base.light * 1.06)
    other = replace(base, noise_seed=1, specimen_seed=base.specimen_seed + 1)

    def normalised(shot: Shot) -> NDArray[np.float64]:
        grey = cv2.GaussianBlur(window(scene.render(shot), base), (0, 0), 1.5)
        return np.asarray((grey - grey.mean()) / grey.std(), np.float64)

    reference = normalised(base)
    rms = [float(np.sqrt(np.mean((normalised(shot) - reference) ** 2))) for shot in (repeat, other)]
    assert rms[0] < 0.1
    assert rms[1] > 0.15


def test_a_five_megapixel_camera_sees_the_same_part_larger() -> None:
    settings = SessionSettings(
        frames=2, frame_px=(2590, 1942), window_px=400, context_px=800, conditions={}, defects={}
    )
    scene = Scene(settings)
    assert scene.template().shape == (800, 800, 3)
    assert scene.render(plan_session(settings)[0]).shape == (1942, 2590, 3)
