"""AU-PRO: area under the per-region overlap curve.

Aim
---
As :mod:`AU-sPRO <curate.evaluate.metrics.spro>`, but a region is an 8-connected component of the union mask, found
whole only with all its pixels: ``s_r = |r|``. AU-PRO@0.3 is the headline of MVTec AD.

Paper: Bergmann et al., "The MVTec Anomaly Detection Dataset", IJCV 2021.

Conventions
-----------
Those of sPRO. Masks are boolean, (height, width), row first.

Contents
--------
:class:`AuPro` (the metric), :func:`components`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.evaluate.metrics.areas import AreaUpTo
from curate.evaluate.metrics.spro import UNIT

Scores: TypeAlias = NDArray[Any]

PRO_LIMITS = ("0.3",)
"""False positive rates up to which areas are taken."""


class AuPro(AreaUpTo):
    """AU-PRO at each of :data:`PRO_LIMITS`, from a curve that comes in parts.

    Parameters
    ----------
    negatives : int
        Pixels outside the union mask.
    regions : int
        Components.
    """

    def __init__(self, negatives: int, regions: int) -> None:
        super().__init__(negatives, regions * UNIT, PRO_LIMITS)


def components(scores: Scores, union: NDArray[np.bool_]) -> list[Scores]:
    """Return the scores of each 8-connected component of a union mask.

    Parameters
    ----------
    scores : ndarray, shape (height, width)
    union : ndarray of bool, shape (height, width)

    Returns
    -------
    list of ndarray, shape (n,) each
        In the order of OpenCV's labels; empty for an empty mask.

    Examples
    --------
    >>> components(np.array([[1, 2, 3, 4]]), np.array([[True, True, False, True]]))
    [array([1, 2]), array([4])]
    """
    flags = union.view(np.uint8)
    left, top, width, height = cv2.boundingRect(flags)
    box = slice(top, top + height), slice(left, left + width)
    count, labels = cv2.connectedComponents(np.ascontiguousarray(flags[box]), connectivity=8, ltype=cv2.CV_32S)
    if count == 2:  # noqa: PLR2004 - the background and one component
        return [scores[box][union[box]]]
    flat = labels.ravel()
    order = np.flatnonzero(flat)
    order = order[np.argsort(flat[order], kind="stable")]
    sizes = np.bincount(flat, minlength=count)[1:]
    return np.split(scores[box].ravel()[order], np.cumsum(sizes)[:-1])
