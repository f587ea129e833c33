"""Draw the demo's contact sheets from what the stages wrote: windows, masks, anomaly maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from curate.datasets.dataset import read_dataset
from curate.disk.tables import read_table
from curate.drawing.outlines import draw_regions
from curate.drawing.palette import REGIONS, STATUS, VERMILLION, bgr, colours_of
from curate.drawing.pictures import Picture, as_colour, beside, heat
from curate.drawing.sheets import Tile, contact_sheet
from curate.imaging.images import read_pixels, write_png
from curate.model.capture import Window
from curate.model.config import DEFAULT_WINDOW
from curate.model.dataset import Category
from curate.view.pictures import CasePictures, case_pictures
from curate.workspace.workspace import Workspace

Shown = TypeVar("Shown")

_MOST_TILES = 80
"""A sheet of a larger session shows this many pictures, evenly chosen."""

_TINT = 0.35


def write_sheets(workspace: Workspace, dataset_root: Path, submission: Path, destination: Path) -> list[Path]:
    """Write three sheets a category and return their paths."""
    written: list[Path] = []
    for category in read_dataset(dataset_root).categories:
        sheets = {
            "windows": windows_sheet(workspace, category.name),
            "masks": masks_sheet(dataset_root, category),
            "maps": maps_sheet(dataset_root, category, submission),
        }
        for name, page in sheets.items():
            path = destination / f"{category.name}-{name}.png"
            write_png(path, page)
            written.append(path)
    return written


def windows_sheet(workspace: Workspace, category: str) -> Picture:
    """Show every window in shooting order, and in its place the frame of each that was set aside."""
    rows = [
        row
        for series in workspace.series_of(category)
        for row in read_table(workspace.windows_record(DEFAULT_WINDOW, category, series), Window)
    ]
    tiles = []
    for row in _chosen(rows):
        name = row.frame.rpartition("/")[2]
        if row.status == "accepted":
            picture = as_colour(read_pixels(workspace.windows(DEFAULT_WINDOW, category) / row.image))
            tiles.append(Tile(picture, (name + (f" {row.score:.2f}" if row.score is not None else ""),)))
        else:
            picture = as_colour(read_pixels(workspace.captures(category) / row.frame))
            tiles.append(Tile(picture, (f"{name} {row.status}",), STATUS[row.status], framed=True))
    return contact_sheet(tiles, f"{category}: windows in shooting order{_rest(len(rows))}", columns=10, tile_px=136)


def masks_sheet(dataset_root: Path, category: Category) -> Picture:
    """Show each defective test image beside itself with its regions drawn on it."""
    defective = [sample for sample in category.of_split("test") if sample.masks]
    tiles = []
    for sample in _chosen(defective):
        shown = case_pictures(dataset_root, category, sample)
        tiles.append(Tile(beside(shown.image, _marked(shown)), (f"{sample.label}/{sample.name}",)))
    return contact_sheet(tiles, f"{category.name}: regions{_rest(len(defective))}", columns=4, tile_px=360)


def maps_sheet(dataset_root: Path, category: Category, submission: Path) -> Picture:
    """Show each test image, its regions, and the anomaly map that was submitted for it."""
    everything = category.of_split("test")
    test = _chosen(everything)
    maps = [read_pixels(submission / category.name / f"{sample.key}.png").astype(np.float32) for sample in test]
    # Bright where half of the defective images are brightest: one scale for the sheet, so that tiles can be compared.
    peaks = [float(anomaly.max()) for sample, anomaly in zip(test, maps, strict=True) if not sample.is_good]
    white = max(1.0, float(np.median(peaks))) if peaks else 1.0
    tiles = []
    for sample, anomaly in zip(test, maps, strict=True):
        shown = case_pictures(dataset_root, category, sample)
        drawn = beside(_marked(shown), heat(anomaly, 0.0, white))
        caption = f"{sample.label}/{sample.name} peak {anomaly.max() / white:.2f}"
        tiles.append(Tile(drawn, (caption,), "" if sample.is_good else VERMILLION))
    return contact_sheet(tiles, f"{category.name}: anomaly maps{_rest(len(everything))}", columns=5, tile_px=300)


def _marked(shown: CasePictures) -> Picture:
    """Return an image with its regions drawn on it, one colour per region."""
    picture = shown.image.copy()
    colours = colours_of((region.mask for region in shown.regions), REGIONS)
    for region in shown.regions:
        draw_regions(picture, region.outlines, bgr(colours[region.mask]), tint=_TINT)
    return picture


def _chosen(items: Sequence[Shown]) -> list[Shown]:
    """Return at most as many items as a sheet shows, evenly spread."""
    count = min(len(items), _MOST_TILES)
    return [items[place * len(items) // count] for place in range(count)]


def _rest(total: int) -> str:
    return f" ({_MOST_TILES} of {total})" if total > _MOST_TILES else ""
