"""Run the reference detector over a dataset and write its submission, as anyone who takes part would."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from curate.baselines import gaussian as detector
from curate.datasets.dataset import read_dataset
from curate.disk.atomic import write_json
from curate.drawing.pictures import as_colour
from curate.errors import InputError
from curate.execution import Execution
from curate.imaging.images import read_pixels, write_png
from curate.model.dataset import Category, Sample

METHOD = "pixel-gaussian"

_LEAST_TRAINING = 3
_REFERENCE_WINDOWS = 25


def write_submission(dataset_root: Path, destination: Path, execution: Execution) -> int:
    """Train on each category's ``train/good``, score its training and test images, write 16-bit maps.

    Parameters
    ----------
    dataset_root : Path
        A dataset in the AutoVI layout.
    destination : Path
        ``<category>/test/<label>/<image>.png``, ``<category>/train/good/<image>.png`` and ``submission.json``.
    execution : Execution

    Returns
    -------
    int
        Number of maps.

    Raises
    ------
    InputError
        If a category has fewer than three good training images.
    """
    dataset = read_dataset(dataset_root)
    count = sum(_write_category(dataset_root, category, destination, execution) for category in dataset.categories)
    document = {
        "method": METHOD,
        "run": "1",
        "description": "Mean and deviation of each pixel over registered, light-normalised training windows.",
        "train_maps": "leave-one-out",
    }
    write_json(destination / "submission.json", document)
    return count


def _write_category(root: Path, category: Category, destination: Path, execution: Execution) -> int:
    training = [sample for sample in category.of_split("train") if sample.is_good]
    if len(training) < _LEAST_TRAINING:
        raise InputError(
            f"has {len(training)} good training images, the detector needs at least {_LEAST_TRAINING}",
            path=root / category.prefix,
            hint="draw more frames",
        )
    reference = detector.reference_of([_read(root, sample) for sample in _spread(training)])

    def align(sample: Sample) -> detector.Aligned:
        return detector.align(reference, _read(root, sample))

    aligned = list(execution.map(align, training, f"train on {category.name}"))
    sums = detector.sums_of(aligned)
    maps = detector.score_training(sums, aligned)
    ceiling, model = detector.ceiling_of(maps), sums.model()
    folder = destination / category.name
    for sample, anomaly in zip(training, maps, strict=True):
        write_png(folder / f"{sample.key}.png", detector.to_16_bit(anomaly, ceiling))

    def score(sample: Sample) -> None:
        anomaly = detector.score(model, align(sample))
        write_png(folder / f"{sample.key}.png", detector.to_16_bit(anomaly, ceiling))

    test = category.of_split("test")
    for _ in execution.map(score, test, f"score {category.name}"):
        pass
    return len(training) + len(test)


def _spread(samples: Sequence[Sample]) -> list[Sample]:
    """Choose a bounded number of samples over the whole sequence, so that memory does not grow with it."""
    step = max(1, -(-len(samples) // _REFERENCE_WINDOWS))
    return list(samples[::step])


def _read(root: Path, sample: Sample) -> detector.WindowPixels:
    return as_colour(read_pixels(root / sample.path))
