"""Classify defects with the help of anomaly maps (Rožanec et al. 2022).

In each of ten stratified folds a detector learns from the good training images; picture and anomaly map go through the
same backbone, and the features of its average-pool layer to :mod:`curate.baselines.head`. Good training images are
mapped by the detector without them where it can (PaDiM, PatchCore): else their maps would say "good" more clearly than
those of new images ever do.

Each fold is a run of its own, ``fold-0``, ``fold-1``, …, with the images that it has not learned from: paired runs, for
``curate compare --paired``. Score them with ``curate evaluate --allow-missing``.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.baselines.devices import seed_everything, to_batch
from curate.baselines.folds import label_folds, some_defects
from curate.baselines.head import Block, fit_head, probabilities, select
from curate.baselines.libraries import library, quiet
from curate.baselines.methods import method_named, settings_for
from curate.baselines.trial import AnomalyScores, OneClassDetector, Trial
from curate.baselines.views import NetworkView
from curate.baselines.weights import BackboneWeights, find_weights
from curate.baselines.writing import CategoryWriter
from curate.errors import InputError
from curate.model.dataset import Sample
from curate.model.defect import GOOD

_CEILING = 99.9
"""Percentile of the training maps that counts as white."""
_TINY = 1e-30


def run(trial: Trial, writer_of: Callable[[str], CategoryWriter]) -> dict[str, Any]:
    """Train and classify fold by fold; write each fold's predictions and maps as a run of its own."""
    settings, category = trial.settings, trial.category
    rest = [sample for sample in category.samples if sample.split != "test"]
    pool = some_defects(category.of_split("test"), settings.defects, trial.seed)
    if not settings.folds:
        raise InputError("--folds is 0, but a classifier needs at least 2 folds")
    folds = label_folds(pool, settings.folds, trial.seed)
    classes = (GOOD, *sorted({sample.label for sample in (*rest, *pool)} - {GOOD}))
    features = PooledFeatures(trial)
    started = time.perf_counter()
    trial.progress.start(f"folds of {category.name}", len(folds))
    try:
        for number, fold in enumerate(folds):
            test = [pool[place] for place in fold]
            out = {sample.key for sample in test}
            training = [sample for sample in (*rest, *pool) if sample.key not in out]
            name = f"fold-{number}"
            _run_fold(replace(trial, state=trial.state / name), features, training, test, classes, writer_of(name))
            trial.progress.advance()
    finally:
        trial.progress.finish()
    return {
        **features.weights.facts(),
        "folds": len(folds),
        "images": len(pool),
        "training_s": round(time.perf_counter() - started, 3),
    }


def _run_fold(
    trial: Trial,
    features: PooledFeatures,
    training: Sequence[Sample],
    test: Sequence[Sample],
    classes: tuple[str, ...],
    writer: CategoryWriter,
) -> None:
    settings = trial.settings
    labels = [sample.label for sample in training]
    learned: list[Block] = []
    judged: list[Block] = []
    if settings.features != "map":
        learned.append(features.of_pictures(training))
        judged.append(features.of_pictures(test))
    if settings.features != "image":
        detector = _fitted(trial, training)
        maps = _training_maps(detector, training)
        ceiling = float(np.percentile(np.concatenate([anomaly.ravel() for anomaly in maps]), _CEILING))
        scored = [detector.score(sample) for sample in test]
        learned.append(features.of_maps(maps, ceiling))
        judged.append(features.of_maps([entry.anomaly for entry in scored], ceiling))
        for sample, entry in zip(test, scored, strict=True):
            writer.put(sample, entry)
    kept = select(learned, labels, settings.select, trial.seed)
    head = fit_head(_joined(learned, kept), labels, trial.seed)
    found = probabilities(head, _joined(judged, kept), classes)
    rows = {sample.key: tuple(row) for sample, row in zip(test, found.tolist(), strict=True)}
    writer.predictions(classes, rows)


def _joined(blocks: Sequence[Block], kept: Sequence[NDArray[np.intp]]) -> Block:
    return np.concatenate([block[:, columns] for block, columns in zip(blocks, kept, strict=True)], axis=1)


def _fitted(trial: Trial, training: Sequence[Sample]) -> OneClassDetector:
    """Return the anomaly detector, trained on the good training images."""
    method = method_named(trial.settings.map_method)
    if method.kind != "one-class":
        raise InputError(f"--map-method is {method.name}, expected a method that learns from good images alone")
    given = {name: getattr(trial.settings, name) for name in ("image_size", "fit", "backbone", "weights")}
    settings = settings_for(method.name, {name: value for name, value in given.items() if name in method.defaults})
    seed_everything(trial.seed)
    module = importlib.import_module(f"curate.baselines.{method.module}")
    detector: OneClassDetector = module.detector(replace(trial, settings=settings))
    detector.fit([sample for sample in training if sample.is_good])
    return detector


def _training_maps(detector: OneClassDetector, training: Sequence[Sample]) -> list[AnomalyScores]:
    place, maps = 0, []
    for sample in training:
        if sample.is_good and detector.leaves_one_out:
            maps.append(detector.score_left_out(place).anomaly)
        else:
            maps.append(detector.score(sample).anomaly)
        place += sample.is_good
    return maps


class PooledFeatures:
    """The features of a backbone's average-pool layer, for pictures and for maps."""

    def __init__(self, trial: Trial) -> None:
        timm = library("timm")
        self.trial = trial
        self.view = NetworkView(trial.settings.image_size, trial.settings.fit)
        self.weights: BackboneWeights = find_weights(trial.settings.backbone, trial.settings.weights, trial.say)
        with quiet():
            self.network = timm.create_model(trial.settings.backbone, pretrained=False, num_classes=0)
        self.weights.load(self.network)
        self.network.to(trial.device).eval()
        self._known: dict[str, NDArray[np.float64]] = {}

    def of_pictures(self, samples: Sequence[Sample]) -> Block:
        """Return the features of some pictures, (n, d); each picture is looked at once."""
        for sample in samples:
            if sample.key not in self._known:
                self._known[sample.key] = self._of(self.trial.picture(sample))
        return np.stack([self._known[sample.key] for sample in samples])

    def of_maps(self, maps: Sequence[AnomalyScores], ceiling: float) -> Block:
        """Return the features of some maps, shown as grey pictures from 0 to a ceiling, (n, d)."""
        return np.stack([self._of(shown_map(anomaly, ceiling)) for anomaly in maps])

    def _of(self, picture: NDArray[np.uint8]) -> NDArray[np.float64]:
        torch = library("torch")
        with torch.no_grad():
            batch = self.weights.normalised(to_batch([self.view.prepare(picture)], self.trial.device))
            return np.asarray(self.network(batch)[0].double().cpu().numpy(), np.float64)


def shown_map(anomaly: AnomalyScores, ceiling: float) -> NDArray[np.uint8]:
    """Return a map as a grey picture, (height, width, 3).

    >>> shown_map(np.array([[-1.0, 0.5, 2.0]], np.float32), ceiling=1.0)[0, :, 0].tolist()
    [0, 128, 255]
    """
    grey = np.clip(anomaly / max(ceiling, _TINY), 0.0, 1.0)
    return np.repeat(np.asarray(np.floor(grey * 255 + 0.5), np.uint8)[..., None], 3, axis=2)
