"""Convert a dataset: read it, say what the layout cannot hold, write category by category, read back and compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from curate.convert.compare import as_held, difference
from curate.errors import CurateError, InputError
from curate.execution import Execution
from curate.files.dataset import read_dataset
from curate.files.hashing import sha256_file
from curate.files.layouts.description import Holds
from curate.files.layouts.losses import Loss, losses
from curate.files.layouts.packed import MEMBER
from curate.files.layouts.table import BY_NAME
from curate.files.layouts.writers.plan import Placed
from curate.files.layouts.writers.publish import Job, Published, publish, refuse_foreign, write_visa_tables
from curate.files.layouts.writers.registry import WRITER_BY_NAME
from curate.files.truth import read_truth
from curate.model.codes import found
from curate.model.dataset import Category, Dataset, Sample
from curate.model.finding import Finding, ordered


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """What a conversion wrote.

    Attributes
    ----------
    source_layout, layout : str
    losses : tuple of Loss
    statistics : dict
        By category: what its ``dataset.json`` counts; empty after a dry run.
    fingerprints : dict
        By category.
    checked : int
        Images that were read back and compared.
    findings : tuple of Finding
    """

    source_layout: str
    layout: str
    losses: tuple[Loss, ...]
    statistics: dict[str, dict[str, Any]]
    fingerprints: dict[str, str]
    checked: int
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "source_layout": self.source_layout,
            "layout": self.layout,
            "losses": [
                {"aspect": loss.aspect, "images": loss.present, "kept": loss.kept, "lost": loss.is_loss}
                for loss in self.losses
            ],
            "categories": {
                name: {"fingerprint": self.fingerprints[name], "statistics": counts}
                for name, counts in self.statistics.items()
            },
            "checked": self.checked,
            "findings": [finding.to_json() for finding in self.findings],
        }


def plan_conversion(
    source: Path, to: str, *, layout: str | None = None, categories: Iterable[str] = ()
) -> tuple[Dataset, tuple[Loss, ...]]:
    """Read a dataset and say what it would lose, writing nothing.

    Raises
    ------
    InputError
        If the layout cannot be written or the source not be read.
    """
    if to not in WRITER_BY_NAME:
        raise InputError(f"the layout {to!r} cannot be written, only {', '.join(WRITER_BY_NAME)}")
    dataset = read_dataset(source, layout, categories=categories)
    if any(MEMBER in sample.path for category in dataset.categories for sample in category.samples):
        raise InputError("holds packed shards, whose images cannot be converted", path=source, hint="unpack them first")
    return dataset, losses(dataset, to)


def convert_dataset(
    dataset: Dataset,
    destination: Path,
    to: str,
    *,
    link: bool = True,
    logical: Iterable[str] = (),
    check: bool = False,
    execution: Execution = Execution(),
) -> ConversionReport:
    """Write a dataset in another layout.

    Parameters
    ----------
    dataset : Dataset
        As :func:`plan_conversion` read it.
    destination : Path
        Gets one folder a category.
    to : str
        The layout's name.
    link : bool
        Hard-link images whose bytes need not change.
    logical : iterable of str
        Defects that MVTec LOCO calls logical; all others are structural.
    check : bool
        Read back what was written and compare every region.
    execution : Execution

    Raises
    ------
    InputError
        If the destination lies in the source, or holds a category's folder that curate did not write.
    """
    root = Path(dataset.root).resolve()
    if destination.resolve() == root or root in destination.resolve().parents:
        raise InputError("lies in the source", path=destination, hint="choose a folder outside it")
    writer = WRITER_BY_NAME[to]
    jobs = [Job(dataset, category, writer, destination, link, frozenset(logical)) for category in dataset.categories]
    for job in jobs:
        refuse_foreign(job.folder)
    written = [publish(job, execution.map) for job in jobs]
    if to == "visa":
        write_visa_tables(destination)
    findings = list(dataset.findings)
    if check:
        findings += check_conversion(dataset, destination, to, written, execution)
    return ConversionReport(
        source_layout=dataset.layout,
        layout=to,
        losses=losses(dataset, to),
        statistics={entry.card.category: entry.card.statistics for entry in written},
        fingerprints={entry.card.category: entry.card.fingerprint for entry in written},
        checked=sum(len(entry.placed) for entry in written) if check else 0,
        findings=ordered(findings),
    )


def check_conversion(
    dataset: Dataset, destination: Path, to: str, written: Sequence[Published], execution: Execution = Execution()
) -> list[Finding]:
    """Read a written dataset back and compare every image's regions with the source's.

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
        findings += [said for said in execution.map(compare, entry.placed, f"check {source.name}") if said]
    return findings


def _inside(path: str, category: Category) -> str:
    """Return where an image lies in its category's folder; an archive's image by split and name."""
    archive, packed, member = path.partition(MEMBER)
    if packed:
        return f"{Path(archive).name.split('-')[0]}/{member}"
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
        return found("CUR195", "is not found when the dataset is read back", shown)
    try:
        before = read_truth(root, source, entry.sample, entry.size_px)
        after = read_truth(destination, target, written, entry.size_px)
    except CurateError as error:
        return found("CUR195", f"cannot be read back: {error.message}", shown)
    said = difference(as_held(before, holds), as_held(after, holds))
    if not said and MEMBER not in written.path and sha256_file(destination / written.path) != entry.sha256:
        said = "the image has other bytes than were written"
    split = "train" if entry.sample.split == "val" and holds.validation == "joins train" else entry.sample.split
    if not said and written.split != split:
        said = f"is in {written.split}, expected {split}"
    return found("CUR195", said, shown) if said else None
