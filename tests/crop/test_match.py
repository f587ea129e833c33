from __future__ import annotations

import cv2
import numpy as np
import pytest

from curate.crop.grey import Pyramid, shrink
from curate.crop.match import find
from curate.crop.template import Template, prepare_template, prepare_templates
from curate.errors import InputError
from curate.geometry.affine import Affine
from tests.crop.workspaces import texture


@pytest.mark.parametrize(("x", "y"), [(0, 0), (101, 57), (250, 173), (440, 280)])
@pytest.mark.parametrize(("channels", "dtype"), [(3, np.uint8), (1, np.uint8), (1, np.uint16), (4, np.uint8)])
def test_a_piece_of_the_frame_is_found_where_it_was_cut(x: int, y: int, channels: int, dtype: type) -> None:
    frame = texture(640, 480, 1, channels=channels, dtype=dtype)
    template = prepare_template(frame[y : y + 200, x : x + 200], "piece")
    match = find(frame, [template])
    assert (match.x_px, match.y_px) == pytest.approx((x + 100, y + 100), abs=0.05)
    assert match.refined > 0.99
    assert match.ambiguity is not None
    assert match.ambiguity < 0.6


def test_half_the_light_and_noise_do_not_move_it() -> None:
    frame = texture(640, 480, 4)
    template = prepare_template(frame[100:300, 200:400], "piece")
    noise = np.random.default_rng(1).normal(0, 12, frame.shape)
    dark = np.clip(frame * 0.5 + 10 + noise, 0, 255).astype(np.uint8)
    match = find(dark, [template])
    assert (match.x_px, match.y_px) == pytest.approx((300, 200), abs=0.3)


def test_two_equal_places_are_ambiguous() -> None:
    frame = texture(640, 480, 5)
    frame[240:440, 400:600] = frame[20:220, 40:240]
    match = find(frame, [prepare_template(frame[20:220, 40:240], "piece")])
    assert match.ambiguity == pytest.approx(1, abs=0.02)


def test_the_best_of_several_templates_wins() -> None:
    frame = texture(640, 480, 6)
    other = prepare_template(texture(200, 200, 99), "other")
    right = prepare_template(frame[100:300, 100:300], "right")
    assert find(frame, [other, right]).template == "right"
    assert find(frame, [right, other]).template == "right"


def test_a_template_without_room_for_a_runner_up_has_no_ambiguity() -> None:
    frame = texture(210, 205, 7)
    match = find(frame, [prepare_template(frame[3:203, 5:205], "piece")])
    assert match.second is None
    assert match.ambiguity is None
    assert (match.x_px, match.y_px) == pytest.approx((105, 103), abs=0.1)


