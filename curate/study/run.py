"""Bring a study up to date: run what is not current, score it, put it side by side, report."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.augment.run import SETTINGS_NAME, augment_dataset
from curate.baselines.methods import method_named
from curate.baselines.run import BaselineOptions, run_baseline
from curate.disk.atomic import write_json, write_text
from curate.disk.hashing import sha256_file, sha256_json
from curate.disk.json_text import parse_json
from curate.errors import CurateError, InputError
from curate.evaluate.compare import compare_results
from curate.evaluate.comparison_text import FORMATS
from curate.evaluate.published import read_published, with_published
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.model.evaluation_options import EvaluationOptions
from curate.model.words import Shown
from curate.report.run import write_report
from curate.report.sources import Request
from curate.study.plan import Study, StudyCell, StudyDataset, slug
from curate.submissions.results import read_result, write_result

_TABLES = {"terminal": "txt", "markdown": "md", "latex": "tex", "csv": "csv"}
"""Format of `curate compare` to the ending of its file."""


@dataclass(frozen=True, slots=True)
class StudyTask:
    """What a worker gets: one cell and where everything lies."""

    cell: StudyCell
    output: Path
    seeds: int
    partial: bool
    device: str


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """What became of one cell: ``done``, ``current``, or ``failed`` and why."""

    folder: str
    title: str
    state: str
    problem: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class StudyReport(Shown):
    """What :func:`run_study` did.

    Attributes
    ----------
    outcomes : tuple of CellOutcome
        In the study's order.
    tables : dict
        Dataset to the comparison as a terminal shows it; without the datasets of which no cell is done.
    files : tuple of str
        What was written below the output besides submissions and results.
    """

    outcomes: tuple[CellOutcome, ...]
    tables: dict[str, str]
    files: tuple[str, ...]

    @property
    def failed(self) -> tuple[CellOutcome, ...]:
        """The cells that could not be run."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == "failed")

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        cells = [
            {"folder": entry.folder, "title": entry.title, "state": entry.state, "problem": entry.problem}
            for entry in self.outcomes
        ]
        return {"cells": cells, "files": list(self.files)}


def run_study(
    study: Study,
    output: Path,
    *,
    jobs: int = 1,
    execution: Execution = Execution(),
    say: Callable[[str], None] = lambda _: None,
) -> StudyReport:
    """Run every cell that is not current, then write tables and reports.

    A cell that fails is named and leaves the others alone. A killed study goes on when it is run again.

    Parameters
    ----------
    study : Study
    output : Path
        ``submissions/``, ``results/``, ``tables/``, ``reports/`` and, where training images are augmented,
        ``datasets/`` come to lie in it.
    jobs : int
        Cells at a time, each in a process of its own; with several GPUs each process takes the next one.
    execution : Execution
        With a scheduler, cells are spread over its workers: start one worker a GPU, with ``CUDA_VISIBLE_DEVICES``.
    say : callable
    """
    for dataset in study.datasets:
        _augmented(dataset, output, say)
    tasks = [
        StudyTask(cell, output, study.seeds, study.partial, _device(study.device, place, jobs))
        for place, cell in enumerate(study.cells)
    ]
    outcomes = tuple(_outcomes(tasks, jobs, execution, say))
    tables, files = {}, []
    for dataset in study.datasets:
        cells = [cell for cell in study.cells if cell.dataset == dataset and _result_path(output, cell).is_file()]
        if cells:
            tables[dataset.name], written = _summed_up(study, dataset, cells, output)
            files += written
    return StudyReport(outcomes, tables, tuple(files))


def _outcomes(
    tasks: Sequence[StudyTask], jobs: int, execution: Execution, say: Callable[[str], None]
) -> Iterator[CellOutcome]:
    if execution.scheduler:
        yield from execution.map(run_cell, tasks, "cells")
    elif jobs == 1:
        for task in tasks:
            outcome = run_cell(task, say, execution)
            say(_line(outcome))
            yield outcome
    else:
        yield from _in_processes(tasks, jobs, say)


def _in_processes(tasks: Sequence[StudyTask], jobs: int, say: Callable[[str], None]) -> list[CellOutcome]:
    found: dict[str, CellOutcome] = {}
    # Started afresh, not forked: torch's threads and a GPU's state do not survive a fork.
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run_cell, task) for task in tasks]):
            outcome = future.result()
            found[outcome.folder] = outcome
            say(_line(outcome))
    return [found[task.cell.folder] for task in tasks]


