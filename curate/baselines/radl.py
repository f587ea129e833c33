"""RADL: tell good features from noisy ones (Tang and Jung 2023), on SimpleNet's patch features (Liu et al. 2023).

Features of the layers are averaged over 3 × 3 patches, brought to one size, concatenated, and pooled to 1536 numbers
where they are more. A linear adaptor, and a discriminator (linear, batch normalisation, leaky ReLU, linear), learn to
tell them from the same features with Gaussian noise: of a fixed deviation (SimpleNet) or of one that is drawn for each
feature vector (the paper's augmentation, whose range it does not state). The anomaly is the discriminator's negative
output. The model of the last epoch counts: nobody can choose the best epoch without defective images.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from curate.baselines.epochs import EpochFigures, train_epochs
from curate.baselines.features import FeatureSource
from curate.baselines.libraries import library, quiet
from curate.baselines.losses import DISCRIMINATOR_LOSSES
from curate.baselines.trial import ScoredMap, Trial
from curate.imaging.maps import image_size
from curate.model.dataset import Sample

_HIDDEN = 1024
_PATCH = 3
_WEIGHT_DECAY = 1e-5
_ADAPTOR_RATE = 0.5
"""SimpleNet's adaptor learns at half the discriminator's rate."""
_SMOOTHING_PX = 4.0


def detector(trial: Trial) -> RadlDetector:
    """Return the method for one trial."""
    return RadlDetector(trial)


class RadlDetector:
    """RADL over one category."""

    leaves_one_out = False

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.source = FeatureSource(trial)
        extractors = library("anomalib.models.components.feature_extractors")
        with quiet():
            self.extractor = extractors.TimmFeatureExtractor(
                trial.settings.backbone, list(self.source.layers), pre_trained=False
            )
        self.source.weights.load(self.extractor.feature_extractor)
        self.extractor.to(trial.device).eval()
        channels = sum(self.extractor.out_dims)
        self.dimensions = min(trial.settings.dimensions or channels, channels)
        self.adaptor, self.discriminator = (part.to(trial.device) for part in head(self.dimensions))
        self.figures: list[EpochFigures] = []

    def fit(self, training: Sequence[Sample]) -> None:
        """Train adaptor and discriminator for all epochs; the backbone stays as it is."""
        torch, settings = library("torch"), self.trial.settings
        loss_of = DISCRIMINATOR_LOSSES[settings.loss]
        optimiser = torch.optim.Adam(
            [
                {"params": self.adaptor.parameters(), "lr": _ADAPTOR_RATE * settings.learning_rate},
                {"params": self.discriminator.parameters(), "lr": settings.learning_rate},
            ],
            weight_decay=_WEIGHT_DECAY,
        )

        def epoch(number: int) -> EpochFigures:
            order = np.random.default_rng([self.trial.seed, number]).permutation(len(training))
            total, count = 0.0, 0
            answers: dict[str, list[Any]] = {"good": [], "noisy": []}
            for start in range(0, len(order), settings.batch_size):
                chosen = [training[place] for place in order[start : start + settings.batch_size].tolist()]
                real = self.adaptor(self.patches(chosen))
                outputs = self.discriminator(torch.cat([real, noisy(real, settings.noise)]))
                loss = loss_of(outputs[: len(real)], outputs[len(real) :], settings.tau)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                total, count = total + float(loss.detach()) * len(chosen), count + len(chosen)
                answers["good"].append(outputs[: len(real)].detach())
                answers["noisy"].append(outputs[len(real) :].detach())
            return {"loss": total / count, **spread_of(answers)}

        parts = {"adaptor": self.adaptor, "discriminator": self.discriminator, "optimiser": optimiser}
        self.adaptor.train()
        self.discriminator.train()
        self.figures = train_epochs(self.trial, parts, epoch)
        self.adaptor.eval()
        self.discriminator.eval()

    def patches(self, samples: Sequence[Sample]) -> Any:
        """Return the features of all patches, (n · rows · columns, dimensions)."""
        torch = library("torch")
        with torch.no_grad():
            return patch_features(self.extractor(self.source.batch(samples)), self.source.layers, self.dimensions)

    def score(self, sample: Sample) -> ScoredMap:
        """Score one image."""
        torch = library("torch")
        with torch.no_grad():
            anomaly = -self.discriminator(self.adaptor(self.patches([sample])))
        side = round(float(len(anomaly)) ** 0.5)
        size = self.trial.settings.image_size
        coarse = np.asarray(anomaly.reshape(side, side).cpu().numpy(), np.float32)
        fine = cv2.GaussianBlur(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR), (0, 0), _SMOOTHING_PX)
        restored = self.source.view.restore(np.asarray(fine, np.float32), *image_size(self.trial.root / sample.path))
        return ScoredMap(restored)

    def score_left_out(self, place: int) -> ScoredMap:
        """Raise: no network knows what it would be without an image."""
        raise NotImplementedError(place)

    def facts(self) -> dict[str, Any]:
        """Return layers, weights, and the loss of each epoch."""
        epochs = {name: [entry[name] for entry in self.figures] for name in (self.figures[0] if self.figures else ())}
        losses = epochs.pop("loss", [])
        found = {"dimensions": self.dimensions, "epochs": len(losses), "losses": losses, "outputs": epochs}
        return {**self.source.facts(), **found}


def spread_of(answers: dict[str, list[Any]]) -> EpochFigures:
    """Return mean and deviation of the discriminator's outputs in one epoch, for good features and for noisy ones.

    How much they move from one epoch to the next says how stable the training is, without a look at defective images.
    """
    torch = library("torch")
    joined = {name: torch.cat(parts).double() for name, parts in answers.items()}
    means = {f"{name}_mean": float(values.mean()) for name, values in joined.items()}
    return {**means, **{f"{name}_std": float(values.std()) for name, values in joined.items()}}


def head(dimensions: int) -> tuple[Any, Any]:
    """Return the adaptor and the discriminator; the latter gives one number a feature vector, (n, 1)."""
    nn = library("torch").nn
    discriminator = nn.Sequential(
        nn.Linear(dimensions, _HIDDEN), nn.BatchNorm1d(_HIDDEN), nn.LeakyReLU(0.2), nn.Linear(_HIDDEN, 1, bias=False)
    )
    return nn.Linear(dimensions, dimensions), discriminator


def patch_features(features: dict[str, Any], layers: Sequence[str], dimensions: int) -> Any:
    """Return the features of all patches of the first layer's size, (n · rows · columns, dimensions).

    Each layer is averaged over 3 × 3 patches and enlarged to the first; more channels than ``dimensions`` are pooled.
    """
    functional = library("torch").nn.functional
    pooled = [functional.avg_pool2d(features[layer], _PATCH, 1, _PATCH // 2) for layer in layers]
    size = pooled[0].shape[-2:]
    joined = library("torch").cat(
        [pooled[0], *(functional.interpolate(layer, size=size, mode="bilinear") for layer in pooled[1:])], dim=1
    )
    flat = joined.permute(0, 2, 3, 1).reshape(-1, joined.shape[1])
    return flat if flat.shape[1] <= dimensions else functional.adaptive_avg_pool1d(flat[:, None], dimensions)[:, 0]


def noisy(real: Any, noise: tuple[float, float]) -> Any:
    """Return features with Gaussian noise: the paper's equation 3, or 4 where the two deviations differ."""
    torch = library("torch")
    low, high = noise
    deviation = low + (high - low) * torch.rand(len(real), 1, device=real.device)
    return real + deviation * torch.randn_like(real)