def test_what_the_mask_hides_does_not_count() -> None:
    frame = texture(640, 480, 8)
    piece = frame[100:300, 200:400].copy()
    piece[50:150, 50:150] = texture(100, 100, 77)
    mask = np.full((200, 200), 255, np.uint8)
    mask[50:150, 50:150] = 0
    with_mask = find(frame, [prepare_template(piece, "piece", mask)])
    without = find(frame, [prepare_template(piece, "piece")])
    assert with_mask.refined > 0.99
    assert without.refined < 0.9
    assert (with_mask.x_px, with_mask.y_px) == pytest.approx((300, 200), abs=0.05)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.full((100, 100, 3), 90, np.uint8), "is flat"),
        (np.full((100, 100), 40000, np.uint16), "is flat"),
        (texture(100, 15, 1), "is 100×15 px"),
    ],
)
def test_useless_templates_are_refused(pixels: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        prepare_template(pixels, "templates/a.png")


@pytest.mark.parametrize(
    ("mask", "words"),
    [(np.ones((100, 90), np.uint8), "90×100"), (np.zeros((100, 100), np.uint8), "shows 0 px")],
)
def test_useless_masks_are_refused(mask: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        prepare_template(texture(100, 100, 1), "templates/a.png", mask)


def test_a_frame_smaller_than_every_template_is_refused() -> None:
    with pytest.raises(InputError, match="smaller than every template"):
        find(texture(100, 300, 1), [prepare_template(texture(120, 120, 2), "piece")])


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
def test_a_piece_is_that_of_the_whole_level(factor: int) -> None:
    frame = texture(333, 257, 11)
    whole = Pyramid(frame).level(factor)
    assert whole.shape == Pyramid(frame).size(factor)[::-1]
    piece = Pyramid(frame).piece(factor, 3, 5, 27, 31)
    np.testing.assert_array_equal(piece, whole[5:31, 3:27])


@pytest.mark.parametrize("factor", [2, 4])
def test_positions_are_measured_on_averages_of_whole_blocks(factor: int) -> None:
    frame = texture(333, 257, 11)
    box = np.s_[5 * factor : 31 * factor, 3 * factor : 27 * factor]
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)[box].reshape(26, factor, 24, factor)
    np.testing.assert_allclose(Pyramid(frame).piece(factor, 3, 5, 27, 31), grey.mean(axis=(1, 3)), atol=1.0)


@pytest.mark.parametrize("factor", [4, 8, 16])
def test_frames_shrink_to_where_averages_of_blocks_lie(factor: int) -> None:
    # On a slope, the average of a block is the value at its middle: (factor - 1) / 2 from its first pixel's centre.
    slope = (np.arange(260)[None, :] * 100 + np.arange(130)[:, None] * 60).astype(np.uint16)
    level = Pyramid(slope).level(factor)
    middles = [factor * np.arange(side) + (factor - 1) / 2 for side in level.shape]
    middles[0] += 0.5 if factor >= 8 else 0.0  # of the rows 0 to 7, the rows 2 and 6 are read
    np.testing.assert_allclose(level, middles[0][:, None] * 60 + middles[1][None, :] * 100, atol=1.5)


@pytest.mark.parametrize("period", [7.0, 8.0, 10.0])
@pytest.mark.parametrize("axis", [0, 1])
def test_fine_stripes_do_not_stay_as_waves(period: float, axis: int) -> None:
    wave = 128 + 100 * np.sin(2 * np.pi * np.arange(400) / period)
    stripes = np.rint(np.broadcast_to(wave[:, None] if axis == 0 else wave, (400, 400))).astype(np.uint8)
    assert Pyramid(stripes).level(8).std() < 0.5 * stripes.std()


def test_shrinking_averages_blocks_exactly() -> None:
    grey = texture(2590 // 5, 1942 // 5, 9, channels=1)
    small = shrink(grey, 8)
    expected = grey[: 48 * 8, : 64 * 8].reshape(48, 8, 64, 8).mean((1, 3))
    assert small.shape == (48, 64)
    assert np.abs(small - expected).max() < 1.0


@pytest.mark.parametrize("angle_deg", [-3.0, 1.2, 3.0])
def test_a_turned_part_is_measured(angle_deg: float) -> None:
    frame, template = turned_scene(angle_deg)
    match = find(frame, [template])
    assert match.rotation_deg == pytest.approx(angle_deg, abs=0.1)
    assert (match.x_px, match.y_px) == pytest.approx((310, 230), abs=0.2)
    assert match.agreement is not None
    assert match.agreement > 0.9


def turned_scene(angle_deg: float) -> tuple[np.ndarray, Template]:
    """A part of 240×240 px, its centre at (310, 230), turned clockwise on other ground."""
    part = texture(240, 240, 31)
    pose = Affine.rotation(angle_deg, 120, 120).then(Affine.translation(190, 110)).as_opencv()
    frame = texture(640, 480, 32) // 2
    cover = cv2.warpAffine(np.full((240, 240), 255, np.uint8), pose, (640, 480))
    frame[cover == 255] = cv2.warpAffine(part, pose, (640, 480), flags=cv2.INTER_CUBIC)[cover == 255]
    return frame, prepare_template(part, "part")


@pytest.mark.parametrize("angle_deg", [-14.0, 9.0, 21.0])
def test_turned_copies_of_a_template_find_parts_that_are_turned_far(angle_deg: float) -> None:
    frame, _ = turned_scene(angle_deg)
    templates = prepare_templates(texture(240, 240, 31), "part", rotation_deg=22.0)
    assert sorted(template.angle_deg for template in templates) == [-24, -16, -8, 0, 8, 16, 24]
    match = find(frame, templates)
    assert match.rotation_deg == pytest.approx(angle_deg, abs=0.15)
    assert (match.x_px, match.y_px) == pytest.approx((310, 230), abs=0.3)


def test_a_replaced_piece_with_strong_contrast_does_not_drag_the_window_along() -> None:
    part = (texture(240, 240, 41) // 3).astype(np.uint8)
    item = texture(80, 80, 42)
    template = part.copy()
    template[80:160, 80:160] = item
    frame = texture(640, 480, 43) // 4
    frame[100:340, 200:440] = part
    frame[100 + 60 : 100 + 140, 200 + 110 : 200 + 190] = item  # the item lies 30 px right and 20 px up
    match = find(frame, [prepare_template(template, "part")])
    assert (match.x_px, match.y_px) == pytest.approx((320, 220), abs=0.3)


def test_transparent_pixels_are_not_looked_at() -> None:
    frame = texture(640, 480, 8)
    piece = np.dstack([frame[100:300, 200:400], np.full((200, 200), 255, np.uint8)])
    piece[50:150, 50:150, :3] = texture(100, 100, 77)
    opaque = find(frame, [prepare_template(piece, "piece")])
    piece[50:150, 50:150, 3] = 0
    match = find(frame, [prepare_template(piece, "piece")])
    assert match.refined > 0.99 > opaque.refined
