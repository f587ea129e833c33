"""Import frames: list, read and check, plan, move into place, record."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from curate.disk.archives import Feed
from curate.disk.hashing import sha256_file
from curate.disk.tables import read_table, write_table
from curate.errors import ImageError, InputError
from curate.execution import Execution
from curate.importing.name_warnings import about_category, about_characters, about_masks
from curate.importing.plan import Plan, Rules, plan_import
from curate.importing.report import ImportReport, nothing_new, report_of
from curate.importing.user_metadata import UserMetadata, about_pattern, compile_pattern, metadata_from_manifest
from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import DEFAULT_SERIES
from curate.model.evidence import Sighting, SourceFile
from curate.model.finding import Finding
from curate.workspace.config import read_config
from curate.workspace.ingest import Intake, Ledger, inspect
from curate.workspace.manifest import read_manifest
from curate.workspace.pipeline import stamp_stage
from curate.workspace.sources import Listing, list_sources
from curate.workspace.unchanged import Before, Unchanged
from curate.workspace.workspace import Workspace, category_config

_FOLDER_NAME = re.compile(r"^[^./\\\0][^/\\\0]*$")


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
    exclude: Sequence[str] = (),
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
        Regular expression, searched in file names, with the named groups
        :data:`curate.importing.user_metadata.PATTERN_GROUPS`.
    manifest : Path, optional
        CSV or JSON lines about the files.
    columns : mapping of str to str
        What (:data:`curate.importing.user_metadata.COLUMNS`) to the manifest's column that says it.
    exclude : sequence of str
        Patterns of names to pass over, such as ``ground_truth`` or ``*_mask.png``.
    execution : Execution
    dry_run : bool
        Read and plan, write nothing.
    on_wait : callable, optional
        Called once, with a sentence, when another command holds the workspace.

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
    remarks = about_category(category, list(read_config(workspace.config_path).categories))
    asked = _Asked(
        manifest,
        dict(columns),
        UserMetadata(compile_pattern(pattern) if pattern else None, {}, label, label_from_folder, series),
        order,
        series_gap_s,
        decode,
        tuple(exclude),
    )
    memory = _memory(workspace, category, sources, asked)
    before = memory.recall()
    if before:
        return _untouched(category, before, remarks, dry_run=dry_run)
    listing = list_sources(workspace, sources, exclude)
    names = [file.name for file in listing.files]
    about_names = [*about_masks(category, names), *about_characters(names)]
    remarks += about_names
    with nullcontext() if dry_run else workspace.lock(on_wait, swept=("records", ".curate")):
        if not listing.findings and memory.is_so(listing):
            if not dry_run:
                memory.remember(listing, plain=not about_names)  # a glance will do next time
            return _untouched(category, Before.of(listing), remarks, dry_run=dry_run)
        stage = _Stage(workspace, category, Intake(workspace, category, link=link), execution, dry_run=dry_run)
        report, clean = stage.carry_out(listing, asked, remarks)
        if clean and not dry_run:
            memory.remember(listing, plain=not about_names)
    return report


def _untouched(category: str, before: Before, remarks: Sequence[Finding], *, dry_run: bool) -> ImportReport:
    return nothing_new(category, before.files, remarks, skipped=before.skipped, others=before.others, dry_run=dry_run)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a person asked for, apart from the places."""

    manifest: Path | None
    columns: dict[str, str]
    said: UserMetadata
    order: str
    series_gap_s: float
    decode: bool
    exclude: tuple[str, ...]


