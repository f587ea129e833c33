"""Submissions that were refused or misread once, against figures that were computed independently (../shared/cases)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Curate

READ = ("08-float16-tiff-mvtecad2", "15-float32-tiff-zstd", "37-png-trailing-bytes")


@pytest.mark.parametrize("case", READ)
def test_the_figures_of_maps_that_are_read_now(case: str, shared: Path, curate: Curate) -> None:
    folder = shared / "cases/data" / case
    expected = json.loads((folder / "expected.json").read_text())
    result = curate("evaluate", folder / "sub", "--dataset", folder / "ds", "--json")
    assert result.code == 0, result.err
    part = json.loads(result.out)["categories"]["part"]
    curves = part["localization"]
    for name, value in expected.items():
        metric, _, limit = name.partition("@")
        if limit:
            assert curves[metric][limit] == pytest.approx(value, abs=1e-9), name
    assert part["detection"]["auroc"] == pytest.approx(expected["auroc"])
    assert part["detection"]["ap"] == pytest.approx(expected["ap"])


def test_turned_maps_are_refused_each_by_name(shared: Path, curate: Curate) -> None:
    folder = shared / "cases/data/170-u16-tiff-map-orientation3"
    result = curate("evaluate", folder / "sub", "--dataset", folder / "ds")
    assert result.code == 1
    assert result.out.count("has an orientation tag (3)") == 7


def test_pictures_of_maps_are_refused(shared: Path, curate: Curate, tmp_path: Path) -> None:
    folder = shared / "cases/data/40-jpeg-heatmaps"
    result = curate("submission", "from-folder", folder / "sub", "-o", tmp_path / "out", "--dataset", folder / "ds")
    assert result.code == 2
    assert "found 7 .jpg" in result.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["ds0.6", "ds3"])
def test_independent_surfaces_are_no_repeats(name: str, shared: Path, curate: Curate) -> None:
    result = curate("validate", shared / "cases/data/163-flat-surfaces-false-repeats" / name)
    assert result.code == 0
    assert "CUR30" not in result.out
