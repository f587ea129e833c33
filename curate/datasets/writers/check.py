"""Read a written dataset back and compare it with its source, region by region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from curate.datasets.dataset import read_dataset
from curate.datasets.layouts.description import Holds
from curate.datasets.layouts.table import BY_NAME
from curate.datasets.truth import read_truth
from curate.datasets.writers.compare import as_held, difference
from curate.datasets.writers.plan import Placed
from curate.datasets.writers.publish import Published
from curate.disk.hashing import sha256_bytes
from curate.disk.members import listed_as
from curate.errors import CurateError
from curate.imaging.images import read_file
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Category, Dataset, Sample
from curate.model.finding import Finding

Mapper: TypeAlias = Callable[[Callable[[Placed], Finding | None], Sequence[Placed], str], Iterable[Finding | None]]


def check_written(
    dataset: Dataset, destination: Path, to: str, written: Sequence[Published], mapped: Mapper
) -> list[Finding]:
    """Read a written dataset back and compare every image's regions with the source's.

    Parameters
    ----------
    dataset : Dataset
        The source.
    destination : Path
    to : str
        The layout.
    written : sequence of Published
        One a category of the source, in its order.
    mapped : callable
        :meth:`curate.execution.Execution.map`.

    Returns
    -------
    list of Finding
        CUR195 for each image that differs in anything that the layout can hold.
    """
    again = read_dataset(destination, to, categories=[entry.card.category for entry in written])
    findings = []
    for source, entry in zip(dataset.categories, written, strict=True):
        target = next(category for category in again.categories if category.name == source.name)
        by_path = {_inside(sample.path, target): sample for sample in target.samples}
        compare = partial(_compare, Path(dataset.root), source, destination, target, by_path, BY_NAME[to].holds)
        findings += [said for said in mapped(compare, entry.placed, f"check {source.name}") if said]
    return findings


def _inside(path: str, category: Category) -> str:
    """Return where an image lies in its category's folder; an archive's image by split and name."""
    path = listed_as(path)
    return path[len(category.name) + 1 :] if path.startswith(f"{category.name}/") else path


def _compare(
    root: Path,
    source: Category,
    destination: Path,
    target: Category,
    by_path: dict[str, Sample],
    holds: Holds,
    entry: Placed,
) -> Finding | None:
    written = by_path.get(entry.path)
    shown = f"{target.name}/{entry.path}"
    if written is None:
        return found(codes.WRITTEN_DATASET_DIFFERS, "is not found when the dataset is read back", shown)
    try:
        before = read_truth(root, source, entry.sample, entry.size_px)
        after = read_truth(destination, target, written, entry.size_px)
    except CurateError as error:
        return found(codes.WRITTEN_DATASET_DIFFERS, f"cannot be read back: {error.message}", shown)
    said = difference(as_held(before, holds), as_held(after, holds))
    if not said and sha256_bytes(read_file(destination / written.path)) != entry.sha256:
        said = "the image has other bytes than were written"
    split = "train" if entry.sample.split == "val" and holds.validation == "joins train" else entry.sample.split
    if not said and written.split != split:
        said = f"is in {written.split}, expected {split}"
    return found(codes.WRITTEN_DATASET_DIFFERS, said, shown) if said else None
