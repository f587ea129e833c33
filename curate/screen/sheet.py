"""Contact sheets of what screening set aside and of what it nearly did. Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

TILES = 8
"""Pictures in a row."""
_LEAST_COLUMNS = 3
_TILE_PX, _GAP_PX, _LINE_PX = 150, 8, 15
_PAPER, _INK, _LOUD = 250, (40, 40, 40), (30, 30, 200)
_LETTER_PX = 6.2


@dataclass(frozen=True, slots=True)
class Tile:
    """One frame on a sheet: its grey picture, two lines below it, and whether it was set aside."""

    grey: Picture
    lines: tuple[str, str]
    rejected: bool


def sheet(rows: Sequence[tuple[str, Sequence[Tile]]]) -> Picture:
    """Lay rows of tiles out below each other, each with a title.

    Parameters
    ----------
    rows : sequence of (str, sequence of Tile)
        Not empty. At most :data:`TILES` tiles a row are shown.

    Returns
    -------
    ndarray, uint8, shape (height, width, 3)
    """
    columns = max(_LEAST_COLUMNS, *(min(TILES, len(tiles)) for _, tiles in rows))
    width = _GAP_PX + columns * (_TILE_PX + _GAP_PX)
    row_px = 2 * _LINE_PX + _TILE_PX + 2 * _LINE_PX + _GAP_PX
    page = np.full((len(rows) * row_px + _GAP_PX, width, 3), _PAPER, np.uint8)
    for number, (title, tiles) in enumerate(rows):
        top = number * row_px + _GAP_PX
        _write(page, title, _GAP_PX, top + _LINE_PX, _INK, 0.5)
        for place, tile in enumerate(tiles[:TILES]):
            _draw(page, tile, _GAP_PX + place * (_TILE_PX + _GAP_PX), top + 2 * _LINE_PX)
    return page


def _draw(page: Picture, tile: Tile, left: int, top: int) -> None:
    height, width = tile.grey.shape
    scale = min(_TILE_PX / height, _TILE_PX / width, 1.0)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(tile.grey, size, interpolation=cv2.INTER_AREA)
    page[top : top + size[1], left : left + size[0]] = small[:, :, None]
    colour = _LOUD if tile.rejected else _INK
    if tile.rejected:
        cv2.rectangle(page, (left, top), (left + size[0] - 1, top + size[1] - 1), _LOUD, 2)
    for number, line in enumerate(tile.lines, start=1):
        _write(page, _fitted(line), left, top + _TILE_PX + number * _LINE_PX - 3, colour, 0.36)


def _fitted(text: str) -> str:
    """Cut a line at its front where it is too long: names differ at their ends."""
    text = text.encode("ascii", "replace").decode()
    room = int(_TILE_PX / _LETTER_PX)
    return text if len(text) <= room else ".." + text[2 - room :]


def _write(page: Picture, text: str, left: int, baseline: int, colour: tuple[int, int, int], scale: float) -> None:
    text = text.encode("ascii", "replace").decode()
    cv2.putText(page, text, (left, baseline), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv2.LINE_AA)
