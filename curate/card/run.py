"""Gather what a card says: validate, then count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.card.croissant import Publication, croissant
from curate.card.describe import CategoryDescription, describe
from curate.card.front_matter import front_matter
from curate.card.measured import summaries
from curate.card.render import as_markdown, as_text
from curate.datasets.card import fingerprint_of
from curate.datasets.dataset import read_dataset
from curate.datasets.tabular import region_frame
from curate.disk.atomic import write_json, write_text
from curate.disk.hashing import sha256_file
from curate.disk.members import MEMBER
from curate.disk.unread import refuse_unread
from curate.execution import Execution
from curate.model.finding import Finding
from curate.model.words import Shown
from curate.validate.run import validate_dataset
from curate.validate.table import CategoryTable

if TYPE_CHECKING:
    import pandas as pd

CROISSANT = "croissant.json"
_MARK = "<!-- written by curate: it is replaced when the dataset is written again -->"


@dataclass(frozen=True, slots=True, repr=False)
class CardReport(Shown):
    """A dataset's card.

    Attributes
    ----------
    publication : Publication
        As far as ``dataset.json`` or the caller know it.
    categories : tuple of CategoryDescription
    fingerprint : str
        ``sha256:…`` over the paths and bytes of all images and masks.
    findings : tuple of Finding
        What validation found: a card of a broken dataset should not be published.
    tables : tuple of CategoryTable
    shards : dict
        sha256 of each archive that holds images, by its path.
    regions : DataFrame or None
        Every region measured, where that was asked for; see :func:`curate.datasets.tabular.region_frame`.
    """

    publication: Publication
    categories: tuple[CategoryDescription, ...]
    fingerprint: str
    findings: tuple[Finding, ...]
    tables: tuple[CategoryTable, ...]
    shards: dict[str, str]
    regions: pd.DataFrame | None = None

    @property
    def measured(self) -> dict[str, dict[str, dict[str, Any]]] | None:
        """Quantiles of the regions' measures by category and defect; None where they were not measured."""
        return None if self.regions is None else summaries(self.regions)

    def to_json(self) -> dict[str, Any]:
        """Return the card as a JSON document."""
        return {
            "schema": "curate/card/1",
            "name": self.publication.name,
            "version": self.publication.version,
            "license": self.publication.license,
            "fingerprint": self.fingerprint,
            "categories": {category.name: category.to_json() for category in self.categories},
            **({} if self.regions is None else {"regions": self.measured}),
            "findings": [finding.to_json() for finding in self.findings],
        }

    def to_text(self) -> str:
        """Return the card for a terminal."""
        return as_text(self.categories, self.measured)

    def to_markdown(self) -> str:
        """Return the card as Markdown."""
        return as_markdown(self.publication.name, self.publication.license, self.categories, self.measured)

    def to_croissant(self) -> dict[str, Any]:
        """Return the card as Croissant 1.0 JSON-LD."""
        digest = self.fingerprint.removeprefix("sha256:")
        return croissant(self.publication, self.tables, self.categories, digest, self.shards)


def make_card(
    root: Path,
    *,
    publication: Publication | None = None,
    layout: str | None = None,
    categories: Iterable[str] = (),
    execution: Execution = Execution(),
    cache: Path | None = None,
    regions: bool = False,
) -> CardReport:
    """Describe a dataset folder.

    Parameters
    ----------
    root : Path
    publication : Publication, optional
        What the caller knows; what it leaves open is taken from the categories' ``dataset.json``.
    layout, categories, execution, cache
        As for :func:`curate.validate.run.validate_dataset`, whose errors apply.
    regions : bool
        Measure every region; images that cannot be read, which are findings, are left out.

    Raises
    ------
    ReadError
        If a file could not be read: numbers without it would be of another dataset. Names all such files.
    """
    report = validate_dataset(root, layout=layout, categories=categories, execution=execution, cache=cache)
    refuse_unread(report.findings)
    known = next((table.card for table in report.tables if table.card), None)
    publication = publication or Publication("")
    if known:
        publication = replace(
            publication,
            name=publication.name or known.name,
            version=publication.version or known.version,
            license=publication.license or known.license,
            description=publication.description or known.description,
        )
    publication = replace(publication, name=publication.name or root.resolve().name)
    hashes = {
        path: facts.sha256 for table in report.tables for path, facts in (*table.images.items(), *table.masks.items())
    }
    archives = {path.partition(MEMBER)[0] for table in report.tables for path in table.images if MEMBER in path}
    return CardReport(
        publication=publication,
        categories=tuple(describe(table) for table in report.tables),
        fingerprint=fingerprint_of(hashes),
        findings=report.findings,
        tables=report.tables,
        shards={path: sha256_file(root / path) for path in sorted(archives)},
        regions=_regions(root, layout, categories, execution) if regions else None,
    )


def _regions(root: Path, layout: str | None, categories: Iterable[str], execution: Execution) -> pd.DataFrame:
    def carry_out(function: Callable[..., Any], jobs: Iterable[Any]) -> list[Any]:
        return list(execution.map(function, list(jobs), "measure regions"))

    return region_frame(read_dataset(root, layout, categories=categories), carry_out, skip=True)


def publish_card(
    root: Path, *, layout: str, execution: Execution = Execution(), cache: Path | None = None
) -> tuple[str, ...]:
    """Write a dataset's card beside its categories: Markdown for people, Croissant for programs.

    Parameters
    ----------
    root : Path
    layout : str
        Of what lies there.
    execution : Execution
    cache : Path, optional
        Where validation remembers facts about files.

    Returns
    -------
    tuple of str
        Names of the files written. A ``README.md`` of somebody else's is left alone: the card is then ``DATASET.md``.
    """
    card = make_card(root, layout=layout, execution=execution, cache=cache)
    readme = root / "README.md"
    foreign = readme.exists() and _MARK not in readme.read_text(encoding="utf-8", errors="replace")
    page = root / "DATASET.md" if foreign else readme
    head = front_matter(card.publication.name, card.publication.license, card.categories)
    write_text(page, f"{head}\n\n{_MARK}\n\n{card.to_markdown()}\n")
    write_json(root / CROISSANT, card.to_croissant())
    return page.name, CROISSANT
