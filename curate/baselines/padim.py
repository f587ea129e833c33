"""PaDiM: a Gaussian of features at each place of the picture (Defard et al. 2021), on anomalib's model.

A training image is scored as a model without it would, in closed form. With ``n`` images, ``d`` an image's difference
from the mean at a place, ``C`` the covariance there and ``e`` the term that anomalib adds to its diagonal, leaving the
image out gives the mean ``m - d / (n - 1)`` and the covariance ``r C - r n / (n - 1)² d dᵀ`` with ``r = (n - 1) /
(n - 2)``. So with ``q = dᵀ (r C + e I)⁻¹ d`` the squared distance of the image from the model without it is
``(n / (n - 1))² q / (1 - r n / (n - 1)² q)`` (Sherman and Morrison 1950).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from curate.baselines.features import FeatureDetector
from curate.baselines.libraries import library, quiet
from curate.baselines.trial import ScoredMap, Trial
from curate.errors import InputError
from curate.model.dataset import Sample

RIDGE = 0.01 + 1e-5
"""What anomalib adds to each covariance's diagonal, in two steps."""

_PLACES_AT_ONCE = 64


def detector(trial: Trial) -> PadimDetector:
    """Return the method for one trial."""
    return PadimDetector(trial)


class PadimDetector(FeatureDetector):
    """PaDiM over one category."""

    title = "PaDiM"
    least_training = 3

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial)
        padim = library("anomalib.models.image.padim.torch_model")
        backbone, layers = trial.settings.backbone, list(self.source.layers)
        with quiet():
            known = sum(padim.TimmFeatureExtractor(backbone, layers, pre_trained=False).out_dims)
            self.dimensions = trial.settings.dimensions or known
            if self.dimensions > known:
                wanted = f"--dimensions is {self.dimensions}, but the layers have {known} features"
                raise InputError(wanted, hint="name a smaller number, or more --layers")
            self.use(padim.PadimModel(backbone, layers, pre_trained=False, n_features=self.dimensions))
        self._left_out: Any = None

    def fit(self, training: Sequence[Sample]) -> None:
        """Estimate mean and covariance at each place.

        Raises
        ------
        InputError
            If there are fewer than three images.
        """
        torch = library("torch")
        embeddings = self.embedded(training)
        self.model.memory_bank = []
        with torch.no_grad(), quiet():
            self.model.gaussian.fit(embeddings)
            self._left_out = left_out_distances(embeddings)

    def score(self, sample: Sample) -> ScoredMap:
        """Score one image."""
        torch = library("torch")
        with torch.no_grad():
            return self.restored(sample, self.model(self.source.batch([sample])).anomaly_map)

    def score_left_out(self, place: int) -> ScoredMap:
        """Score one training image by the model without it."""
        torch = library("torch")
        generator = self.model.anomaly_map_generator
        size = self.trial.settings.image_size
        with torch.no_grad():
            distances = self._left_out[place][None, None].to(self.trial.device)
            smooth = generator.smooth_anomaly_map(generator.up_sample(distances, (size, size)))
        return self.restored(self.training[place], smooth)

    def facts(self) -> dict[str, Any]:
        """Return layers, weights and the number of features."""
        return {**self.source.facts(), "dimensions": self.dimensions}


def left_out_distances(embeddings: Any) -> Any:
    """Return each training image's distances from the model without it.

    Parameters
    ----------
    embeddings : tensor, shape (n, channels, height, width)
        At least three images.

    Returns
    -------
    tensor of float32, shape (n, height, width)
        On the CPU.
    """
    torch = library("torch")
    count, channels, height, width = embeddings.shape
    ratio = (count - 1) / (count - 2)
    shrink = ratio * count / (count - 1) ** 2
    flat = embeddings.reshape(count, channels, height * width)
    identity = torch.eye(channels, dtype=torch.float64, device=embeddings.device)
    found = []
    for start in range(0, height * width, _PLACES_AT_ONCE):
        part = flat[:, :, start : start + _PLACES_AT_ONCE].double().permute(2, 0, 1)  # places, n, channels
        apart = part - part.mean(dim=1, keepdim=True)
        covariance = apart.transpose(1, 2) @ apart / (count - 1)
        precision = torch.linalg.inv(ratio * covariance + RIDGE * identity)
        squared = ((apart @ precision) * apart).sum(dim=2)
        found.append((count / (count - 1)) ** 2 * squared / (1 - shrink * squared).clamp(min=1e-12))
    distances = torch.cat(found).clamp(min=0).sqrt().T.reshape(count, height, width)
    return distances.float().cpu()
