"""Convert a dataset: read it, say what the layout cannot hold, write category by category, read back and compare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curate.convert.divide import with_training
from curate.datasets.dataset import read_dataset
from curate.datasets.writers.check import check_written
from curate.datasets.writers.losses import Loss, losses
from curate.datasets.writers.publish import (
    BadRegionsError,
    CategoryJob,
    Published,
    Refused,
    publish,
    refuse_other,
    write_visa_tables,
)
from curate.datasets.writers.registry import WRITER_BY_NAME
from curate.disk.destination import writing_into
from curate.disk.unread import UnreadFiles
from curate.errors import InputError
from curate.execution import Execution
from curate.geometry.binarise import MOST_OF_IT
from curate.model.account import Account
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.dataset import Dataset
from curate.model.finding import Finding, ordered
from curate.model.words import Shown


@dataclass(frozen=True, slots=True)
class ConversionOptions:
    """How a dataset is converted.

    Attributes
    ----------
    link : bool
        Hard-link images whose bytes need not change.
    logical : frozenset of str
        Defects that MVTec LOCO calls logical; all others are structural.
    train : float, optional
        Share of good images that train where the dataset has no split; see :mod:`curate.convert.divide`.
    check : bool
        Read back what was written and compare every region.
    sync : bool
        Flush what is written to the disk before it takes an old category's place.
    skip_bad : bool
        Leave out images with a region that cannot be used, each with a finding; else nothing of their category is
        written.
    """

    link: bool = True
    logical: frozenset[str] = field(default_factory=frozenset)
    train: float | None = None
    check: bool = False
    sync: bool = True
    skip_bad: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class ConversionReport(Shown):
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
    account : dict of str to Account
        Of the source's ``files``, and the ``entries`` of its documents.
    """

    source_layout: str
    layout: str
    losses: tuple[Loss, ...]
    statistics: dict[str, dict[str, Any]]
    fingerprints: dict[str, str]
    checked: int
    findings: tuple[Finding, ...]
    account: dict[str, Account] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "source_layout": self.source_layout,
            "layout": self.layout,
            "losses": [loss.to_json() for loss in self.losses],
            "categories": {
                name: {"fingerprint": self.fingerprints[name], "statistics": counts}
                for name, counts in self.statistics.items()
            },
            "checked": self.checked,
            "account": {name: account.to_json() for name, account in self.account.items()},
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
    return dataset, losses(dataset, to)


def convert_dataset(
    dataset: Dataset,
    destination: Path | str,
    to: str,
    *,
    options: ConversionOptions = ConversionOptions(),
    execution: Execution = Execution(),
    finish: Callable[[], object] | None = None,
    on_wait: Callable[[str], None] | None = None,
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
    options : ConversionOptions
    execution : Execution
    finish : callable, optional
        Writes what else belongs beside the categories, while nobody else can write there.
    on_wait : callable, optional
        Called once, with a sentence, when another command is writing into the destination.

    Raises
    ------
    InputError
        If the destination lies in the source, or holds a category's folder that curate did not write.
    BadRegionsError
        If regions of the source cannot be used; all of them are named, and their categories are not written.
    """
    destination = Path(destination)
    root = Path(dataset.root).resolve()
    if destination.resolve() == root or root in destination.resolve().parents:
        raise InputError("lies in the source", path=destination, hint="choose a folder outside it")
    unsplit = {category.name for category in dataset.categories if not category.of_split("train")}
    dataset = with_training(dataset, options.train) if options.train else dataset
    jobs = _jobs(dataset, destination, to, options, unsplit)
    findings = list(dataset.findings)
    with writing_into(destination, on_wait):
        written = _write_all(jobs, root, execution)
        if to == "visa":
            write_visa_tables(destination)
        if options.check:
            findings += check_written(dataset, destination, to, written, execution.map)
        if finish:
            finish()
    findings += _about_written(written)
    return ConversionReport(
        source_layout=dataset.layout,
        layout=to,
        losses=losses(dataset, to),
        statistics={entry.card.category: entry.card.statistics for entry in written},
        fingerprints={entry.card.category: entry.card.fingerprint for entry in written},
        checked=sum(len(entry.placed) for entry in written) if options.check else 0,
        findings=ordered(findings),
        account=dataset.account,
    )


def _jobs(
    dataset: Dataset, destination: Path, to: str, options: ConversionOptions, unsplit: Collection[str]
) -> list[CategoryJob]:
    """Return what is to be written; ``unsplit`` categories say that their training images were chosen here."""
    made = {"policy": "first good images", "train": options.train} if options.train else {}
    return [
        CategoryJob(
            dataset,
            category,
            WRITER_BY_NAME[to],
            destination,
            options.link,
            options.logical,
            made if category.name in unsplit else {},
            options.sync,
            options.skip_bad,
        )
        for category in dataset.categories
    ]


def _write_all(jobs: Sequence[CategoryJob], root: Path, execution: Execution) -> list[Published]:
    """Write every category, or raise what was refused and what could not be read of all of them together."""
    for job in jobs:
        refuse_other(job.folder)
    unread, written, refused = UnreadFiles(), list[Published](), list[Refused]()
    for job in jobs:
        try:
            with unread.noted():
                written.append(publish(job, execution.map))
        except BadRegionsError as error:
            refused += error.refused
    unread.raise_any()
    if refused:
        raise BadRegionsError(refused, root)
    return written


def _about_written(written: Iterable[Published]) -> Iterator[Finding]:
    """Yield what a person should know of the images that were written, and of those that were not."""
    for entry in written:
        for one in entry.refused:
            yield found(codes.IMAGE_OF_UNKNOWN_LABEL, f"is left out: {'; '.join(one.problems)}", one.sample.path)
        for image in entry.placed:
            for defect, area_px in image.regions:
                share = area_px / (image.size_px[0] * image.size_px[1])
                if share > MOST_OF_IT:
                    message = f"a region of {defect} marks {share:.0%} of it: its mask may be inverted"
                    yield found(codes.MASK_COVERS_ALL, message, image.sample.path)
