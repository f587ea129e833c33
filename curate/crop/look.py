"""Pictures of a crop run for people: every matched box on its frame, and how position and score went over time.

Pure: arrays and rows in, a picture out (uint8, (height, width, 3), B, G, R). Text is ASCII, for OpenCV's own letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.crop.grey import Pixels, depth_range
from curate.crop.locate import affine_of
from curate.model.capture import Window

Picture = NDArray[np.uint8]

COLOURS = {"accepted": (90, 160, 40), "review": (30, 150, 240), "rejected": (50, 50, 220)}
"""B, G, R of each status; told apart by brightness, too."""

_PAPER, _INK, _FAINT = (250, 250, 250), (40, 40, 40), (205, 205, 205)
_GAP, _CAPTION, _TITLE = 8, 34, 30
_PLOT_WIDTH, _PLOT_HEIGHT, _LEFT = 1200, 180, 90


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture of a frame with its windows drawn in, and what is written below it."""

    picture: Picture
    lines: tuple[str, str]
    status: str


def thumbnail(frame: Pixels, row: Window, width_px: int = 240) -> Thumbnail:
    """Shrink a frame and draw its window: the box, a tick for up, a cross at the matched place.

    Parameters
    ----------
    frame : ndarray, shape (H, W) or (H, W, channels)
        Upright, 8 or 16 bits.
    row : Window
    """
    scale = width_px / frame.shape[1]
    size = (width_px, max(1, round(frame.shape[0] * scale)))
    small = as_bytes(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))
    back = affine_of(row).inverse()
    width, height = row.width_px, row.height_px
    corners = [back.apply(u, v) for u, v in ((0, 0), (width, 0), (width, height), (0, height))]
    colour = COLOURS[row.status]
    cv2.polylines(small, [_points(corners, scale)], isClosed=True, color=colour, thickness=2, lineType=cv2.LINE_AA)
    if row.x_px is not None and row.y_px is not None:
        x, y = (round(value * scale) for value in (row.x_px, row.y_px))
        cv2.drawMarker(small, (x, y), colour, cv2.MARKER_CROSS, 9, 1, cv2.LINE_AA)
    measures = ((row.score, "score"), (row.agreement, "agree"))
    numbers = " ".join(f"{name} {value:.2f}" for value, name in measures if value is not None)
    return Thumbnail(small, (row.frame.rpartition("/")[2], row.reason or numbers), row.status)


def as_bytes(pixels: Pixels) -> Picture:
    """Return any picture as 8-bit B, G, R."""
    grey = np.asarray(pixels * (255.0 / depth_range(pixels)) if pixels.dtype != np.uint8 else pixels)
    grey = np.asarray(grey, np.uint8)
    if grey.ndim == 2:  # noqa: PLR2004 - rows and columns
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    return np.ascontiguousarray(grey[:, :, :3])


def _points(corners: Sequence[tuple[float, float]], scale: float) -> NDArray[np.int32]:
    return np.array([[round(x * scale), round(y * scale)] for x, y in corners], np.int32)


def contact_sheet(thumbnails: Sequence[Thumbnail], title: str, columns: int = 6) -> Picture:
    """Lay thumbnails out in rows, in the order given."""
    tile_width = max((entry.picture.shape[1] for entry in thumbnails), default=240) + _GAP
    tile_height = max((entry.picture.shape[0] for entry in thumbnails), default=0) + _CAPTION + _GAP
    columns = max(1, min(columns, len(thumbnails)))
    rows = -(-len(thumbnails) // columns)
    width = max(columns * tile_width + _GAP, 10 * len(title) + 2 * _GAP)
    page = np.full((_TITLE + rows * tile_height + _GAP, width, 3), _PAPER, np.uint8)
    _write(page, title, (_GAP, 21), 0.55)
    for index, entry in enumerate(thumbnails):
        y = _TITLE + index // columns * tile_height
        x = _GAP + index % columns * tile_width
        height, across = entry.picture.shape[:2]
        page[y : y + height, x : x + across] = entry.picture
        fitting = (tile_width - _GAP) // 6
        _write(page, entry.lines[0][:fitting], (x, y + height + 13), 0.36)
        _write(page, entry.lines[1][:fitting], (x, y + height + 27), 0.36, COLOURS[entry.status])
    return page


def timeline(rows: Sequence[Window], title: str) -> Picture:
    """Plot position, turn, score and agreement over the frames in shooting order.

    Drift of the camera mount shows as a slope of x or y, a bump as a step; frames that were set aside are coloured.
    """
    curves = [
        ("x, px", [row.x_px for row in rows]),
        ("y, px", [row.y_px for row in rows]),
        ("turn, deg", [row.rotation_deg for row in rows]),
        ("score", [row.score for row in rows]),
        ("second/first", [_ratio(row) for row in rows]),
        ("agreement", [row.agreement for row in rows]),
    ]
    shown = [(name, values) for name, values in curves if any(value is not None for value in values)]
    page = np.full((_TITLE + len(shown) * (_PLOT_HEIGHT + _GAP) + _GAP, _PLOT_WIDTH, 3), _PAPER, np.uint8)
    _write(page, title, (_GAP, 21), 0.55)
    for place, (name, values) in enumerate(shown):
        top = _TITLE + place * (_PLOT_HEIGHT + _GAP)
        _plot(page[top : top + _PLOT_HEIGHT], name, values, [row.status for row in rows])
    return page


def _ratio(row: Window) -> float | None:
    if row.score is None or row.second is None or row.score <= 0:
        return None
    return max(row.second, 0.0) / row.score


def _plot(page: Picture, name: str, values: Sequence[float | None], statuses: Sequence[str]) -> None:
    """Draw one curve into its part of the page, in place."""
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    if high - low < 1e-9:  # noqa: PLR2004 - a constant
        low, high = low - 0.5, high + 0.5
    bottom, right = page.shape[0] - 12, page.shape[1] - _GAP
    for share in (0.0, 0.5, 1.0):
        y = round(bottom - share * (bottom - 14))
        cv2.line(page, (_LEFT, y), (right, y), _FAINT, 1)
        _write(page, f"{low + share * (high - low):.2f}", (_GAP, y + 4), 0.36)
    _write(page, name, (_LEFT + 6, 11), 0.4)
    for index, (value, status) in enumerate(zip(values, statuses, strict=True)):
        if value is not None:
            x = round(_LEFT + (index + 0.5) / len(values) * (right - _LEFT))
            y = round(bottom - (value - low) / (high - low) * (bottom - 14))
            cv2.circle(page, (x, y), 2 if status == "accepted" else 4, COLOURS[status], -1, cv2.LINE_AA)


def _write(page: Picture, text: str, at: tuple[int, int], size: float, colour: tuple[int, int, int] = _INK) -> None:
    plain = text.encode("ascii", "replace").decode("ascii")
    cv2.putText(page, plain, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
