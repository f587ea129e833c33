"""Measures of frames over their order, one below the other, drawn with OpenCV: for the stages' own sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from curate.drawing.palette import FAINT, INK, PAPER, bgr
from curate.drawing.pictures import Picture
from curate.drawing.text import write

_WIDTH_PX, _TRACK_PX, _LEFT_PX, _GAP_PX, _TITLE_PX = 1200, 180, 90, 8, 30
_TOP_PX, _BOTTOM_PX = 18, 12


@dataclass(frozen=True, slots=True)
class Track:
    """One measure: its name and its value at each frame, None where there is none."""

    name: str
    values: tuple[float | None, ...]


def timeline(tracks: Sequence[Track], colours: Sequence[str], title: str) -> Picture:
    """Plot measures over the frames in their order.

    Parameters
    ----------
    tracks : sequence of Track
        Those without any value are left out.
    colours : sequence of str
        One ``#rrggbb`` a frame; ``""`` draws a small dot in ink, a colour a larger one.
    title : str
    """
    shown = [track for track in tracks if any(value is not None for value in track.values)]
    height = _TITLE_PX + len(shown) * (_TRACK_PX + _GAP_PX) + _GAP_PX
    page = np.full((height, _WIDTH_PX, 3), bgr(PAPER), np.uint8)
    write(page, title, (_GAP_PX, 21), 16, bgr(INK), width_px=_WIDTH_PX - 2 * _GAP_PX)
    for place, track in enumerate(shown):
        top = _TITLE_PX + place * (_TRACK_PX + _GAP_PX)
        _draw(page[top : top + _TRACK_PX], track, colours)
    return page


def _draw(page: Picture, track: Track, colours: Sequence[str]) -> None:
    """Draw one measure into its part of the page, in place."""
    known = [value for value in track.values if value is not None]
    low, high = min(known), max(known)
    if high - low < 1e-9:  # noqa: PLR2004 - a constant
        low, high = low - 0.5, high + 0.5
    bottom, right = page.shape[0] - _BOTTOM_PX, page.shape[1] - _GAP_PX
    for share in (0.0, 0.5, 1.0):
        y = round(bottom - share * (bottom - _TOP_PX))
        cv2.line(page, (_LEFT_PX, y), (right, y), bgr(FAINT), 1)
        write(page, f"{low + share * (high - low):.2f}", (_GAP_PX, y + 4), 12, bgr(INK), width_px=_LEFT_PX - _GAP_PX)
    write(page, track.name, (_LEFT_PX + 6, 13), 13, bgr(INK))
    for index, (value, colour) in enumerate(zip(track.values, colours, strict=True)):
        if value is not None:
            x = round(_LEFT_PX + (index + 0.5) / len(track.values) * (right - _LEFT_PX))
            y = round(bottom - (value - low) / (high - low) * (bottom - _TOP_PX))
            cv2.circle(page, (x, y), 4 if colour else 2, bgr(colour or INK), -1, cv2.LINE_AA)
