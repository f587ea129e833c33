"""PatchCore: distance to the nearest remembered patch (Roth et al. 2022), on anomalib's model.

The coreset is chosen by the features themselves. anomalib's sampler first projects them at random, to 272 dimensions
for 60000 patches, which for the 152 features of EfficientNet-Lite0 only adds noise: measured on a part of AutoVI's
pipe_staple, AU-sPRO at 5 % was .64 and .69 with it (two seeds), and .76 and .78 without.

A training image is scored with its own patches masked in the memory: as the model would that had chosen the same other
patches without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from curate.baselines.features import FeatureDetector
from curate.baselines.libraries import library, quiet
from curate.baselines.trial import ScoredMap, Trial
from curate.errors import InputError
from curate.model.dataset import Sample

_LEAST_PATCHES = 2


def detector(trial: Trial) -> PatchcoreDetector:
    """Return the method for one trial."""
    return PatchcoreDetector(trial)


class PatchcoreDetector(FeatureDetector):
    """PatchCore over one category."""

    title = "PatchCore"
    least_training = 2

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial)
        patchcore = library("anomalib.models.image.patchcore.torch_model")
        with quiet():
            self.use(patchcore.PatchcoreModel(list(self.source.layers), trial.settings.backbone, pre_trained=False))
        self._bank: Any = None
        self._owners: Any = None

    def fit(self, training: Sequence[Sample]) -> None:
        """Remember a coreset of the patches of all images, and whose each patch is.

        Raises
        ------
        InputError
            If there are fewer than two images, or the coreset holds patches of one image alone.
        """
        embeddings = self.embedded(training)
        self.model.embedding_store.clear()
        if self.trial.settings.layer_scale == "equal":
            embeddings = embeddings * self._scaled_layers(embeddings)
        chosen = coreset(embeddings, self.trial.settings.coreset, self.trial.seed)
        patches = embeddings.shape[0] // len(training)
        self._bank, self._owners = embeddings[chosen], chosen // patches
        if len(self._owners.unique()) == 1:
            raise InputError("the coreset holds patches of one image alone", hint="name a larger --coreset")

    def score(self, sample: Sample) -> ScoredMap:
        """Score one image by all remembered patches."""
        self.model.memory_bank = self._bank
        return self._scored(sample)

    def score_left_out(self, place: int) -> ScoredMap:
        """Score one training image by the remembered patches of the others."""
        self.model.memory_bank = self._bank[self._owners != place]
        return self._scored(self.training[place])

    def facts(self) -> dict[str, Any]:
        """Return layers, weights and the number of remembered patches."""
        return {**self.source.facts(), "remembered_patches": len(self._bank)}

    def _scaled_layers(self, embeddings: Any) -> Any:
        """Let the model scale each layer's features to a total variance of 1, and return the factor of each feature."""
        torch = library("torch")
        variances = embeddings.var(dim=0).split(self.model.feature_extractor.out_dims)
        factors = torch.cat([part.sum().clamp(min=1e-12).rsqrt().expand(len(part)) for part in variances])
        plain = self.model.generate_embedding
        self.model.generate_embedding = lambda features: plain(features) * factors[None, :, None, None]
        return factors

    def _scored(self, sample: Sample) -> ScoredMap:
        torch = library("torch")
        with torch.no_grad(), quiet():
            found = self.model(self.source.batch([sample]))
        return self.restored(sample, found.anomaly_map, float(found.pred_score.reshape(-1)[0]))


def coreset(embeddings: Any, fraction: float, seed: int) -> Any:
    """Return which patches are remembered: greedily the one farthest from those already chosen (k-center-greedy).

    Parameters
    ----------
    embeddings : tensor, shape (n, features)
    fraction : float
        Of the patches, above 0; 1 keeps all.
    seed : int
        Chooses the first patch.

    Returns
    -------
    tensor of int, shape (n · fraction,)
        In the order in which they were chosen.

    Raises
    ------
    InputError
        If fewer than two would be kept.
    """
    torch = library("torch")
    count = int(len(embeddings) * fraction)
    if fraction == 1.0:
        return torch.arange(len(embeddings), device=embeddings.device)
    if count < _LEAST_PATCHES:
        raise InputError(
            f"--coreset {fraction:g} of {len(embeddings)} patches is less than two", hint="name a larger fraction"
        )
    place = int(torch.randint(len(embeddings), (1,), generator=torch.Generator().manual_seed(seed)))
    chosen, nearest = [place], None
    squares = (embeddings**2).sum(dim=1)
    while len(chosen) < count:
        # |a - b|² from one product of a matrix and a vector: the patches are read once for each that is chosen
        distance = squares + squares[place] - 2 * (embeddings @ embeddings[place])
        nearest = distance if nearest is None else torch.minimum(nearest, distance)
        nearest[place] = -1.0
        place = int(nearest.argmax())
        chosen.append(place)
    return torch.tensor(chosen, device=embeddings.device)
