"""Write a published dataset: read the records, plan, write each category whole (:mod:`curate.disk.publish`)."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from curate.datasets.card import CARD_NAME, fingerprint_of, format_card
from curate.datasets.defects_config import CONFIG_NAME, format_defects_config, read_defects_config
from curate.datasets.writers.losses import Loss, losses
from curate.datasets.writers.publish import published_category, refuse_other
from curate.datasets.writers.registry import WRITER_BY_NAME
from curate.disk.atomic import place_file, write_bytes, write_text
from curate.disk.destination import writing_into
from curate.disk.hashing import sha256_bytes
from curate.disk.reading import is_there
from curate.disk.unread import each_of
from curate.errors import InputError, MissingError
from curate.execution import Execution
from curate.export.card import as_category, mask_targets, origins, statistics, supervision
from curate.export.jobs import ExportJob, jobs_of
from curate.export.options import NATIVE, ExportOptions
from curate.export.others import publish_as
from curate.export.plan import PlannedSample
from curate.imaging.images import encode_png, read_file, read_pixels
from curate.imaging.masks import decode_mask
from curate.model.card import Card
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig, WorkspaceConfig
from curate.model.dataset import Dataset
from curate.model.defect import DefectEntry
from curate.model.finding import Finding, ordered
from curate.model.rows import MaskRow
from curate.model.words import Shown
from curate.workspace.excluded_labels import excluded_by_label
from curate.workspace.pipeline import failure, stamp_stage
from curate.workspace.split_policy import read_policy
from curate.workspace.stage_names import export_stage
from curate.workspace.unfinished import carrying_out
from curate.workspace.workspace import Workspace

LAYOUTS = tuple(WRITER_BY_NAME)

_FATAL = (codes.DEFECT_WITHOUT_REGION, codes.RECORDS_CONTRADICT, codes.WRITTEN_DATASET_DIFFERS)
"""Errors with which an export is not what the split asks for."""


@dataclass(frozen=True, slots=True, repr=False)
class ExportReport(Shown):
    """What ``export_dataset`` wrote.

    Attributes
    ----------
    root : str
        The dataset's folder, relative to the workspace where it lies in it.
    layout : str
    losses : tuple of Loss
        What becomes of each aspect in the layout.
    statistics : dict
        By published category: what its ``dataset.json`` counts.
    fingerprints : dict
        By published category.
    findings : tuple of Finding
    """

    root: str
    layout: str
    losses: tuple[Loss, ...]
    statistics: dict[str, dict[str, Any]]
    fingerprints: dict[str, str]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "root": self.root,
            "layout": self.layout,
            "losses": [loss.to_json() for loss in self.losses],
            "categories": {
                name: {"fingerprint": self.fingerprints[name], "statistics": counts}
                for name, counts in self.statistics.items()
            },
            "findings": [finding.to_json() for finding in self.findings],
        }


def export_dataset(
    workspace: Workspace,
    config: WorkspaceConfig,
    categories: Sequence[CategoryConfig],
    *,
    destination: Path | None = None,
    options: ExportOptions = ExportOptions(),
    execution: Execution = Execution(),
    before: Callable[[Sequence[Loss]], object] | None = None,
    finish: Callable[[Path], object] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> ExportReport:
    """Publish categories.

    Parameters
    ----------
    workspace, config, categories
        As :func:`curate.workspace.workspace.open_workspace` returns them.
    destination : Path, optional
        Default ``build/<layout>`` in the workspace.
    options : ExportOptions
        Its layout is one of :data:`LAYOUTS`.
    execution : Execution
    before : callable, optional
        Called with what the layout makes of each aspect, before anything is written.
    finish : callable, optional
        Given the dataset's folder, writes what else belongs beside the categories, while nobody else can write there.
    on_wait : callable, optional
        Called with a sentence when another command is writing in the workspace or into the destination.

    Raises
    ------
    MissingError, RecordError
        If an earlier stage has not run or its record is broken.
    InputError
        If a category would have no image, or the destination holds a folder of its name that curate did not write.
    """
    if options.layout not in LAYOUTS:
        raise InputError(f"unknown layout {options.layout!r}, expected one of {', '.join(LAYOUTS)}")
    standard = workspace.build(options.folder)
    root = destination or standard
    policies = read_policy(workspace, options.split)
    jobs = [
        job
        for category in categories
        for job in jobs_of(workspace, category, options.split, policies.get(category.name, {}))
    ]
    _refuse_empty(jobs)
    for job in jobs:
        refuse_other(root / job.folder)
    planned = (as_category(job.folder, job.plan.samples, _entries(workspace, job)) for job in jobs)
    lost = losses(Dataset(str(root), root.name, NATIVE, tuple(planned)), options.layout)
    if before:
        before(lost)
    if options.dry_run:
        cards = {job.folder: _card(config, job, options.layout, masks={}, files={}, aside={}) for job in jobs}
        said: list[Finding] = []
    else:
        stage = export_stage(root.name) if root == standard else ""
        names = [category.name for category in categories]
        noted = carrying_out(workspace, stage, *names) if stage else nullcontext()
        with workspace.lock(on_wait), writing_into(root, on_wait), noted:
            cards, said = _publish(workspace, config, jobs, root, options, execution)
            if finish:
                finish(root)
            _stamp(workspace, stage, categories, jobs, root, said)
    return ExportReport(
        root=workspace.relative(root),
        layout=options.layout,
        losses=lost,
        statistics={name: card.statistics for name, card in sorted(cards.items())},
        fingerprints={name: card.fingerprint for name, card in sorted(cards.items())},
        findings=ordered([*said, *(finding for job in jobs for finding in job.findings)]),
    )


def _stamp(
    workspace: Workspace,
    stage: str,
    categories: Sequence[CategoryConfig],
    jobs: Sequence[ExportJob],
    root: Path,
    said: Sequence[Finding],
) -> None:
    """Record for each category that it was published; nowhere else than in ``build`` is that a stage."""
    for category in categories if stage else ():
        mine = [job for job in jobs if job.category is category]
        outputs = [root / job.folder / CARD_NAME for job in mine]
        folders = tuple(f"{job.folder}/" for job in mine)
        findings = [entry for entry in said if entry.path.startswith(folders)]
        findings += [entry for job in mine for entry in job.findings]
        failed = failure(findings, *_FATAL)
        stamp_stage(workspace, stage, category, outputs, mine[0].decided, failed=failed)


def _publish(
    workspace: Workspace,
    config: WorkspaceConfig,
    jobs: Sequence[ExportJob],
    root: Path,
    options: ExportOptions,
    execution: Execution,
) -> tuple[dict[str, Card], list[Finding]]:
    """Write the categories: straight away in the native layout, else from a native copy that is thrown away."""
    write = partial(_write_category, workspace, config, execution=execution)
    if options.layout == NATIVE:
        cards = dict(each_of(jobs, lambda job: (job.folder, write(job, root, options))))
        checked = jobs if options.check else []
        return cards, [wrong for job in checked for wrong in _differences(workspace, job, root, execution)]
    staging = workspace.root / ".curate" / "export"
    shutil.rmtree(staging, ignore_errors=True)  # what a killed run left
    native = replace(options, layout=NATIVE, link=True, sync=False)
    each_of(jobs, lambda job: write(job, staging, native))
    logical = {job.folder: _logical(job.category) for job in jobs}
    return publish_as(staging, root, logical=logical, options=options, execution=execution)


def _entries(workspace: Workspace, job: ExportJob) -> tuple[DefectEntry, ...]:
    return read_defects_config(workspace.masks(job.window, job.category.name) / CONFIG_NAME)


def _refuse_empty(jobs: Sequence[ExportJob]) -> None:
    """Raise before anything is written when a category would be published without a single image."""
    empty = [job for job in jobs if not job.plan.samples]
    if not empty:
        return
    lines = []
    for job in empty:
        why = "; ".join(finding.message for finding in job.plan.findings) or "the split puts no frame on a side"
        lines.append(f"{job.folder} would have no image: {why}")
    names = " ".join(f"-c {name}" for name in dict.fromkeys(job.category.name for job in empty))
    if any(job.plan.findings for job in empty):
        step = "`curate crop` cuts windows, `curate label import` and `curate mask` make regions"
    else:
        step = f"label the frames (`curate label import FILE {names}`) and run `curate split {names}` again"
    others = "" if len(empty) == len(jobs) else ", or name the other categories with -c"
    raise InputError("\n  ".join(lines), hint=step + others)


def _write_category(
    workspace: Workspace,
    config: WorkspaceConfig,
    job: ExportJob,
    root: Path,
    options: ExportOptions,
    *,
    execution: Execution,
) -> Card:
    with published_category(root / job.folder, resumed=False, sync=options.sync) as draft:
        write = partial(_write_sample, workspace, job, draft.folder, link=options.link)
        masks: dict[str, str] = {}
        for written in execution.map(write, job.plan.samples, f"export {job.folder}"):
            masks |= written
        entries = format_defects_config(_entries(workspace, job))
        write_text(draft.folder / CONFIG_NAME, entries)
        files = {CONFIG_NAME: sha256_bytes(entries.encode()), **masks}
        aside = excluded_by_label(workspace, job.category.name)
        card = _card(config, job, options.layout, masks=masks, files=files, aside=aside)
        write_text(draft.folder / CARD_NAME, format_card(card))
    return card


def _write_sample(
    workspace: Workspace, job: ExportJob, folder: Path, sample: PlannedSample, *, link: bool
) -> dict[str, str]:
    """Write one image and its masks; return the sha256 of each mask by its published path."""
    name = job.category.name
    image = workspace.windows(job.window, name) / sample.image
    if not is_there(image):
        gone = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(image))
        raise MissingError("the window's image is gone", path=image, hint=f"run `curate crop -c {name}`") from gone
    place_file(image, folder / sample.target, link=link)
    hashes = {}
    for row, target in zip(sample.masks, mask_targets(sample), strict=True):
        content = _three_channels(workspace.masks(job.window, name) / row.mask, row)
        write_bytes(folder / target, content)
        hashes[target] = sha256_bytes(content)
    return hashes


def _logical(category: CategoryConfig) -> frozenset[str]:
    return frozenset(name for name, defect in category.defects.items() if defect.kind == "logical")


def _differences(workspace: Workspace, job: ExportJob, root: Path, execution: Execution) -> list[Finding]:
    """Read the published masks back; CUR195 for each that does not mark exactly what the workspace's mask marks."""
    pairs = [
        (row, root / job.folder / target)
        for sample in job.plan.samples
        for row, target in zip(sample.masks, mask_targets(sample), strict=True)
    ]

    def differs(pair: tuple[MaskRow, Path]) -> Finding | None:
        row, path = pair
        written, value = decode_mask(read_file(path), path)
        plane = read_pixels(workspace.masks(job.window, job.category.name) / row.mask)
        same = value == row.pixel_value and np.array_equal(written, plane if plane.ndim == 2 else plane[:, :, 0])  # noqa: PLR2004 - grey or channels
        shown = path.relative_to(root).as_posix()
        return (
            None
            if same
            else found(codes.WRITTEN_DATASET_DIFFERS, "does not mark what the workspace's mask marks", shown)
        )

    return [wrong for wrong in execution.map(differs, pairs, f"check {job.folder}") if wrong]


