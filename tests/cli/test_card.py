from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from curate.imaging.images import write_png
from tests.conftest import Curate

OK = Path(__file__).parents[1] / "cases/ok"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATE_CACHE", str(tmp_path / "cache"))


def test_card_as_text(curate: Curate) -> None:
    result = curate("card", OK)
    assert result.code == 0
    assert result.out.startswith("part\n  train: 8 images (good 8)")


def test_card_as_croissant_to_a_file(tmp_path: Path, curate: Curate) -> None:
    target = tmp_path / "croissant.json"
    result = curate(
        "card", OK, "--format", "croissant", "-o", target, "--license", "CC0-1.0", "--published", "2024-05-02"
    )
    assert (result.code, result.out) == (0, "")
    document = json.loads(target.read_text(encoding="utf-8"))
    assert (document["license"], document["datePublished"]) == ("CC0-1.0", "2024-05-02")


def test_card_as_json(curate: Curate) -> None:
    assert json.loads(curate("card", OK, "--json").out)["categories"]["part"]["supervision"] == "none"


def test_a_missing_dataset_exits_2(tmp_path: Path, curate: Curate) -> None:
    assert curate("card", tmp_path / "nowhere").code == 2


def test_output_is_written_through_a_device_and_a_link(tmp_path: Path, curate: Curate) -> None:
    for split in ("train", "test"):
        write_png(tmp_path / f"data/part/{split}/good/0000.png", np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    before = Path(os.devnull).stat()
    for output in (Path(os.devnull), tmp_path / "link.txt"):
        assert curate("card", tmp_path / "data", "-o", output).code in {0, 1}
    assert os.path.samestat(before, Path(os.devnull).stat())
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() != "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "data", "link.txt", "real.txt"]
