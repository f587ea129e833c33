"""U-Net on tiles with any encoder of timm's (Leontaris et al.), the network of segmentation-models-pytorch.

Trained on the tiles that show a defect, as in the paper, and on as many that show none (``--good-tiles 0`` leaves them
out): whole frames are scored, most of which is good. They are scored tile by tile, and overlapping tiles averaged. The
dataset's own split is used where its training images show defects; else the images are divided into folds by specimen,
and each is scored by the network that has seen nothing of its specimen. A tenth of the training specimens validate:
after ``patience`` epochs without gain the training ends, and the network of the last epoch counts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curate.baselines.devices import seed_everything, to_batch
from curate.baselines.epochs import EpochFigures, train_epochs
from curate.baselines.folds import some_defects, specimen_folds, specimen_of
from curate.baselines.libraries import library, quiet
from curate.baselines.losses import SEGMENTATION_LOSSES
from curate.baselines.tiles import TileGrid
from curate.baselines.trial import ScoredMap, Trial
from curate.baselines.weights import BackboneWeights, find_weights
from curate.baselines.writing import CategoryWriter
from curate.datasets.truth import read_truth
from curate.errors import InputError
from curate.model.dataset import Sample

DEFAULT_FOLDS = 5
"""Where the dataset's training images show no defect."""
_VALIDATION_FOLDS = 10
_LIGHT = 0.2
"""Largest change of a training tile's brightness and contrast."""

LearningTile: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""A tile and its mask, 0 or 1."""


def run(trial: Trial, writer: CategoryWriter) -> dict[str, Any]:
    """Train, fold by fold, score the test images and write their maps."""
    parts = division(trial)
    weights = find_weights(trial.settings.backbone, trial.settings.weights, trial.say)
    seconds, spent, scored = 0.0, 0.0, 0
    histories: list[list[EpochFigures]] = []
    for number, (training, test) in enumerate(parts):
        left = [sample for sample in test if not writer.holds(sample.key)]
        if not left and test:
            continue
        started = time.perf_counter()
        network, figures = trained(trial, weights, training, number)
        seconds += time.perf_counter() - started
        histories.append(figures)
        started = time.perf_counter()
        for sample in left:
            writer.put(sample, score(trial, weights, network, sample))
        spent, scored = spent + time.perf_counter() - started, scored + len(left)
    writer.finish()
    return {
        **weights.facts(),
        "folds": len(parts) if len(parts) > 1 else 0,
        "training_s": round(seconds, 3),
        "images_per_s": round(scored / spent, 3) if scored else None,
        "losses": [[entry["loss"] for entry in figures] for figures in histories],
        "validation_losses": [[entry["validation_loss"] for entry in figures] for figures in histories],
    }


def division(trial: Trial) -> list[tuple[list[Sample], list[Sample]]]:
    """Return what is trained on and what is scored: once, by the dataset's split, or for each fold.

    Raises
    ------
    InputError
        If there are no defects to learn from or nothing to score.
    """
    category, folds = trial.category, trial.settings.folds
    test = list(category.of_split("test"))
    rest = [sample for sample in category.samples if sample.split != "test"]
    if not any(_has_truth(sample) for sample in category.samples) or not test:
        raise InputError(f"{category.name} has no masks to learn from, or no test images")
    if not folds:
        if any(_has_truth(sample) for sample in rest):
            return [(_fewer(trial, rest), test)]
        folds = DEFAULT_FOLDS
        trial.say(
            f"the training images of {category.name} show no defect: its images are divided into {folds} folds by "
            "specimen, and each is scored by the network that has not seen its specimen (--folds)"
        )
    chosen = specimen_folds(test, folds, trial.seed)
    return [(_fewer(trial, [*rest, *_without(test, fold)]), [test[place] for place in fold]) for fold in chosen]


def _fewer(trial: Trial, training: Sequence[Sample]) -> list[Sample]:
    """Return what is trained on with ``--defects`` percent of the defective images; all images are scored."""
    return some_defects(training, trial.settings.defects, trial.seed)


def trained(
    trial: Trial, weights: BackboneWeights, samples: Sequence[Sample], number: int
) -> tuple[Any, list[EpochFigures]]:
    """Train one network; return it with the figures of each epoch."""
    torch, settings = library("torch"), trial.settings
    seed_everything(trial.seed)
    network = network_of(weights).to(trial.device)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    loss_of = SEGMENTATION_LOSSES[settings.loss]
    specimens = len({specimen_of(sample) for sample in samples})
    held = set(specimen_folds(samples, min(_VALIDATION_FOLDS, specimens), trial.seed)[0] if specimens > 1 else ())
    learned, blank = learning_tiles(trial, _without(samples, held))
    judged, judged_blank = learning_tiles(trial, [samples[place] for place in sorted(held)])
    judged = [*judged, *judged_blank[: round(settings.good_tiles * len(judged))]] or learned
    if not learned:
        raise InputError("no training tile shows a defect", hint="name fewer --folds")

    def epoch(count: int) -> EpochFigures:
        network.train()
        generator = np.random.default_rng([trial.seed, number, count])
        count_blank = min(len(blank), round(settings.good_tiles * len(learned)))
        drawn = generator.permutation(len(blank))[:count_blank].tolist()
        tiles = [*learned, *(blank[place] for place in drawn)]
        order, total = generator.permutation(len(tiles)).tolist(), 0.0
        for start in range(0, len(order), settings.batch_size):
            chosen = [varied(tiles[place], generator) for place in order[start : start + settings.batch_size]]
            loss = loss_of(network(_inputs(trial, weights, [tile for tile, _ in chosen])), _targets(trial, chosen))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += float(loss.detach()) * len(chosen)
        return {"loss": total / len(order), "validation_loss": _validated(trial, weights, network, judged)}

    parts = {"network": network, "optimiser": optimiser}
    figures = train_epochs(
        trial, parts, epoch, name=f"fold-{number}", enough=lambda past: no_gain(past, settings.patience)
    )
    return network.eval(), figures


def no_gain(figures: Sequence[EpochFigures], patience: int) -> bool:
    """Whether the last ``patience`` epochs were no better on the validation tiles than an earlier one.

    >>> no_gain([{"validation_loss": value} for value in (0.5, 0.3, 0.4, 0.3)], patience=2)
    True
    """
    losses = [entry["validation_loss"] for entry in figures]
    return len(losses) > patience and min(losses[-patience:]) >= min(losses[:-patience])


def network_of(weights: BackboneWeights) -> Any:
    """Return a U-Net whose encoder has the weights; its decoder's are random."""
    models = library("segmentation_models_pytorch")
    with quiet():
        network = models.Unet(f"tu-{weights.backbone}", encoder_weights=None, classes=1)
    weights.load(network.encoder.model)
    return network


