from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from curate.geometry.binarise import SeveralValuesError, binarise

SHAPE = np.zeros((20, 30), bool)
SHAPE[4:9, 5:12] = True


def levels(low: int, high: int, dtype: type = np.uint8) -> NDArray[Any]:
    return np.where(SHAPE, high, low).astype(dtype)


def with_alpha(colour: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    return np.dstack([colour, colour, colour, alpha])


@pytest.mark.parametrize(
    "pixels",
    [
        levels(0, 1),
        levels(0, 255),
        levels(0, 65535, np.uint16),
        np.dstack([levels(0, 255)] * 3),
        with_alpha(levels(0, 255), np.full(SHAPE.shape, 255, np.uint8)),
        with_alpha(levels(0, 1), np.zeros(SHAPE.shape, np.uint8)),
        with_alpha(np.full(SHAPE.shape, 77, np.uint8), levels(0, 255)),
        np.where(SHAPE[..., None], np.array([10, 200, 30], np.uint8), np.array([0, 0, 0], np.uint8)),
    ],
)
def test_forms_that_need_no_word(pixels: NDArray[Any]) -> None:
    mask, said = binarise(pixels)
    assert np.array_equal(mask, SHAPE)
    assert said == ""


def test_soft_edges_are_cut_at_half() -> None:
    soft = cv2.GaussianBlur(levels(0, 255), (3, 3), 0)
    mask, said = binarise(soft)
    assert np.array_equal(mask, soft >= 128)
    assert "cut at half, 128" in said


def test_a_thin_soft_stroke_is_a_mask_and_a_photograph_is_not() -> None:
    stroke = np.zeros((100, 100), np.uint8)
    cv2.line(stroke, (10, 13), (90, 61), 255, 1, cv2.LINE_AA)
    mask, _ = binarise(stroke)
    assert np.array_equal(mask, stroke >= 128)
    ramp = np.tile(np.arange(256, dtype=np.uint8), (8, 1))
    with pytest.raises(ValueError, match="no gap between dark and bright"):
        binarise(ramp)
    noise = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="colours"):
        binarise(noise)


def test_what_was_decided_is_said() -> None:
    classes = levels(0, 2)
    classes[5, 6] = 1
    assert np.array_equal(binarise(classes, all_mark=True)[0], SHAPE)
    assert binarise(classes, all_mark=True)[1] == "has the values 1, 2; all of them mark the defect"
    assert "may be inverted" in binarise(levels(255, 0))[1]
    assert "values 1 and 2" in binarise(levels(1, 2))[1]
    colours = np.zeros((*SHAPE.shape, 3), np.uint8)
    colours[2, 3], colours[4, 5] = (0, 0, 255), (255, 0, 0)
    assert binarise(colours, all_mark=True)[1].startswith("has 2 colours besides the background")
    assert not binarise(levels(0, 0))[0].any()


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({60: (2, 2, 10, 10), 200: (12, 4, 16, 8)}, {60: 64, 200: 16}),  # 85-mask-grey-class-values
        ({5: (1, 1, 5, 5), 60: (8, 1, 12, 5), 128: (15, 1, 19, 5)}, {5: 16, 60: 16, 128: 16}),
        ({128: (2, 2, 12, 3), 255: (2, 8, 12, 9)}, {128: 10, 255: 10}),  # lines a pixel wide
        ({1: (2, 2, 6, 6), 2: (8, 8, 12, 12)}, {1: 16, 2: 16}),
    ],
)
def test_two_plateaus_are_classes_and_never_cut_at_half(
    values: dict[int, tuple[int, int, int, int]], counts: dict[int, int]
) -> None:
    pixels = np.zeros((20, 30), np.uint8)
    for value, (left, top, right, bottom) in values.items():
        pixels[top:bottom, left:right] = value
    with pytest.raises(SeveralValuesError, match=r"classes or instances") as caught:
        binarise(pixels)
    assert caught.value.counts == counts
    assert np.array_equal(binarise(pixels, all_mark=True)[0], pixels > 0)


def test_two_colours_are_classes_and_soft_edges_of_one_colour_are_not() -> None:
    red = np.array([0, 0, 255], np.float64)
    soft = cv2.GaussianBlur(levels(0, 255), (3, 3), 0)
    picture = np.rint(soft[..., None] / 255 * red).astype(np.uint8)
    assert np.array_equal(binarise(picture)[0], soft >= 128)
    picture[0, 0] = (0, 255, 0)
    with pytest.raises(ValueError, match=r"colours|classes"):
        binarise(picture)
    two = np.zeros((20, 30, 3), np.uint8)
    two[2:6, 2:6], two[10:14, 10:14] = (0, 0, 255), (255, 0, 0)
    with pytest.raises(SeveralValuesError) as caught:
        binarise(two)
    assert caught.value.counts == {(0, 0, 255): 16, (255, 0, 0): 16}
    assert "#ff0000 (16 px)" in str(caught.value)
