"""The backbone of the methods that work on features: which layers, with which weights, over which pictures.

:class:`FeatureDetector` is what PaDiM and PatchCore share: one pass over the training images through a model of
anomalib's, and maps brought back to the pictures' size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from curate.baselines.devices import to_batch
from curate.baselines.libraries import library, quiet
from curate.baselines.trial import ScoredMap, Trial
from curate.baselines.views import NetworkView
from curate.baselines.weights import BackboneWeights, find_weights
from curate.errors import InputError
from curate.imaging.maps import image_size
from curate.model.dataset import Sample

_SMALL_PX = 192
"""Below this side of the input one finer layer is added, so that 128 pixels have as many patches as 256: 32 × 32."""
_FINER_LAYER = {
    "tf_efficientnet_lite0": "blocks.1",
    "tf_efficientnet_lite1": "blocks.1",
    "tf_efficientnet_lite2": "blocks.1",
    "wide_resnet50_2": "layer1",
}

_DEFAULT_LAYERS = {
    "tf_efficientnet_lite0": ("blocks.2", "blocks.4"),
    "tf_efficientnet_lite1": ("blocks.2", "blocks.4"),
    "tf_efficientnet_lite2": ("blocks.2", "blocks.4"),
    "wide_resnet50_2": ("layer2", "layer3"),
    "resnet18": ("layer1", "layer2", "layer3"),
}
"""For a backbone whose layers are not named; another backbone needs ``--layers``."""


def chosen_layers(backbone: str, named: Sequence[str], size_px: int) -> tuple[str, ...]:
    """Return the modules whose features are used.

    ``blocks.2+4`` is short for ``blocks.2`` and ``blocks.4``. Where none is named, inputs below 192 pixels get one
    finer layer more than larger ones.

    Raises
    ------
    InputError
        If the backbone has no such module, or none is named and there is no default.
    """
    timm = library("timm")
    with quiet():
        known = [entry["module"] for entry in _features_info(timm, backbone)]
    wanted = [layer for entry in named for layer in _expanded(entry)] or _default_layers(backbone, size_px)
    unknown = [layer for layer in wanted if layer not in known]
    if unknown or not wanted:
        found = f"--layers names {', '.join(unknown)}" if unknown else f"no layers of {backbone} were named"
        raise InputError(f"{found}; {backbone} has {', '.join(known)}", hint="name some of them with --layers")
    return tuple(sorted(set(wanted), key=known.index))


def _default_layers(backbone: str, size_px: int) -> list[str]:
    layers = list(_DEFAULT_LAYERS.get(backbone, ()))
    return [_FINER_LAYER[backbone], *layers] if size_px < _SMALL_PX and backbone in _FINER_LAYER else layers


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
        self.layers = chosen_layers(settings.backbone, settings.layers, settings.image_size)

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


class FeatureDetector:
    """A method of one pass over the features of the training images, on a model of anomalib's.

    A subclass sets :attr:`model` and names how few images it can learn from.
    """

    leaves_one_out = True
    title: ClassVar[str]
    least_training: ClassVar[int]

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.source = FeatureSource(trial)
        self.training: Sequence[Sample] = ()
        self.model: Any = None

    def use(self, model: Any) -> None:
        """Take a model of anomalib's, and put the weights into its backbone."""
        self.source.weights.load(model.feature_extractor.feature_extractor)
        self.model = model.to(self.trial.device)

    def embedded(self, training: Sequence[Sample]) -> Any:
        """Return what the model makes of all training images, and remember which they are.

        Raises
        ------
        InputError
            If there are too few images.
        """
        if len(training) < self.least_training:
            raise InputError(
                f"{self.title} needs at least {self.least_training} good training images, found {len(training)}"
            )
        torch = library("torch")
        self.training = training
        self.model.train()  # the model then returns embeddings; its backbone always evaluates
        with torch.no_grad(), quiet():
            title = f"train on {self.trial.category.name}"
            embeddings = torch.vstack([self.model(batch) for batch in self.source.batches(training, title)])
        self.model.eval()
        return embeddings

    def restored(self, sample: Sample, anomaly: Any, score: float | None = None) -> ScoredMap:
        """Return a map of the network's size at the size of its picture."""
        square = np.asarray(anomaly.reshape(anomaly.shape[-2:]).cpu().numpy(), np.float32)
        size = image_size(self.trial.root / sample.path)
        return ScoredMap(self.source.view.restore(square, *size), score)