def learning_tiles(trial: Trial, samples: Sequence[Sample]) -> tuple[list[LearningTile], list[LearningTile]]:
    """Return the tiles of some images with their masks: those that show a defect, and those that show none.

    An image without a mask that is not called good is left out: what it shows, nobody has drawn.
    """
    found: list[LearningTile] = []
    blank: list[LearningTile] = []
    for sample in samples:
        if not _has_truth(sample) and not sample.is_good:
            continue
        picture = trial.picture(sample)
        height, width = picture.shape[:2]
        mask = np.zeros((height, width), np.uint8)
        for region in read_truth(trial.root, trial.category, sample, (width, height)):
            mask[region.patch.box][region.patch.mask] = 1
        grid = TileGrid(width, height, trial.settings.image_size, trial.settings.overlap)
        pairs = zip(grid.cut(picture), grid.cut(mask), strict=True)
        for tile, marked in pairs:
            (found if marked.any() else blank).append((tile.copy(), marked.copy()))
    return found, blank


def varied(pair: LearningTile, generator: np.random.Generator) -> LearningTile:
    """Return a tile turned, mirrored and relit at random, with its mask."""
    (tile, mask), turns = pair, int(generator.integers(4))
    tile, mask = np.rot90(tile, turns), np.rot90(mask, turns)
    if generator.random() < 0.5:  # noqa: PLR2004 - one in two
        tile, mask = tile[:, ::-1], mask[:, ::-1]
    gain, offset = generator.uniform(1 - _LIGHT, 1 + _LIGHT), generator.uniform(-_LIGHT, _LIGHT) * 255
    relit = np.clip((tile.astype(np.float32) - 128) * gain + 128 + offset, 0, 255)
    return np.ascontiguousarray(relit, np.uint8), np.ascontiguousarray(mask)


def score(trial: Trial, weights: BackboneWeights, network: Any, sample: Sample) -> ScoredMap:
    """Score one image: the probability of a defect at each pixel."""
    torch, settings = library("torch"), trial.settings
    picture = trial.picture(sample)
    grid = TileGrid(picture.shape[1], picture.shape[0], settings.image_size, settings.overlap)
    with torch.no_grad():
        found = [network(_inputs(trial, weights, [tile])).sigmoid()[0, 0].cpu().numpy() for tile in grid.cut(picture)]
    return ScoredMap(grid.stitch(found))


def _validated(trial: Trial, weights: BackboneWeights, network: Any, tiles: Sequence[LearningTile]) -> float:
    torch, loss_of, step = library("torch"), SEGMENTATION_LOSSES[trial.settings.loss], trial.settings.batch_size
    network.eval()
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(tiles), step):
            part = list(tiles[start : start + step])
            loss = loss_of(network(_inputs(trial, weights, [tile for tile, _ in part])), _targets(trial, part))
            total += float(loss) * len(part)
    return total / len(tiles)


def _inputs(trial: Trial, weights: BackboneWeights, tiles: Sequence[NDArray[np.uint8]]) -> Any:
    return weights.normalised(to_batch([np.asarray(tile, np.float32) / 255 for tile in tiles], trial.device))


def _targets(trial: Trial, tiles: Sequence[LearningTile]) -> Any:
    return to_batch([np.asarray(mask, np.float32)[..., None] for _, mask in tiles], trial.device)


def _has_truth(sample: Sample) -> bool:
    return bool(sample.masks or sample.regions)


def _without(samples: Sequence[Sample], places: Sequence[int] | set[int]) -> list[Sample]:
    left_out = set(places)
    return [sample for place, sample in enumerate(samples) if place not in left_out]
