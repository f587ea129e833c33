"""Draw one picture and write it: what ``curate plot`` calls."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.datasets.dataset import read_dataset
from curate.errors import InputError, MissingError
from curate.evaluate.consistency import read_checked_result
from curate.evaluate.identity import know_dataset, refuse_other_datasets
from curate.execution import Execution
from curate.imaging.maps import read_map
from curate.model.config import CategoryConfig
from curate.model.dataset import Category, Dataset, Sample
from curate.model.result import Result
from curate.model.submission import SubmissionRun
from curate.model.words import Shown
from curate.plot.curves import draw_curves, lines_of
from curate.plot.find import find_images, find_run
from curate.plot.options import FigureSize, OverlayMaps, SheetOptions
from curate.plot.overlay import OverlayRow, column_px, draw_overlays
from curate.plot.sheet import draw_sheet
from curate.plot.style import ready_for, styled, write_figure
from curate.plot.tiles import Sections, dataset_sections, workspace_sections, worst_sections
from curate.plot.timeline import clock_times, draw_timeline
from curate.submissions.archive import submission_folder
from curate.submissions.submission import read_submission
from curate.view.curves import OLD_RESULT, Kind, curves_of
from curate.view.frames import frame_views
from curate.view.pictures import Scale, case_pictures
from curate.workspace.workspace import Workspace

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, repr=False)
class PlotReport(Shown):
    """What was drawn.

    Attributes
    ----------
    path : Path
        The file written.
    size_in : tuple of float
        Width and height in inches.
    drawn : tuple of dict
        One entry per curve, category or picture.
    problems : tuple of str
        Pictures, masks and maps that could not be read; the rest was drawn.
    """

    path: Path
    size_in: tuple[float, float]
    drawn: tuple[dict[str, Any], ...]
    problems: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        width, height = self.size_in
        return {
            "written": str(self.path),
            "width_in": round(width, 3),
            "height_in": round(height, 3),
            "drawn": list(self.drawn),
            "problems": list(self.problems),
        }


def plot_curves(
    results: Sequence[Path],
    destination: Path | str,
    *,
    kind: Kind = "spro",
    categories: Sequence[str] = (),
    end: float = 0.0,
    log: bool = False,
    size: FigureSize = FigureSize(width_in=0.0),
) -> PlotReport:
    """Compare the curves of methods; results of one method are its runs.

    Raises
    ------
    InputError
        If a file is no result, or holds no curves of this kind.
    MissingError
        If no result has a category that is asked for.
    """
    destination = Path(destination)
    ready_for(destination)
    curves = []
    read = [(path, read_checked_result(path)[0]) for path in results]
    refuse_other_datasets([(str(path), result) for path, result in read])
    for path, result in read:
        found = curves_of(result, kinds=(kind,))
        if not found:
            if any(entry.curves for run in result.single_runs for entry in run.categories.values()):
                raise InputError(f"holds no {kind} curve: see the notes in it", path=path)
            raise InputError(OLD_RESULT, path=path, hint="run `curate evaluate SUBMISSION --output FILE` again")
        curves += found
    known = sorted({curve.category for curve in curves})
    unknown = [name for name in categories if name not in known]
    if unknown:
        raise MissingError(f"no result has the category {', '.join(unknown)}; there is {', '.join(known)}")
    lines = lines_of([curve for curve in curves if not categories or curve.category in categories])
    with styled():
        figure = draw_curves(lines, kind, width_in=size.width_in, end=end, log=log)
        write_figure(figure, destination, dpi=size.dpi)
    return _report(destination, figure, [line.to_json() for line in lines])


def plot_timeline(
    workspace: Workspace,
    categories: Sequence[CategoryConfig],
    destination: Path | str,
    *,
    window: str = "",
    split: str = "",
    by_time: bool = False,
    size: FigureSize = FigureSize(),
) -> PlotReport:
    """Draw what the records say about frames over their order or time.

    Raises
    ------
    InputError
        If time is asked for and no frame of a category has one.
    RecordError
        If a record is damaged.
    """
    destination = Path(destination)
    ready_for(destination)
    views = {entry.name: frame_views(workspace, entry, window=window, split=split) for entry in categories}
    timeless = [name for name, entries in views.items() if by_time and not any(clock_times(entries))]
    if timeless:
        raise InputError(
            f"no frame of {', '.join(timeless)} has a time", hint="leave out --by time: frames are then placed in order"
        )
    with styled():
        figure = draw_timeline(views, by_time=by_time, width_in=size.width_in)
        write_figure(figure, destination, dpi=size.dpi)
    drawn = [
        {
            "category": name,
            "frames": len(entries),
            "set_aside": sum(view.is_set_aside for view in entries),
            "sides": {side: sum(view.side == side for view in entries) for side in ("train", "val", "test")},
        }
        for name, entries in views.items()
    ]
    return _report(destination, figure, drawn)


def plot_dataset_sheet(
    root: Path | str,
    destination: Path | str,
    options: SheetOptions = SheetOptions(),
    *,
    layout: str | None = None,
    categories: Sequence[str] = (),
) -> PlotReport:
    """Draw a contact sheet of a dataset; see :func:`curate.datasets.dataset.read_dataset` for what it raises."""
    root = Path(root)
    destination = Path(destination)
    ready_for(destination)
    dataset = read_dataset(root, layout, categories=categories)
    sections = dataset_sections(root, dataset.categories, options.choice())
    return _write_sheet(sections, destination, options)


def plot_workspace_sheet(
    workspace: Workspace,
    categories: Sequence[CategoryConfig],
    destination: Path | str,
    options: SheetOptions = SheetOptions(),
    *,
    window: str = "",
    split: str = "",
) -> PlotReport:
    """Draw a contact sheet of a workspace's windows; RecordError when a record is damaged."""
    destination = Path(destination)
    ready_for(destination)
    sections = workspace_sections(workspace, categories, options.choice(), window=window, split=split)
    return _write_sheet(sections, destination, options)


