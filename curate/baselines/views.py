"""Bring pictures of any size to a network's square input, and its maps back to the picture's size.

Conventions
-----------
Pictures are uint8 (height, width, 3), R, G, B; network inputs float32 (size, size, 3) in 0..1; maps float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.baselines.settings import ImageFit

_CROPPED = 224 / 256
"""The middle that ``crop`` keeps of the shorter side: the usual preparation of ImageNet pictures."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class NetworkView:
    """How pictures become a network's input.

    Attributes
    ----------
    size_px : int
        Side of the square.
    fit : str
        ``stretch``, ``pad`` (black around the picture) or ``crop``.
    """

    size_px: int
    fit: ImageFit = "stretch"

    def prepare(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the network's input of a picture, in 0..1."""
        height, width = picture.shape[:2]
        left, top, right, bottom = self.box(width, height)
        scaled = _resized(np.asarray(picture, np.float32) / np.float32(255.0), right - left, bottom - top)
        square = np.zeros((self.size_px, self.size_px, 3), np.float32)
        target, source = self._overlap(left, top, right, bottom)
        square[target] = scaled[source]
        return square

    def restore(self, anomaly: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
        """Return a square map at a picture's size; what a crop cut off gets the map's lowest value."""
        left, top, right, bottom = self.box(width, height)
        whole = np.full((bottom - top, right - left), anomaly.min(), np.float32)
        target, source = self._overlap(left, top, right, bottom)
        whole[source] = anomaly[target]
        resized = cv2.resize(whole, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.ascontiguousarray(resized, np.float32)

    def box(self, width: int, height: int) -> Box:
        """Return where the whole picture lies in the square's pixels: left, top, right, bottom; may lie outside."""
        size = self.size_px
        if self.fit == "stretch":
            return 0, 0, size, size
        scale = size / max(width, height) if self.fit == "pad" else size / _CROPPED / min(width, height)
        across, down = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (size - across) // 2, (size - down) // 2
        return left, top, left + across, top + down

    def _overlap(self, left: int, top: int, right: int, bottom: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Return the part of the square that the picture covers, and the same part of the scaled picture."""
        x0, y0, x1, y1 = max(left, 0), max(top, 0), min(right, self.size_px), min(bottom, self.size_px)
        return (slice(y0, y1), slice(x0, x1)), (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))


def _resized(picture: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Resample; averages where the picture shrinks, so that no detail turns into a pattern."""
    shrinks = width * height < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.float32)
