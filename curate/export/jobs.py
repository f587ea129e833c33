"""Read the records that a category is published from, and plan it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from curate.disk.reading import is_there
from curate.disk.tables import read_table
from curate.errors import MissingError
from curate.export.plan import CategoryPlan, PlannedSample, plan_category
from curate.model.capture import Capture, Window
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.decision import Standing
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.lost_classes import classes_of, lost_classes
from curate.model.rows import MaskRow, SplitRow
from curate.model.words import counted
from curate.workspace.decisions import read_standing
from curate.workspace.labels import read_labels
from curate.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One published category: where its parts come from, its plan, and what people decided about its frames."""

    folder: str
    category: CategoryConfig
    window: str
    plan: CategoryPlan
    policy: dict[str, Any]
    decided: Standing
    findings: tuple[Finding, ...]


def jobs_of(workspace: Workspace, category: CategoryConfig, split: str, policy: dict[str, Any]) -> Iterator[ExportJob]:
    """Plan a category, once for each of its windows.

    Raises
    ------
    MissingError
        If there is no such split, or no window was cut.
    RecordError
        If a record is damaged.
    """
    name = category.name
    record = workspace.split(split, name)
    if not is_there(record):
        others = sorted(path.parent.name for path in record.parent.parent.glob(f"*/{name}.csv"))
        known = f"; there are {', '.join(others)}" if others else ""
        raise MissingError(
            f"category {name} has no split named {split}{known}", path=record, hint=f"run `curate split -c {name}`"
        )
    rows = read_table(record, SplitRow)
    series = workspace.series_of(name)
    captures = {
        capture.frame: capture
        for entry in series
        for capture in read_table(workspace.captures_record(name, entry), Capture)
    }
    decided = read_standing(workspace, name)
    classes = classes_of(read_labels(workspace, name, decided), captures.values())
    jobs = []
    for window in category.windows:
        windows = _windows(workspace, window, name, series)
        regions = workspace.masks_record(window, name)
        masks, said = _counting(read_table(regions, MaskRow) if is_there(regions) else [], decided)
        plan = plan_category(
            rows, windows, masks, captures, record=workspace.relative(record), only_window=len(category.windows) == 1
        )
        findings = (*plan.findings, *said)
        folder, described = category.published_name(window), {"name": split, **policy}
        jobs.append(ExportJob(folder, category, window, plan, described, decided, findings))
    there = {label for job in jobs for sample in job.plan.samples for label in (sample.label, *_defects(sample))}
    why = {row.frame: row.reason for row in rows if not row.side}
    lost = lost_classes(classes, there, f"the export of the split {split}", workspace.relative(record), why)
    yield replace(jobs[0], findings=(*jobs[0].findings, *lost))
    yield from jobs[1:]


def _defects(sample: PlannedSample) -> Iterator[str]:
    return (mask.defect for mask in sample.masks)


def _windows(workspace: Workspace, window: str, name: str, series: Sequence[str]) -> list[Window]:
    records = [workspace.windows_record(window, name, entry) for entry in series]
    present = [record for record in records if is_there(record)]
    if not present:
        raise MissingError(
            f"no window of category {name} has been cut", path=records[0].parent, hint=f"run `curate crop -c {name}`"
        )
    return [row for record in present for row in read_table(record, Window)]


def _counting(masks: Sequence[MaskRow], decided: Standing) -> tuple[list[MaskRow], list[Finding]]:
    """Leave out the masks of frames that a person has called good since they were made."""
    good = {frame: entry for frame, entry in decided.labels.items() if entry.verdict == GOOD}
    lost: dict[str, int] = {}
    for row in masks:
        if row.frame in good:
            lost[row.frame] = lost.get(row.frame, 0) + 1
    said = [
        found(
            codes.REGIONS_OF_RELABELLED_FRAME,
            f"called good {good[frame].by_hand}: {counted(number, 'mask is', 'masks are')} left out",
            frame,
        )
        for frame, number in lost.items()
    ]
    return [row for row in masks if row.frame not in good], said
