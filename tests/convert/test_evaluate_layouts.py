"""The same maps on the same images give the same figures, whatever the dataset's layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Curate
from tests.convert.sources import rich_dataset


@pytest.mark.parametrize("to", ["coco", "huggingface"])
def test_layouts_that_hold_everything_give_the_same_figures(tmp_path: Path, curate: Curate, to: str) -> None:
    source = rich_dataset(tmp_path / "data")
    generator = np.random.default_rng(8)
    for key in ("test/good/0000", "test/multiple/0000", "test/scratch/0000"):
        path = tmp_path / f"maps/part/{key}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, generator.random((12, 16)).astype(np.float32))
    assert curate("convert", source, tmp_path / "out", "--to", to, "--no-card", "-q").code == 0
    figures = []
    for root, layout in ((source, "autovi"), (tmp_path / "out", to)):
        result = curate("evaluate", tmp_path / "maps", "--dataset", root, "--layout", layout, "--no-validate", "--json")
        assert result.code == 0
        document = json.loads(result.out)
        assert document["dataset"]["layout"] == layout
        figures.append(document["categories"])
    assert figures[0] == figures[1]
    assert figures[0]["part"]["counts"]["regions"] == 4


def test_insisting_on_a_layout_that_does_not_fit(tmp_path: Path, curate: Curate) -> None:
    source = rich_dataset(tmp_path / "data")
    (tmp_path / "maps/part").mkdir(parents=True)
    result = curate("evaluate", tmp_path / "maps", "--dataset", source, "--layout", "coco")
    assert result.code == 2
