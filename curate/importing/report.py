"""What an import says at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from curate.importing.plan import Plan
from curate.model.finding import Finding, count_by_severity, ordered
from curate.model.words import Shown


@dataclass(frozen=True, slots=True, repr=False)
class SeriesReport(Shown):
    """How one series stands after an import.

    Attributes
    ----------
    name : str
    frames : int
        In its record, earlier ones included.
    first, last : str
        Shooting times of the first and the last frame that have one; ``""`` unknown.
    ordered_by, why : str
        The evidence for the order, and the reason in words.
    """

    name: str
    frames: int
    first: str
    last: str
    ordered_by: str
    why: str


@dataclass(frozen=True, slots=True, repr=False)
class ImportReport(Shown):
    """What an import did, or with ``dry_run`` would do.

    Attributes
    ----------
    category : str
    added : tuple of str
        New frames.
    known : int
        Files whose content was imported before.
    duplicates : tuple of (str, str)
        Names with the same content as another new file, and that file.
    refused : int
        Files that are not one whole picture, or could not be read; each is a finding.
    skipped : dict of str to int
        Entries passed over: hidden, system, other and excluded files.
    others : tuple of str
        Names of the first hundred other files: no images by their names.
    series : tuple of SeriesReport
        Series that changed.
    findings : tuple of Finding
    dry_run : bool
    moved : dict of str to str
        Known frames that went to another series, to their new names.
    """

    category: str
    added: tuple[str, ...]
    known: int
    duplicates: tuple[tuple[str, str], ...]
    refused: int
    skipped: dict[str, int]
    others: tuple[str, ...]
    series: tuple[SeriesReport, ...]
    findings: tuple[Finding, ...]
    dry_run: bool
    moved: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON document."""
        return {
            "schema": "curate/import/1",
            "category": self.category,
            "dry_run": self.dry_run,
            "added": list(self.added),
            "known": self.known,
            "moved": self.moved,
            "duplicates": [{"name": name, "same_as": same_as} for name, same_as in self.duplicates],
            "refused": self.refused,
            "skipped": self.skipped,
            "others": list(self.others),
            "series": [
                {
                    "name": entry.name,
                    "frames": entry.frames,
                    "first": entry.first,
                    "last": entry.last,
                    "ordered_by": entry.ordered_by,
                    "why": entry.why,
                }
                for entry in self.series
            ],
            "counts": count_by_severity(self.findings),
            "findings": [finding.to_json() for finding in self.findings],
        }


def report_of(
    plan: Plan,
    category: str,
    refused: Sequence[Finding],
    remarks: Sequence[Finding],
    *,
    skipped: dict[str, int],
    others: tuple[str, ...],
    dry_run: bool,
) -> ImportReport:
    """Put together what a plan and the reading before it found."""
    series = tuple(
        SeriesReport(
            name=name,
            frames=len(rows),
            first=next((row.shot_at for row in rows if row.shot_at), ""),
            last=next((row.shot_at for row in reversed(rows) if row.shot_at), ""),
            ordered_by=plan.orderings[name].evidence,
            why=plan.orderings[name].why,
        )
        for name, rows in plan.rows.items()
    )
    return ImportReport(
        category=category,
        added=plan.added,
        known=plan.known,
        duplicates=plan.duplicates,
        refused=len(refused),
        skipped=skipped,
        others=others,
        series=series,
        findings=ordered([*refused, *remarks, *plan.findings]),
        dry_run=dry_run,
        moved=plan.moves,
    )


def nothing_new(
    category: str,
    known: int,
    remarks: Sequence[Finding],
    *,
    skipped: dict[str, int],
    others: tuple[str, ...],
    dry_run: bool,
) -> ImportReport:
    """Report an import of files that were all imported before."""
    return ImportReport(category, (), known, (), 0, skipped, others, (), ordered(remarks), dry_run)
