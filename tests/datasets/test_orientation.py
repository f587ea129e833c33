"""Masks of images that EXIF turns: stored or upright is settled by size, alike in every command."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.conftest import Curate
from tests.datasets.trees import array, marks, truths
from tests.imaging.containers import exif_of

SIZE = (12, 8)
BOX = marks((1, 2, 4, 5, 255), (8, 6, 11, 7, 255))


def turned_tree(root: Path, orientation: int, *, upright: bool) -> np.ndarray:
    """Write a tree like MVTec's whose one defective image is turned by EXIF, and return its mask as it must be read."""
    rng = np.random.default_rng(0)
    for path in ("train/good/000.png", "train/good/001.png", "test/good/000.png"):
        array(root / "part" / path, rng.integers(0, 255, SIZE[::-1], dtype=np.uint8))
    image = root / "part/test/dent/000.png"
    image.parent.mkdir(parents=True)
    Image.fromarray(rng.integers(0, 255, SIZE[::-1], dtype=np.uint8)).save(image, exif=exif_of(orientation))
    stream = io.BytesIO()
    Image.fromarray(BOX).save(stream, "PNG", exif=exif_of(orientation))
    shown = np.asarray(ImageOps.exif_transpose(Image.open(stream)))
    array(root / "part/ground_truth/dent/000_mask.png", shown if upright else BOX)
    return shown


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("upright", [False, True])
def test_a_mask_lies_where_viewers_show_it(orientation: int, upright: bool, tmp_path: Path, curate: Curate) -> None:  # noqa: FBT001
    shown = turned_tree(tmp_path / "in", orientation, upright=upright)
    if not upright and orientation < 5:
        shown = BOX  # of one size both ways: masks are upright
    ((found,),) = truths(tmp_path / "in").values()
    assert np.array_equal(found.mask != 0, shown != 0)
    report = json.loads(curate("validate", tmp_path / "in", "--format", "json").out)
    assert "CUR401" not in json.dumps(report)
    done = curate("convert", tmp_path / "in", tmp_path / "out", "--to", "mvtec-ad", "--check")
    assert done.code == 0, done.err
    ((found,),) = truths(tmp_path / "out").values()
    assert np.array_equal(found.mask != 0, shown != 0)
    for key, scores in {"dent/000": (shown != 0) * 200, "good/000": np.zeros(SIZE[::-1])}.items():
        array(tmp_path / f"maps/part/test/{key}.png", scores.astype(np.uint8))
    result = curate("evaluate", tmp_path / "maps", "--dataset", tmp_path / "in", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["categories"]["part"]["localization"]["au_spro"]["1.0"] == 1.0
