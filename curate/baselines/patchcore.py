"""PatchCore: distance to the nearest remembered patch (Roth et al. 2022), on anomalib's model.

A training image is scored with its own patches masked in the memory: as the model would that had chosen the same other
patches without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from curate.baselines.features import FeatureSource
from curate.baselines.libraries import library, quiet
from curate.baselines.trial import ScoredMap, Trial
from curate.errors import InputError
from curate.imaging.maps import image_size
from curate.model.dataset import Sample

LEAST_TRAINING = 2


def detector(trial: Trial) -> PatchcoreDetector:
    """Return the method for one trial."""
    return PatchcoreDetector(trial)


class PatchcoreDetector:
    """PatchCore over one category."""

    leaves_one_out = True

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.source = FeatureSource(trial)
        patchcore = library("anomalib.models.image.patchcore.torch_model")
        with quiet():
            self.model = patchcore.PatchcoreModel(list(self.source.layers), trial.settings.backbone, pre_trained=False)
        self.source.weights.load(self.model.feature_extractor.feature_extractor)
        self.model.to(trial.device)
        self.training: Sequence[Sample] = ()
        self._bank: Any = None
        self._owners: Any = None

    def fit(self, training: Sequence[Sample]) -> None:
        """Remember a coreset of the patches of all images, and whose each patch is.

        Raises
        ------
        InputError
            If there are fewer than two images, or the coreset holds patches of one image alone.
        """
        if len(training) < LEAST_TRAINING:
            raise InputError(f"PatchCore needs at least {LEAST_TRAINING} good training images, found {len(training)}")
        torch = library("torch")
        self.training = training
        self.model.train()
        title = f"train on {self.trial.category.name}"
        with torch.no_grad(), quiet():
            embeddings = torch.vstack([self.model(batch) for batch in self.source.batches(training, title)])
            self.model.embedding_store.clear()
            chosen = _coreset(embeddings, self.trial.settings.coreset)
        patches = embeddings.shape[0] // len(training)
        self._bank, self._owners = embeddings[chosen], chosen // patches
        if len(self._owners.unique()) == 1:
            raise InputError("the coreset holds patches of one image alone", hint="name a larger --coreset")
        self.model.memory_bank = self._bank
        self.model.eval()

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

    def _scored(self, sample: Sample) -> ScoredMap:
        torch = library("torch")
        with torch.no_grad(), quiet():
            found = self.model(self.source.batch([sample]))
        square = np.asarray(found.anomaly_map.reshape(found.anomaly_map.shape[-2:]).cpu().numpy(), np.float32)
        restored = self.source.view.restore(square, *image_size(self.trial.root / sample.path))
        return ScoredMap(restored, float(found.pred_score.reshape(-1)[0]))


def _coreset(embeddings: Any, fraction: float) -> Any:
    """Return which patches are remembered: greedily those farthest from the ones already chosen."""
    torch = library("torch")
    if fraction == 1.0:
        return torch.arange(len(embeddings), device=embeddings.device)
    if int(len(embeddings) * fraction) < LEAST_TRAINING:
        raise InputError(
            f"--coreset {fraction:g} of {len(embeddings)} patches is less than two", hint="name a larger fraction"
        )
    sampler = library("anomalib.models.components").KCenterGreedy(embeddings, fraction)
    return torch.tensor(sampler.select_coreset_idxs(), device=embeddings.device)
