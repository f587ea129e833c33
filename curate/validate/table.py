"""One category as the checks see it: paths, facts, configuration, card. Built once, read by every check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from curate.datasets.layout import CategoryTree
from curate.model.card import Card, SampleOrigin
from curate.model.codes import found
from curate.model.dataset import Sample
from curate.model.defect import DefectEntry
from curate.model.finding import Finding, Severity
from curate.model.words import counted
from curate.validate.facts import ImageFacts, MaskFacts
from curate.validate.likeness import Twins, has_contrast

NATIVE_LAYOUTS = ("autovi", "mvtec-ad", "mvtec-loco")
_SINGLY = 5
"""Up to so many files that share what is wrong with them are reported one by one."""


def grouped(code: str, messages: Mapping[str, str], severity: Severity | None = None) -> Iterator[Finding]:
    """Report files one by one where they are few, else once for each folder and message, naming all of them.

    Parameters
    ----------
    code : str
    messages : mapping of str to str
        By path.
    severity : str, optional
    """
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, message in messages.items():
        groups[str(PurePosixPath(path).parent) if len(messages) > _SINGLY else path, message].append(path)
    for (_, message), paths in sorted(groups.items()):
        first, *others = paths
        many = f"and {counted(len(others), 'other', 'others')} in its folder: each " if others else ""
        yield found(code, f"{many}{message}", first, related=tuple(others), severity=severity)


@dataclass(frozen=True, slots=True)
class CategoryTable:
    """Everything known about one category.

    Attributes
    ----------
    tree : CategoryTree
    images, masks : dict
        Facts by path, relative to the dataset's root; unreadable files have a ``problem``.
    entries : tuple of DefectEntry
        Of ``defects_config.json``; empty when there is none or it is broken.
    config : object
        The parsed ``defects_config.json``; None when there is none.
    config_problem : str
        Why it cannot be used; ``""`` when it can.
    card : Card or None
    card_problem : str
    origins : dict
        What the card says, by image path relative to the dataset's root.
    twins : tuple of Twins
        Pairs of places in :meth:`comparable` that show the same shot.
    unread : dict
        Why a document of the category could not be read, by path relative to the dataset's root.
    """

    tree: CategoryTree
    images: dict[str, ImageFacts]
    masks: dict[str, MaskFacts]
    entries: tuple[DefectEntry, ...] = ()
    config: Any = None
    config_problem: str = ""
    card: Card | None = None
    card_problem: str = ""
    origins: dict[str, SampleOrigin] = field(default_factory=dict)
    twins: tuple[Twins, ...] = ()
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def native(self) -> bool:
        """Whether the files lie as AutoVI, MVTec AD or MVTec LOCO put them."""
        return self.tree.layout in NATIVE_LAYOUTS

    @property
    def tested(self) -> str:
        """Where findings about all test images point to."""
        return self.at("test") if self.native else self.at()

    @property
    def masked(self) -> str:
        """Where findings about many masks point to."""
        return self.at("ground_truth") if self.native else self.at()

    @property
    def name(self) -> str:
        """The category's name."""
        return self.tree.category.name

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Its images, sorted."""
        return self.tree.category.samples

    def at(self, *parts: str) -> str:
        """Return a path of the category relative to the dataset's root."""
        return "/".join(part for part in (self.tree.category.prefix, *parts) if part)

    def inside(self, path: str) -> str:
        """Return a path relative to the category's folder."""
        prefix = self.tree.category.prefix
        return path[len(prefix) + 1 :] if prefix else path

    def readable(self) -> Iterator[tuple[Sample, ImageFacts]]:
        """Yield the images that could be decoded."""
        for sample in self.samples:
            facts = self.images[sample.path]
            if not facts.problem:
                yield sample, facts

    def comparable(self) -> list[Sample]:
        """Return the images that can be compared with each other: readable, with contrast, each content once."""
        images: dict[str, Sample] = {}
        for sample, facts in self.readable():
            if has_contrast(facts.signature_low, facts.signature_high):
                images.setdefault(facts.sha256, sample)
        return list(images.values())

    def regions(self) -> Iterator[tuple[Sample, MaskFacts]]:
        """Yield the masks that could be decoded and belong to an image."""
        for sample in self.samples:
            for mask in sample.masks:
                facts = self.masks[mask]
                if not facts.problem:
                    yield sample, facts

    def entry_of(self, facts: MaskFacts) -> DefectEntry | None:
        """Return what a mask stands for, or None."""
        return next((entry for entry in self.entries if facts.values == (entry.pixel_value,)), None)

    def shot_at(self, sample: Sample) -> str:
        """Return when an image was shot: by the card, else by its EXIF; ``""`` unknown."""
        origin = self.origins.get(sample.path)
        return (origin.shot_at if origin else "") or sample.shot_at or self.images[sample.path].shot_at

    def specimen(self, sample: Sample) -> str:
        """Return which physical part an image shows; ``""`` unknown."""
        origin = self.origins.get(sample.path)
        return (origin.specimen if origin else "") or sample.specimen
