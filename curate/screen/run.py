"""Screen a category: look at each window (or frame), judge each series, write records and contact sheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from curate.disk.reading import is_there
from curate.disk.tables import read_table, write_table
from curate.drawing.palette import VERMILLION
from curate.drawing.pictures import as_colour, fit_into
from curate.drawing.sheets import Tile, sections_sheet
from curate.errors import ImageError, MissingError
from curate.execution import Execution
from curate.imaging.images import Pixels, decode, decode_upright, read_file, write_png
from curate.model.capture import Capture, Window
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import CategoryConfig
from curate.model.decision import DecisionDraft
from curate.model.finding import Finding, ordered
from curate.model.screening import BORDERLINE, REASONS, Screening
from curate.screen.measures import Measures, look_at, to_grey
from curate.screen.persons import verdicts_of, wanted_by_name
from curate.screen.published import MeasureComparison, check_published, compare_published, measure_published, together
from curate.screen.report import ScreenReport, about_labels
from curate.screen.rules import Judged, Looked, PersonVerdict, RepeatFinder, Thumb, judge_series
from curate.workspace.decisions import append_decision, read_standing
from curate.workspace.labels import read_labels
from curate.workspace.pipeline import stamp_stage
from curate.workspace.screening import read_screening
from curate.workspace.unfinished import carrying_out
from curate.workspace.workspace import Workspace

_TILES, _TILE_PX = 8, 160
"""Pictures in a row of a sheet, and their size."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """What one worker saw in one frame."""

    measured_on: str
    measures: Measures | None = None
    thumb: Thumb | None = None
    problem: str = ""
    published: Mapping[str, float] = field(default_factory=dict)


def screen_frames(
    workspace: Workspace,
    category: CategoryConfig,
    *,
    keep: Sequence[str] = (),
    reject: Sequence[str] = (),
    reason: str = "",
    compare: Sequence[str] = (),
    execution: Execution = Execution(),
    dry_run: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> ScreenReport:
    """Measure every frame of a category and set aside what cannot be used.

    Cut windows are looked at where there are any, because what surrounds the part is nobody's business; frames without
    one, and categories without cut windows, are looked at whole.

    Parameters
    ----------
    workspace : Workspace
    category : CategoryConfig
    keep, reject : sequence of str
        Frames, or the ends of their names, that a person has decided on; recorded as decisions, of which the last about
        a frame counts, whoever made it.
    reason : str
        Why, for people.
    compare : sequence of str
        Published measures, names of :data:`curate.screen.published.PUBLISHED`, to compare ours with; they decide
        nothing.
    execution : Execution
    dry_run : bool
        Look and judge, write nothing.
    on_wait : callable, optional
        Called once with a message when another command holds the workspace.

    Raises
    ------
    MissingError
        If the category has no frames, or the library of a measure to compare with is not installed.
    InputError
        If ``keep`` or ``reject`` names no frame, or several; or ``compare`` no measure.
    ConflictError
        If somebody else decided about such a frame at the same moment.
    RecordError
        If a record is damaged.
    """
    check_published(compare)
    captures = {
        series: read_table(workspace.captures_record(category.name, series), Capture)
        for series in workspace.series_of(category.name)
    }
    if not captures:
        raise MissingError(f"category {category.name} has no frames", hint="run `curate import`")
    frames = [capture.frame for series in captures.values() for capture in series]
    wanted = wanted_by_name(keep, reject, frames, category.name)
    if dry_run:
        persons = verdicts_of(read_standing(workspace, category.name), read_screening(workspace, category.name))
        persons |= {frame: PersonVerdict(verdict, reason) for frame, verdict in wanted.items()}
        return _screen(workspace, category, captures, persons, execution, compare)
    with workspace.lock(on_wait), carrying_out(workspace, "screen", category.name):
        _decide(workspace, category.name, wanted, reason)
        decided = read_standing(workspace, category.name)
        persons = verdicts_of(decided, read_screening(workspace, category.name))
        report = _screen(workspace, category, captures, persons, execution, compare, write=True)
        records = [workspace.screening_record(category.name, series) for series in captures]
        stamp_stage(workspace, "screen", category, records, decided)
    return report


def _decide(workspace: Workspace, category: str, wanted: Mapping[str, str], reason: str) -> None:
    """Record what is decided by this command; what stands already is not said again."""
    decided = read_standing(workspace, category).frames
    for frame, verdict in wanted.items():
        last = decided.get(frame)
        if last is None or last.verdict != verdict or (reason and last.reason != reason):
            draft = DecisionDraft(frame, "frame", verdict, reason)
            append_decision(workspace, category, draft, seen=last.id if last else None)


def _screen(
    workspace: Workspace,
    category: CategoryConfig,
    captures: dict[str, list[Capture]],
    persons: Mapping[str, PersonVerdict],
    execution: Execution,
    compare: Sequence[str],
    *,
    write: bool = False,
) -> ScreenReport:
    labels = read_labels(workspace, category.name).by_frame(chain.from_iterable(captures.values()))
    rows: list[Screening] = []
    findings: list[Finding] = []
    sheets: list[str] = []
    comparisons: list[MeasureComparison] = []
    for series, members in captures.items():
        windows = _windows(workspace, category, series)
        looked, troubles = _look_at_series(workspace, category.name, members, windows, execution, compare)
        judged = judge_series(looked, category.screen, persons)
        comparisons += [compare_published(name, looked, judged, category.screen) for name in compare]
        findings += troubles
        rows += [entry.row for entry in judged]
        if write:
            write_table(workspace.screening_record(category.name, series), [entry.row for entry in judged], Screening)
            path = workspace.screening_sheet(category.name, series)
            write_png(path, _sheet(workspace, category.name, judged, windows, labels))
            sheets.append(workspace.relative(path))
    findings += about_labels(rows, labels, category.name)
    return ScreenReport(
        category=category.name,
        rows=tuple(rows),
        labels=labels,
        sheets=tuple(sheets),
        findings=ordered(findings),
        dry_run=not write,
        comparisons=together(comparisons),
    )


def _windows(workspace: Workspace, category: CategoryConfig, series: str) -> dict[str, tuple[Path, Window]]:
    """Return the folder and the window of each frame, of the first kind of window of which a frame has exactly one."""
    for name in category.windows:
        record = workspace.windows_record(name, category.name, series)
        if is_there(record):
            rows = read_table(record, Window)
            folder = workspace.windows(name, category.name)
            by_frame = {row.frame: (folder, row) for row in rows}
            if rows and len(by_frame) == len(rows):
                return by_frame
    return {}


def _look_at_series(
    workspace: Workspace,
    category: str,
    captures: Sequence[Capture],
    windows: dict[str, tuple[Path, Window]],
    execution: Execution,
    compare: Sequence[str],
) -> tuple[list[Looked], list[Finding]]:
    """Measure the frames of a series on worker threads, and compare each with those before it, in order."""

    def look(capture: Capture) -> _Sight:
        return _look(workspace, category, capture, windows.get(capture.frame), compare)

    finder = RepeatFinder()
    looked: list[Looked] = []
    findings: list[Finding] = []
    for capture, sight in zip(captures, execution.map(look, captures, f"screening {category}"), strict=True):
        window = windows[capture.frame][1] if capture.frame in windows else None
        # A person who decided about a window has looked at its place, too; nor should it pull its neighbours' median.
        trusted = window is not None and window.status == "accepted" and not window.decided_by
        looked.append(
            Looked(
                frame=capture.frame,
                camera=capture.camera,
                measures=sight.measures,
                measured_on=sight.measured_on,
                centre_px=(window.x_px, window.y_px or 0.0) if window and trusted and window.x_px is not None else None,
                unmatched=(window.reason or window.status) if window and window.status != "accepted" else "",
                repeat=(None, "")
                if sight.thumb is None
                else finder.nearest(capture.frame, capture.camera, sight.measured_on, sight.thumb),
                published=sight.published,
            )
        )
        if sight.problem:
            findings.append(found(codes.UNREADABLE_IMAGE, sight.problem, f"captures/{category}/{capture.frame}"))
    return looked, findings


def _look(
    workspace: Workspace,
    category: str,
    capture: Capture,
    window: tuple[Path, Window] | None,
    compare: Sequence[str],
) -> _Sight:
    """Measure a frame's window, or the frame where none is wanted. A frame without a match is not measured."""
    if window is not None and window[1].status != "accepted":
        return _Sight("")
    measured_on = "window" if window else "frame"
    try:
        grey = to_grey(_picture(workspace, category, capture, window))
        measures, thumb = look_at(grey)
        published = {name: measure_published(name, grey) for name in compare}
        return _Sight(measured_on, measures, thumb, published=published)
    except (ImageError, ValueError) as error:
        return _Sight("", problem=getattr(error, "message", str(error)))


