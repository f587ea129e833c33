from __future__ import annotations

import numpy as np
import pytest

from curate.augment.change import change_image, change_mask, shows_region
from curate.augment.draws import AppliedTransform, generator_of
from curate.errors import ImageError
from curate.geometry.affine import Affine
from curate.geometry.rasterize import rasterize
from curate.model.region import Rectangle
from tests.crop.workspaces import Pixels, texture

RNG = generator_of(0, "test")


@pytest.mark.parametrize("angle_deg", [-15.0, 4.0, 15.0])
def test_a_mask_turns_with_its_picture(angle_deg: float) -> None:
    shape = Rectangle(120.0, 70.0, 50.0, 20.0, 10.0)
    mask = rasterize(shape, 200, 160)
    turned = change_mask(mask.astype(np.uint8) * 77, [AppliedTransform("rotate", angle_deg)])
    # Rotating the geometry clockwise about the picture's centre and filling it again: only outline pixels may differ.
    expected = rasterize(shape, 200, 160, Affine.rotation(angle_deg, 100, 80))
    assert set(np.unique(turned)) == {0, 77}
    assert np.count_nonzero((turned > 0) != expected) < 0.5 * (2 * 50 + 2 * 20)
    picture = change_image(np.where(mask, 200, 20).astype(np.uint8), [AppliedTransform("rotate", angle_deg)], RNG)
    inside = expected & (turned > 0)
    assert np.median(picture[inside]) == 200


def test_flips() -> None:
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert change_image(picture, [AppliedTransform("flip-x", 0.0)], RNG).tolist() == [[2, 1, 0], [5, 4, 3]]
    assert change_mask(picture, [AppliedTransform("flip-y", 0.0)]).tolist() == [[3, 4, 5], [0, 1, 2]]


@pytest.mark.parametrize(("dtype", "scale"), [(np.uint8, 1.0), (np.uint16, 257.0)])
def test_noise_has_its_variance_and_leaves_alpha_alone(dtype: type, scale: float) -> None:
    picture: Pixels = np.full((300, 300, 4), 128 * scale, dtype)
    picture[:, :, 3] = np.iinfo(dtype).max
    noisy = change_image(picture, [AppliedTransform("noise", 100.0)], generator_of(1, "n"))
    assert (noisy[:, :, 3] == picture[:, :, 3]).all()
    # Rounding to whole grey levels adds 1/12.
    difference = noisy[:, :, :3].astype(float) - picture[:, :, :3]
    assert difference.var() / scale**2 == pytest.approx(100, rel=0.02)
    assert abs(difference.mean()) / scale < 0.1


def test_a_turned_in_corner_is_black_and_opaque() -> None:
    picture = np.full((100, 100, 4), 255, np.uint8)
    turned = change_image(picture, [AppliedTransform("rotate", 15.0)], RNG)
    assert turned[0, 0].tolist() == [0, 0, 0, 255]
    assert turned.shape == picture.shape


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_light_and_colour(channels: int) -> None:
    picture = texture(60, 40, 3, channels=channels) // 2
    brighter = change_image(picture, [AppliedTransform("brightness", 1.5)], RNG)
    colours = slice(None) if channels == 1 else np.s_[:, :, :3]
    assert np.abs(brighter[colours] - np.minimum(255, picture[colours] * 1.5)).max() <= 1
    grey = change_image(picture, [AppliedTransform("colour", 0.0)], RNG)
    assert grey.shape == picture.shape
    if channels > 1:
        assert np.abs(grey[:, :, 0].astype(int) - grey[:, :, 2]).max() == 0
        # Luma by ITU-R 601: red, the last of B, G, R, weighs 0.299.
        luma = picture[:, :, :3] @ np.array([0.114, 0.587, 0.299])
        assert np.abs(grey[:, :, 0] - luma).max() <= 1
    if channels == 4:
        assert (brighter[:, :, 3] == picture[:, :, 3]).all()


def test_blur_smooths() -> None:
    picture = np.zeros((41, 41), np.uint8)
    picture[20, 20] = 250
    blurred = change_image(picture, [AppliedTransform("blur", 2.0)], RNG)
    assert 0 < blurred[20, 20] < 25
    assert blurred[20, 22] > 0


def test_pillows_steps_refuse_sixteen_bits() -> None:
    with pytest.raises(ImageError, match="blur works on 8 bits only"):
        change_image(np.zeros((4, 4), np.uint16), [AppliedTransform("blur", 1.0)], RNG)


def test_a_mask_whose_alpha_alone_is_set_shows_nothing() -> None:
    mask = np.zeros((5, 5, 4), np.uint8)
    mask[:, :, 3] = 255
    assert not shows_region(mask)
    mask[2, 2, 0] = 9
    assert shows_region(mask)
