"""Plan the copies of a dataset: which image becomes which file, and what is done to it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from curate.augment.draws import AppliedTransform, draw_steps, generator_of, in_words, progress_of
from curate.disk.publish import refuse_unwritable
from curate.errors import InputError
from curate.model.dataset import Category, Dataset, Sample


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One copy: a row of ``augmentation.csv``.

    Attributes
    ----------
    image : str
        The copy, relative to the new dataset's root.
    source : str
        The image that it was made from, relative to the old one's.
    steps : str
        What was done, in order: ``rotate=-3.2500 noise=40.1000``; ``""`` when chance left it as it was.
    masks, lost : int
        Masks that go with it, and masks whose region was turned out of the picture altogether.
    sha256 : str
        Of the copy's bytes.
    """

    image: str
    source: str
    steps: str
    masks: int
    lost: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PlannedCopy:
    """One copy to be made.

    Attributes
    ----------
    sample : Sample
    image : str
    masks : tuple of (str, str)
        Old and new path of each mask.
    steps : tuple of AppliedTransform
    noise_key : tuple of str
        Names that its noise is seeded with, besides the seed.
    """

    sample: Sample
    image: str
    masks: tuple[tuple[str, str], ...]
    steps: tuple[AppliedTransform, ...]
    noise_key: tuple[str, ...]

    def row(self, lost: int, sha256: str) -> CopyRow:
        """Return the record's row."""
        return CopyRow(self.image, self.sample.path, in_words(self.steps), len(self.masks) - lost, lost, sha256)


def plan_copies(
    dataset: Dataset, split: str, *, names: Sequence[str], copies: int, seed: int
) -> tuple[list[PlannedCopy], list[Sample]]:
    """Plan the copies of one split, in dataset order.

    Parameters
    ----------
    dataset : Dataset
        In the AutoVI layout.
    split : str
        ``train``, ``val`` or ``test``.
    names : sequence of str
        Transforms.
    copies : int
        Of each image. A single copy keeps its image's name; of several, each is called ``<name>_0``, ``<name>_1``, ….
    seed : int

    Returns
    -------
    copies : list of Copy
    others : list of Sample
        Images of the other splits, which stay as they are.

    Raises
    ------
    InputError
        If the dataset has another layout, or no image in the split.
    """
    if dataset.layout != "autovi":
        raise InputError(
            f"has the layout {dataset.layout}, expected autovi",
            path=dataset.root,
            hint="convert it first: curate convert",
        )
    paths = (path for entry in dataset.categories for sample in entry.samples for path in (sample.path, *sample.masks))
    refuse_unwritable(paths, Path(dataset.root))
    planned: list[PlannedCopy] = []
    others: list[Sample] = []
    for category in dataset.categories:
        samples = category.of_split(split)
        others += [sample for sample in category.samples if sample.split != split]
        for index, sample in enumerate(samples):
            progress = progress_of(index, len(samples))
            planned += [_plan_one(category, sample, names, seed, progress, number, copies) for number in range(copies)]
    if not planned:
        raise InputError(f"has no image in its split {split}", path=dataset.root)
    return planned, others


def _plan_one(
    category: Category, sample: Sample, names: Sequence[str], seed: int, progress: float, number: int, copies: int
) -> PlannedCopy:
    key = (category.name, sample.key, str(number))
    name = sample.name if copies == 1 else f"{sample.name}_{number}"
    image = PurePosixPath(sample.path)
    masks = []
    for mask in sample.masks:
        old = PurePosixPath(mask)
        masks.append((mask, str(old.parent.with_name(name) / old.name)))
    return PlannedCopy(
        sample=sample,
        image=str(image.with_name(f"{name}.png")),
        masks=tuple(masks),
        steps=draw_steps(names, generator_of(seed, *key), progress),
        noise_key=(*key, "noise"),
    )