def _line(outcome: CellOutcome) -> str:
    return f"{outcome.folder}: {outcome.state}{f': {outcome.problem}' if outcome.problem else ''}"


def run_cell(
    task: StudyTask, say: Callable[[str], None] = lambda _: None, execution: Execution = Execution(jobs=1)
) -> CellOutcome:
    """Bring one cell up to date: its submission, then its result. An error becomes its outcome."""
    cell, submission = task.cell, task.output / "submissions" / task.cell.folder
    root = _root(cell.dataset, task.output)
    several = task.seeds > 1 and method_named(cell.method).kind != "classifier"
    options = BaselineOptions(
        cell.method,
        cell.dataset.categories,
        seeds=task.seeds if several else 0,
        device=task.device,
        given=cell.given,
        title=cell.title,
        layout=cell.dataset.layout,
    )
    try:
        report = run_baseline(root, submission, options, execution=Execution(1, execution.progress), say=say)
        current = all(run.skipped for run in report.runs)
        scored = _scored(task, root, submission)
    except CurateError as error:
        return CellOutcome(cell.folder, cell.title, "failed", str(error))
    return CellOutcome(cell.folder, cell.title, "current" if current and not scored else "done")


def _scored(task: StudyTask, root: Path, submission: Path) -> bool:
    """Score a submission where its result is not that of these very runs; return whether that was needed."""
    abouts = sorted(submission.glob("**/submission.json"))
    digest = sha256_json({path.relative_to(submission).as_posix(): sha256_file(path) for path in abouts})
    result, note = _result_path(task.output, task.cell), task.output / ".curate" / f"{task.cell.folder}.json"
    try:
        if result.is_file() and parse_json(note.read_bytes()) == digest:
            return False
    except (OSError, ValueError):
        pass
    options = EvaluationOptions(task.cell.dataset.categories, allow_missing=task.partial)
    report = evaluate_submission(
        submission, root, options=options, layout=task.cell.dataset.layout or None, execution=Execution(jobs=1)
    )
    if report.result is None:
        raise InputError(
            f"was refused: {report.findings[0].message} ({len(report.findings)} finding(s))",
            path=submission,
            hint=f"`curate evaluate {submission} --dataset {root}` lists them",
        )
    write_result(result, report.result)
    write_json(note, digest)
    return True


def _summed_up(study: Study, dataset: StudyDataset, cells: Sequence[StudyCell], output: Path) -> tuple[str, list[str]]:
    """Write the tables and the report of one dataset; return the table for a terminal, and the files' names."""
    paths = [_result_path(output, cell) for cell in cells]
    results = [read_result(path) for path in paths]
    comparison = compare_results(results, study.metrics, test="wilcoxon" if study.paired else "welch")
    for published in study.published:
        comparison = with_published(comparison, read_published(published))
    name, files = slug(dataset.name), []
    for style, ending in _TABLES.items():
        write_text(output / "tables" / f"{name}.{ending}", FORMATS[style](comparison) + "\n")
        files.append(f"tables/{name}.{ending}")
    report = output / "reports" / f"{name}.html"
    request = Request(
        path=_root(dataset, output),
        results=tuple(paths),
        layout=dataset.layout or None,
        categories=dataset.categories,
    )
    report.parent.mkdir(parents=True, exist_ok=True)
    write_report(request, report, title=f"{study.title}: {dataset.name}", execution=Execution(jobs=1))
    return FORMATS["terminal"](comparison), [*files, f"reports/{name}.html"]


def _augmented(dataset: StudyDataset, output: Path, say: Callable[[str], None]) -> None:
    """Make the dataset whose training images are changed copies, unless it is there."""
    root = _root(dataset, output)
    if not dataset.augment or (root / SETTINGS_NAME).is_file():
        return
    say(f"{dataset.name}: {dataset.augment} changed copies of each training image")
    augment_dataset(dataset.path, root, split="train", copies=dataset.augment)


def _root(dataset: StudyDataset, output: Path) -> Path:
    return output / "datasets" / slug(dataset.name) if dataset.augment else dataset.path


def _result_path(output: Path, cell: StudyCell) -> Path:
    return output / "results" / f"{cell.folder}.json"


def _device(wanted: str, place: int, jobs: int) -> str:
    """Give neighbouring cells different GPUs, where several processes share several."""
    if jobs == 1 or wanted not in {"auto", "cuda"}:
        return wanted
    try:
        import torch
    except ImportError:
        return wanted
    count = torch.cuda.device_count()
    return f"cuda:{place % count}" if count > 1 else wanted