def _picture(workspace: Workspace, category: str, capture: Capture, window: tuple[Path, Window] | None) -> Pixels:
    if window is not None:
        path = window[0] / window[1].image
        return decode(read_file(path), path)
    path = workspace.captures(category) / capture.frame
    return decode_upright(read_file(path), path)


def _sheet(
    workspace: Workspace,
    category: str,
    judged: Sequence[Judged],
    windows: dict[str, tuple[Path, Window]],
    labels: dict[str, str],
) -> Pixels:
    """Draw the worst rejected and the borderline kept frames, a row for each measure that has any."""
    rows: list[tuple[str, list[Tile]]] = []
    for name in REASONS:
        worst = sorted(judged, key=lambda entry: (-entry.severities[name], entry.row.frame))
        beyond = [entry for entry in worst if entry.severities[name] > 1.0]
        border = [entry for entry in worst if BORDERLINE <= entry.severities[name] <= 1.0]
        shown = [*beyond[: _TILES // 2], *border[: _TILES - min(len(beyond), _TILES // 2)]]
        if shown:
            title = f"{name}: {len(beyond)} beyond the limit, {len(border)} borderline"
            tiles = [_tile(workspace, category, entry, name, windows, labels) for entry in shown]
            rows.append((title, [tile for tile in tiles if tile is not None]))
    return sections_sheet(rows or [("nothing is beyond a limit or near one", [])], columns=_TILES, tile_px=_TILE_PX)


def _tile(
    workspace: Workspace,
    category: str,
    entry: Judged,
    name: str,
    windows: dict[str, tuple[Path, Window]],
    labels: dict[str, str],
) -> Tile | None:
    frame = entry.row.frame
    window = windows.get(frame)
    if window is not None and window[1].status != "accepted":
        window = None
    path = window[0] / window[1].image if window else workspace.captures(category) / frame
    try:
        picture = decode_upright(read_file(path), path)
    except ImageError:
        return None
    verdict = "kept by hand" if entry.row.decided_by == "person" and entry.row.decision == "keep" else ""
    line = f"{name} {entry.severities[name]:.2f} {labels.get(frame, '')} {verdict}".strip()
    aside = entry.row.decision == "reject"
    small = fit_into(as_colour(picture), _TILE_PX)  # a sheet holds many pictures at once
    return Tile(small, (frame, line), VERMILLION if aside else "", framed=aside)
