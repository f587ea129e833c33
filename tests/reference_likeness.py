"""Slow, obvious answers to "how much of one picture is left once the other explains it?", to compare likeness with.

Straight from the definition in :mod:`curate.validate.likeness`: grey values blurred by a Gaussian of one cell,
standardised, and explained by gain, offset, shift, turn and stretch by least squares on the cells within the border.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SIDE = 64


def standardised(signature: bytes) -> Floats:
    grey = np.frombuffer(signature, np.uint8).reshape(SIDE, SIDE).astype(np.float64)
    blurred = cv2.GaussianBlur(grey, (0, 0), 1.0)
    return np.asarray((blurred - blurred.mean()) / blurred.std(), dtype=np.float64)


def explained_by(first: Floats, second: Floats) -> float:
    """Return the share of the second picture's standard deviation that the first one leaves unexplained."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2
    right = np.zeros_like(first)
    down = np.zeros_like(first)
    right[:, 1:-1] = first[:, 2:] - first[:, :-2]
    down[1:-1] = first[2:] - first[:-2]
    terms = [first, np.ones_like(first), right, down, x * down - y * right, x * right + y * down]
    matrix = np.stack([term[2:-2, 2:-2].ravel() for term in terms], axis=1)
    target = second[2:-2, 2:-2].ravel()
    weights = np.linalg.lstsq(matrix, target, rcond=None)[0]
    return float((target - matrix @ weights).std() / target.std())


def at_rank(pictures: list[Floats], share: float) -> float:
    """Return the median, over all pictures, of what the neighbour at a rank leaves, the worse of both ways."""
    coarse = np.stack([picture.reshape(8, 8, 8, 8).mean(axis=(1, 3)).ravel() for picture in pictures])
    coarse = (coarse - coarse.mean(axis=1, keepdims=True)) / coarse.std(axis=1, keepdims=True)
    rank = min(max(3, round(share * len(pictures))), len(pictures) - 1)
    left = []
    for place, picture in enumerate(pictures):
        nearest = np.argsort(((coarse - coarse[place]) ** 2).sum(axis=1), kind="stable")
        other = pictures[int(nearest[rank])]
        left.append(max(explained_by(picture, other), explained_by(other, picture)))
    return float(np.median(left))
