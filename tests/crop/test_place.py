from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.crop.place import Place, cut, overhang_px, place_around, place_box, place_fixed
from curate.model.config import WindowConfig
from tests.crop.workspaces import texture

SIDES = st.integers(1, 40)


def test_a_box_is_cut_as_it_is() -> None:
    frame = np.arange(12, dtype=np.uint8).reshape(3, 4)
    place = place_fixed(WindowConfig(mode="crop", box_px=(1, 1, 2, 2)), 4, 3)
    assert cut(frame, place, 0).tolist() == [[5, 6], [9, 10]]
    assert place.affine.apply(1, 1) == (0, 0)


@given(st.integers(-50, 50), st.integers(-50, 50), SIDES, SIDES, SIDES, SIDES)
def test_every_pixel_of_a_box_is_the_frames_or_padding(
    x: int, y: int, width: int, height: int, columns: int, rows: int
) -> None:
    frame = np.random.default_rng(0).integers(1, 255, (rows, columns), dtype=np.uint8)
    window = cut(frame, place_box(x, y, width, height), 0)
    expected = [
        [frame[y + v, x + u] if 0 <= x + u < columns and 0 <= y + v < rows else 0 for u in range(width)]
        for v in range(height)
    ]
    assert window.tolist() == expected


@pytest.mark.parametrize(
    ("channels", "dtype"), [(1, np.uint8), (3, np.uint8), (4, np.uint8), (1, np.uint16), (3, np.uint16)]
)
@pytest.mark.parametrize("mode", ["crop", "resize", "letterbox", "full"])
def test_depth_and_channels_are_kept(channels: int, dtype: type, mode: str) -> None:
    frame = texture(40, 30, 1, channels=channels, dtype=dtype)
    config = WindowConfig(mode=mode, size_px=None if mode == "full" else (20, 20), box_px=(0, 0, 20, 20))  # type: ignore[arg-type]
    window = cut(frame, place_fixed(config, 40, 30), 0)
    assert window.dtype == dtype
    assert window.shape == ((30, 40) if mode == "full" else (20, 20)) + frame.shape[2:]


def test_padding_is_opaque_and_stays_within_the_depth() -> None:
    frame = np.zeros((2, 2, 4), np.uint8)
    window = cut(frame, place_box(1, 1, 2, 2), 4000)
    assert window[1, 1].tolist() == [255, 255, 255, 255]
    assert window[0, 0].tolist() == [0, 0, 0, 0]
    assert cut(frame, place_box(50, 50, 1, 1), 7)[0, 0].tolist() == [7, 7, 7, 255]


def test_resize_averages_areas_and_maps_corner_to_corner() -> None:
    frame = np.array([[0, 10, 20, 30], [40, 50, 60, 70]], np.uint8)
    place = place_fixed(WindowConfig(mode="resize", size_px=(2, 1)), 4, 2)
    assert cut(frame, place, 0).tolist() == [[25, 45]]
    assert place.affine.apply(4, 2) == (2, 1)
    assert place.affine.apply(0, 0) == (0, 0)


def test_letterbox_by_hand() -> None:
    # 400×300 into 200×200: scaled by a half to 200×150, so 25 rows of padding above and below.
    place = place_fixed(WindowConfig(mode="letterbox", size_px=(200, 200)), 400, 300)
    assert place.affine.apply(0, 0) == (0, 25)
    assert place.affine.apply(400, 300) == (200, 175)
    window = cut(np.full((300, 400, 3), 200, np.uint8), place, 9)
    assert (window[:25] == 9).all()
    assert (window[175:] == 9).all()
    assert (window[25:175] == 200).all()


@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 900), st.integers(1, 900))
def test_letterbox_fills_one_side_and_fits_the_other(width: int, height: int, u: int, v: int) -> None:
    place = place_fixed(WindowConfig(mode="letterbox", size_px=(u, v)), width, height)
    left, top = place.affine.apply(0, 0)
    right, bottom = place.affine.apply(width, height)
    assert left >= 0
    assert top >= 0
    assert right <= u + 0.01
    assert bottom <= v + 0.01
    assert right - left == pytest.approx(u, abs=0.01) or bottom - top == pytest.approx(v, abs=0.01)


def test_a_cut_box_can_be_scaled() -> None:
    place = place_fixed(WindowConfig(mode="crop", box_px=(10, 20, 40, 40), size_px=(20, 20)), 100, 100)
    assert place.affine.apply(10, 20) == (0, 0)
    assert place.affine.apply(50, 60) == (20, 20)
    frame = texture(100, 100, 3)
    expected = frame[20:60, 10:50].reshape(20, 2, 20, 2, 3).mean((1, 3))
    assert np.abs(cut(frame, place, 0) - expected).max() <= 0.5


def test_a_scaled_box_that_leaves_the_frame_is_padded() -> None:
    place = place_fixed(WindowConfig(mode="crop", box_px=(-20, 0, 40, 40), size_px=(20, 20)), 100, 100)
    window = cut(np.full((100, 100), 50, np.uint8), place, 3)
    assert (window[:, :10] == 3).all()
    assert (window[:, 10:] == 50).all()


@given(st.floats(0, 1000), st.floats(0, 1000), st.integers(1, 600), st.integers(1, 600))
def test_a_window_lies_around_its_centre(x: float, y: float, width: int, height: int) -> None:
    left, top, right, bottom = place_around(x, y, (width, height)).box_px()
    assert abs((left + right) / 2 - x) <= 0.5
    assert abs((top + bottom) / 2 - y) <= 0.5
    assert (right - left, bottom - top) == (width, height)


def test_overhang() -> None:
    assert overhang_px(place_box(0, 0, 10, 10), 10, 10) == 0
    assert overhang_px(place_box(-3, 2, 10, 10), 10, 10) == 3
    assert overhang_px(place_box(0, 2, 10, 10), 10, 10) == 2
    assert overhang_px(place_fixed(WindowConfig(mode="resize", size_px=(333, 77)), 2590, 1942), 2590, 1942) == 0


def test_full_is_the_frame() -> None:
    frame = texture(9, 7, 2)
    place = place_fixed(WindowConfig(), 9, 7)
    assert place == Place(place.affine, 9, 7)
    assert np.array_equal(cut(frame, place, 0), frame)
