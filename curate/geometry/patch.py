"""A mask that covers only a box of an image, so that work and memory follow regions and not pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Patch:
    """A mask that covers only a box of an image: ``mask[0, 0]`` is the pixel at column ``x_px``, row ``y_px``."""

    x_px: int
    y_px: int
    mask: NDArray[np.bool_]

    @classmethod
    def of(cls, mask: NDArray[Any], x_px: int = 0, y_px: int = 0) -> Patch:
        """Return what is not zero in a mask that begins at a pixel, no larger than it needs; perhaps empty.

        >>> patch = Patch.of(np.array([[0, 0, 0], [0, 7, 7]]))
        >>> patch.x_px, patch.y_px, patch.mask.tolist()
        (1, 1, [[True, True]])
        """
        inside = np.asarray(mask != 0)
        left, top, width, height = cv2.boundingRect(inside.view(np.uint8)) if inside.size else (0, 0, 0, 0)
        return cls(x_px + left, y_px + top, inside[top : top + height, left : left + width].copy())

    def trimmed(self) -> Patch:
        """Return the same pixels, no larger than they need."""
        return Patch.of(self.mask, self.x_px, self.y_px)

    @property
    def area_px(self) -> int:
        """Number of pixels inside."""
        return int(np.count_nonzero(self.mask))

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the image that it covers."""
        height, width = self.mask.shape
        return slice(self.y_px, self.y_px + height), slice(self.x_px, self.x_px + width)

    def cut(self, width_px: int, height_px: int) -> NDArray[np.bool_]:
        """Return the mask of a whole image of that size; what lies outside it is cut off."""
        whole = np.zeros((height_px, width_px), bool)
        height, width = self.mask.shape
        left, top = max(0, self.x_px), max(0, self.y_px)
        right, bottom = min(width_px, self.x_px + width), min(height_px, self.y_px + height)
        if left < right and top < bottom:
            rows = slice(top - self.y_px, bottom - self.y_px)
            columns = slice(left - self.x_px, right - self.x_px)
            whole[top:bottom, left:right] = self.mask[rows, columns]
        return whole
