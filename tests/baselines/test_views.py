from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.baselines.settings import ImageFit
from curate.baselines.views import NetworkView

SIDES = st.integers(20, 90)


@pytest.mark.parametrize(
    ("fit", "size", "box"),
    [
        ("stretch", (200, 100), (0, 0, 64, 64)),
        ("pad", (200, 100), (0, 16, 64, 48)),  # half as high: 32 rows, in the middle
        ("pad", (50, 100), (16, 0, 48, 64)),
        ("crop", (256, 256), (-5, -5, 68, 68)),  # 64 * 256 / 224 = 73.14
        ("crop", (512, 256), (-41, -5, 105, 68)),
    ],
)
def test_where_the_picture_lies_in_the_square(
    fit: ImageFit, size: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    assert NetworkView(64, fit).box(*size) == box


@given(SIDES, SIDES, st.sampled_from(["stretch", "pad", "crop"]))
def test_a_constant_picture_fills_what_it_covers_and_comes_back(width: int, height: int, fit: ImageFit) -> None:
    view = NetworkView(32, fit)
    square = view.prepare(np.full((height, width, 3), 51, np.uint8))
    assert square.shape == (32, 32, 3)
    assert np.all((square == 0) | (np.abs(square - 0.2) < 1e-5))
    covered = float((square[..., 0] > 0).mean())
    left, top, right, bottom = view.box(width, height)
    assert covered == pytest.approx(min(32, right - left) * min(32, bottom - top) / 32**2)
    restored = view.restore(square[..., 0].copy(), width, height)
    assert restored.shape == (height, width)
    if fit != "crop":
        assert np.allclose(restored, 0.2, atol=1e-5)  # the padding leaves no trace


def test_a_hot_spot_comes_back_to_its_place() -> None:
    for fit in ("stretch", "pad"):
        view = NetworkView(64, fit)
        picture = np.zeros((60, 120, 3), np.uint8)
        picture[40:50, 90:100] = 255
        restored = view.restore(view.prepare(picture)[..., 0], 120, 60)
        row, column = np.unravel_index(int(restored.argmax()), restored.shape)
        assert 38 <= row <= 51
        assert 88 <= column <= 101


def test_what_a_crop_cuts_off_is_the_least_anomalous() -> None:
    view = NetworkView(32, "crop")
    anomaly = np.linspace(1.0, 2.0, 32 * 32, dtype=np.float32).reshape(32, 32)
    restored = view.restore(anomaly, 100, 50)
    assert restored[:, :10].max() == 1.0
    assert restored[0].max() == 1.0
    assert restored.max() > 1.9
