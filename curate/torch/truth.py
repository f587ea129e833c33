"""What a dataset says of the images of a batch: their regions, each with its threshold, at full size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from curate.datasets.dataset import read_dataset
from curate.datasets.truth import read_truth
from curate.errors import InputError, MissingError
from curate.evaluate.arrays import CheckedMap, checked_maps
from curate.evaluate.foreign_arrays import as_array
from curate.imaging.maps import image_size, resize_map
from curate.model.dataset import Category, Sample


@dataclass(frozen=True)
class DatasetTruth:
    """The truth of one category of a dataset, found by an image's path.

    Attributes
    ----------
    root : Path
    category : Category
    """

    root: Path
    category: Category

    @classmethod
    def read(cls, dataset: Path | str, category: str = "", layout: str | None = None) -> DatasetTruth:
        """Read a dataset in any layout; the category may be left out where there is one.

        Raises
        ------
        CurateError
            As :func:`curate.datasets.dataset.read_dataset`, and if the category is left out of several.
        """
        found = read_dataset(Path(dataset), layout, categories=[category] if category else [])
        if len(found.categories) > 1:
            names = ", ".join(entry.name for entry in found.categories)
            raise MissingError(f"holds the categories {names}", path=dataset, hint="name one")
        return cls(Path(found.root), found.categories[0])

    def path_of(self, sample: Sample) -> str:
        """Return where an image lies."""
        return str(self.root / sample.path)

    @cached_property
    def _by_path(self) -> dict[Path, Sample]:
        return {Path(self.path_of(sample)).resolve(): sample for sample in self.category.samples}

    def regions(self, sample: Sample) -> list[tuple[Any, str, Any]]:
        """Return the mask (ndarray of bool), defect and threshold of each region of an image."""
        size_px = image_size(self.root / sample.path)
        found = read_truth(self.root, self.category, sample, size_px)
        return [(entry.mask != 0, entry.entry.defect_name, entry.entry.saturation) for entry in found]

    def maps_of(self, paths: Sequence[str | Path], maps: Iterable[Any]) -> list[CheckedMap]:
        """Bring maps to their images' sizes, as ``curate submission from-anomalib`` does, and add their regions.

        Raises
        ------
        InputError
            If an image does not belong to the dataset; all of them are named.
        """
        resolved = [Path(path).resolve() for path in paths]
        foreign = [str(path) for path in resolved if path not in self._by_path]
        if foreign:
            raise InputError(
                f"{len(foreign)} image(s) of the batch are none of {self.category.name}: {', '.join(foreign[:3])}",
                path=self.root,
                hint="test with the data module of the same dataset and category",
            )
        ready = []
        for path, scores in zip(resolved, maps, strict=True):
            sample = self._by_path[path]
            sized = resize_map(as_array(scores, "a map"), image_size(path), "bilinear")
            regions = self.regions(sample)
            ready += checked_maps(
                sized,
                [mask for mask, _, _ in regions],
                saturation=[threshold for _, _, threshold in regions],
                defect=[name for _, name, _ in regions],
            )
        return ready
