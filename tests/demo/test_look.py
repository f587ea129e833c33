from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from curate.datasets.dataset import read_dataset
from curate.datasets.defects_config import format_defects_config
from curate.demo.look import maps_sheet, masks_sheet
from curate.imaging.images import write_png
from curate.model.defect import DefectEntry, Saturation


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A dataset of one good and one defective grey image, with maps that rise from left to right."""
    grey = np.full((40, 60, 3), 128, np.uint8)
    mask = np.zeros((40, 60, 3), np.uint8)
    mask[10:30, 20:50] = 255
    write_png(tmp_path / "data" / "part" / "test" / "good" / "0000.png", grey)
    write_png(tmp_path / "data" / "part" / "test" / "dent" / "0000.png", grey)
    write_png(tmp_path / "data" / "part" / "ground_truth" / "dent" / "0000" / "0000.png", mask)
    entries = format_defects_config([DefectEntry("dent", 255, Saturation(1.0))])
    (tmp_path / "data" / "part" / "defects_config.json").write_text(entries, encoding="utf-8")
    ramp = np.tile(np.linspace(0, 40_000, 60).astype(np.uint16), (40, 1))
    write_png(tmp_path / "maps" / "part" / "test" / "dent" / "0000.png", ramp)
    write_png(tmp_path / "maps" / "part" / "test" / "good" / "0000.png", ramp // 4)
    return tmp_path


def test_masks_are_drawn_on_the_defective_images_only(published: Path) -> None:
    root = published / "data"
    page = masks_sheet(root, read_dataset(root).category("part")).astype(int)
    tinted = page[..., 2] - page[..., 0] > 30
    # The image at (8, 30), and beside it the same with the mask's columns 20 to 50 and rows 10 to 30 tinted.
    assert tinted[30 + 14 : 30 + 26, 68 + 24 : 68 + 46].all()
    tinted[30 + 8 : 30 + 32, 68 + 18 : 68 + 52] = False  # the outline's soft edge
    assert not tinted.any()


def test_maps_share_one_scale(published: Path) -> None:
    root = published / "data"
    page = maps_sheet(root, read_dataset(root).category("part"), published / "maps").astype(int)
    # Each tile is the image and, 60 px to its right, the map; tiles are 308 px apart, below a 30 px title.
    dent, good = page[30:70, 68:128], page[30:70, 376:436]
    brightest = [int(tile.sum(axis=2).max()) for tile in (dent, good)]
    assert brightest[0] > 2 * brightest[1]
    assert dent[20, 0].sum() < dent[20, 30].sum() < dent[20, 59].sum()


def test_a_large_dataset_is_shown_by_an_even_choice(tmp_path: Path) -> None:
    grey = np.full((8, 8, 3), 128, np.uint8)
    mask = np.full((8, 8, 3), 255, np.uint8)
    for place in range(100):
        write_png(tmp_path / "part" / "test" / "dent" / f"{place:04d}.png", grey)
        write_png(tmp_path / "part" / "ground_truth" / "dent" / f"{place:04d}" / "0000.png", mask)
    page = masks_sheet(tmp_path, read_dataset(tmp_path).category("part"))
    assert page.shape[0] == 30 + 20 * (8 + 16 + 8) + 8  # 80 pictures, four in a row
