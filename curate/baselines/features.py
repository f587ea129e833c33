"""The backbone of the methods that work on features: which layers, with which weights, over which pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from curate.baselines.devices import to_batch
from curate.baselines.libraries import library, quiet
from curate.baselines.trial import Trial
from curate.baselines.views import NetworkView
from curate.baselines.weights import BackboneWeights, find_weights
from curate.errors import InputError
from curate.model.dataset import Sample

_DEFAULT_LAYERS = {
    "tf_efficientnet_lite0": ("blocks.2", "blocks.4"),
    "tf_efficientnet_lite1": ("blocks.2", "blocks.4"),
    "tf_efficientnet_lite2": ("blocks.2", "blocks.4"),
    "wide_resnet50_2": ("layer2", "layer3"),
    "resnet18": ("layer1", "layer2", "layer3"),
}
"""For a backbone whose layers are not named; another backbone needs ``--layers``."""


def chosen_layers(backbone: str, named: Sequence[str]) -> tuple[str, ...]:
    """Return the modules whose features are used.

    ``blocks.2+4`` is short for ``blocks.2`` and ``blocks.4``.

    Raises
    ------
    InputError
        If the backbone has no such module, or none is named and there is no default.
    """
    timm = library("timm")
    with quiet():
        known = [entry["module"] for entry in _features_info(timm, backbone)]
    wanted = [layer for entry in named for layer in _expanded(entry)] or list(_DEFAULT_LAYERS.get(backbone, ()))
    unknown = [layer for layer in wanted if layer not in known]
    if unknown or not wanted:
        found = f"--layers names {', '.join(unknown)}" if unknown else f"no layers of {backbone} were named"
        raise InputError(f"{found}; {backbone} has {', '.join(known)}", hint="name some of them with --layers")
    return tuple(sorted(set(wanted), key=known.index))


def _features_info(timm: Any, backbone: str) -> list[dict[str, Any]]:
    try:
        network = timm.create_model(backbone, pretrained=False, features_only=True)
    except (RuntimeError, AttributeError) as error:
        raise InputError(f"{backbone} has no layers to take features from", hint="choose another --backbone") from error
    return list(network.feature_info.get_dicts(keys=["module"]))


def _expanded(entry: str) -> list[str]:
    """Split ``blocks.2+4`` into ``blocks.2`` and ``blocks.4``.

    >>> _expanded("blocks.2+4"), _expanded("layer2")
    (['blocks.2', 'blocks.4'], ['layer2'])
    """
    first, *others = entry.split("+")
    start = first.rpartition(".")[0]
    return [first, *(f"{start}.{other}" if start and "." not in other else other for other in others)]


class FeatureSource:
    """Prepares the pictures of a trial for its backbone, batch by batch."""

    def __init__(self, trial: Trial) -> None:
        settings = trial.settings
        self.trial = trial
        self.view = NetworkView(settings.image_size, settings.fit)
        self.weights: BackboneWeights = find_weights(settings.backbone, settings.weights, trial.say)
        self.layers = chosen_layers(settings.backbone, settings.layers)

    def batch(self, samples: Sequence[Sample]) -> Any:
        """Return some images as one normalised batch (n, 3, size, size) on the trial's device."""
        prepared = [self.view.prepare(self.trial.picture(sample)) for sample in samples]
        return self.weights.normalised(to_batch(prepared, self.trial.device))

    def batches(self, samples: Sequence[Sample], title: str) -> Iterator[Any]:
        """Yield all images in batches, and show how far they are."""
        step, progress = self.trial.settings.batch_size, self.trial.progress
        progress.start(title, len(samples))
        try:
            for start in range(0, len(samples), step):
                part = samples[start : start + step]
                yield self.batch(part)
                for _ in part:
                    progress.advance()
        finally:
            progress.finish()

    def facts(self) -> dict[str, Any]:
        """Return what a submission says about it."""
        return {**self.weights.facts(), "layers": list(self.layers)}
