"""Import frames: list, read and check, plan, move into place, record."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from curate.errors import ImageError, InputError
from curate.execution import Execution
from curate.files.archives import Feed
from curate.files.config import read_config
from curate.files.ingest import Intake, Ledger, inspect
from curate.files.manifest import read_manifest
from curate.files.road import stamp_stage
from curate.files.sources import Listing, list_sources
from curate.files.tables import read_table, write_table
from curate.files.workspace import Workspace, category_config
from curate.importing.plan import Plan, Rules, plan_import
from curate.importing.shots import Told
from curate.importing.told import Said, about_pattern, compile_pattern, told_by_manifest
from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.config import DEFAULT_SERIES
from curate.model.evidence import Sighting, SourceFile
from curate.model.finding import Finding, count_by_severity, ordered

_FOLDER_NAME = re.compile(r"^[^./\\\0][^/\\\0]*$")


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """How one series stands after an import.

    Attributes
    ----------
    name : str
    frames : int
        In its record, earlier ones included.
    first, last : str
        Shooting times of the first and the last frame; ``""`` unknown.
    ordered_by, why : str
        The evidence for the order, and the reason in words.
    """

    name: str
    frames: int
    first: str
    last: str
    ordered_by: str
    why: str


@dataclass(frozen=True, slots=True)
class ImportReport:
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
        Entries passed over: hidden, system and other files.
    series : tuple of SeriesReport
        Series that changed.
    findings : tuple of Finding
    dry_run : bool
    """

    category: str
    added: tuple[str, ...]
    known: int
    duplicates: tuple[tuple[str, str], ...]
    refused: int
    skipped: dict[str, int]
    series: tuple[SeriesReport, ...]
    findings: tuple[Finding, ...]
    dry_run: bool

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON document."""
        return {
            "schema": "curate/import/1",
            "category": self.category,
            "dry_run": self.dry_run,
            "added": list(self.added),
            "known": self.known,
            "duplicates": [{"name": name, "same_as": same_as} for name, same_as in self.duplicates],
            "refused": self.refused,
            "skipped": self.skipped,
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


def import_frames(
    workspace: Workspace,
    sources: Sequence[Path | str],
    category: str,
    *,
    series: str = DEFAULT_SERIES,
    link: bool = False,
    label: str = "",
    label_from_folder: bool = False,
    decode: bool = False,
    order: str = "auto",
    series_gap_s: float = 0.0,
    pattern: str = "",
    manifest: Path | None = None,
    columns: Mapping[str, str] = MappingProxyType({}),
    execution: Execution = Execution(),
    dry_run: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> ImportReport:
    """Take frames into a category, in the order in which they were shot.

    Parameters
    ----------
    workspace : Workspace
    sources : sequence of Path or str
        Folders, with their sub-folders, zip and tar files, single images, and URLs (``s3://bucket/prefix``: text with
        ``://``). They are only read.
    category, series : str
        Where the frames go; folder names.
    link : bool
        Hard-link instead of copying, where the file system can.
    label : str
        What is known about every frame of these sources: ``good`` or a defect's name.
    label_from_folder : bool
        Take the label from the innermost folder's name; words such as ``ok`` and ``normal`` mean ``good``.
    decode : bool
        Decode every frame as well and record the hash of its pixels; frames known without one are read again.
    order : str
        One of :data:`curate.importing.order.POLICIES`.
    series_gap_s : float
        A pause of more than so many seconds starts a new series; 0 never does.
    pattern : str
        Regular expression with named groups (:data:`curate.importing.told.PATTERN_GROUPS`), searched in file names.
    manifest : Path, optional
        CSV or JSON lines about the files.
    columns : mapping of str to str
        What (:data:`curate.importing.told.COLUMNS`) to the manifest's column that says it.
    execution : Execution
    dry_run : bool
        Read and plan, write nothing.
    on_wait : callable, optional
        Told once, with a sentence, when another command holds the workspace.

    Raises
    ------
    MissingError, InputError
        If a source does not exist, holds no image, or a name cannot be a folder's.
    StorageError
        If the disk refuses; running the same command again goes on where it stopped.
    """
    for what, name in (("category", category), ("series", series)):
        if not _FOLDER_NAME.match(name):
            raise InputError(
                f"the {what} {name!r} cannot be a folder's name", hint="leave out slashes and a leading dot"
            )
    config = category_config(read_config(workspace.config_path), category)
    listing = list_sources(workspace, sources)
    intake = Intake(workspace, category, link=link)
    with ExitStack() as held:
        if not dry_run:
            held.enter_context(workspace.lock(on_wait))
        recorded = _recorded(workspace, category)
        if not dry_run:
            intake.recover({capture.frame for capture in recorded})
        present = intake.present(capture.frame for capture in recorded)
        safe = {capture.sha256 for capture in recorded if capture.frame in present}
        ledger = Ledger(workspace, category)
        sightings, troubles = _read_all(listing, intake, ledger, safe, execution, decode=decode, dry_run=dry_run)
        names = [sighting.source.name for sighting in sightings]
        told, remarks = _told(manifest, columns, names)
        said = Said(compile_pattern(pattern) if pattern else None, told, label, label_from_folder, series)
        if said.pattern and names:
            remarks += about_pattern(said.pattern, names)
        plan = _plan(sightings, recorded, present, Rules(said, order, series_gap_s), intake)
        report = _report(plan, listing, troubles, remarks, category, dry_run=dry_run)
        if not dry_run:
            intake.move(plan.placements)
            for name, rows in plan.rows.items():
                write_table(workspace.captures_record(category, name), rows, Capture)
            intake.finish()
            if recorded or plan.rows:
                records = [workspace.captures_record(category, name) for name in workspace.series_of(category)]
                stamp_stage(workspace, "import", config, records)
    return report


def _plan(sightings: list[Sighting], recorded: list[Capture], present: set[str], rules: Rules, intake: Intake) -> Plan:
    """Plan, and plan again as long as a file that no record knows already has one of the planned names."""
    strangers: set[str] = set()
    while True:
        plan = plan_import(sightings, recorded, present, rules, strangers=strangers)
        taken = intake.present(frame for _, frame in plan.placements) - {capture.frame for capture in recorded}
        if not taken:
            return plan
        strangers |= taken


def _told(
    manifest: Path | None, columns: Mapping[str, str], names: Sequence[str]
) -> tuple[dict[str, Told], list[Finding]]:
    if manifest is None:
        return {}, []
    return told_by_manifest(read_manifest(manifest), columns, names, str(manifest))


def _recorded(workspace: Workspace, category: str) -> list[Capture]:
    return [
        capture
        for series in workspace.series_of(category)
        for capture in read_table(workspace.captures_record(category, series), Capture)
    ]


def _read_all(
    listing: Listing,
    intake: Intake,
    ledger: Ledger,
    safe: set[str],
    execution: Execution,
    *,
    decode: bool,
    dry_run: bool,
) -> tuple[list[Sighting], list[Finding]]:
    """Return what every source file is, reading only those that are new or changed, and stage new contents."""
    sightings, unread = _remembered(listing, ledger, None if dry_run else safe | intake.staged(), with_pixels=decode)
    if not unread:
        return sightings, []

    def take(item: tuple[SourceFile, bytes | ImageError | None]) -> Sighting | Finding:
        source, content = item
        try:
            if isinstance(content, ImageError):
                raise content
            sighting, content = inspect(source, content, with_pixels=decode)
        except ImageError as error:
            return found("CUR201", error.message, source.name, hint=error.hint or None)
        if not dry_run:
            if sighting.sha256 not in safe:
                intake.stage(sighting, content)
            ledger.note(sighting)
        return sighting

    with ExitStack() as held:
        held.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # Pillow's remarks on damaged tags: what matters becomes a finding
        if not dry_run:
            held.enter_context(ledger)
        results = list(execution.map(take, Feed(unread), "reading frames"))
    sightings += [result for result in results if isinstance(result, Sighting)]
    if not dry_run:
        ledger.compact(sightings, len(unread))
    return sightings, [result for result in results if isinstance(result, Finding)]


def _remembered(
    listing: Listing, ledger: Ledger, stored: set[str] | None, *, with_pixels: bool
) -> tuple[list[Sighting], list[SourceFile]]:
    """Return what the ledger knows of unchanged files whose content is stored (None: anywhere), and what to read."""
    ledger.load()
    sightings: list[Sighting] = []
    unread: list[SourceFile] = []
    for source in listing.files:
        known = ledger.recall(source)
        known_enough = known is not None and bool(known.pixels_sha256 or not with_pixels)
        if known is not None and known_enough and (stored is None or known.sha256 in stored):
            sightings.append(known)
        else:
            unread.append(source)
    return sightings, unread


def _report(
    plan: Plan, listing: Listing, troubles: list[Finding], remarks: list[Finding], category: str, *, dry_run: bool
) -> ImportReport:
    series = tuple(
        SeriesReport(
            name=name,
            frames=len(rows),
            first=rows[0].shot_at,
            last=rows[-1].shot_at,
            ordered_by=plan.orderings[name].evidence,
            why=plan.orderings[name].why,
        )
        for name, rows in plan.rows.items()
    )
    refused = [*listing.findings, *troubles]
    return ImportReport(
        category=category,
        added=plan.added,
        known=plan.known,
        duplicates=plan.duplicates,
        refused=len(refused),
        skipped=listing.skipped,
        series=series,
        findings=ordered([*refused, *remarks, *plan.findings]),
        dry_run=dry_run,
    )
