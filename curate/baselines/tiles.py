"""Cut whole frames into overlapping square tiles, and stitch what was found in them back to the frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TileGrid:
    """Where the tiles of a frame lie.

    Tiles are a stride apart, ``side · (1 - overlap)`` rounded; the last of a row or column ends where the frame ends. A
    frame that is smaller than a tile is continued by its mirror image.

    Attributes
    ----------
    width, height : int
        Of the frame, in pixels.
    side_px : int
    overlap : float
        Of neighbouring tiles, as a fraction of the side.
    """

    width: int
    height: int
    side_px: int
    overlap: float

    @property
    def corners(self) -> list[tuple[int, int]]:
        """Left and top of each tile, row by row.

        >>> TileGrid(600, 300, 384, 0.25).corners
        [(0, 0), (216, 0)]
        """
        return [(left, top) for top in self._starts(self.height) for left in self._starts(self.width)]

    def cut(self, pixels: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """Yield the tiles of a frame, or of its mask, in the order of :attr:`corners`."""
        down, right = max(0, self.side_px - self.height), max(0, self.side_px - self.width)
        whole = cv2.copyMakeBorder(pixels, 0, down, 0, right, cv2.BORDER_REFLECT) if down or right else pixels
        for left, top in self.corners:
            yield whole[top : top + self.side_px, left : left + self.side_px]

    def stitch(self, tiles: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the mean of all tiles at each pixel of the frame, (height, width)."""
        shape = max(self.height, self.side_px), max(self.width, self.side_px)
        total, count = np.zeros(shape, np.float64), np.zeros(shape, np.int64)
        for (left, top), tile in zip(self.corners, tiles, strict=True):
            place = slice(top, top + self.side_px), slice(left, left + self.side_px)
            total[place] += tile
            count[place] += 1
        mean = total[: self.height, : self.width] / count[: self.height, : self.width]
        return np.asarray(mean, np.float32)

    def _starts(self, length: int) -> list[int]:
        stride = max(1, round(self.side_px * (1.0 - self.overlap)))
        last = max(0, length - self.side_px)
        return [*range(0, last, stride), last]
