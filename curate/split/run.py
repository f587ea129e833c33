"""Divide a category's frames: read the records, plan, write ``records/splits/<name>``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from curate.disk.reading import is_there
from curate.disk.tables import read_table, write_table
from curate.errors import CurateError, InputError, MissingError
from curate.model.capture import PLACED_BY_NOTHING, Capture, Window
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import DEFAULT_SPLIT, CategoryConfig, SplitConfig
from curate.model.decision import Standing
from curate.model.defect import GOOD
from curate.model.finding import Finding, ordered
from curate.model.lost_classes import classes_of, lost_classes
from curate.model.orphaned_decisions import orphaned_decisions
from curate.model.rows import SplitRow
from curate.model.screening import SetAside
from curate.model.words import Shown, counted
from curate.split.checks import check_split
from curate.split.explain import explain, shares, supervision_of
from curate.split.given import given, side_of
from curate.split.labelled_frames import LabelledFrame, SplitVariant
from curate.split.order import ShootingOrder, shooting_order
from curate.split.policies import plan_split
from curate.workspace.decisions import read_standing
from curate.workspace.foreign_split import read_foreign_split
from curate.workspace.labels import read_labels
from curate.workspace.pipeline import failure, stamp_stage
from curate.workspace.screening import read_set_aside
from curate.workspace.split_policy import forget_split, write_policy
from curate.workspace.standing_order import standing_findings
from curate.workspace.unfinished import carrying_out
from curate.workspace.workspace import Workspace

_SIDES = ("train", "val", "test")
_LISTED = 10
NO_PLACE = "nothing tells when it was shot"
"""Why a good frame at the end of its series is on no side of a split in shooting order."""


@dataclass(frozen=True, slots=True, repr=False)
class SplitReport(Shown):
    """What was decided for one split of one category.

    Attributes
    ----------
    category, name : str
    rows : tuple of SplitRow
        In shooting order.
    policy : dict
        The settings that the split was made with.
    supervision : str
        ``none``, ``weak``, ``mixed`` or ``strong``: what training sees of defects.
    explanation : tuple of str
        Sentences for people: what decided the order, and where the sides meet.
    findings : tuple of Finding
    tiles : dict of str to int
        Accepted tiles by side, where the category's frames are cut into tiles: counts and shots are of frames.
    """

    category: str
    name: str
    rows: tuple[SplitRow, ...]
    policy: dict[str, Any]
    supervision: str
    explanation: tuple[str, ...]
    findings: tuple[Finding, ...]
    tiles: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Number of frames by side and label: ``{"train": {"good": 30}, "test": {"good": 30, "scratch": 4}}``."""
        counter = Counter((row.side, row.label) for row in self.rows if row.side)
        return {
            side: {label: count for (of, label), count in sorted(counter.items()) if of == side}
            for side in _SIDES
            if any(of == side for of, _ in counter)
        }

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "name": self.name,
            **self.record(),
            **({"tiles": self.tiles} if self.tiles else {}),
            "findings": [finding.to_json() for finding in self.findings],
        }

    def record(self) -> dict[str, Any]:
        """Return what the split's own file says about the category."""
        return {
            "policy": self.policy,
            "supervision": self.supervision,
            "counts": self.counts,
            "shares": {side: round(share, 4) for side, share in shares(self.rows).items()},
            "left_out": sum(not row.side for row in self.rows),
            "explanation": list(self.explanation),
        }


def make_split(workspace: Workspace, category: CategoryConfig, *, dry_run: bool = False) -> SplitReport:
    """Make all splits of a category and return the first one of its default policy; see :func:`make_splits`."""
    return make_splits(workspace, category, dry_run=dry_run)[0]


