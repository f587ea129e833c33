"""Images beside their ground truth and the anomaly maps of methods, a row per image, with colour bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from curate.drawing.palette import REGIONS, colours_of
from curate.drawing.pictures import Picture, heat_over
from curate.plot.canvas import Canvas
from curate.plot.style import DEFAULT_DPI, DOUBLE_IN, number
from curate.view.pictures import RegionOutline, Scale

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLE_PT, _LABEL_PT = 7.5, 6.0
_TITLE_LINE_PT, _GAP_PT, _BAR_PT = 11.0, 3.0, 6.0


@dataclass(frozen=True, slots=True)
class OverlayRow:
    """One image: its picture, its regions, and it with the map of each method, None where there is none."""

    name: str
    picture: Picture
    regions: tuple[RegionOutline, ...]
    heats: tuple[Picture | None, ...] = ()


def column_px(width_in: float, maps: int, dpi: int) -> int:
    """Return how many pixels wide a picture of a figure with that many maps a row is."""
    gap = round(_GAP_PT / 72 * dpi)
    room = round(width_in * dpi) - _margin(dpi) - gap * (2 + maps)
    return max(1, room // (2 + maps))


def draw_overlays(
    rows: Sequence[OverlayRow],
    methods: Sequence[tuple[str, Scale | None]],
    *,
    width_in: float = DOUBLE_IN,
    dpi: int = DEFAULT_DPI,
) -> Figure:
    """Draw rows of image, ground truth and maps.

    Parameters
    ----------
    rows : sequence of OverlayRow
        At least one.
    methods : sequence of (str, scale)
        Title of each map's column, and what its colours stand for.
    width_in : float
    dpi : int
    """
    gap, margin = round(_GAP_PT / 72 * dpi), _margin(dpi)
    side = column_px(width_in, len(methods), dpi)
    scales = [side / row.picture.shape[1] for row in rows]
    heights = [round(row.picture.shape[0] * scale) for row, scale in zip(rows, scales, strict=True)]
    title, bar = round(_TITLE_LINE_PT / 72 * dpi), round(_BAR_PT / 72 * dpi)
    colours = colours_of((region.defect for row in rows for region in row.regions), REGIONS)
    named = len(colours) > 1
    below = 3 * gap + bar + round(_LABEL_PT * 1.2 / 72 * dpi) if methods or named else gap
    page = Canvas(round(width_in * dpi), title + sum(heights) + gap * (len(rows) - 1) + below, dpi)
    lefts = [margin + place * (side + gap) for place in range(2 + len(methods))]
    for left, name in zip(lefts, ["image", "ground truth", *(name for name, _ in methods)], strict=True):
        page.text(name, left, round(0.75 * title), _TITLE_PT, width_px=side)
    top = title
    for row, scale, height in zip(rows, scales, heights, strict=True):
        _draw_row(page, row, lefts, top, scale, colours)
        page.text(
            row.name, margin - 2 * gap, top + height / 2, _LABEL_PT, width_px=height, rotation=90, ha="center",
            va="center",
        )  # fmt: skip
        top += height + gap
    for left, (_, span) in zip(lefts[2:], methods, strict=True):
        if span is not None:
            _draw_bar(page, span, left, top + gap, side, bar)
    if named:
        page.legend(colours, margin, top + gap + bar, _LABEL_PT)
    return page.figure


def _draw_row(
    page: Canvas, row: OverlayRow, lefts: Sequence[int], top: int, scale: float, colours: dict[str, str]
) -> None:
    for left, picture in zip(lefts, (row.picture, row.picture, *row.heats), strict=True):
        if picture is None:
            page.text("no map", left, top + page.points(_LABEL_PT) * 2, _LABEL_PT)
        else:
            page.picture(picture, left, top, scale)
    for region in row.regions:
        page.outlines(region.outlines, colours[region.defect], lefts[1], top, scale, 0.9)


def _draw_bar(page: Canvas, span: Scale, left: int, top: int, width: int, height: int) -> None:
    """Draw what the colours stand for, as they look on a picture of middle grey, and the scores at both ends."""
    ramp = np.repeat(np.linspace(0.0, 1.0, width)[None], height, axis=0)
    page.picture(heat_over(np.full((height, width, 3), 128, np.uint8), ramp, 0.0, 1.0), left, top)
    baseline = top + height + page.points(_LABEL_PT)
    ends = f"score ≤ {number(span[0])}", f"≥ {number(span[1])}"
    if sum(page.width_of(f"{end}  ", _LABEL_PT) for end in ends) > width:
        ends = number(span[0]), number(span[1])
    page.text(ends[0], left, baseline, _LABEL_PT)
    page.text(ends[1], left + width, baseline, _LABEL_PT, ha="right")


def _margin(dpi: int) -> int:
    """Return the pixels left of the pictures, for the images' names."""
    return round(3.4 * _GAP_PT / 72 * dpi)
