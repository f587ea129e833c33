"""Boundary IoU: intersection over union of the bands along the outlines of truth and prediction.

Aim
---
``|G_d and P_d| / |G_d or P_d|``, pooled over the defective images, where the band ``M_d`` of a mask ``M`` is what ``d``
erosions by a 3×3 square remove, the outside of the image being background, and ``d`` is 2 % of the image's diagonal,
rounded, at least 1. Unlike IoU it does not forgive sloppy outlines of large regions.

Paper: Cheng et al., "Boundary IoU: Improving Object-Centric Image Segmentation Evaluation", CVPR 2021.

Conventions
-----------
Masks are boolean, maps of any real dtype, both (height, width), row first; widths are in pixels. For all thresholds at
once: with ``m`` the minimum filter of a map ``a`` over a square of side ``2 d + 1``, the eroded prediction
``erode({a > t})`` is ``{m > t}``, so a pixel lies in the band exactly when ``m <= t < a``.

Contents
--------
:func:`boundary_iou`, :func:`band`, :func:`band_width`, :func:`eroded`.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.evaluate.metrics.dice_iou import iou

Pixels: TypeAlias = NDArray[Any]

BAND_SHARE = 0.02
"""Width of the band as a share of the image's diagonal (Cheng et al. 2021)."""


def boundary_iou(both: int, predicted: int, truth: int) -> float | None:
    """Return the IoU of the bands, of counts of pixels that lie in both, in the prediction's and in the truth's."""
    return iou(both, predicted, truth)


def band_width(shape: tuple[int, ...]) -> int:
    """Number of erosions for an image of shape (height, width): 2 % of its diagonal, rounded, at least 1.

    >>> band_width((400, 400)), band_width((750, 1000)), band_width((3, 4))
    (11, 25, 1)
    """
    return max(1, round(BAND_SHARE * math.hypot(shape[0], shape[1])))


def eroded(pixels: Pixels, width: int) -> Pixels:
    """Minimum over the square of side ``2 * width + 1`` around each pixel that lies ``width`` or more from the border.

    Returns
    -------
    ndarray, shape (height - 2 * width, width - 2 * width)
        Pixels nearer to the border see the outside, which is background; they are left out. Shape (0, 0) when none is
        left.

    Examples
    --------
    >>> eroded(np.array([[5, 5, 5], [5, 4, 5], [5, 5, 9]]), 1)
    array([[4]])
    """
    side = 2 * width + 1
    if min(pixels.shape) < side:
        return pixels[:0, :0]
    have = 1
    while have < side:  # the minimum over h, shifted by at most h, is the minimum over up to 2 h
        step = min(have, side - have)
        pixels = np.minimum(pixels[:-step], pixels[step:])
        pixels = np.minimum(pixels[:, :-step], pixels[:, step:])
        have += step
    return pixels


def band(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Return the boundary band of a mask.

    >>> band(np.ones((3, 3), bool), 1).astype(int).tolist()
    [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    """
    outline = mask.copy()
    core = eroded(mask, width)
    if core.size:
        outline[width:-width, width:-width] &= ~core
    return outline