class _Stage:
    """One import into one category."""

    def __init__(
        self, workspace: Workspace, category: str, intake: Intake, execution: Execution, *, dry_run: bool
    ) -> None:
        self.workspace = workspace
        self.category = category
        self.intake = intake
        self.execution = execution
        self.dry_run = dry_run

    def carry_out(self, listing: Listing, asked: _Asked, notes: Sequence[Finding]) -> tuple[ImportReport, bool]:
        """Read, plan and write; return the report, and whether nothing was refused or remarked on but the notes."""
        recorded = [
            capture
            for series in self.workspace.series_of(self.category)
            for capture in read_table(self.workspace.captures_record(self.category, series), Capture)
        ]
        if not self.dry_run:
            self.intake.recover({capture.frame for capture in recorded})
        present = self.intake.present(capture.frame for capture in recorded)
        safe = {capture.sha256 for capture in recorded if capture.frame in present}
        sightings, troubles = self._read_all(listing, safe, decode=asked.decode)
        said, remarks = _told(asked, [sighting.source.name for sighting in sightings])
        plan = self._plan(sightings, recorded, present, Rules(said, asked.order, asked.series_gap_s))
        if not self.dry_run:
            self._write(plan)
        refused = [*listing.findings, *troubles]
        report = report_of(
            plan,
            self.category,
            refused,
            [*notes, *remarks],
            skipped=listing.skipped,
            others=listing.others,
            dry_run=self.dry_run,
        )
        return report, not refused and not remarks

    def _write(self, plan: Plan) -> None:
        self.intake.move(plan.placements)
        for name, rows in plan.rows.items():
            write_table(self.workspace.captures_record(self.category, name), rows, Capture)
        self.intake.finish()
        series = self.workspace.series_of(self.category)
        if series:
            config = category_config(read_config(self.workspace.config_path), self.category)
            records = [self.workspace.captures_record(self.category, name) for name in series]
            stamp_stage(self.workspace, "import", config, records)

    def _plan(self, sightings: list[Sighting], recorded: list[Capture], present: set[str], rules: Rules) -> Plan:
        """Plan, and plan again as long as a file that no record knows already has one of the planned names."""
        strangers: set[str] = set()
        known = {capture.frame for capture in recorded}
        while True:
            plan = plan_import(sightings, recorded, present, rules, strangers=strangers)
            taken = self.intake.strangers(plan.placements) - known
            if not taken:
                return plan
            strangers |= taken

    def _read_all(self, listing: Listing, safe: set[str], *, decode: bool) -> tuple[list[Sighting], list[Finding]]:
        """Return what every source file is, reading only those that are new or changed, and stage new contents."""
        ledger = Ledger(self.workspace, self.category)
        stored = None if self.dry_run else safe | self.intake.staged()
        sightings, unread = _remembered(listing, ledger, stored, with_pixels=decode)
        if not unread:
            return sightings, []

        def take(item: tuple[SourceFile, bytes | ImageError | None]) -> Sighting | Finding:
            source, content = item
            try:
                if isinstance(content, ImageError):
                    raise content
                sighting, content = inspect(source, content, with_pixels=decode)
            except ImageError as error:
                return found(codes.UNREADABLE_IMAGE, error.message, source.name, hint=error.hint or None)
            if not self.dry_run:
                if sighting.sha256 not in safe:
                    self.intake.stage(sighting, content)
                ledger.note(sighting)
            return sighting

        with ExitStack() as held:
            held.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")  # Pillow's remarks on damaged tags: what matters becomes a finding
            if not self.dry_run:
                held.enter_context(ledger)
            results = list(self.execution.map(take, Feed(unread), "reading frames"))
        sightings += [result for result in results if isinstance(result, Sighting)]
        if not self.dry_run:
            ledger.compact(sightings, len(unread))
        return sightings, [result for result in results if isinstance(result, Finding)]


def _told(asked: _Asked, names: Sequence[str]) -> tuple[UserMetadata, list[Finding]]:
    """Read the manifest and ask the pattern; return what was said, and remarks on files that nothing was said about."""
    said = asked.said
    remarks: list[Finding] = []
    if asked.manifest is not None:
        told, remarks = metadata_from_manifest(read_manifest(asked.manifest), asked.columns, names, str(asked.manifest))
        said = replace(said, manifest=told)
    if said.pattern and names:
        remarks = [*remarks, *about_pattern(said.pattern, names)]
    return said, remarks


def _memory(workspace: Workspace, category: str, sources: Sequence[Path | str], asked: _Asked) -> Unchanged:
    """Return the memory of imports that were asked for in the same words."""
    manifest = sha256_file(asked.manifest) if asked.manifest and asked.manifest.is_file() else ""
    said = asked.said
    command = [
        manifest,
        asked.columns,
        said.pattern.pattern if said.pattern else "",
        [said.label, said.label_from_folder, said.series],
        [asked.order, asked.series_gap_s, asked.decode, asked.exclude],
    ]
    return Unchanged(workspace, category, sources, command)


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
