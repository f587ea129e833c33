"""The pixel-Gaussian of ``curate demo`` as a method: no network, nothing but NumPy and OpenCV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.baselines import gaussian
from curate.baselines.trial import ScoredMap, Trial
from curate.errors import InputError
from curate.model.dataset import Sample

LEAST_TRAINING = 3
_REFERENCE_WINDOWS = 25


def detector(trial: Trial) -> PixelGaussianDetector:
    """Return the method for one trial."""
    return PixelGaussianDetector(trial)


class PixelGaussianDetector:
    """The pixel-Gaussian over one category."""

    leaves_one_out = True

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.training: Sequence[Sample] = ()
        self._reference: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._sums = gaussian.PixelSums()

    def fit(self, training: Sequence[Sample]) -> None:
        """Register the windows and sum their pixels.

        Raises
        ------
        InputError
            If there are fewer than three images, or their sizes differ.
        """
        if len(training) < LEAST_TRAINING:
            raise InputError(f"the method needs at least {LEAST_TRAINING} good training images, found {len(training)}")
        self.training = training
        step = max(1, -(-len(training) // _REFERENCE_WINDOWS))
        try:
            self._reference = gaussian.reference_of([self._window(sample) for sample in training[::step]])
        except ValueError as error:
            raise InputError(str(error), hint="cut windows of one size with `curate crop`") from error
        self._sums = gaussian.PixelSums()
        self.trial.progress.start(f"train on {self.trial.category.name}", len(training))
        try:
            for sample in training:
                self._sums.add(self._aligned(sample))
                self.trial.progress.advance()
        finally:
            self.trial.progress.finish()

    def score(self, sample: Sample) -> ScoredMap:
        """Score one image."""
        return ScoredMap(gaussian.score(self._sums.model(), self._aligned(sample)))

    def score_left_out(self, place: int) -> ScoredMap:
        """Score one training image by the sums without it."""
        window = self._aligned(self.training[place])
        return ScoredMap(gaussian.score(self._sums.without(window), window))

    def facts(self) -> dict[str, Any]:
        """Return nothing: there are no weights and no layers."""
        return {}

    def _window(self, sample: Sample) -> gaussian.WindowPixels:
        return np.ascontiguousarray(self.trial.picture(sample)[..., ::-1])

    def _aligned(self, sample: Sample) -> gaussian.Aligned:
        window = self._window(sample)
        if self._reference.shape != gaussian.reference_shape(window):
            raise InputError(
                f"is {window.shape[1]}×{window.shape[0]} pixels, the first training images are of another size",
                path=self.trial.root / sample.path,
                hint="cut windows of one size with `curate crop`",
            )
        return gaussian.align(self._reference, window)
