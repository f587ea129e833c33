"""The public names: every room offers them, the page on the library has them all, and paths may be text."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.datasets import read_dataset
from curate.errors import InputError, MissingError
from curate.evaluate import MapMetrics, au_spro, evaluate_submission
from curate.report import Request, write_report
from curate.validate import validate_dataset
from curate.workspace import init_workspace, open_workspace
from tests.report.material import write_dataset, write_maps

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/reference/library.md").read_text(encoding="utf-8")
OFFERED = dict(re.findall(r"(?m)^\| `(curate\.\w+)` \| (.*) \|$", PAGE))
WITH_NAMES = sorted(
    f"curate.{path.parent.name}"
    for path in (ROOT / "curate").glob("*/__init__.py")
    if path.parent.name not in {"torch", "frames", "label_studio"} and "__all__" in path.read_text(encoding="utf-8")
)


def test_the_page_lists_every_room_that_offers_names() -> None:
    assert sorted(OFFERED) == WITH_NAMES


@pytest.mark.parametrize("room", WITH_NAMES)
def test_what_a_room_offers_is_there_and_on_the_page(room: str) -> None:
    module = importlib.import_module(room)
    assert OFFERED[room] == ", ".join(f"`{name}`" for name in module.__all__)
    for name in module.__all__:
        home = getattr(module, name).__module__
        assert f"::: {home}.{name}\n" in PAGE + "\n"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


def test_rooms_load_nothing_before_a_name_is_used() -> None:
    code = f"import sys, {', '.join(WITH_NAMES)}; print(sorted({{'numpy', 'cv2', 'pandas'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert ast.literal_eval(done.stdout) == []


def test_paths_may_be_text(tmp_path: Path) -> None:
    data, maps = str(write_dataset(tmp_path / "data")), str(write_maps(tmp_path / "maps"))
    assert [category.name for category in read_dataset(data).categories] == ["part"]
    assert validate_dataset(data).to_json()
    report = evaluate_submission(maps, data)
    assert report.result is not None
    written = write_report(Request(data, submissions=(maps,)), str(tmp_path / "r.html"))  # type: ignore[arg-type]
    assert written.files == (tmp_path / "r.html",)
    workspace, made = init_workspace(str(tmp_path / "line"))
    assert made
    assert workspace.root.name == "line"
    with pytest.raises(MissingError, match="no frames were imported"):
        open_workspace(str(tmp_path / "line"))


def test_a_limit_may_be_a_number() -> None:
    maps, masks = [[[1, 9], [2, 3]]], [[[0, 1], [0, 1]]]
    assert au_spro(maps, masks, limit=1, saturation=1) == au_spro(maps, masks, limit="1.0", saturation=1) == 1.0
    assert au_spro(maps, masks, limit=0.05) == au_spro(maps, masks)
    with pytest.raises(InputError, match=r"the limit 0.2 came, expected one of 0\.01, 0\.05"):
        au_spro(maps, masks, limit=0.2)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_images_may_have_scores_of_their_own(dtype: Any) -> None:
    good, bad = np.zeros((2, 2), dtype), np.ones((2, 2), dtype)
    masks = [None, np.ones((2, 2))]
    by_map, by_score = MapMetrics(), MapMetrics()
    by_map.update(np.stack([good, bad]), masks)
    by_score.update(np.stack([good, bad]), masks, image_scores=[7.0, 3.0])
    assert by_map.compute()["detection"]["auroc"] == 1.0
    # The good image scores more than the defective one; pixels are what they were.
    assert by_score.compute()["detection"]["auroc"] == 0.0
    assert by_score.compute()["localization"] == by_map.compute()["localization"]
    with pytest.raises(InputError, match="1 maps came with image scores of shape"):
        by_map.update(good, image_scores=[1.0, 2.0])
