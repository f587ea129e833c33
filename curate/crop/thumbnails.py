"""Pictures of a crop run for people: every matched box on its frame, and how position and score went over time.

Pure: arrays and rows in, a picture out (uint8, (height, width, 3), B, G, R).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.crop.evidence import ambiguity_of
from curate.drawing.palette import STATUS, bgr
from curate.drawing.pictures import Picture, as_colour
from curate.drawing.sheets import Tile
from curate.drawing.timeline import Track, timeline
from curate.geometry.affine import affine_of
from curate.imaging.images import Pixels
from curate.model.capture import Window


def thumbnail(frame: Pixels, row: Window, width_px: int = 240) -> Tile:
    """Shrink a frame and draw its window: the box, a tick for up, a cross at the matched place.

    Parameters
    ----------
    frame : ndarray, shape (H, W) or (H, W, channels)
        Upright, 8 or 16 bits.
    row : Window
    """
    scale = width_px / frame.shape[1]
    size = (width_px, max(1, round(frame.shape[0] * scale)))
    small = as_colour(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))
    back = affine_of(row).inverse()
    width, height = row.width_px, row.height_px
    corners = [back.apply(u, v) for u, v in ((0, 0), (width, 0), (width, height), (0, height))]
    colour = bgr(STATUS[row.status])
    cv2.polylines(small, [_points(corners, scale)], isClosed=True, color=colour, thickness=2, lineType=cv2.LINE_AA)
    if row.x_px is not None and row.y_px is not None:
        x, y = (round(value * scale) for value in (row.x_px, row.y_px))
        cv2.drawMarker(small, (x, y), colour, cv2.MARKER_CROSS, 9, 1, cv2.LINE_AA)
    measures = ((row.score, "score"), (row.agreement, "agree"))
    numbers = " ".join(f"{name} {value:.2f}" for value, name in measures if value is not None)
    return Tile(small, (row.frame.rpartition("/")[2], row.reason or numbers), STATUS[row.status])


def _points(corners: Sequence[tuple[float, float]], scale: float) -> NDArray[np.int32]:
    return np.array([[round(x * scale), round(y * scale)] for x, y in corners], np.int32)


def positions_over_time(rows: Sequence[Window], title: str) -> Picture:
    """Plot position, turn, score and agreement over the frames in shooting order.

    Drift of the camera mount shows as a slope of x or y, a bump as a step; frames that were set aside are coloured.
    """
    tracks = (
        Track("x, px", tuple(row.x_px for row in rows)),
        Track("y, px", tuple(row.y_px for row in rows)),
        Track("turn, deg", tuple(row.rotation_deg for row in rows)),
        Track("score", tuple(row.score for row in rows)),
        Track("second/first", tuple(_ambiguity(row) for row in rows)),
        Track("agreement", tuple(row.agreement for row in rows)),
    )
    return timeline(tracks, ["" if row.status == "accepted" else STATUS[row.status] for row in rows], title)


def _ambiguity(row: Window) -> float | None:
    return None if row.score is None else ambiguity_of(row.score, row.second)
