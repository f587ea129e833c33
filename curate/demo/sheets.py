"""Contact sheets: many small pictures on one page, to be looked at by a person. Arrays in, arrays out.

All pictures are uint8, (height, width, 3), B, G, R.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

PALETTE = ((60, 60, 235), (40, 190, 250), (90, 200, 60), (235, 160, 40), (220, 80, 200), (200, 200, 60))
"""B, G, R colours of regions, told apart by people with red-green blindness too by their brightness."""

_PAPER, _INK, _LOUD = (250, 250, 250), (40, 40, 40), (30, 30, 200)
_GAP_PX, _CAPTION_PX, _TITLE_PX = 6, 18, 30
_LETTER_PX = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a sheet.

    Attributes
    ----------
    picture : ndarray
        Shrunk to fit; never enlarged.
    caption : str
    loud : bool
        Draw the caption in red: something a person should look at.
    """

    picture: Picture
    caption: str = ""
    loud: bool = False


def contact_sheet(tiles: Sequence[Tile], title: str, *, columns: int = 8, tile_px: int = 160) -> Picture:
    """Lay pictures out in rows, with captions below them.

    Parameters
    ----------
    tiles : sequence of Tile
    title : str
        Written above; ASCII, like the captions.
    columns : int
        Pictures in a row; fewer when there are fewer pictures.
    tile_px : int
        Width and height that each picture is fitted into; a row is as high as its highest picture.

    Examples
    --------
    >>> grey = np.full((40, 80, 3), 128, np.uint8)
    >>> contact_sheet([Tile(grey, "one"), Tile(grey, "two")], "Two", tile_px=100).shape
    (100, 218, 3)
    """
    columns = max(1, min(columns, len(tiles)))
    width = columns * (tile_px + _GAP_PX) + _GAP_PX
    bands = [_blank(_TITLE_PX, width)]
    _write(bands[0], title, (_GAP_PX, 21), width, _INK, scale=0.55)
    for first in range(0, len(tiles), columns):
        row = [(tile, fit_into(tile.picture, tile_px)) for tile in tiles[first : first + columns]]
        height = max(small.shape[0] for _, small in row)
        band = _blank(height + _CAPTION_PX + _GAP_PX, width)
        for column, (tile, small) in enumerate(row):
            left = _GAP_PX + column * (tile_px + _GAP_PX)
            band[: small.shape[0], left : left + small.shape[1]] = small
            at = (left, height + _CAPTION_PX - 5)
            _write(band, tile.caption, at, tile_px, _LOUD if tile.loud else _INK, scale=0.38)
        bands.append(band)
    return np.concatenate([*bands, _blank(_GAP_PX, width)])


def fit_into(picture: Picture, side_px: int) -> Picture:
    """Shrink a picture so that neither side exceeds ``side_px``; smaller pictures stay as they are."""
    height, width = picture.shape[:2]
    share = min(1.0, side_px / max(height, width))
    if share == 1.0:
        return picture
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def overlay(picture: Picture, masks: Sequence[NDArray[np.bool_]], colours: Sequence[int] | None = None) -> Picture:
    """Tint regions and draw their outlines on a picture.

    Parameters
    ----------
    picture : ndarray
    masks : sequence of ndarray of bool, shape (height, width)
    colours : sequence of int, optional
        Place in :data:`PALETTE` of each mask; their own order when left out.
    """
    drawn = picture.astype(np.float32)
    for place, mask in enumerate(masks):
        colour = np.array(PALETTE[(colours[place] if colours else place) % len(PALETTE)], np.float32)
        drawn[mask] += (colour - drawn[mask]) * np.float32(0.35)
        inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
        drawn[mask & (inner == 0)] = colour
    return np.asarray(drawn.round(), np.uint8)


def heat(anomaly: NDArray[np.float32], ceiling: float) -> Picture:
    """Colour an anomaly map: dark for 0, bright from ``ceiling`` on."""
    grey = np.asarray(np.clip(anomaly / ceiling, 0.0, 1.0) * 255.0 + 0.5, np.uint8)
    return np.asarray(cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO), np.uint8)


def beside(*pictures: Picture) -> Picture:
    """Put pictures of one height side by side."""
    return np.concatenate(pictures, axis=1)


def as_colour(pixels: NDArray[np.integer]) -> Picture:
    """Return any decoded image as 8-bit B, G, R: grey is repeated, transparency dropped, 16 bits are cut to 8."""
    eight = np.asarray(pixels >> 8 if pixels.dtype == np.uint16 else pixels, np.uint8)
    if eight.ndim == 2:  # noqa: PLR2004 - grey
        return np.repeat(eight[..., None], 3, axis=2)
    return np.ascontiguousarray(eight[..., :3])


def _blank(height: int, width: int) -> Picture:
    return np.full((height, width, 3), _PAPER, np.uint8)


def _write(page: Picture, text: str, at: tuple[int, int], width_px: int, colour: tuple[int, ...], scale: float) -> None:
    """Write a line, cut off where the tile ends."""
    letters = max(1, int(width_px / (_LETTER_PX * scale / 0.38)))
    shown = text if len(text) <= letters else text[: letters - 2] + ".."
    cv2.putText(page, shown, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv2.LINE_AA)
