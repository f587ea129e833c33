from __future__ import annotations

from pathlib import Path

import numpy as np

from curate.imaging.images import encode_png
from curate.validate.facts import mask_facts
from curate.validate.run import validate_dataset


def test_soft_edges_are_no_specks_where_half_of_the_range_counts() -> None:
    plane = np.zeros((20, 20), np.uint8)
    plane[4:10, 4:14] = 255
    plane[3, 4:14] = 90
    plane[15, 15] = plane[17, 3] = 12  # ringing of an encoder
    content = encode_png(plane)
    hard, soft = mask_facts(content, "a.png"), mask_facts(content, "a.png", half=True)
    assert (hard.area_px, hard.pieces, hard.specks, hard.box) == (72, 3, 2, (3, 3, 16, 18))
    assert (soft.area_px, soft.pieces, soft.specks, soft.box) == (60, 1, 0, (4, 4, 14, 10))


def test_a_soft_mask_without_a_core_is_empty(tmp_path: Path) -> None:
    folder = tmp_path / "MT_Break/Imgs"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    for name in ("a", "b"):
        image = rng.integers(0, 255, (30, 40), np.uint8)
        (folder / f"{name}.jpg").write_bytes(encode_png(image))
        (folder / f"{name}.png").write_bytes(encode_png(np.full((30, 40), 100 if name == "b" else 0, np.uint8)))
    plane = np.zeros((30, 40), np.uint8)
    plane[3:9, 3:9] = 255
    (folder / "a.png").write_bytes(encode_png(plane))
    found = {finding.path for finding in validate_dataset(tmp_path).findings if finding.code == "CUR405"}
    assert found == {"MT_Break/Imgs/b.png"}


def test_real_soft_masks_have_the_one_speck_that_can_be_seen(shared: Path) -> None:
    findings = validate_dataset(shared / "data/magnetic_tile").findings
    (specks,) = [finding for finding in findings if finding.code == "CUR414"]
    assert specks.path == "MT_Fray/Imgs/exp1_num_135544.png"
    assert specks.message == "1 speck of at most 4 pixels in 1 mask"
