"""Rasterise the regions of one frame in one window. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.geometry.affine import affine_of
from curate.geometry.rasterize import rasterize_patch
from curate.mask.regions import WholeRegion
from curate.model.capture import Window
from curate.model.region import Annotation


@dataclass(frozen=True, slots=True)
class Rendered:
    """A region's mask in a window.

    Attributes
    ----------
    region : WholeRegion
    mask : ndarray of bool, shape (height, width) of the window
    area_px : int
    lost : float
        Share of the region, as far as the frame shows it, that the window cuts off.
    """

    region: WholeRegion
    mask: NDArray[np.bool_]
    area_px: int
    lost: float


def render(region: WholeRegion, annotation: Annotation, window: Window) -> Rendered:
    """Rasterise a region in a window by transforming its geometry, not its pixels."""
    affine = affine_of(window)
    corners = ((0, 0), (annotation.width_px, 0), (0, annotation.height_px), (annotation.width_px, annotation.height_px))
    moved = affine.apply_all(corners)
    left, top = np.floor(moved.min(axis=0)).astype(int)
    right, bottom = np.ceil(moved.max(axis=0)).astype(int)
    # The frame's whole extent, so that what the window cuts off can be told from what the frame never showed.
    patch = rasterize_patch(region.shapes, (int(left), int(top), int(right), int(bottom)), affine)
    mask = patch.cut(window.width_px, window.height_px)
    area = int(np.count_nonzero(mask))
    whole = patch.area_px
    return Rendered(region, mask, area, 1.0 - area / whole if whole else 0.0)
