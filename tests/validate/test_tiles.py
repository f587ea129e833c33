from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from curate.validate.run import validate_dataset
from tests.validate.test_cases import CASES


def codes(root: Path, train: str, test: str) -> list[tuple[str, str]]:
    shutil.copytree(CASES / "ok", root)
    (root / "part/train/good/0000.png").rename(root / f"part/train/good/{train}.png")
    (root / "part/test/good/0000.png").rename(root / f"part/test/good/{test}.png")
    return [(finding.code, finding.severity) for finding in validate_dataset(root).findings if finding.code == "CUR305"]


@pytest.mark.parametrize(
    ("train", "test"),
    [("a_tile1", "a_tile2"), ("a_x0_y384", "a_x384_y0"), ("a-r1c2", "a-r1c3"), ("a_b.patch_10", "a_b.patch_11")],
)
def test_names_of_tiles_of_one_frame_on_two_sides(tmp_path: Path, train: str, test: str) -> None:
    assert codes(tmp_path / "data", train, test) == [("CUR305", "warning")]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("a_tile1", "b_tile1"),
        ("a_1", "a_2"),
        ("exp1_num_108719", "exp1_num_108889"),
        ("DSC_0001", "DSC_0002"),
        ("tile1", "tile2"),
    ],
)
def test_other_names_say_nothing(tmp_path: Path, train: str, test: str) -> None:
    assert codes(tmp_path / "data", train, test) == []
