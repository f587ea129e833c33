"""Cut a category's windows: read the records, match and cut what is not done yet, write images and records.

The work is done in two passes. The first looks only at frames whose position no record knows; since the frame is then
decoded anyway, its window is cut at once if the match is good by itself. Then all frames are judged, with their
neighbours. The second pass cuts what is accepted and not cut yet, and the images of frames that were not accepted are
taken away again. Each finished position and image is put into a journal, so that a killed run loses a frame at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from pathlib import Path

from curate.crop.items import PlacedWindow, WindowPlan, WindowTask, make_tasks, placed_from
from curate.crop.judge import USUAL_MIN_SCORE, calibrate
from curate.crop.known import Known
from curate.crop.names import image_names
from curate.crop.report import (
    CropReport,
    beyond_frames,
    frame_path,
    not_applied,
    set_aside,
    whole_window,
    window_report,
)
from curate.crop.sources import load_plans, read_captures, read_known, recorded_series
from curate.crop.tiles import chosen_tiles
from curate.crop.verdicts import JudgedWindow, judge_windows
from curate.crop.worker import OTHER_BYTES, CutOrder, FrameOutcome, FrameWorker, is_cut
from curate.disk.atomic import sync_folders
from curate.disk.journal import Journal
from curate.disk.reading import is_there
from curate.disk.tables import read_table, write_table
from curate.errors import MissingError, ReadError
from curate.execution import Execution
from curate.model.capture import Capture, Window
from curate.model.codes import found as finding
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.decision import Standing
from curate.model.finding import Finding, ordered
from curate.model.labels import FrameLabels
from curate.workspace.annotations import read_annotations
from curate.workspace.decisions import read_standing
from curate.workspace.labels import read_labels
from curate.workspace.pipeline import stamp_stage
from curate.workspace.unfinished import carrying_out
from curate.workspace.workspace import Workspace

_STAGE = "crop"
_SHOWN = 5
_NOTHING = ("", "")
"""In place of the fingerprint and sha256 of an image that does not stand there."""


def crop_windows(
    workspace: Workspace,
    category: CategoryConfig,
    *,
    windows: Sequence[str] = (),
    execution: Execution = Execution(),
    dry_run: bool = False,
    sync: bool = True,
    on_wait: Callable[[str], None] | None = None,
    usual_min_score: float = USUAL_MIN_SCORE,
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
    sync : bool
        Flush images and their folders to the disk before the record that names them: no power cut takes them.
    on_wait : callable, optional
        Called once with a message when another command holds the workspace.
    usual_min_score : float
        Least score of a match that is cut before all frames are matched, where ``curate.toml`` gives none. What is
        accepted in the end does not depend on it.

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
    journal = Journal(workspace.journal(_STAGE, category.name))
    decided = read_standing(workspace, category.name)
    run = _CropRun(workspace, category, captures, execution.among(workspace.root), journal, decided, sync)
    if dry_run:
        return run.report(wanted, run.start(wanted, read_known(workspace, category, journal)), dry_run=True)
    with workspace.lock(on_wait), carrying_out(workspace, _STAGE, category.name):
        with journal:
            run = replace(run, decided=read_standing(workspace, category.name))
            done = run.carry_out(wanted, read_known(workspace, category, journal), usual_min_score)
            report = run.report(wanted, done)
            others = [plan for plan in plans if plan not in wanted]
            if run.up_to_date(others, done.known):
                stamp_stage(workspace, _STAGE, category, run.records(plans), run.decided)
        journal.discard()
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


@dataclass(frozen=True, slots=True)
class _State:
    """How far a run is.

    Attributes
    ----------
    windows : tuple of PlacedWindow
        Frame by frame, in shooting order.
    known : Known
        Of earlier runs and of this one.
    checked : frozenset of (str, str)
        Window and name of the images that this run wrote or found undamaged.
    matched : int
        Positions that this run searched for.
    cut : Counter of str
        Images that this run wrote, by window.
    unreadable : tuple of Finding
    """

    windows: tuple[PlacedWindow, ...]
    known: Known
    checked: frozenset[tuple[str, str]] = frozenset()
    matched: int = 0
    cut: Counter[str] = field(default_factory=Counter)
    unreadable: tuple[Finding, ...] = ()

    def done(self, task: WindowTask) -> tuple[str, str]:
        """Return fingerprint and sha256 of the image that stands there."""
        return self.known.images.get(task.name, _NOTHING)


@dataclass(frozen=True, slots=True)
class _CropRun:
    """What stays the same during one run over one category."""

    workspace: Workspace
    category: CategoryConfig
    captures: Mapping[str, Sequence[Capture]]
    execution: Execution
    journal: Journal
    decided: Standing
    sync: bool

    def start(self, plans: Sequence[WindowPlan], known: Known) -> _State:
        """Return every window of every frame, frame by frame, as far as earlier runs got with it."""
        tasks: list[WindowTask] = []
        for series in self.captures.values():
            names = image_names([capture.frame for capture in series])
            for capture in series:
                for plan in plans:
                    decision = self.decided.windows.get((plan.name, capture.frame))
                    tasks += make_tasks(plan, capture, names[capture.frame], decision)
        dropped = set(chain.from_iterable(self._unwanted_tiles(plan, tasks) for plan in plans))
        return _State(tuple(placed_from(task, known) for task in tasks if task.name not in dropped), known)

    def _unwanted_tiles(self, plan: WindowPlan, tasks: Sequence[WindowTask]) -> list[tuple[str, str]]:
        """Return window and image of the tiles that are not kept because they show no defect."""
        if plan.config.background is None:
            return []
        drawn = read_annotations(self.workspace.annotations(self.category.name))
        annotations = FrameLabels(drawn, self.decided.labels).annotations()
        places = {
            task.image: (task.capture.frame, task.tile) for task in tasks if task.window == plan.name and task.tile
        }
        kept = chosen_tiles(places, annotations, plan.config.background)
        return [(plan.name, image) for image in places if image not in kept]

    def carry_out(self, plans: Sequence[WindowPlan], known: Known, usual_min_score: float) -> _State:
        """Match, judge, cut, and write the records."""
        worker = FrameWorker(
            captures=self.workspace.captures(self.category.name),
            folders={plan.name: self.workspace.windows(plan.name, self.category.name) for plan in plans},
            templates={plan.name: plan.templates for plan in plans},
            limits={plan.name: calibrate(plan.config, (), usual_min_score) for plan in plans},
            journal=self.journal,
            sync=self.sync,
        )
        start = self.start(plans, known)
        searching = [frame for frame in _by_frame(start.windows) if any(start.windows[n].searching for n in frame)]
        matched = self._work(worker, start, searching, trusted=False)
        judged, _ = judge_windows(matched.windows)
        ready = [
            [n for n in frame if judged[n].accepted and judged[n].placed.task.name not in matched.checked]
            for frame in _by_frame(matched.windows)
        ]
        cut = self._work(worker, matched, [frame for frame in ready if frame], trusted=True)
        self._refuse_to_lose(plans, cut)
        self._write_records(plans, judge_windows(cut.windows)[0], cut.known)
        return cut

    def _refuse_to_lose(self, plans: Sequence[WindowPlan], cut: _State) -> None:
        """Refuse to record that a window is lost because its frame is, for now, another file than the imported one.

        Raises
        ------
        ReadError
            Naming the frames; the records stay as they are.
        """
        wanted = {plan.name for plan in plans}
        gone = {
            (placed.task.window, placed.task.image): placed
            for placed in cut.windows
            if placed.task.window in wanted and placed.failure.endswith(OTHER_BYTES)
        }
        paths = [
            self.workspace.windows_record(name, self.category.name, series)
            for name in wanted
            for series in (recorded_series(self.workspace, name, self.category.name) if gone else ())
        ]
        lost = [
            frame_path(self.category.name, gone[path.parent.parent.name, row.image])
            for path in paths
            for row in read_table(path, Window)
            if row.status == "accepted" and (path.parent.parent.name, row.image) in gone
        ]
        if lost:
            shown = ", ".join(lost[:_SHOWN]) + (f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else "")
            raise ReadError(
                f"{len(lost)} frames with an accepted window are not the files that were imported, so nothing was "
                f"recorded: {shown}",
                hint=f"import them again: curate import FOLDER -c {self.category.name}; `curate verify` names them all",
            )

    def _work(self, worker: FrameWorker, state: _State, frames: Sequence[Sequence[int]], *, trusted: bool) -> _State:
        """Work on frames, each given by the places of its windows, and return the state with what came of it."""
        orders = [
            tuple(CutOrder(window, trusted, state.done(window.task)) for window in (state.windows[n] for n in frame))
            for frame in frames
        ]
        title = f"{'cutting' if trusted else 'matching'} {self.category.name}"
        outcomes: list[FrameOutcome] = []
        for outcome in self.execution.map(worker, orders, title):
            outcomes.append(outcome)
            for entry in () if outcome.journaled else outcome.entries():
                self.journal.append(entry)
        return self._after(state, frames, outcomes)

    def _after(self, state: _State, frames: Sequence[Sequence[int]], outcomes: Sequence[FrameOutcome]) -> _State:
        """Return the state with the outcomes of some frames in it."""
        windows = list(state.windows)
        for frame, outcome in zip(frames, outcomes, strict=True):
            for place, window in zip(frame, outcome.windows, strict=True):
                windows[place] = window.placed
        every = [window for outcome in outcomes for window in outcome.windows]
        news = Known(
            {window.placed.task.key: window.placed.found for window in every if window.placed.found},
            {window.placed.task.name: window.image for window in every if window.image},
        )
        unreadable = tuple(
            finding(
                codes.UNREADABLE_IMAGE, outcome.unreadable, frame_path(self.category.name, outcome.windows[0].placed)
            )
            for outcome in outcomes
            if outcome.unreadable
        )
        return _State(
            windows=tuple(windows),
            known=Known.merged([state.known, news]),
            checked=state.checked | news.images.keys(),
            matched=state.matched + sum(window.matched for window in every),
            cut=state.cut + Counter(window.placed.task.window for window in every if window.written),
            unreadable=state.unreadable + unreadable,
        )

    def rows(self, plan: WindowPlan, judged: Iterable[JudgedWindow], known: Known) -> dict[str, list[Window]]:
        """Return the rows of one window's records, by series."""
        rows: dict[str, list[Window]] = {series: [] for series in self.captures}
        for window in judged:
            task = window.placed.task
            if task.window == plan.name:
                rows[task.capture.series].append(window.row(known))
        return rows

    def _write_records(self, plans: Sequence[WindowPlan], judged: Sequence[JudgedWindow], known: Known) -> None:
        """Write what is known now; take away images and records that no frame stands behind any more."""
        for plan in plans:
            rows = self.rows(plan, judged, known)
            kept = {row.image for series in rows.values() for row in series if row.sha256}
            folder = self.workspace.windows(plan.name, self.category.name)
            if self.sync:
                sync_folders({(folder / image).parent for image in kept}, self.workspace.root)
            for window, image in known.images:
                if window == plan.name and image not in kept:
                    (folder / image).unlink(missing_ok=True)
            for series in recorded_series(self.workspace, plan.name, self.category.name):
                if series not in rows:
                    self.workspace.windows_record(plan.name, self.category.name, series).unlink()
            for series, series_rows in rows.items():
                path = self.workspace.windows_record(plan.name, self.category.name, series)
                write_table(path, series_rows, Window)

    def up_to_date(self, plans: Sequence[WindowPlan], known: Known) -> bool:
        """Whether the records of windows that this run left alone say what a run would say today."""
        judged, _ = judge_windows(self.start(plans, known).windows)
        for plan in plans:
            for series, rows in self.rows(plan, judged, known).items():
                path = self.workspace.windows_record(plan.name, self.category.name, series)
                if not is_there(path) or read_table(path, Window) != rows:
                    return False
        return True

    def records(self, plans: Sequence[WindowPlan]) -> list[Path]:
        """Return the records that the stage has written."""
        return [
            self.workspace.windows_record(plan.name, self.category.name, series)
            for plan in plans
            for series in self.captures
        ]

    def report(self, plans: Sequence[WindowPlan], state: _State, *, dry_run: bool = False) -> CropReport:
        """Sum the run up; in a dry run, what would be done."""
        judged, limits = judge_windows(state.windows)
        own = {plan.name: [window for window in judged if window.placed.task.window == plan.name] for plan in plans}
        frames = {capture.frame: capture for series in self.captures.values() for capture in series}
        labels = read_labels(self.workspace, self.category.name, self.decided).by_frame(frames.values())
        seen = [window for window in judged if not (dry_run and window.placed.searching)]
        record = self.workspace.relative(self.workspace.decisions(self.category.name))
        return CropReport(
            category=self.category.name,
            windows=tuple(
                window_report(plan, own[plan.name], labels, state.cut[plan.name], limits.get(plan.name))
                for plan in plans
            ),
            frames=len(frames),
            matched=state.matched,
            to_match=len({window.task.key for window in state.windows if window.searching}),
            to_cut=sum(self._is_to_cut(window, state) for window in judged) if dry_run else 0,
            dry_run=dry_run,
            findings=ordered(
                [
                    *state.unreadable,
                    *set_aside(self.category.name, seen, {entry.path for entry in state.unreadable}),
                    *beyond_frames(own.values(), self.workspace.config_path.name),
                    *whole_window(self.category.name, own.values() if not dry_run else ()),
                    *not_applied(self.category, judged, seen, self.decided, frames, record),
                ]
            ),
        )

    def _is_to_cut(self, window: JudgedWindow, state: _State) -> bool:
        """Whether a run would write an image, as far as that can be known without looking at the frame."""
        placed = window.placed
        path = self.workspace.windows(placed.task.window, self.category.name) / placed.task.image
        return placed.searching or (window.accepted and not is_cut(path, placed, state.done(placed.task)))


def _by_frame(windows: Sequence[PlacedWindow]) -> list[list[int]]:
    """Return the places of each frame's windows."""
    groups = groupby(range(len(windows)), key=lambda place: windows[place].task.capture.frame)
    return [list(group) for _, group in groups]
