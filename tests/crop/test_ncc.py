from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from curate.crop.ncc import Pattern, correlate, fit, peak_below_a_pixel


def pearson_everywhere(image: NDArray[Any], template: NDArray[Any], weights: NDArray[Any]) -> NDArray[np.float64]:
    """Weighted Pearson correlation of the template with every patch, one patch at a time."""
    rows, columns = template.shape
    result = np.zeros((image.shape[0] - rows + 1, image.shape[1] - columns + 1))
    for row in range(result.shape[0]):
        for column in range(result.shape[1]):
            patch = image[row : row + rows, column : column + columns]
            covariance = np.cov(patch.ravel(), template.ravel(), aweights=weights.ravel(), ddof=0)
            result[row, column] = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    return result


@pytest.mark.parametrize("kind", ["none", "binary", "soft"])
def test_it_is_pearsons_correlation(kind: str) -> None:
    rng = np.random.default_rng(3)
    image = rng.normal(100, 30, (22, 27)).astype(np.float32)
    template = (image[4:13, 9:20] * 0.4 + rng.normal(0, 10, (9, 11))).astype(np.float32)
    weights = {
        "none": np.ones((9, 11)),
        "binary": (rng.random((9, 11)) < 0.6).astype(float),
        "soft": rng.random((9, 11)),
    }[kind]
    scores = correlate(image, Pattern.of(template, None if kind == "none" else weights.astype(np.float32)))
    # The damping takes off up to 0.02^2 / 2 of a score, relatively, where a patch is as rough as the image.
    np.testing.assert_allclose(scores, pearson_everywhere(image, template, weights), atol=1e-3)
    assert int(scores.argmax()) == 4 * scores.shape[1] + 9


@pytest.mark.parametrize("kind", ["whole", "masked"])
def test_fit_is_pearsons_correlation(kind: str) -> None:
    rng = np.random.default_rng(4)
    image = rng.normal(100, 30, (9, 11)).astype(np.float32)
    template = (image * 0.4 + rng.normal(0, 10, (9, 11))).astype(np.float32)
    mask = rng.random((9, 11)).astype(np.float32) if kind == "masked" else None
    expected = pearson_everywhere(image, template, np.ones((9, 11)) if mask is None else mask)[0, 0]
    assert fit(image, Pattern.of(template, mask)) == pytest.approx(expected, abs=1e-5)
    assert fit(np.full_like(image, 7), Pattern.of(template, mask)) == 0.0


def test_flat_ground_scores_nothing() -> None:
    image = np.full((60, 80), 200, np.float32)
    part = np.random.default_rng(5).normal(100, 40, (20, 20)).astype(np.float32)
    image[30:50, 50:70] = part
    scores = correlate(image, Pattern.of(part))
    assert scores.max() == pytest.approx(1, abs=0.01)
    assert np.abs(scores[:9, :]).max() < 1e-3  # no row of the part is under the template here
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("flat", ["image", "template"])
def test_nothing_to_compare_is_zero(flat: str) -> None:
    rough = np.random.default_rng(1).normal(size=(30, 30)).astype(np.float32)
    even = np.full((30, 30), 7, np.float32)
    image, template = (even, rough[:8, :8]) if flat == "image" else (rough, even[:8, :8])
    assert not correlate(image, Pattern.of(template)).any()


def test_light_does_not_matter() -> None:
    rng = np.random.default_rng(8)
    image = rng.normal(100, 20, (40, 40)).astype(np.float32)
    pattern = Pattern.of(image[10:26, 12:28])
    np.testing.assert_allclose(correlate(image * 0.3 + 50, pattern), correlate(image, pattern), atol=1e-4)


def test_a_shift_below_a_pixel_is_found() -> None:
    rng = np.random.default_rng(2)
    scene = cv2.GaussianBlur(rng.normal(size=(400, 400)).astype(np.float32), (0, 0), 12)
    small = np.asarray(cv2.resize(scene, (100, 100), interpolation=cv2.INTER_AREA), np.float32)
    # Blocks of 4 px that start 1 px further right: the same picture, 0.25 small pixels to the left.
    shifted = np.asarray(cv2.resize(scene[:, 1:397], (99, 100), interpolation=cv2.INTER_AREA), np.float32)
    scores = correlate(small, Pattern.of(shifted[30:60, 30:60]))
    row, column = (int(index) for index in np.unravel_index(scores.argmax(), scores.shape))
    below = peak_below_a_pixel(scores, row, column)
    assert below == pytest.approx((30, 30.25), abs=0.05)


def test_a_peak_on_the_border_stays_there() -> None:
    assert peak_below_a_pixel(np.array([[3, 2], [1, 0]], np.float32), 0, 0) == (0, 0)
