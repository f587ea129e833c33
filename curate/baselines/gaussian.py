"""A simple reference detector: a Gaussian at each pixel of registered windows in normalised light.

Aim: an honest baseline that needs no training beyond means and deviations, so that the demo's results are computed from
images. For each pixel and colour the mean and the deviation over the good training windows are estimated; a pixel's
anomaly is its distance from the mean in deviations (a Mahalanobis distance with a diagonal covariance).

Conventions
-----------
Windows are uint8 arrays (height, width, 3), B, G, R, all of one size. Anomaly maps are float32 (height, width), 0 or
more, in the window's own geometry; higher is more anomalous.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.geometry.affine import IDENTITY, Affine

WindowPixels = NDArray[np.uint8]
AnomalyMap = NDArray[np.float32]

_SMOOTHING_PX = 1.5
"""Blur before comparing: noise and a residual shift of half a pixel must not count as a defect."""
_LEAST_DEVIATION = 0.12
"""Floor of a pixel's deviation, in units of the window's contrast: a few training windows underestimate it."""
_SHRINK = 2
"""Windows are registered at half their size."""
_LARGEST_SHIFT_PX, _LARGEST_TURN_DEG = 8.0, 6.0
"""A registration that moves a window further is wrong, and is not used."""
_ALIKE = 3.0
"""Pixels whose residual is at most this many times the median are registered by, once they are known."""
_STEPS, _PRECISION = 15, 1e-3
_MAP_STEPS = 65535


@dataclass(frozen=True, slots=True)
class Aligned:
    """A window in normalised light, laid over the reference.

    Attributes
    ----------
    colours : ndarray of float32, shape (height, width, 3)
    to_reference : Affine
        Map from the window to the reference.
    """

    colours: NDArray[np.float32]
    to_reference: Affine


@dataclass(frozen=True, slots=True)
class GaussianModel:
    """What good windows look like in normalised light: each pixel's mean and deviation, (height, width, 3) float32."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]


def reference_of(windows: Sequence[WindowPixels]) -> NDArray[np.float32]:
    """Return the picture that windows are registered to: the median of some, in grey and half their size.

    It is sharp enough although the windows are not registered yet, and no single odd window shapes it.

    Raises
    ------
    ValueError
        If there is no window, or their sizes differ.
    """
    sizes = {window.shape for window in windows}
    if len(sizes) != 1:
        raise ValueError(f"the detector needs windows of one size, found {sorted(sizes)}")
    return np.asarray(np.median([_shrink(_normalise(window)) for window in windows], axis=0), np.float32)


def reference_shape(window: WindowPixels) -> tuple[int, int]:
    """Return the shape of the reference of windows like this one."""
    return max(1, window.shape[0] // _SHRINK), max(1, window.shape[1] // _SHRINK)


def align(reference: NDArray[np.float32], window: WindowPixels) -> Aligned:
    """Normalise a window's light and lay it over the reference."""
    colours = _normalise(window)
    to_reference = _register(reference, colours)
    return Aligned(_warp(colours, to_reference), to_reference)


def fit(windows: Sequence[Aligned]) -> GaussianModel:
    """Estimate mean and deviation of each pixel over good windows.

    Raises
    ------
    ValueError
        If there are fewer than two windows.
    """
    return sums_of(windows).model()


def sums_of(windows: Sequence[Aligned]) -> PixelSums:
    """Return the sums over some windows."""
    sums = PixelSums()
    for window in windows:
        sums.add(window)
    return sums


class PixelSums:
    """Sums over good windows, from which the model follows, also that without one of them."""

    def __init__(self) -> None:
        self.count = 0
        self._total: NDArray[np.float64] = np.zeros(0)
        self._squares: NDArray[np.float64] = np.zeros(0)

    def add(self, window: Aligned) -> None:
        """Take one more window in."""
        if not self.count:
            self._total = np.zeros(window.colours.shape, np.float64)
            self._squares = np.zeros(window.colours.shape, np.float64)
        self._total += window.colours
        self._squares += window.colours.astype(np.float64) ** 2
        self.count += 1

    def model(self) -> GaussianModel:
        """Return mean and deviation of each pixel; ValueError for fewer than two windows."""
        return _model(self._total, self._squares, self.count)

    def without(self, window: Aligned) -> GaussianModel:
        """Return what :meth:`model` would be had a window not been added."""
        colours = window.colours.astype(np.float64)
        return _model(self._total - colours, self._squares - colours**2, self.count - 1)


def _model(total: NDArray[np.float64], squares: NDArray[np.float64], count: int) -> GaussianModel:
    if count < 2:  # noqa: PLR2004 - a deviation needs two
        raise ValueError(f"the detector needs at least two good training windows, found {count}")
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0.0) + _LEAST_DEVIATION**2)
    return GaussianModel(mean.astype(np.float32), deviation.astype(np.float32))


def score(model: GaussianModel, window: Aligned) -> AnomalyMap:
    """Return the anomaly map of one window, in the window's own geometry."""
    distance = np.sqrt(np.mean(((window.colours - model.mean) / model.deviation) ** 2, axis=2))
    smooth = cv2.GaussianBlur(np.asarray(distance, np.float32), (0, 0), _SMOOTHING_PX)
    return np.maximum(_warp(np.asarray(smooth, np.float32), window.to_reference.inverse()), np.float32(0.0))


