from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from curate.validate.coarse_match import rough_residuals

Floats = NDArray[np.float32]


def texture(seed: int) -> Floats:
    """A smooth picture of 40×40, of which any 32×32 may be looked at."""
    values = np.random.default_rng(seed).normal(size=(8, 8)).astype(np.float32)
    return np.asarray(cv2.resize(values, (40, 40), interpolation=cv2.INTER_CUBIC), np.float32)


def seen(picture: Floats, x: int = 4, y: int = 4) -> Floats:
    return picture[y : y + 32, x : x + 32]


def test_the_same_picture_in_another_light_leaves_nothing() -> None:
    picture = seen(texture(1))
    assert rough_residuals([picture], [3 * picture + 7]) == [pytest.approx(0, abs=1e-3)]


def test_one_correction_follows_a_shift() -> None:
    picture = texture(2)
    (as_they_lie,) = rough_residuals([seen(picture)], [seen(picture, 6, 3)], worth=0)
    (corrected,) = rough_residuals([seen(picture)], [seen(picture, 6, 3)])
    assert corrected < 0.15
    assert corrected < as_they_lie / 2


def test_pairs_do_not_influence_each_other() -> None:
    pictures = [seen(texture(seed)) for seed in range(600)]
    others = [seen(texture(seed), 5, 4) for seed in range(1, 601)]
    together = rough_residuals(pictures, others)
    for place in (0, 255, 256, 599):
        (alone,) = rough_residuals([pictures[place]], [others[place]])
        assert together[place] == pytest.approx(alone, rel=1e-3)
    assert min(together) > 0.3


def test_a_flat_picture_explains_nothing() -> None:
    flat = np.zeros((32, 32), np.float32)
    assert rough_residuals([flat], [seen(texture(3))]) == [pytest.approx(1.0)]
    assert rough_residuals([], []) == []
