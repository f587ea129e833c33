"""Divide a category's frames into train and test: read the records, plan, write ``records/splits/<name>``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from curate.errors import RecordError
from curate.files.annotations import read_annotations
from curate.files.atomic import write_json
from curate.files.road import stamp_stage
from curate.files.tables import read_table, write_table
from curate.files.workspace import Workspace
from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.config import DEFAULT_SPLIT, CategoryConfig
from curate.model.defect import GOOD
from curate.model.finding import Finding, ordered
from curate.model.region import image_label
from curate.model.rows import SplitRow
from curate.split.chronological import Labelled, chronological
from curate.split.explain import explain
from curate.split.order import ShootingOrder, shooting_order

_SCHEMA = "curate/split/1"
_SIDES = ("train", "val", "test")
_LISTED = 10


@dataclass(frozen=True, slots=True)
class SplitReport:
    """What ``make_split`` decided for one category.

    Attributes
    ----------
    category, name : str
    rows : tuple of SplitRow
        In shooting order.
    policy : dict
        The settings that the split was made with.
    explanation : tuple of str
        Sentences for people: what decided the order, and where the sides meet.
    findings : tuple of Finding
    """

    category: str
    name: str
    rows: tuple[SplitRow, ...]
    policy: dict[str, Any]
    explanation: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Number of frames by side and label: ``{"train": {"good": 30}, "test": {"good": 30, "scratch": 4}}``."""
        counter = Counter((row.side, row.label) for row in self.rows if row.side)
        return {
            side: {label: counter[key] for key in sorted(counter) if key[0] == side for label in [key[1]]}
            for side in _SIDES
            if any(key[0] == side for key in counter)
        }

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "name": self.name,
            "policy": self.policy,
            "counts": self.counts,
            "left_out": sum(not row.side for row in self.rows),
            "explanation": list(self.explanation),
            "findings": [finding.to_json() for finding in self.findings],
        }


def make_split(
    workspace: Workspace, category: CategoryConfig, *, name: str = DEFAULT_SPLIT, dry_run: bool = False
) -> SplitReport:
    """Split one category by the policy of its ``curate.toml`` table.

    Raises
    ------
    MissingError, RecordError
        If the captures record or the annotations cannot be read.
    """
    order = shooting_order(
        {series: _captures(workspace, category.name, series) for series in _series(workspace, category)}
    )
    rows = chronological(_labelled(workspace, category.name, order.captures), category.split.train)
    report = SplitReport(
        category=category.name,
        name=name,
        rows=rows,
        policy=asdict(category.split),
        explanation=explain(order, rows),
        findings=_findings(workspace.relative(workspace.split(name, category.name)), order, rows),
    )
    if not dry_run:
        with workspace.lock():
            _write(workspace, category, report)
    return report


def _series(workspace: Workspace, category: CategoryConfig) -> list[str]:
    return workspace.series_of(category.name)


def _captures(workspace: Workspace, category: str, series: str) -> list[Capture]:
    return read_table(workspace.captures_record(category, series), Capture)


def _labelled(workspace: Workspace, category: str, captures: Sequence[Capture]) -> list[Labelled]:
    path = workspace.annotations(category)
    annotations = read_annotations(path) if path.is_file() else {}
    return [Labelled(capture.frame, image_label(capture.label, annotations.get(capture.frame))) for capture in captures]


def _findings(record: str, order: ShootingOrder, rows: Sequence[SplitRow]) -> tuple[Finding, ...]:
    findings = []
    unlabelled = [row.frame for row in rows if not row.label]
    if unlabelled:
        message = f"{len(unlabelled)} of {len(rows)} frames have no label and are on no side of the split"
        findings.append(found("CUR551", message, record, related=tuple(unlabelled[:_LISTED])))
    good = Counter(row.side for row in rows if row.label == GOOD)
    for side in ("train", "test"):
        if not good[side]:
            message = f"no good frame is in {side}, of {good.total()} good frames in all"
            findings.append(found("CUR552", message, record))
    if not order.certain:
        findings.append(found("CUR751", order.evidence, record))
    return ordered(findings)


def _write(workspace: Workspace, category: CategoryConfig, report: SplitReport) -> None:
    path = workspace.split(report.name, category.name)
    write_table(path, report.rows, SplitRow)
    _write_policy(workspace, report)
    if report.name == DEFAULT_SPLIT:
        stamp_stage(workspace, "split", category, [path])


def _write_policy(workspace: Workspace, report: SplitReport) -> None:
    """Record how the split was made beside what the other categories' splits were made with."""
    path = workspace.split_policy(report.name)
    categories: dict[str, Any] = {}
    if path.is_file():
        try:
            categories = dict(json.loads(path.read_bytes())["categories"])
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(
                f"is not a split policy of curate ({error})", path=path, hint="delete it and run `curate split` again"
            ) from error
    categories[report.category] = {
        "policy": report.policy,
        "counts": report.counts,
        "explanation": list(report.explanation),
    }
    document = {"schema": _SCHEMA, "name": report.name, "categories": dict(sorted(categories.items()))}
    write_json(path, document)