def make_splits(workspace: Workspace, category: CategoryConfig, *, dry_run: bool = False) -> list[SplitReport]:
    """Make every split that ``curate.toml`` asks for in a category, the default one first.

    Raises
    ------
    MissingError, RecordError
        If the captures record, the annotations or the file of a given split cannot be read.
    InputError
        If the frames cannot be divided as asked.
    """
    order = shooting_order(
        {
            series: read_table(workspace.captures_record(category.name, series), Capture)
            for series in workspace.series_of(category.name)
        }
    )
    decided = read_standing(workspace, category.name)
    labels = read_labels(workspace, category.name, decided)
    annotations = labels.annotations()
    drawn = {
        capture.frame: bool((noted := annotations.get(capture.frame)) and noted.regions) for capture in order.captures
    }
    rejected = read_set_aside(workspace, category.name, decided)
    usable = {frame: "" if frame in rejected else label for frame, label in labels.by_frame(order.captures).items()}
    lost = _lost_decisions(workspace, category.name, decided, order)
    lost += standing_findings(workspace, category.name, decided)
    reports: list[SplitReport] = []
    impossible: list[Finding] = []
    for name, config in {DEFAULT_SPLIT: category.split, **category.splits}.items():
        unplaced = _unplaced(order, usable, config)
        labels_now = usable | dict.fromkeys(unplaced, "")
        frames = _candidates(order, labels_now, drawn, config.by)
        record = workspace.relative(workspace.split(name, category.name))
        try:
            variants, extra = _variants(workspace, frames, order, config, record)
        except CurateError as error:
            where = f"split {name} of {category.name}"
            if name != DEFAULT_SPLIT:
                message = f"{where} cannot be made: {error.message}"
                impossible.append(found(codes.SPLIT_IMPOSSIBLE, message, record, hint=error.hint or None))
                continue
            if not isinstance(error, InputError):
                raise
            raise InputError(f"{where}: {error.message}", path=error.path or None, hint=error.hint) from error
        reports += [
            _report(workspace, category, _named(name, variant), variant, order, config, drawn, [*extra, *lost])
            for variant in (_set_aside(variant, rejected, unplaced) for variant in variants)
        ]
    classes = classes_of(labels, order.captures)
    tiles = _tiles(workspace, category)
    reports = [_counted(workspace, report, classes, tiles) for report in reports]
    if impossible:
        reports[0] = replace(reports[0], findings=ordered([*reports[0].findings, *impossible]))
    if not dry_run:
        with workspace.lock(), carrying_out(workspace, "split", category.name):
            _write(workspace, category, reports, decided)
    return reports


def _counted(
    workspace: Workspace, report: SplitReport, classes: Mapping[str, Collection[str]], tiles: Mapping[str, int]
) -> SplitReport:
    """Add which classes are lost, and how many tiles the frames of each side are."""
    findings = ordered([*report.findings, *_lost(workspace, report, classes)])
    by_side = {side: sum(tiles.get(row.frame, 0) for row in report.rows if row.side == side) for side in report.counts}
    return replace(report, findings=findings, tiles=by_side if tiles else {})


def _tiles(workspace: Workspace, category: CategoryConfig) -> Counter[str]:
    """Return how many accepted tiles each frame has; empty where no window is cut into tiles, or none is cut yet."""
    records = [
        workspace.windows_record(name, category.name, series)
        for name, window in category.windows.items()
        if window.mode == "tile"
        for series in workspace.series_of(category.name)
    ]
    rows = (row for record in records if is_there(record) for row in read_table(record, Window))
    return Counter(row.frame for row in rows if row.status == "accepted")


def _lost(workspace: Workspace, report: SplitReport, classes: Mapping[str, Collection[str]]) -> list[Finding]:
    """Name the classes that are labelled and that a split has on no side."""
    there = {name for row in report.rows if row.side for name in classes.get(row.frame, ())}
    why = {row.frame: row.reason for row in report.rows if not row.side}
    record = workspace.relative(workspace.split(report.name, report.category))
    return lost_classes(classes, there, f"the split {report.name}", record, why)


def _unplaced(order: ShootingOrder, labels: Mapping[str, str], config: SplitConfig) -> set[str]:
    """Return the good frames that a policy in shooting order cannot use, because nothing tells when they were shot."""
    if config.policy not in {"chronological", "few-shot", "imbalance"} or config.by:
        return set()
    loose = (capture.frame for capture in order.captures if capture.ordered_by == PLACED_BY_NOTHING)
    return {frame for frame in loose if labels[frame] == GOOD}


def _lost_decisions(workspace: Workspace, category: str, decided: Standing, order: ShootingOrder) -> list[Finding]:
    entries = [*decided.frames.values(), *decided.labels.values(), *decided.excluded.values()]
    frames = {capture.frame for capture in order.captures}
    return orphaned_decisions(entries, frames, workspace.relative(workspace.decisions(category)))