def _three_channels(path: Path, row: MaskRow) -> bytes:
    """Encode a single-channel mask as RGB with the same value in each channel, as AutoVI's scripts index it."""
    if not is_there(path):
        raise MissingError("the mask is gone", path=path, hint="run `curate mask`")
    pixels = read_pixels(path)
    plane = pixels if pixels.ndim == 2 else pixels[:, :, 0]  # noqa: PLR2004 - grey or channels
    if set(np.unique(plane).tolist()) - {0} != {row.pixel_value}:
        raise InputError(
            f"does not hold 0 and {row.pixel_value} only, as its record says", path=path, hint="run `curate mask` again"
        )
    return encode_png(np.dstack([plane, plane, plane]))


def _card(
    config: WorkspaceConfig,
    job: ExportJob,
    layout: str,
    *,
    masks: dict[str, str],
    files: dict[str, str],
    aside: dict[str, int],
) -> Card:
    samples = job.plan.samples
    images = {sample.target: sample.window.sha256 for sample in samples}
    known = masks or {target: "" for sample in samples for target in mask_targets(sample)}
    return Card(
        category=job.folder,
        name=config.name,
        version=config.version,
        license=config.license,
        description=config.description,
        layout=layout,
        fingerprint=fingerprint_of(images | files),
        supervision=supervision(samples),
        split={key: job.policy[key] for key in ("name", "policy", "explanation") if key in job.policy},
        statistics=statistics(samples) | ({"set_aside": aside} if aside else {}),
        samples=origins(samples, known),
    )
