"""What a method gets to work with, and what it has to offer: the seam between methods and the runner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.baselines.settings import DetectorSettings
from curate.drawing.pictures import as_colour
from curate.execution import Progress, SilentProgress
from curate.imaging.images import read_pixels
from curate.model.dataset import Category, Sample

TrainMaps: TypeAlias = Literal["leave-one-out", "held-out", "in-sample"]
"""How the maps of the training images were made: by a model without the image, of images kept out, or of images that
the model was trained on, which says nothing about new ones."""

AnomalyScores: TypeAlias = NDArray[np.float32]


def _silent(message: str) -> None:
    del message


@dataclass(frozen=True, slots=True)
class Trial:
    """One method on one category with one seed.

    Attributes
    ----------
    root : Path
        The dataset's folder.
    category : Category
    settings : DetectorSettings
    seed : int
    device : str
        As torch names it: ``cpu``, ``cuda``, ``cuda:1``.
    state : Path
        A folder for what lets a killed run go on; it goes away when the run is done.
    progress : Progress
    say : callable
        Takes a sentence for whoever runs it.
    """

    root: Path
    category: Category
    settings: DetectorSettings
    seed: int = 0
    device: str = "cpu"
    state: Path = Path()
    progress: Progress = field(default_factory=SilentProgress)
    say: Callable[[str], None] = _silent

    def picture(self, sample: Sample) -> NDArray[np.uint8]:
        """Read an image as uint8 (height, width, 3), R, G, B."""
        return np.ascontiguousarray(as_colour(read_pixels(self.root / sample.path))[..., ::-1])


@dataclass(frozen=True, slots=True)
class ScoredMap:
    """What a detector says about one image.

    Attributes
    ----------
    anomaly : ndarray of float32, shape (height, width)
        Of the image's own size; higher is more anomalous.
    score : float or None
        The method's own image score; None where it is the map's maximum.
    """

    anomaly: AnomalyScores
    score: float | None = None


class OneClassDetector(Protocol):
    """A method that learns from good images alone."""

    leaves_one_out: bool
    """Whether it can score a training image as a model without that image would."""

    def fit(self, training: Sequence[Sample]) -> None:
        """Learn from good images, in shooting order."""

    def score(self, sample: Sample) -> ScoredMap:
        """Score an image that it has not learned from."""

    def score_left_out(self, place: int) -> ScoredMap:
        """Score the training image of that place in :meth:`fit`, as a model without it does."""

    def facts(self) -> dict[str, Any]:
        """Return what the submission says about the model: layers, weights, sizes."""
