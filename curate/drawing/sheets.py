"""Contact sheets: many small pictures on one page, to be looked at by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from curate.drawing.palette import INK, PAPER, bgr
from curate.drawing.pictures import Picture, fit_into
from curate.drawing.text import write

_GAP_PX, _LINE_PX, _TITLE_PX = 8, 16, 30
_LETTERS_PX, _TITLE_LETTERS_PX = 12, 16
_MARK_PX = 8
_LEAST_WIDTH_PX = 360
"""A sheet of one or two pictures still has room for its title."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a sheet.

    Attributes
    ----------
    picture : ndarray
        Shrunk to fit; never enlarged.
    lines : tuple of str
        Written below it, in any script.
    colour : str
        ``#rrggbb`` of a mark before the last line; ``""`` for none.
    framed : bool
        Also draw a frame of that colour: something a person should look at.
    """

    picture: Picture
    lines: tuple[str, ...] = ()
    colour: str = ""
    framed: bool = False


def contact_sheet(tiles: Sequence[Tile], title: str, *, columns: int = 8, tile_px: int = 160) -> Picture:
    """Lay pictures out in rows, with captions below them.

    Parameters
    ----------
    tiles : sequence of Tile
    title : str
        Written above.
    columns : int
        Pictures in a row; fewer when there are fewer pictures.
    tile_px : int
        Width and height that each picture is fitted into; a row is as high as its highest picture.

    Examples
    --------
    >>> grey = np.full((40, 80, 3), 128, np.uint8)
    >>> contact_sheet([Tile(grey, ("one",))] * 6, "Six", columns=3, tile_px=120).shape
    (166, 392, 3)
    """
    return sections_sheet([(title, tiles)], columns=columns, tile_px=tile_px)


def sections_sheet(sections: Sequence[tuple[str, Sequence[Tile]]], *, columns: int = 8, tile_px: int = 160) -> Picture:
    """Lay several groups of pictures out below each other, each under its title; see :func:`contact_sheet`."""
    columns = max(1, min(columns, max((len(tiles) for _, tiles in sections), default=0)))
    width = max(_LEAST_WIDTH_PX, columns * (tile_px + _GAP_PX) + _GAP_PX)
    bands = []
    for title, tiles in sections:
        head = _blank(_TITLE_PX, width)
        write(head, title, (_GAP_PX, 21), _TITLE_LETTERS_PX, bgr(INK), width_px=width - 2 * _GAP_PX)
        bands.append(head)
        bands += [_row(tiles[first : first + columns], width, tile_px) for first in range(0, len(tiles), columns)]
    return np.concatenate([*bands, _blank(_GAP_PX, width)])


def _row(tiles: Sequence[Tile], width_px: int, tile_px: int) -> Picture:
    small = [fit_into(tile.picture, tile_px) for tile in tiles]
    height = max(picture.shape[0] for picture in small)
    lines = max(len(tile.lines) for tile in tiles)
    band = _blank(height + lines * _LINE_PX + _GAP_PX, width_px)
    for column, (tile, picture) in enumerate(zip(tiles, small, strict=True)):
        left = _GAP_PX + column * (tile_px + _GAP_PX)
        across = picture.shape[1]
        band[: picture.shape[0], left : left + across] = picture
        if tile.colour and tile.framed:
            corner = (left + across - 1, picture.shape[0] - 1)
            cv2.rectangle(band, (left, 0), corner, bgr(tile.colour), max(2, tile_px // 60))
        for number, line in enumerate(tile.lines, start=1):
            baseline = height + number * _LINE_PX - 4
            marked = bool(tile.colour) and number == len(tile.lines)
            if marked:
                cv2.rectangle(band, (left, baseline - _MARK_PX), (left + _MARK_PX, baseline), bgr(tile.colour), -1)
            indent = (_MARK_PX + 4) * marked
            write(band, line, (left + indent, baseline), _LETTERS_PX, bgr(INK), width_px=tile_px - indent)
    return band


def _blank(height: int, width: int) -> Picture:
    return np.full((height, width, 3), bgr(PAPER), np.uint8)
