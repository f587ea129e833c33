"""Forms and sizes that give a label away, or that are never measured."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.conftest import Curate


def draw(path: Path, seed: int, size: tuple[int, int] = (24, 32), *, colour: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (*size, 3) if colour else size
    assert cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8))


@pytest.mark.parametrize("forms", [69, 2])
def test_a_form_that_most_defects_have_and_no_good_image(tmp_path: Path, curate: Curate, forms: int) -> None:
    """69 of 100 defects in one file form and 0 of 27 good ones: too few for 95 % accuracy, far too many for chance."""
    for number in range(27):
        draw(tmp_path / f"part/test/good/{number:03d}.png", number)
    for number in range(100):
        draw(tmp_path / f"part/test/dent/{number:03d}.png", 1000 + number, colour=number < forms)
    lines = [line for line in curate("validate", tmp_path).out.splitlines() if "CUR313" in line]
    assert bool(lines) == (forms == 69)
    if lines:
        assert (
            "69 test images have a camera, program or file form that only defective ones have, 69% of them" in lines[0]
        )


def test_sizes_that_only_training_images_have(tmp_path: Path, curate: Curate) -> None:
    for number in range(6):
        draw(tmp_path / f"part/train/good/{number}.png", number, (24, 32) if number < 3 else (48, 64))
        draw(tmp_path / f"part/test/good/{number}.png", 100 + number)
    out = curate("validate", tmp_path).out
    assert "warning CUR202 part/train: 3 training images have sizes that no test image has: 64×48 (3)" in out
