from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from curate.demo.submit import write_submission
from curate.errors import InputError
from curate.execution import Execution
from curate.imaging.images import read_pixels, write_png


def dataset(root: Path, training: int) -> Path:
    rng = np.random.default_rng(5)
    scene = rng.integers(60, 180, (48, 64, 3))
    for place in range(training):
        noisy = np.clip(scene + rng.normal(0, 3, scene.shape), 0, 255).astype(np.uint8)
        write_png(root / "part" / "train" / "good" / f"{place:04d}.png", noisy)
    broken = scene.astype(np.uint8)
    broken[20:30, 30:40] = 255
    write_png(root / "part" / "test" / "hole" / "0000.png", broken)
    write_png(root / "part" / "test" / "good" / "0000.png", scene.astype(np.uint8))
    return root


def test_every_image_gets_a_16_bit_map_that_is_high_at_the_defect(tmp_path: Path) -> None:
    root = dataset(tmp_path / "data", 6)
    assert write_submission(root, tmp_path / "maps", Execution(jobs=1)) == 8
    written = sorted(path.relative_to(tmp_path / "maps").as_posix() for path in (tmp_path / "maps").rglob("*.png"))
    assert written == [
        "part/test/good/0000.png",
        "part/test/hole/0000.png",
        *(f"part/train/good/{place:04d}.png" for place in range(6)),
    ]
    anomaly = read_pixels(tmp_path / "maps" / "part" / "test" / "hole" / "0000.png")
    assert anomaly.dtype == np.uint16
    assert anomaly.shape == (48, 64)
    row, column = np.unravel_index(int(anomaly.argmax()), anomaly.shape)
    assert 18 <= row < 32
    assert 28 <= column < 42
    assert json.loads((tmp_path / "maps" / "submission.json").read_bytes())["method"] == "pixel-gaussian"


def test_too_little_to_train_on_is_refused(tmp_path: Path) -> None:
    root = dataset(tmp_path / "data", 2)
    with pytest.raises(InputError, match="has 2 good training images, the detector needs at least 3"):
        write_submission(root, tmp_path / "maps", Execution(jobs=1))
    assert not (tmp_path / "maps").exists()