def _named(name: str, variant: SplitVariant) -> str:
    return f"{name}-{variant.suffix}" if variant.suffix else name


def _set_aside(variant: SplitVariant, rejected: Mapping[str, SetAside], unplaced: set[str]) -> SplitVariant:
    """Say why frames are on no side that screening or a person rejected, or that have no place in the order."""
    reasons = dict.fromkeys(unplaced, NO_PLACE) | {frame: entry.sentence() for frame, entry in rejected.items()}
    rows = (replace(row, side="", reason=reasons[row.frame]) if row.frame in reasons else row for row in variant.rows)
    return replace(variant, rows=tuple(rows))


def _candidates(order: ShootingOrder, labels: dict[str, str], drawn: dict[str, bool], by: str) -> list[LabelledFrame]:
    return [
        LabelledFrame(
            frame=capture.frame,
            label=labels[capture.frame],
            moment=moment,
            series=capture.series,
            group=str(getattr(capture, by)) if by else "",
            drawn=drawn[capture.frame],
        )
        for capture, moment in zip(order.captures, order.moments, strict=True)
    ]


def _variants(
    workspace: Workspace, frames: Sequence[LabelledFrame], order: ShootingOrder, config: SplitConfig, record: str
) -> tuple[list[SplitVariant], list[Finding]]:
    if config.policy != "given":
        return plan_split(frames, config), []
    pairs = read_foreign_split(_given_file(workspace, config))
    sides = [(name, side) for name, word in pairs if (side := side_of(word))]
    rows, unmatched, conflicting = given(frames, order.captures, sides)
    findings = []
    lost = [(name, word) for name, word in pairs if not side_of(word)]
    if lost:
        words = ", ".join(repr(word) for word in sorted({word for _, word in lost})[:_LISTED])
        message = f"{counted(len(lost), 'name is', 'names are')} on a side called {words}, expected train, val or test"
        findings.append(
            found(codes.UNKNOWN_SPLIT_SIDE, message, record, related=tuple(sorted(name for name, _ in lost)))
        )
    if unmatched:
        message = f"{len(unmatched)} of {len({name for name, _ in sides})} names are no frame, or could be several"
        findings.append(found(codes.SPLIT_NAMES_UNKNOWN_FRAME, message, record, related=tuple(unmatched)))
    if conflicting:
        many = counted(len(conflicting), "frame is", "frames are")
        findings.append(found(codes.FRAME_ON_TWO_SIDES, f"{many} on two sides", record, related=tuple(conflicting)))
    return [SplitVariant("", rows)], findings


def _given_file(workspace: Workspace, config: SplitConfig) -> Path:
    path = workspace.root / config.file
    if not path.exists():
        raise MissingError("there is no such file", path=path, hint="check `file` in curate.toml")
    return path


def _report(
    workspace: Workspace,
    category: CategoryConfig,
    name: str,
    variant: SplitVariant,
    order: ShootingOrder,
    config: SplitConfig,
    drawn: dict[str, bool],
    extra: Sequence[Finding],
) -> SplitReport:
    record = workspace.relative(workspace.split(name, category.name))
    supervision = supervision_of(variant.rows, drawn)
    findings = check_split(variant.rows, order, record, each_series=config.each == "series")
    if config.policy in {"k-fold", "grouped"} or config.by:
        # Folds rotate through time on purpose, and whole groups overlap in it: their split file says so.
        findings = tuple(
            replace(f, severity="info") if f.code == codes.GOOD_TEST_BEFORE_TRAINING_END else f for f in findings
        )
    return SplitReport(
        category=category.name,
        name=name,
        rows=variant.rows,
        policy=asdict(config),
        supervision=supervision,
        explanation=explain(order, variant.rows, supervision),
        findings=ordered([*findings, *extra]),
    )


def _write(workspace: Workspace, category: CategoryConfig, reports: Sequence[SplitReport], decided: Standing) -> None:
    paths = []
    for report in reports:
        path = workspace.split(report.name, category.name)
        write_table(path, report.rows, SplitRow)
        write_policy(workspace, report.name, category.name, report.record())
        paths.append(path)
    forget_split(workspace, category.name, keep={report.name for report in reports})
    failed = failure(reports[0].findings, codes.EMPTY_SPLIT_SIDE)
    stamp_stage(workspace, "split", category, paths, decided, failed=failed)