def score_training(sums: PixelSums, windows: Sequence[Aligned]) -> list[AnomalyMap]:
    """Return the maps of the training windows, each by the model without that window.

    A model scores what it was fitted on too low; a threshold set on such scores would raise false alarms on new parts.

    Parameters
    ----------
    sums : PixelSums
        Over all windows.
    windows : sequence of Aligned
        At least three.
    """
    return [score(sums.without(window), window) for window in windows]


def ceiling_of(maps: Sequence[AnomalyMap], headroom: float = 12.0) -> float:
    """Return the anomaly that 16-bit maps end at: some times the greatest anomaly of a common good training window."""
    return headroom * float(np.median([anomaly.max() for anomaly in maps]))


def to_16_bit(anomaly: AnomalyMap, ceiling: float) -> NDArray[np.uint16]:
    """Scale a map to 0..65535, linearly; what is above the ceiling is cut off.

    >>> to_16_bit(np.array([[0.0, 1.0, 2.0, 3.0]], np.float32), ceiling=2.0).tolist()
    [[0, 32768, 65535, 65535]]
    """
    return np.asarray(np.floor(np.clip(anomaly / ceiling, 0.0, 1.0) * _MAP_STEPS + 0.5), np.uint16)


def _normalise(window: WindowPixels) -> NDArray[np.float32]:
    """Return smoothed colours without the light: its slope divided out, then zero median and unit contrast."""
    smooth = cv2.GaussianBlur(window, (0, 0), _SMOOTHING_PX).astype(np.float32)
    light = smooth / np.maximum(_light_of(smooth), 1.0)[..., None]
    grey = light.mean(axis=2)
    middle = float(np.median(grey))
    contrast = float(np.mean(np.abs(grey - middle)))
    return np.asarray((light - middle) / max(contrast, 1e-3), np.float32)


def _light_of(smooth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fit a plane to the grey values, by their robust column and row profiles: the light and its slope."""
    height, width = smooth.shape[:2]
    grey = smooth.mean(axis=2)
    columns, rows = np.median(grey, axis=0), np.median(grey, axis=1)
    x, y = np.arange(width) - (width - 1) / 2.0, np.arange(height) - (height - 1) / 2.0
    across = float((columns * x).sum() / (x * x).sum()) * x
    down = float((rows * y).sum() / (y * y).sum()) * y
    return np.asarray(float(np.median(grey)) + across[None, :] + down[:, None], np.float32)


def _shrink(normalised: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = normalised.shape[:2]
    grey = np.asarray(normalised.mean(axis=2), np.float32)
    size = (max(1, width // _SHRINK), max(1, height // _SHRINK))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def _register(reference: NDArray[np.float32], colours: NDArray[np.float32]) -> Affine:
    """Return the shift and turn that lay a normalised window over the reference; the identity where none is found.

    Maximises the enhanced correlation coefficient (Evangelidis and Psarakis 2008), which does not depend on the light;
    then once more without the pixels that still differ much, so that a missing item does not pull the rest along.
    """
    small = _shrink(colours)
    whole = np.full(reference.shape, 255, np.uint8)
    try:
        first = _correlate(reference, small, np.eye(2, 3, dtype=np.float32), whole)
        moved = cv2.warpAffine(small, first, reference.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        residual = cv2.GaussianBlur(np.abs(moved - reference), (0, 0), 2.0)
        alike = (residual <= _ALIKE * np.median(residual)).astype(np.uint8) * 255
        matrix = _correlate(reference, small, first, alike)
    except cv2.error:  # it does not converge on pictures that have nothing in common
        return IDENTITY
    turn = math.degrees(math.atan2(float(matrix[1, 0]), float(matrix[0, 0])))
    (a, b, c), (d, e, f) = ((float(value) for value in row) for row in matrix)
    # The matrix maps pixel centres of the small window to the small reference.
    between = Affine.translation(-0.5, -0.5).then(Affine(a, b, c, d, e, f)).then(Affine.translation(0.5, 0.5))
    to_reference = Affine.scale(1 / _SHRINK, 1 / _SHRINK).then(between).then(Affine.scale(_SHRINK, _SHRINK))
    height, width = colours.shape[:2]
    x, y = to_reference.apply(width / 2.0, height / 2.0)
    wrong = math.hypot(x - width / 2.0, y - height / 2.0) > _LARGEST_SHIFT_PX or abs(turn) > _LARGEST_TURN_DEG
    return IDENTITY if wrong else to_reference


def _correlate(
    reference: NDArray[np.float32], small: NDArray[np.float32], start: NDArray[np.float32], mask: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Refine the 2x3 matrix from window to reference pixel centres, over the reference pixels in a mask."""
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _STEPS, _PRECISION)
    matrix = cv2.findTransformECC(small, reference, start.copy(), cv2.MOTION_EUCLIDEAN, criteria, mask)[1]
    return np.asarray(matrix, np.float32)


def _warp(pixels: NDArray[np.float32], pose: Affine) -> NDArray[np.float32]:
    """Move a picture; what comes in from outside repeats the border."""
    size = (pixels.shape[1], pixels.shape[0])
    moved = cv2.warpAffine(pixels, pose.as_opencv(), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)
