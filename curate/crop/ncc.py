"""Normalised cross-correlation that stays finite and honest on flat ground.

Conventions
-----------
Images are two-dimensional float32 arrays ``(rows, columns)``; a score map has shape ``(H - h + 1, W - w + 1)`` and
its element ``[row, column]`` belongs to the template's top-left pixel lying on that pixel of the image. Scores lie in
-1..1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Grey: TypeAlias = NDArray[np.float32]

_DAMPING = 0.02
"""Share of the image's own standard deviation that is added to every patch's: a patch without any texture then scores
0, where the bare quotient would be 0/0 and rounding errors could make it 1."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A template made ready to be compared with many images.

    Attributes
    ----------
    weighted : ndarray of float32, shape (h, w)
        The template about its mean, times the mask.
    energy : float
        Sum of squares about the mean, weighted.
    mask : ndarray of float32, shape (h, w), or None
        Weight of each pixel, 0..1; 0 is not looked at.
    count : float
        Sum of the weights.
    """

    weighted: Grey
    energy: float
    mask: Grey | None
    count: float

    @classmethod
    def of(cls, template: Grey, mask: Grey | None = None) -> Pattern:
        """Take off the mean of what the mask shows."""
        if mask is None:
            about_mean = template - np.float32(mean_and_deviation(template)[0])
            return cls(about_mean, _energy(about_mean), None, float(template.size))
        count = float(mask.sum(dtype=np.float64))
        about_mean = template - np.float32((template * mask).sum(dtype=np.float64) / count)
        weighted = np.asarray(about_mean * mask, np.float32)
        return cls(weighted, float((weighted * about_mean).sum(dtype=np.float64)), mask, count)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.weighted.shape[1], self.weighted.shape[0]


def correlate(image: Grey, pattern: Pattern) -> Grey:
    """Return the normalised cross-correlation of a template with every place of an image.

    Parameters
    ----------
    image : ndarray of float32, shape (H, W)
        Not smaller than the template.
    pattern : Pattern

    Returns
    -------
    ndarray of float32, shape (H - h + 1, W - w + 1)
        Pearson's correlation of template and patch, slightly damped where the patch is flat; 0 everywhere when the
        template itself is flat.

    Examples
    --------
    >>> image = np.random.default_rng(1).normal(size=(20, 30)).astype(np.float32)
    >>> scores = correlate(image, Pattern.of(image[5:15, 8:20]))
    >>> [int(index) for index in np.unravel_index(scores.argmax(), scores.shape)], bool(scores.max() > 0.999)
    ([5, 8], True)
    """
    mean, deviation = mean_and_deviation(image)
    centred = image - np.float32(mean)
    damping = (_DAMPING * deviation) ** 2
    if pattern.mask is None:
        total, squares = _box_sums(centred, pattern.size)
    else:
        total = _slide(centred, pattern.mask).astype(np.float64)
        squares = _slide(centred * centred, pattern.mask).astype(np.float64)
    if pattern.energy <= 0.0 or damping <= 0.0:
        return np.zeros(total.shape, np.float32)
    spread = np.maximum(squares - total * total / pattern.count, 0.0) + pattern.count * damping
    scores = _slide(centred, pattern.weighted) / np.sqrt(pattern.energy * spread)
    return np.asarray(np.clip(scores, -1.0, 1.0), dtype=np.float32)


def fit(image: Grey, pattern: Pattern) -> float:
    """Return Pearson's correlation of a picture and a template of the same size, -1..1; 0 when one of them is flat.

    Examples
    --------
    >>> round(fit(np.float32([[1, 2, 4]]), Pattern.of(np.float32([[30, 20, 0]]))), 6)
    -1.0
    """
    if pattern.mask is None:
        energy = (mean_and_deviation(image)[1] ** 2 * image.size) * pattern.energy
    else:
        about_mean = image - np.float32((image * pattern.mask).sum(dtype=np.float64) / pattern.count)
        energy = float(np.vdot(about_mean * pattern.mask, about_mean)) * pattern.energy
    # What is taken off the image makes no difference: the weighted template sums to 0.
    return float(np.vdot(image, pattern.weighted)) / energy**0.5 if energy > 0.0 else 0.0


def mean_and_deviation(image: Grey) -> tuple[float, float]:
    """Return mean and standard deviation; ten times as fast as NumPy's.

    >>> mean_and_deviation(np.float32([[1, 3]]))
    (2.0, 1.0)
    """
    mean, deviation = cv2.meanStdDev(image)
    return float(mean[0, 0]), float(deviation[0, 0])


def peak_of(scores: Grey) -> tuple[int, int]:
    """Return row and column of a map's maximum; of equal ones the first."""
    row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    return int(row), int(column)


def peak_below_a_pixel(scores: Grey, row: int, column: int) -> tuple[float, float]:
    """Refine a maximum by a parabola through its neighbours along each axis.

    Returns
    -------
    row, column : float
        Within half a pixel of the given ones; unchanged along an axis where the maximum lies on the map's border.

    Examples
    --------
    >>> scores = np.array([[0, 0, 0], [0.5, 1.0, 0.75], [0, 0, 0]], dtype=np.float32)
    >>> row, column = peak_below_a_pixel(scores, 1, 1)
    >>> round(row, 3), round(column, 3)
    (1.0, 1.167)
    """
    return row + _vertex(scores[:, column], row), column + _vertex(scores[row], column)


def _vertex(line: Grey, index: int) -> float:
    if not 0 < index < line.size - 1:
        return 0.0
    before, here, after = line[index - 1 : index + 2].tolist()
    bend = before - 2.0 * here + after
    return float(min(0.5, max(-0.5, 0.5 * (before - after) / bend))) if bend < 0.0 else 0.0


def _slide(image: Grey, kernel: Grey) -> Grey:
    return np.asarray(cv2.matchTemplate(image, kernel, cv2.TM_CCORR), dtype=np.float32)


def _box_sums(image: Grey, size: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sum and sum of squares of every patch of ``size`` (width, height)."""
    options: dict[str, Any] = {"anchor": (0, 0), "normalize": False, "borderType": cv2.BORDER_CONSTANT}
    rows, columns = image.shape[0] - size[1] + 1, image.shape[1] - size[0] + 1
    total = cv2.boxFilter(image, cv2.CV_64F, size, **options)[:rows, :columns]
    squares = cv2.sqrBoxFilter(image, cv2.CV_64F, size, **options)[:rows, :columns]
    return np.asarray(total, np.float64), np.asarray(squares, np.float64)


def _energy(about_mean: Grey) -> float:
    return float(np.square(about_mean, dtype=np.float64).sum())
