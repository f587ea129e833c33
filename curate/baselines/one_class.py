"""Run a method that learns from good images: train, score the test images, score training images honestly."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from curate.baselines.trial import OneClassDetector, ScoredMap, TrainMaps, Trial
from curate.baselines.writing import CategoryWriter
from curate.errors import InputError
from curate.model.dataset import Sample

LEAST_HELD_OUT = 20
"""A threshold of fewer images is none."""
_HELD_OUT = 10
"""One in so many training images is kept out of the training of a network."""


def run_one_class(trial: Trial, writer: CategoryWriter, detector: OneClassDetector) -> dict[str, Any]:
    """Train, score and write; return what the submission says about it.

    Raises
    ------
    InputError
        If there is no good training image or no test image.
    """
    good = [sample for sample in trial.category.of_split("train") if sample.is_good]
    test = trial.category.of_split("test")
    if not good or not test:
        raise InputError(
            f"{trial.category.name} has {len(good)} good training images and {len(test)} test images, expected both",
            hint="divide it with `curate split`, or choose a method that learns from labels",
        )
    good = few(good, trial.settings.shots, trial.seed)
    training, held = (good, []) if detector.leaves_one_out or trial.settings.shots else hold_out(good)
    started = time.perf_counter()
    detector.fit(training)
    seconds = time.perf_counter() - started
    rate = _score(trial, writer, test, detector.score, f"score {trial.category.name}")
    if trial.settings.shots:
        pass  # a threshold of a few images is none
    elif detector.leaves_one_out:
        places = {sample.key: place for place, sample in enumerate(training)}
        title = f"score the training images of {trial.category.name}"
        _score(trial, writer, training, lambda sample: detector.score_left_out(places[sample.key]), title)
    elif held:
        _score(trial, writer, held, detector.score, f"score held-out training images of {trial.category.name}")
    else:
        trial.say(
            f"{trial.category.name} has {len(good)} good training images, too few to keep {LEAST_HELD_OUT} out: no "
            "training image is scored, so no threshold is deployed"
        )
    writer.finish()
    return {
        **detector.facts(),
        "training_images": len(training),
        "training_s": round(seconds, 3),
        "images_per_s": rate,
        **({} if trial.settings.shots else _training_maps(detector, held)),
    }


def few(good: Sequence[Sample], shots: int, seed: int) -> list[Sample]:
    """Return so many images, drawn at random, in their order; all of them for 0.

    What a smaller number takes, a larger one takes, too.

    Raises
    ------
    InputError
        If there are fewer.
    """
    if not shots:
        return list(good)
    if shots > len(good):
        raise InputError(f"--shots is {shots}, but there are {len(good)} good training images")
    order = np.random.default_rng(seed).permutation(len(good)).tolist()
    return [good[place] for place in sorted(order[:shots])]


def hold_out(good: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Divide good training images into those that a network learns from and those kept out: the last tenth.

    At least :data:`LEAST_HELD_OUT` are kept out, and never more than half: else none are. The last ones are the nearest
    in time to what comes next, and the farthest from what the network has seen.
    """
    count = max(LEAST_HELD_OUT, -(-len(good) // _HELD_OUT))
    if 2 * count > len(good):
        return list(good), []
    return list(good[:-count]), list(good[-count:])


def _training_maps(detector: OneClassDetector, held: Sequence[Sample]) -> dict[str, Any]:
    if detector.leaves_one_out:
        how: TrainMaps = "leave-one-out"
        return {"train_maps": how}
    return {"train_maps": "held-out", "held_out": [sample.key for sample in held]} if held else {}


def _score(
    trial: Trial, writer: CategoryWriter, samples: Sequence[Sample], score: Callable[[Sample], ScoredMap], title: str
) -> float | None:
    """Score and write what is not written yet; return images a second, None where all were."""
    spent, count = 0.0, 0
    trial.progress.start(title, len(samples))
    try:
        for sample in samples:
            if not writer.holds(sample.key):
                started = time.perf_counter()
                scored = score(sample)
                spent += time.perf_counter() - started
                count += 1
                writer.put(sample, scored)
            trial.progress.advance()
    finally:
        trial.progress.finish()
    return round(count / spent, 3) if count else None
