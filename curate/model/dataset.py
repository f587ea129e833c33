"""A published dataset, whoever made it: categories, samples, masks, what mask values mean. Paths only, no pixels."""

from __future__ import annotations

from dataclasses import dataclass

from curate.model.defect import GOOD, DefectEntry


@dataclass(frozen=True, slots=True)
class Sample:
    """One image of a dataset.

    Attributes
    ----------
    split : str
        ``train``, ``val`` or ``test``.
    label : str
        Name of its folder: ``good`` or a defect.
    name : str
        Stem of the image file.
    path : str
        The image, relative to the dataset's root, ``/``-separated.
    masks : tuple of str
        One mask a region, relative to the root, sorted.
    """

    split: str
    label: str
    name: str
    path: str
    masks: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the image counts as free of defects."""
        return self.label == GOOD

    @property
    def key(self) -> str:
        """``<split>/<label>/<name>``: what submissions call the image."""
        return f"{self.split}/{self.label}/{self.name}"


@dataclass(frozen=True, slots=True)
class Category:
    """One category of a dataset.

    Attributes
    ----------
    name : str
    prefix : str
        Its folder relative to the dataset's root; ``""`` when the root is the category itself.
    samples : tuple of Sample
        Sorted by split, label and natural name order.
    defects : tuple of DefectEntry
        Of ``defects_config.json``, in file order; empty when there is no such file.
    """

    name: str
    prefix: str
    samples: tuple[Sample, ...]
    defects: tuple[DefectEntry, ...] = ()

    def of_split(self, split: str) -> tuple[Sample, ...]:
        """Return the samples of one split."""
        return tuple(sample for sample in self.samples if sample.split == split)

    def entry(self, pixel_value: int) -> DefectEntry | None:
        """Return what a mask's pixel value stands for, or None."""
        return next((entry for entry in self.defects if entry.pixel_value == pixel_value), None)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset folder as found.

    Attributes
    ----------
    root : str
        The folder, as the user named it.
    name : str
    layout : str
        ``autovi``, ``mvtec-ad``, …
    categories : tuple of Category
        Sorted by name.
    """

    root: str
    name: str
    layout: str
    categories: tuple[Category, ...]

    def category(self, name: str) -> Category:
        """Return the category of that name; KeyError when there is none."""
        for category in self.categories:
            if category.name == name:
                return category
        raise KeyError(name)
