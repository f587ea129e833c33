"""CFlow: conditional normalizing flows over features (Gudovskiy et al. 2022), anomalib's model and Engine."""

from __future__ import annotations

from curate.baselines.engine import BARE, EngineDetector
from curate.baselines.features import FeatureSource
from curate.baselines.libraries import library, quiet
from curate.baselines.trial import Trial


def detector(trial: Trial) -> EngineDetector:
    """Return the method for one trial."""
    source, settings = FeatureSource(trial), trial.settings
    models = library("anomalib.models")
    with quiet():
        module = models.Cflow(
            backbone=settings.backbone,
            layers=list(source.layers),
            pre_trained=False,
            lr=settings.learning_rate,
            **BARE,
        )
    source.weights.load(module.model.encoder.feature_extractor)
    return EngineDetector(
        trial, module, batch_size=settings.batch_size, normalised=source.weights.normalised, facts=source.facts()
    )
