"""A published dataset, whoever made it: categories, samples, masks, what mask values mean. Paths only, no pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from curate.model.account import EMPTY, Account
from curate.model.defect import GOOD, DefectEntry
from curate.model.finding import Finding
from curate.model.words import Shown

if TYPE_CHECKING:
    import pandas as pd

    from curate.model.region import Region

MaskRule: TypeAlias = Literal["value", "values", "nonzero", "half", "marked", "legend"]
"""How a mask file becomes regions.

``value``: one region with one non-zero value, which names its entry (AutoVI, MVTec LOCO).
``values``: one region a distinct non-zero value (VisA).
``nonzero``: every non-zero pixel is one region of the defect that the image's label names (MVTec AD).
``half``: as ``nonzero``, but only pixels of at least half the range count: the edges are soft (magnetic tile).
``marked``: as ``nonzero``, whatever program drew it: alpha, palette, colours (plain folders).
``legend``: one region for each name that values or colours stand for (``--values``, ``labelmap.txt``).
"""


@dataclass(frozen=True, slots=True, repr=False)
class Sample(Shown):
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
        Mask files, relative to the root, sorted; the category's mask rule says which regions they hold.
    regions : tuple of Region
        Regions that stand in a table instead of a mask, in the image's pixels.
    specimen : str
        The physical item; a split must not tear it apart. ``""`` unknown.
    shot_at : str
        ISO 8601, ``""`` unknown.
    """

    split: str
    label: str
    name: str
    path: str
    masks: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    specimen: str = ""
    shot_at: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the image counts as free of defects."""
        return self.label == GOOD

    @property
    def key(self) -> str:
        """``<split>/<label>/<name>``: what submissions call the image."""
        return f"{self.split}/{self.label}/{self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Category(Shown):
    """One category of a dataset.

    Attributes
    ----------
    name : str
    prefix : str
        Its folder relative to the dataset's root; ``""`` when the root is the category itself.
    samples : tuple of Sample
        Sorted by split, label and natural name order.
    defects : tuple of DefectEntry
        Of ``defects_config.json``, in file order. Layouts without such a file get one entry a defect, saturation 1.0;
        empty when a layout that must have the file does not.
    mask_rule : str
        How its mask files become regions.
    legend : tuple of (tuple of int, str)
        What values and colours (blue, green, red) stand for, by the rule ``legend``.
    """

    name: str
    prefix: str
    samples: tuple[Sample, ...]
    defects: tuple[DefectEntry, ...] = ()
    mask_rule: MaskRule = "value"
    legend: tuple[tuple[tuple[int, int, int], str], ...] = ()

    def of_split(self, split: str) -> tuple[Sample, ...]:
        """Return the samples of one split."""
        return tuple(sample for sample in self.samples if sample.split == split)

    def entry(self, pixel_value: int) -> DefectEntry | None:
        """Return what a mask's pixel value stands for, or None."""
        return next((entry for entry in self.defects if entry.pixel_value == pixel_value), None)

    def entry_named(self, defect_name: str) -> DefectEntry | None:
        """Return the first entry of that defect, or None."""
        return next((entry for entry in self.defects if entry.defect_name == defect_name), None)


@dataclass(frozen=True, slots=True, repr=False)
class Dataset(Shown):
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
    findings : tuple of Finding
        What reading it had to leave out or decide.
    files, entries : Account
        Of the files below the root, and of the entries of its documents: used and left out, together all there is.
        Empty when only some categories were asked for.
    """

    root: str
    name: str
    layout: str
    categories: tuple[Category, ...]
    findings: tuple[Finding, ...] = ()
    files: Account = EMPTY
    entries: Account = EMPTY

    @property
    def account(self) -> dict[str, Account]:
        """What was used of the files, and of the entries of documents, and what was left out."""
        return {"files": self.files, "entries": self.entries}

    def to_frame(self, what: Literal["images", "regions"] = "images") -> pd.DataFrame:
        """Return a row per image, or as :meth:`regions` does; see :func:`curate.datasets.tabular.image_frame`."""
        from curate.datasets.tabular import image_frame

        return self.regions() if what == "regions" else image_frame(self)

    def regions(self) -> pd.DataFrame:
        """Measure every region and return a row per region; see :func:`curate.datasets.tabular.region_frame`."""
        from curate.datasets.tabular import region_frame

        return region_frame(self)

    def category(self, name: str) -> Category:
        """Return the category of that name; KeyError when there is none."""
        for category in self.categories:
            if category.name == name:
                return category
        raise KeyError(name)
