"""Cut a category's windows: read the records, match and cut what is not done yet, write images and records.

The work is done in two passes. The first looks only at frames whose position no record knows; since the frame is then
decoded anyway, its window is cut at once if the match is good by itself. Then all frames are judged, with their
neighbours. The second pass cuts what is accepted and not cut yet, and the images of frames that were not accepted are
taken away again. Each finished position and image is put into a journal, so that a killed run loses a frame at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain, groupby
from pathlib import Path

from curate.crop.items import FrameWorker, Outcome, Ticket, is_cut
from curate.crop.names import image_names
from curate.crop.report import CropReport, window_report
from curate.crop.sources import load_plans, read_captures, read_known, recorded_series
from curate.crop.tiles import chosen_tiles
from curate.crop.worker import Item, WindowPlan, judge, make_items, padded
from curate.disk.journal import Journal
from curate.disk.tables import read_table, write_table
from curate.errors import MissingError
from curate.execution import Execution
from curate.model.capture import Capture, Window
from curate.model.codes import found as finding
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.finding import Finding, ordered
from curate.model.labels import FrameLabels
from curate.model.orphaned_decisions import astray
from curate.workspace.annotations import read_annotations
from curate.workspace.decisions import read_standing
from curate.workspace.labels import read_labels
from curate.workspace.pipeline import stamp_stage
from curate.workspace.workspace import Workspace

_STAGE = "crop"


def crop_windows(
    workspace: Workspace,
    category: CategoryConfig,
    *,
    windows: Sequence[str] = (),
    execution: Execution = Execution(),
    dry_run: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> CropReport:
    """Cut the windows of every frame of a category.

    Parameters
    ----------
    workspace : Workspace
    category : CategoryConfig
    windows : sequence of str
        Only these windows; all when empty.
    execution : Execution
    dry_run : bool
        Say what would be done; look at no frame and write nothing.
    on_wait : callable, optional
        Told once when another command holds the workspace.

    Raises
    ------
    InputError
        If a window is not defined, or a template is missing, unreadable, flat, too small or too large.
    RecordError
        If a record is damaged.
    """
    captures = read_captures(workspace, category.name)
    plans = load_plans(workspace, category, [capture for series in captures.values() for capture in series])
    wanted = _wanted(category, plans, windows)
    stage = _Stage(workspace, category, captures, execution)
    if dry_run:
        return stage.report(wanted, stage.items(wanted), dry_run=True)
    with workspace.lock(on_wait):
        with stage.journal:
            stage.known = read_known(workspace, category, stage.journal)
            stage.decided = read_standing(workspace, category.name)
            report = stage.carry_out(wanted)
            if len(wanted) == len(plans) or stage.up_to_date([plan for plan in plans if plan not in wanted]):
                stamp_stage(workspace, _STAGE, category, stage.outputs(plans), stage.decided)
        stage.journal.discard()
    return report


def _wanted(category: CategoryConfig, plans: Sequence[WindowPlan], windows: Sequence[str]) -> list[WindowPlan]:
    unknown = [name for name in windows if name not in category.windows]
    if unknown:
        raise MissingError(
            f"category {category.name} has no window {', '.join(unknown)}; it has {', '.join(category.windows)}",
            path="curate.toml",
            hint=f"add [categories.{category.name}.windows.{unknown[0]}]",
        )
    return [plan for plan in plans if not windows or plan.name in windows]


class _Stage:
    """The state of one run over one category."""

    def __init__(
        self, workspace: Workspace, category: CategoryConfig, captures: dict[str, list[Capture]], execution: Execution
    ) -> None:
        self.workspace = workspace
        self.category = category
        self.captures = captures
        self.execution = execution
        self.journal = Journal(workspace.journal(_STAGE, category.name))
        self.known = read_known(workspace, category, self.journal)
        self.decided = read_standing(workspace, category.name)
        self.findings: list[Finding] = []
        self.matched = 0
        self.cut: dict[str, int] = {}
        self._seen: set[int] = set()

    def items(self, plans: Sequence[WindowPlan]) -> list[Item]:
        """Return every window of every frame, frame by frame."""
        items: list[Item] = []
        for series in self.captures.values():
            names = image_names([capture.frame for capture in series])
            of_series = [
                item for plan in plans for item in make_items(plan, series, names, self.known, self.decided.windows)
            ]
            place = {capture.frame: index for index, capture in enumerate(series)}
            items += sorted(of_series, key=lambda item: place[item.capture.frame])
        dropped = {id(item) for plan in plans for item in self._unwanted_tiles(plan, items)}
        return [item for item in items if id(item) not in dropped]

    def _unwanted_tiles(self, plan: WindowPlan, items: Sequence[Item]) -> list[Item]:
        """Return the tiles that are not kept because they show no defect."""
        if plan.config.background is None:
            return []
        tiles = [item for item in items if item.plan is plan and item.fixed is not None]
        drawn = read_annotations(self.workspace.annotations(self.category.name))
        annotations = FrameLabels(drawn, self.decided.labels).annotations()
        places = {item.image: (item.capture.frame, item.fixed) for item in tiles if item.fixed}
        kept = chosen_tiles(places, annotations, plan.config.background)
        return [item for item in tiles if item.image not in kept]

    def carry_out(self, plans: Sequence[WindowPlan]) -> CropReport:
        """Match, judge, cut, and write the records."""
        items = self.items(plans)
        together = _by_frame(items)
        self._pass([frame for frame in together if any(item.searching for item in frame)], "matching", trusted=False)
        judge(items)
        accepted = [
            [item for item in frame if item.verdict.status == "accepted" and id(item) not in self._seen]
            for frame in together
        ]
        self._pass([frame for frame in accepted if frame], "cutting", trusted=True)
        judge(items)
        self._write_records(plans, items)
        return self.report(plans, items)

    def _pass(self, frames: Sequence[Sequence[Item]], title: str, *, trusted: bool) -> None:
        """Work on frames, and take in what was learnt."""
        plans = {item.plan.name: item.plan for frame in frames for item in frame}
        folders = {name: self.workspace.windows(name, self.category.name) for name in plans}
        worker = FrameWorker(self.workspace.captures(self.category.name), folders, plans, self.journal)
        tickets = [tuple(self._ticket(item, trusted=trusted) for item in frame) for frame in frames]
        results = self.execution.map(worker, tickets, f"{title} {self.category.name}")
        for frame, result in zip(frames, results, strict=True):
            for entry in result.entries:
                self.journal.append(entry)
            if result.unreadable:
                self.findings.append(finding(codes.UNREADABLE_IMAGE, result.unreadable, self._frame_path(frame[0])))
            for item, outcome in zip(frame, result.outcomes, strict=True):
                self._learn(item, outcome)

    def _ticket(self, item: Item, *, trusted: bool) -> Ticket:
        # The plan holds the templates: the worker has it already, and an item may travel far.
        light = replace(item, plan=replace(item.plan, templates=()))
        return Ticket(item.plan.name, light, trusted, self._done(item))

    def _learn(self, item: Item, outcome: Outcome) -> None:
        item.found, item.failure = outcome.found, outcome.failure
        self.matched += outcome.matched
        if outcome.found and item.key:
            self.known.positions[item.key] = outcome.found
        if outcome.image:
            self._seen.add(id(item))
            self.known.images[item.plan.name, item.image] = outcome.image
            self.cut[item.plan.name] = self.cut.get(item.plan.name, 0) + outcome.written

    def _done(self, item: Item) -> tuple[str, str]:
        return self.known.images.get((item.plan.name, item.image), ("", ""))

    def _is_cut(self, item: Item) -> bool:
        path = self.workspace.windows(item.plan.name, self.category.name) / item.image
        return is_cut(path, item, self._done(item))

    def rows(self, plan: WindowPlan, items: Iterable[Item]) -> dict[str, list[Window]]:
        """Return the rows of one window's records, by series."""
        rows: dict[str, list[Window]] = {series: [] for series in self.captures}
        for item in items:
            if item.plan is plan:
                rows[item.capture.series].append(item.row(self.known))
        return rows

    def _write_records(self, plans: Sequence[WindowPlan], items: Sequence[Item]) -> None:
        """Write what is known now; take away images and records that no frame stands behind any more."""
        for plan in plans:
            rows = self.rows(plan, items)
            kept = {row.image for series in rows.values() for row in series if row.sha256}
            folder = self.workspace.windows(plan.name, self.category.name)
            for window, image in self.known.images:
                if window == plan.name and image not in kept:
                    (folder / image).unlink(missing_ok=True)
            for series in recorded_series(self.workspace, plan.name, self.category.name):
                if series not in rows:
                    self.workspace.windows_record(plan.name, self.category.name, series).unlink()
            for series, series_rows in rows.items():
                path = self.workspace.windows_record(plan.name, self.category.name, series)
                write_table(path, series_rows, Window)

    def up_to_date(self, plans: Sequence[WindowPlan]) -> bool:
        """Whether the records of windows that this run left alone say what a run would say today."""
        items = self.items(plans)
        judge(items)
        for plan in plans:
            for series, rows in self.rows(plan, items).items():
                path = self.workspace.windows_record(plan.name, self.category.name, series)
                if not path.is_file() or read_table(path, Window) != rows:
                    return False
        return True

    def outputs(self, plans: Sequence[WindowPlan]) -> list[Path]:
        """Return the records that the stage has written."""
        return [
            self.workspace.windows_record(plan.name, self.category.name, series)
            for plan in plans
            for series in self.captures
        ]

    def report(self, plans: Sequence[WindowPlan], items: Sequence[Item], *, dry_run: bool = False) -> CropReport:
        """Sum the run up; in a dry run, what would be done."""
        limits = judge(items)
        labels = read_labels(self.workspace, self.category.name, self.decided).by_frame(
            chain.from_iterable(self.captures.values())
        )
        told = {entry.path for entry in self.findings}  # unreadable frames have been named already
        set_aside = [
            finding(
                codes.FRAME_EXCLUDED_BY_CROP,
                f"{item.plan.name}: {item.verdict.status}: {item.verdict.reason}",
                self._frame_path(item),
            )
            for item in items
            if item.verdict.status != "accepted"
            and not item.decision
            and not (dry_run and item.searching)
            and self._frame_path(item) not in told
        ]
        beyond = [text for plan in plans if (text := padded(plan, items))]
        set_aside += [finding(codes.BOX_BEYOND_FRAME, text, self.workspace.config_path.name) for text in beyond]
        set_aside += self._not_followed(items, dry_run=dry_run)
        return CropReport(
            category=self.category.name,
            windows=tuple(
                window_report(plan, items, labels, self.cut.get(plan.name, 0), limits.get(plan.name)) for plan in plans
            ),
            frames=sum(map(len, self.captures.values())),
            matched=self.matched,
            to_match=len({item.key for item in items if item.searching}),
            to_cut=sum(
                item.searching or (item.verdict.status == "accepted" and not self._is_cut(item)) for item in items
            )
            if dry_run
            else 0,
            dry_run=dry_run,
            findings=ordered([*self.findings, *set_aside]),
        )

    def _not_followed(self, items: Sequence[Item], *, dry_run: bool) -> list[Finding]:
        """Name the decisions that cannot be carried out."""
        wanted = {item.plan.name for item in items}
        frames = {capture.frame for series in self.captures.values() for capture in series}
        entries = [entry for entry in self.decided.windows.values() if entry.window in wanted]
        entries += [entry for entry in self.decided.windows.values() if entry.window not in self.category.windows]
        record = self.workspace.relative(self.workspace.decisions(self.category.name))
        cannot = {
            (f"{item.plan.name}: {item.decision.what}: {why}", self._frame_path(item))
            for item in items
            if item.decision and not (dry_run and item.searching) and (why := item.cannot_follow())
        }
        return [
            *astray(entries, frames, record, self.category.windows),
            *(finding(codes.DECISION_NOT_APPLICABLE, text, path) for text, path in sorted(cannot)),
        ]

    def _frame_path(self, item: Item) -> str:
        return f"captures/{self.category.name}/{item.capture.frame}"


def _by_frame(items: Sequence[Item]) -> list[list[Item]]:
    return [list(group) for _, group in groupby(items, key=lambda item: item.capture.frame)]
