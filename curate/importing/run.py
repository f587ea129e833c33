"""Import frames: list, read and check, plan, move into place, record."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

from curate.disk.archives import Feed
from curate.disk.hashing import sha256_file
from curate.disk.tables import read_table, write_table
from curate.errors import ImageError, MissingError, ReadError
from curate.execution import Execution
from curate.importing.name_warnings import about_category, about_characters, about_masks
from curate.importing.one_series import Rules
from curate.importing.options import ImportOptions
from curate.importing.plan import Plan, other_names, plan_import
from curate.importing.report import ImportReport, nothing_new, report_of
from curate.importing.user_metadata import UserMetadata, about_pattern, metadata_from_manifest
from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.evidence import Sighting, SourceFile
from curate.model.finding import Finding
from curate.model.words import counted
from curate.workspace.config import read_config
from curate.workspace.ingest import Intake, Ledger, inspect
from curate.workspace.manifest import read_manifest
from curate.workspace.pipeline import stamp_stage
from curate.workspace.rekey import rename_frames
from curate.workspace.removed import removed_contents
from curate.workspace.sources import Listing, list_sources
from curate.workspace.standing_order import read_other_names, read_series_orders, write_series_orders
from curate.workspace.unchanged import Before, Unchanged
from curate.workspace.unfinished import carrying_out, note_unfinished
from curate.workspace.workspace import Workspace, category_config


def import_frames(
    workspace: Workspace,
    sources: Sequence[Path | str],
    category: str,
    options: ImportOptions = ImportOptions(),
    *,
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
    category : str
        Where the frames go; a folder's name.
    options : ImportOptions
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
    options.check(category)
    if options.manifest is not None:
        read_manifest(options.manifest)  # a wrong name is a mistake, also where there is nothing new to import
    said = options.metadata()
    remarks = about_category(category, list(read_config(workspace.config_path).categories))
    memory = _memory(workspace, category, sources, options)
    before = memory.recall()
    if before:
        return _untouched(category, before, remarks, dry_run=dry_run)
    listing = list_sources(workspace, sources, options.exclude) if sources else Listing((), {}, (), ())
    names = [file.name for file in listing.files]
    about_names = [*about_masks(category, names), *about_characters(names)]
    remarks += about_names
    with nullcontext() if dry_run else workspace.lock(on_wait, swept=("records", ".curate")):
        if not listing.findings and memory.is_so(listing):
            if not dry_run:
                memory.remember(listing, plain=not about_names)  # a glance will do next time
            return _untouched(category, Before.of(listing), remarks, dry_run=dry_run)
        stage = _ImportRun(
            workspace,
            category,
            Intake(workspace, category, link=options.link, sync=options.sync),
            execution,
            dry_run=dry_run,
        )
        with nullcontext() if dry_run else carrying_out(workspace, "import", category):
            report, clean = stage.carry_out(listing, options, said, remarks)
        if clean and not dry_run:
            memory.remember(listing, plain=not about_names)
    return report


def _untouched(category: str, before: Before, remarks: Sequence[Finding], *, dry_run: bool) -> ImportReport:
    return nothing_new(category, before.files, remarks, skipped=before.skipped, others=before.others, dry_run=dry_run)


class _ImportRun:
    """One import into one category."""

    def __init__(
        self, workspace: Workspace, category: str, intake: Intake, execution: Execution, *, dry_run: bool
    ) -> None:
        self.workspace = workspace
        self.category = category
        self.intake = intake
        self.execution = execution
        self.dry_run = dry_run
        self.unread: list[str] = []
        """Source files whose bytes could not be had: nothing is known about them."""

    def carry_out(
        self, listing: Listing, options: ImportOptions, said: UserMetadata, notes: Sequence[Finding]
    ) -> tuple[ImportReport, bool]:
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
        sightings, troubles = self._read_all(listing, safe, decode=options.decode)
        gone = removed_contents(self.workspace, self.category) - {capture.sha256 for capture in recorded}
        passed = [sighting for sighting in sightings if sighting.sha256 in gone]
        sightings = [sighting for sighting in sightings if sighting.sha256 not in gone]
        said, remarks = _with_manifest(said, options, [sighting.source.name for sighting in sightings])
        rules = Rules(said, options.order, options.series_gap_s, options.reorder, options.clocks, options.move)
        plan = self._plan(sightings, recorded, present, rules)
        if not self.dry_run:
            self._write(plan, sightings, recorded)
            unread = [*listing.unread, *self.unread]
            if unread:
                reason = f"{counted(len(unread), 'source', 'sources')} could not be read, the first {min(unread)}"
                note_unfinished(self.workspace, "import", self.category, reason)
        refused = [*listing.findings, *troubles]
        report = report_of(
            plan,
            self.category,
            refused,
            [*notes, *remarks],
            skipped={**listing.skipped, **({"removed": len(passed)} if passed else {})},
            others=listing.others,
            dry_run=self.dry_run,
        )
        return report, not refused and not remarks

    def _write(self, plan: Plan, sightings: Sequence[Sighting], recorded: Sequence[Capture]) -> None:
        self.intake.move(plan.placements)
        config = category_config(read_config(self.workspace.config_path), self.category)
        if plan.moves:
            rename_frames(self.workspace, config, plan.moves, plan.rows)
        for name, rows in plan.rows.items():
            write_table(self.workspace.captures_record(self.category, name), rows, Capture)
        before = read_other_names(self.workspace, self.category)
        everything = [*recorded, *(row for group in plan.rows.values() for row in group)]
        names = other_names(sightings, everything, before)
        if plan.standing or names != before:
            stands = read_series_orders(self.workspace, self.category) | plan.standing
            write_series_orders(self.workspace, self.category, stands, names)
        self.intake.finish()
        series = self.workspace.series_of(self.category)
        if series:
            records = [self.workspace.captures_record(self.category, name) for name in series]
            records.append(self.workspace.order_record(self.category))
            stamp_stage(self.workspace, "import", config, records)

    def _plan(self, sightings: list[Sighting], recorded: list[Capture], present: set[str], rules: Rules) -> Plan:
        """Plan, and plan again as long as a file that no record knows already has one of the planned names."""
        occupied: set[str] = set()
        known = {capture.frame for capture in recorded}
        standing = read_series_orders(self.workspace, self.category)
        while True:
            plan = plan_import(sightings, recorded, present, rules, occupied=occupied, standing=standing)
            taken = self.intake.unrecorded(plan.placements) - known
            if not taken:
                return plan
            occupied |= taken

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
            except (ImageError, ReadError, MissingError) as error:
                if not isinstance(error, ImageError):
                    self.unread.append(source.name)
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


def _with_manifest(
    said: UserMetadata, options: ImportOptions, names: Sequence[str]
) -> tuple[UserMetadata, list[Finding]]:
    """Read the manifest and ask the pattern; return what was said, and remarks on files that nothing was said about."""
    remarks: list[Finding] = []
    if options.manifest is not None:
        rows, path = read_manifest(options.manifest), str(options.manifest)
        by_file, remarks = metadata_from_manifest(rows, dict(options.columns), names, path)
        said = replace(said, manifest=by_file)
    if said.pattern and names:
        remarks = [*remarks, *about_pattern(said.pattern, names)]
    return said, remarks


def _memory(workspace: Workspace, category: str, sources: Sequence[Path | str], options: ImportOptions) -> Unchanged:
    """Return the memory of imports that were asked for in the same words."""
    manifest = sha256_file(options.manifest) if options.manifest and options.manifest.is_file() else ""
    command = [
        manifest,
        dict(options.columns),
        options.pattern,
        [options.label, options.label_from_folder, options.series],
        [options.order, options.series_gap_s, options.decode, options.exclude],
        [options.move, options.reorder, {camera: [fix.shift_s, fix.zone_s] for camera, fix in options.clocks.items()}],
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
