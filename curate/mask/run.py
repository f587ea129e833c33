"""``curate mask``: regions and windows in, one mask a region and ``defects_config.json`` out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from curate.datasets.defects_config import CONFIG_NAME, format_defects_config, read_defects_config
from curate.disk.atomic import sync_folders, sync_tree, write_text
from curate.disk.hashing import sha256_bytes
from curate.disk.reading import is_there
from curate.disk.tables import read_table, write_table
from curate.errors import MissingError
from curate.execution import Execution
from curate.imaging.images import encode_png
from curate.mask.findings import annotation_findings, invisible, label_findings, region_findings
from curate.mask.regions import WholeRegion, whole_regions
from curate.mask.render import Rendered, render
from curate.mask.suggest import Suggestion, suggest
from curate.mask.values import assign_values, remembered
from curate.model.capture import Window
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.defect import DefectEntry
from curate.model.finding import Finding, ordered
from curate.model.labels import FrameLabels
from curate.model.region import Annotation
from curate.model.rows import MaskRow
from curate.model.words import Shown
from curate.workspace.annotations import read_annotations
from curate.workspace.decisions import read_standing
from curate.workspace.mask_folder import remove_others, write_if_changed
from curate.workspace.pipeline import failure, stamp_stage
from curate.workspace.unfinished import carrying_out
from curate.workspace.workspace import Workspace

_ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, repr=False)
class MaskReport(Shown):
    """What ``curate mask`` did for one category.

    Attributes
    ----------
    category : str
    images : int
        Windows that show at least one region.
    masks : int
        Mask files: regions.
    removed : int
        Masks of an earlier run that no region stands for any more.
    entries : tuple of DefectEntry
        Of ``defects_config.json``.
    findings : tuple of Finding
    """

    category: str
    images: int
    masks: int
    removed: int
    entries: tuple[DefectEntry, ...]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "images": self.images,
            "masks": self.masks,
            "removed": self.removed,
            "entries": [
                {"defect": entry.defect_name, "pixel_value": entry.pixel_value, "saturation": str(entry.saturation)}
                for entry in self.entries
            ],
            "findings": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class _Job:
    window: Window
    annotation: Annotation
    regions: tuple[WholeRegion, ...]


@dataclass(frozen=True, slots=True)
class _Done:
    """The masks of one window image; ``shown`` are the frame and ids of the regions that left a pixel."""

    frame: str
    rows: tuple[MaskRow, ...]
    shown: frozenset[tuple[str, tuple[str, ...]]]
    findings: tuple[Finding, ...]


_SERIAL = Execution(jobs=1)


def write_masks(
    workspace: Workspace,
    category: CategoryConfig,
    *,
    execution: Execution = _SERIAL,
    dry_run: bool = False,
    sync: bool = True,
    on_wait: Callable[[str], None] | None = None,
) -> MaskReport:
    """Rasterise every region in every accepted window of a category.

    Writes ``masks/<window>/<category>/<image>/0000.png…`` (8 bits, one channel, value = ``pixel_value``),
    ``defects_config.json`` beside them, ``records/masks/<window>/<category>.csv`` and the pixel value of each defect,
    ``records/pixel_values/<category>.json``, which later runs keep to; masks of an earlier run that
    no region stands for any more are deleted. Frames that a person has called something else follow that: a good one
    has no regions. ``sync`` flushes masks and folders to the disk before the record that names them.

    Raises
    ------
    MissingError
        If no window was cut or nothing was annotated yet.
    InputError
        If more than 255 entries would be needed.
    """
    with workspace.lock(on_wait):
        if dry_run:
            return _write_all(workspace, category, execution, dry_run=True, sync=sync)
        with carrying_out(workspace, "mask", category.name):
            return _write_all(workspace, category, execution, dry_run=False, sync=sync)


def _write_all(
    workspace: Workspace, category: CategoryConfig, execution: Execution, *, dry_run: bool, sync: bool
) -> MaskReport:
    """Write the masks of every window and the stamp."""
    decided = read_standing(workspace, category.name)
    labels = FrameLabels(read_annotations(workspace.annotations(category.name)), decided.labels)
    annotations = labels.annotations()
    regions, findings = _plan(annotations, category)
    findings += label_findings(labels)
    used = [(region.defect, region.saturation) for joined in regions.values() for region in joined]
    values = workspace.pixel_values(category.name)
    known = read_defects_config(values)
    entries = assign_values(category, used, known)
    done: list[_Done] = []
    removed, outputs = 0, []
    for name in category.windows:
        windows = [window for window in _accepted(workspace, name, category.name) if regions.get(window.frame)]
        jobs = [_Job(window, annotations[window.frame], regions[window.frame]) for window in windows]
        stage = _Stage(workspace, name, category.name, entries, dry_run, sync)
        made = list(execution.map(stage.write, jobs, f"{category.name}: masks"))
        done += made
        if not dry_run:
            removed += stage.finish([row for image in made for row in image.rows])
            outputs += [stage.record, stage.folder / CONFIG_NAME]
    if not dry_run:
        write_text(values, format_defects_config(remembered(known, entries)))
        outputs.append(values)
        failed = failure(findings, codes.UNCONFIGURED_DEFECT)
        stamp_stage(workspace, "mask", category, outputs, decided, failed=failed)
    rows = [row for image in done for row in image.rows]
    findings += [finding for image in done for finding in image.findings]
    findings += _invisible(regions, done)
    images = sum(bool(image.rows) for image in done)
    return MaskReport(category.name, images, len(rows), removed, entries, ordered(findings))


def suggest_saturation(
    workspace: Workspace, category: CategoryConfig, outlines: Mapping[str, Annotation]
) -> list[Suggestion]:
    """Measure outlines of present parts in every accepted window and propose a threshold for each; write nothing.

    Parameters
    ----------
    outlines : mapping of frame to Annotation
        What was drawn on good examples; see :func:`curate.label.run.read_outlines`.
    """
    windows = [row for name in category.windows for row in _accepted(workspace, name, category.name)]
    return suggest(outlines, windows)


def _plan(
    annotations: dict[str, Annotation], category: CategoryConfig
) -> tuple[dict[str, tuple[WholeRegion, ...]], list[Finding]]:
    regions: dict[str, tuple[WholeRegion, ...]] = {}
    findings: list[Finding] = []
    for frame, annotation in annotations.items():
        joined, problems = whole_regions(annotation, category)
        regions[frame] = tuple(joined)
        findings += annotation_findings(annotation, category)
        findings += [found(codes.THRESHOLDS_DIFFER_IN_REGION, problem, frame) for problem in problems]
    return regions, findings


def _invisible(regions: dict[str, tuple[WholeRegion, ...]], done: list[_Done]) -> list[Finding]:
    """Find the regions that no window shows, among the frames that have an accepted window."""
    shown = {key for image in done for key in image.shown}
    frames = {image.frame for image in done}
    return [
        invisible(frame, region)
        for frame in regions
        for region in regions[frame]
        if frame in frames and (frame, region.region_ids) not in shown
    ]


def _accepted(workspace: Workspace, window: str, category: str) -> list[Window]:
    paths = [workspace.windows_record(window, category, series) for series in workspace.series_of(category)]
    present = [path for path in paths if is_there(path)]
    if not present:
        raise MissingError(
            f"no window {window!r} of {category} was cut yet",
            path=workspace.root,
            hint=f"run `curate crop -c {category}`",
        )
    return [row for path in present for row in read_table(path, Window) if row.status == _ACCEPTED]


@dataclass(frozen=True, slots=True)
class _Stage:
    """The masks of one window of a category."""

    workspace: Workspace
    window: str
    category: str
    entries: tuple[DefectEntry, ...]
    dry_run: bool
    sync: bool

    @property
    def folder(self) -> Path:
        return self.workspace.masks(self.window, self.category)

    @property
    def record(self) -> Path:
        return self.workspace.masks_record(self.window, self.category)

    def write(self, job: _Job) -> _Done:
        """Rasterise the regions of one window image and write its masks."""
        rows: list[MaskRow] = []
        findings: list[Finding] = []
        shown = set()
        place = f"{self.window}/{self.category}/{job.window.image}"
        for region in job.regions:
            drawn = render(region, job.annotation, job.window)
            if drawn.area_px:
                shown.add((job.window.frame, region.region_ids))
                findings += region_findings(drawn, place)
                rows.append(self._write_one(drawn, job.window, len(rows)))
        return _Done(job.window.frame, tuple(rows), frozenset(shown), tuple(findings))

    def _write_one(self, drawn: Rendered, window: Window, number: int) -> MaskRow:
        region = drawn.region
        value = next(
            entry.pixel_value
            for entry in self.entries
            if (entry.defect_name, entry.saturation) == (region.defect, region.saturation)
        )
        content = encode_png(drawn.mask.astype(np.uint8) * np.uint8(value))
        mask = f"{window.image.removesuffix('.png')}/{number:04d}.png"
        if not self.dry_run:
            write_if_changed(self.folder / mask, content, flushed=self.sync)
        ids = " ".join(region.region_ids)
        size = (drawn.area_px, drawn.lost)
        return MaskRow(window.image, mask, window.frame, ids, region.defect, value, *size, sha256_bytes(content))

    def finish(self, rows: list[MaskRow]) -> int:
        """Write the configuration and the record; delete what no row names. Return how many files that were."""
        write_text(self.folder / CONFIG_NAME, format_defects_config(self.entries))
        if self.sync:
            sync_tree(self.folder)  # those, too, that an earlier run wrote and did not live to flush
            sync_folders([self.folder.parent], self.workspace.root)
        write_table(self.record, rows, MaskRow)
        return remove_others(self.folder, {row.mask for row in rows} | {CONFIG_NAME})