def plot_worst_sheet(
    root: Path | str,
    submission_root: Path | str,
    result: Path | str,
    destination: Path | str,
    options: SheetOptions = SheetOptions(),
    *,
    layout: str | None = None,
    categories: Sequence[str] = (),
    run: str = "",
) -> PlotReport:
    """Draw a method's worst false positives and false negatives, ``options.most`` of each.

    Raises
    ------
    InputError
        If the result holds no scores of images.
    MissingError
        If it, or the submission, lacks a run or category that is asked for.
    """
    root = Path(root)
    submission_root = Path(submission_root)
    result = Path(result)
    destination = Path(destination)
    ready_for(destination)
    dataset = read_dataset(root, layout, categories=categories)
    with submission_folder(submission_root) as folder:
        everything = _worst(dataset, folder, result, options, categories, run)
    if not everything.groups:
        hint = "run `curate evaluate SUBMISSION --output FILE` again"
        raise InputError("holds no scores of images of this dataset", path=result, hint=hint)
    return _write_sheet(everything, destination, options, paired=True)


def _worst(
    dataset: Dataset, submission_root: Path, result: Path, options: SheetOptions, categories: Sequence[str], run: str
) -> Sections:
    chosen = find_run(read_submission(submission_root, dataset, categories), run)
    whole = read_checked_result(result)[0]
    root = Path(dataset.root)
    reason = know_dataset(root, read_dataset(root, dataset.layout), Execution()).mismatch(whole)
    if reason:
        raise InputError(reason, path=result, hint="evaluate the submission on this dataset")
    scored = _result_of(chosen, whole, result)
    everything = Sections()
    for category in dataset.categories:
        entry = scored.categories.get(category.name)
        if entry is None and categories:
            raise MissingError(f"has no category {category.name}", path=result)
        if entry is None or not entry.images:
            continue
        part = worst_sections(Path(dataset.root), category, entry, chosen, submission_root, options.choice(paired=True))
        everything.groups += part.groups
        everything.shown += part.shown
        everything.problems += part.problems
    return everything


