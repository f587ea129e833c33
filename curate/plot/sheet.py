"""Contact sheets for papers: pictures in rows under titles, their regions outlined, captions below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from curate.drawing.palette import REGIONS, colours_of
from curate.drawing.pictures import Picture
from curate.drawing.text import spelt, width_of
from curate.plot.canvas import Canvas
from curate.plot.style import DEFAULT_DPI, DOUBLE_IN
from curate.view.pictures import RegionOutline

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE_PT, CAPTION_PT = 8.0, 6.0
_LINE_PT, _TITLE_LINE_PT, _GAP_PT = 7.5, 14.0, 3.0


@dataclass(frozen=True, slots=True)
class SheetTile:
    """One place of a sheet.

    Attributes
    ----------
    pictures : tuple of ndarray
        Side by side, of one size.
    regions : tuple of RegionOutline
        Drawn on the first of them.
    lines : tuple of str
        The caption.
    colour : str
        ``#rrggbb`` of a mark before the last line, or with ``framed`` of a frame, too; ``""`` for neither.
    framed : bool
    """

    pictures: tuple[Picture, ...]
    regions: tuple[RegionOutline, ...] = ()
    lines: tuple[str, ...] = ()
    colour: str = ""
    framed: bool = False


def tile_px(width_in: float, columns: int, dpi: int) -> int:
    """Return how many pixels wide a column of a sheet is, without the gap beside it."""
    gap = max(1, round(_GAP_PT / 72 * dpi))
    return max(1, (round(width_in * dpi) - gap) // columns - gap)


def draw_sheet(
    sections: Sequence[tuple[str, Sequence[SheetTile]]],
    *,
    columns: int,
    width_in: float = DOUBLE_IN,
    dpi: int = DEFAULT_DPI,
) -> Figure:
    """Draw groups of pictures below each other, each under its title.

    Pictures fill their column; a row is as high as its highest picture, and small groups share one. Regions are
    coloured by their defect, the same on all of the sheet.

    Parameters
    ----------
    sections : sequence of (str, sequence of SheetTile)
    columns : int
    width_in : float
    dpi : int
        For which pictures are placed; another one when the file is written enlarges the pixels.
    """
    defects = {region.defect for _, tiles in sections for tile in tiles for region in tile.regions}
    sheet = _Sheet(columns, width_in, dpi, colours_of(defects, REGIONS))
    rows = sheet.packed(sections)
    heights = [sheet.height_of(row) for row in rows]
    names = sheet.legend_height
    page = Canvas(round(width_in * dpi), sum(heights) + names + sheet.gap, dpi)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        sheet.draw(page, row, top)
        top += height
    if names:
        page.legend(sheet.colours, sheet.gap, top + round(0.7 * names), CAPTION_PT)
    return page.figure


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a group stands in one row: from which column on, its title where it begins there, and its tiles."""

    column: int
    span: int
    title: str
    tiles: Sequence[SheetTile]


class _Sheet:
    """Packs, measures and draws rows."""

    def __init__(self, columns: int, width_in: float, dpi: int, colours: dict[str, str]) -> None:
        self._columns = columns
        self._dpi = dpi
        self._tile = tile_px(width_in, columns, dpi)
        self.colours = colours
        self.gap = self._px(_GAP_PT)

    def packed(self, sections: Sequence[tuple[str, Sequence[SheetTile]]]) -> list[list[_Part]]:
        """Divide groups into rows; small groups share one, each under its own title."""
        rows: list[list[_Part]] = []
        free = 0
        for title, tiles in sections:
            span = max(len(tiles), self._columns_of(title))
            if span <= free:
                rows[-1].append(_Part(self._columns - free, span, title, tiles))
                free -= span
                continue
            for first in range(0, max(1, len(tiles)), self._columns):
                shown = title if first == 0 else ""
                part = tiles[first : first + self._columns]
                rows.append([_Part(0, max(len(part), self._columns_of(shown)), shown, part)])
            free = self._columns - rows[-1][0].span if len(tiles) <= self._columns else 0
        return rows

    def _columns_of(self, title: str) -> int:
        """Return how many columns a title spans, at most all."""
        width = width_of(spelt(title), self._px(TITLE_PT), wide=True) if title else 0.0
        return min(self._columns, math.ceil((width + self.gap) / (self._tile + self.gap)))

    @property
    def legend_height(self) -> int:
        """Room for the defects' names below; none where a single colour needs no name."""
        return self._px(2 * _LINE_PT) if len(self.colours) > 1 else 0

    def height_of(self, row: Sequence[_Part]) -> int:
        tiles = [tile for part in row for tile in part.tiles]
        lines = max((len(tile.lines) for tile in tiles), default=0)
        return self._title(row) + self._picture_height(tiles) + self._px(lines * _LINE_PT) + 2 * self.gap

    def draw(self, page: Canvas, row: Sequence[_Part], top: int) -> None:
        below = top + self._title(row) + self.gap
        bottom = below + self._picture_height([tile for part in row for tile in part.tiles])
        for part in row:
            left = self.gap + part.column * (self._tile + self.gap)
            if part.title:
                width = part.span * (self._tile + self.gap) - self.gap
                page.text(part.title, left, top + self._px(0.75 * _TITLE_LINE_PT), TITLE_PT, width_px=width)
            for place, tile in enumerate(part.tiles):
                at = left + place * (self._tile + self.gap)
                self._draw_pictures(page, tile, at, below)
                self._draw_lines(page, tile, at, bottom)

    def _draw_pictures(self, page: Canvas, tile: SheetTile, left: int, top: int) -> None:
        scale = self._scale(tile)
        for place, picture in enumerate(tile.pictures):
            page.picture(picture, left + place * picture.shape[1] * scale, top, scale)
        for region in tile.regions:
            page.outlines(region.outlines, self.colours[region.defect], left, top, scale)
        if tile.framed:
            height, width = tile.pictures[0].shape[:2]
            page.frame(left, top, len(tile.pictures) * width * scale, height * scale, tile.colour)

    def _draw_lines(self, page: Canvas, tile: SheetTile, left: int, below: int) -> None:
        for number, line in enumerate(tile.lines, start=1):
            baseline = below + self._px(number * _LINE_PT - 1.0)
            indent = 0
            if tile.colour and number == len(tile.lines):
                side = self._px(0.7 * CAPTION_PT)
                page.mark(left, baseline, side, tile.colour)
                indent = side + self._px(2.0)
            page.text(line, left + indent, baseline, CAPTION_PT, width_px=self._tile - indent)

    def _scale(self, tile: SheetTile) -> float:
        """Return the page's pixels for one of a tile's: its width, and a height of no more than that."""
        height, width = (int(side) for side in tile.pictures[0].shape[:2])
        return min(self._tile / (width * len(tile.pictures)), self._tile / height)

    def _picture_height(self, tiles: Sequence[SheetTile]) -> int:
        return max((round(tile.pictures[0].shape[0] * self._scale(tile)) for tile in tiles), default=0)

    def _title(self, row: Sequence[_Part]) -> int:
        return self._px(_TITLE_LINE_PT) if any(part.title for part in row) else 0

    def _px(self, points: float) -> int:
        return round(points / 72 * self._dpi)