def plot_overlay(
    root: Path | str,
    images: Sequence[str],
    destination: Path | str,
    *,
    maps: OverlayMaps = OverlayMaps(),
    layout: str | None = None,
    categories: Sequence[str] = (),
    size: FigureSize = FigureSize(),
) -> PlotReport:
    """Draw images beside their ground truth and the maps of methods.

    Parameters
    ----------
    root : Path
    images : sequence of str
        See :func:`curate.plot.find.find_images`.
    destination : Path
    maps : OverlayMaps
    layout, categories
        As elsewhere.
    size : FigureSize

    Raises
    ------
    MissingError, InputError
        If an image is not found, or is ambiguous, or its file cannot be read.
    """
    root = Path(root)
    destination = Path(destination)
    ready_for(destination)
    dataset = read_dataset(root, layout, categories=categories)
    found = find_images(dataset, images)
    with ExitStack() as opened:
        folders = tuple(opened.enter_context(submission_folder(path)) for path in maps.submissions)
        rows, methods, problems = _overlay_rows(dataset, found, replace(maps, submissions=folders), categories, size)
    with styled():
        figure = draw_overlays(rows, methods, width_in=size.width_in, dpi=size.dpi)
        write_figure(figure, destination, dpi=size.dpi)
    drawn = [{"category": category.name, "image": sample.key} for category, sample in found]
    return _report(destination, figure, drawn, problems)


def _overlay_rows(
    dataset: Dataset,
    found: Sequence[tuple[Category, Sample]],
    maps: OverlayMaps,
    categories: Sequence[str],
    size: FigureSize,
) -> tuple[list[OverlayRow], list[tuple[str, Scale | None]], list[str]]:
    """Return a row for each image, name and scale of each method, and what could not be read."""
    side = column_px(size.width_in, len(maps.submissions), size.dpi)
    methods: list[tuple[str, Scale | None]] = []
    columns: list[list[Path | None]] = []
    for submission_root in maps.submissions:
        chosen = find_run(read_submission(submission_root, dataset, categories), maps.run)
        known = {(part.category, key): path for part in chosen.categories for key, path in part.maps.items()}
        paths = [known.get((category.name, sample.key)) for category, sample in found]
        columns.append([submission_root / path if path else None for path in paths])
        methods.append((chosen.method, maps.scale or _scale_of([path for path in columns[-1] if path])))
    rows, problems = list[OverlayRow](), list[str]()
    root = Path(dataset.root)
    for place, (category, sample) in enumerate(found):
        plain = case_pictures(root, category, sample, side_px=side)
        with_maps = [
            case_pictures(root, category, sample, column[place], scale=span, side_px=side)
            for column, (_, span) in zip(columns, methods, strict=True)
        ]
        problems += [*plain.problems, *(text for shown in with_maps for text in shown.problems[len(plain.problems) :])]
        name = f"{sample.label}/{sample.name}"
        rows.append(OverlayRow(name, plain.image, plain.regions, tuple(shown.heat for shown in with_maps)))
    return rows, methods, problems


def _scale_of(paths: Sequence[Path]) -> Scale | None:
    maps = [read_map(path).ravel() for path in paths]
    if not maps:
        return None
    scores = np.concatenate(maps)
    return float(np.median(scores)), float(scores.max())


def _result_of(run: SubmissionRun, result: Result, path: Path) -> Result:
    """Return the part of a result that belongs to a run."""
    singles = result.single_runs
    fitting = [single for single in singles if single.submission.run == run.run] or (
        singles if len(singles) == 1 else ()
    )
    if not fitting:
        known = ", ".join(single.submission.run for single in singles)
        raise MissingError(f"has no run {run.run}; it has {known}", path=path, hint="choose one with --run")
    return fitting[0]


def _write_sheet(sections: Sections, destination: Path, options: SheetOptions, *, paired: bool = False) -> PlotReport:
    if not sections.shown:
        what = "; ".join(sections.problems[:3]) or "there is no image"
        raise InputError(f"nothing can be drawn: {what}")
    columns = options.columns_of(paired=paired)
    with styled():
        figure = draw_sheet(sections.groups, columns=columns, width_in=options.width_in, dpi=options.dpi)
        write_figure(figure, destination, dpi=options.dpi)
    return _report(destination, figure, sections.shown, sections.problems)


def _report(path: Path, figure: Figure, drawn: Sequence[dict[str, Any]], problems: Sequence[str] = ()) -> PlotReport:
    width, height = figure.get_size_inches()
    return PlotReport(path, (float(width), float(height)), tuple(drawn), tuple(problems))
