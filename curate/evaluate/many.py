"""Score many submissions on one dataset: what is current is skipped, what is broken stops nobody else, limits hold."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from curate import __version__
from curate.datasets.dataset import read_dataset
from curate.disk.archives import ARCHIVE_SUFFIXES, is_archive, list_archive
from curate.disk.atomic import write_json
from curate.disk.hashing import sha256_json
from curate.disk.json_text import parse_json
from curate.errors import CurateError, InputError
from curate.evaluate.identity import know_dataset
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.imaging.maps import MAP_SUFFIXES
from curate.model.evaluation_options import EvaluationOptions
from curate.model.finding import Finding
from curate.submissions.concealed import TruthKey
from curate.submissions.results import write_result

NOTES = ".curate"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class SubmissionLimits:
    """What a host allows a submission; 0 allows any.

    Attributes
    ----------
    max_bytes : int
        Of all its files, unpacked.
    max_images : int
        Number of its maps.
    max_seconds : float
        To be scored in; then it is scored in a process of its own, which is ended.
    """

    max_bytes: int = 0
    max_images: int = 0
    max_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SubmissionOutcome:
    """What became of one submission.

    Attributes
    ----------
    name : str
        Of its folder, or of its archive without the ending.
    state : str
        ``scored``, ``current`` or ``refused``.
    reasons : tuple of str
        Why it was refused, one sentence each.
    method, team : str
        As it calls itself, once it is scored.
    """

    name: str
    state: str
    reasons: tuple[str, ...] = ()
    method: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class ManyReport:
    """What :func:`evaluate_many` did, in the order of the submissions."""

    output: str
    outcomes: tuple[SubmissionOutcome, ...]

    @property
    def refused(self) -> tuple[SubmissionOutcome, ...]:
        """Those that have no result."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == "refused")

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        entries = [
            {
                "name": entry.name,
                "state": entry.state,
                "method": entry.method,
                "team": entry.team,
                "reasons": list(entry.reasons),
            }
            for entry in self.outcomes
        ]
        return {"schema": "curate/evaluations/1", "output": self.output, "submissions": entries}


@dataclass(frozen=True, slots=True)
class _Task:
    """What a worker needs to score one submission."""

    submission: Path
    name: str
    dataset_root: Path
    dataset: str
    output: Path
    options: EvaluationOptions
    limits: SubmissionLimits
    findings: tuple[Finding, ...] | None
    key: TruthKey | None


def evaluate_many(
    submissions: Sequence[Path],
    dataset_root: Path,
    output: Path,
    *,
    options: EvaluationOptions = EvaluationOptions(),
    limits: SubmissionLimits = SubmissionLimits(),
    dataset_findings: Sequence[Finding] | None = None,
    key: TruthKey | None = None,
    execution: Execution = Execution(),
    say: Callable[[str], None] = lambda _: None,
) -> ManyReport:
    """Score submissions; each gets ``OUTPUT/<its name>.json``, or is refused with its reasons.

    Parameters
    ----------
    submissions : sequence of Path
        Folders and archives, of different names.
    dataset_root, output : Path
    options : EvaluationOptions
    limits : SubmissionLimits
    dataset_findings : sequence of Finding, optional
        As for :func:`~curate.evaluate.run.evaluate_submission`.
    key : TruthKey, optional
        Of a dataset whose truth is private.
    execution : Execution
        With a scheduler, submissions are spread over its workers; else one follows the other and uses all jobs.
    say : callable
        Told what becomes of each.

    Raises
    ------
    InputError
        If two submissions have one name, or the dataset cannot be read.
    """
    names = [name_of(path) for path in submissions]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"several submissions are called {', '.join(twice)}", hint="give each folder a name of its own"
        )
    whole = read_dataset(dataset_root, options.layout)
    known = know_dataset(dataset_root, whole, execution).fingerprint()
    found = None if dataset_findings is None else tuple(dataset_findings)
    tasks = [
        _Task(path.absolute(), name, dataset_root.absolute(), known, output.absolute(), options, limits, found, key)
        for path, name in zip(submissions, names, strict=True)
    ]
    outcomes = []
    for outcome in _outcomes(tasks, execution):
        outcomes.append(outcome)
        say(f"{outcome.name}: {outcome.state}{': ' + outcome.reasons[0] if outcome.reasons else ''}")
    return ManyReport(str(output), tuple(outcomes))


def name_of(path: Path) -> str:
    """Return what a submission's result is called.

    >>> name_of(Path("in/team_7.tar.gz")), name_of(Path("in/v1.2"))
    ('team_7', 'v1.2')
    """
    name = path.resolve().name
    ending = max((end for end in ARCHIVE_SUFFIXES if name.lower().endswith(end)), key=len, default="")
    return name[: len(name) - len(ending)] or name


def _outcomes(tasks: Sequence[_Task], execution: Execution) -> Iterator[SubmissionOutcome]:
    if execution.scheduler:
        return iter(execution.map(partial(_run, execution=Execution(jobs=1)), tasks, "submissions"))
    return (_run(task, execution=execution) for task in tasks)


def _run(task: _Task, *, execution: Execution) -> SubmissionOutcome:
    """Score one submission where its result is not current; whatever is wrong with it becomes its outcome."""
    try:
        state = _state_of(task.submission)
        digest = _digest(task, state)
        result, note = task.output / f"{task.name}.json", task.output / NOTES / f"{task.name}.json"
        known = _noted(note)
        if result.is_file() and known.get("inputs") == digest:
            return SubmissionOutcome(task.name, "current", (), known.get("method", ""), known.get("team", ""))
        result.unlink(missing_ok=True)  # of what was handed in before
        _refuse_too_large(task)
        outcome = _scored(task, execution) if not task.limits.max_seconds else _scored_in_time(task)
    except CurateError as error:
        return SubmissionOutcome(task.name, "refused", (error.message,))
    if outcome.state == "scored":
        write_json(note, {"inputs": digest, "method": outcome.method, "team": outcome.team})
    return outcome


def _scored(task: _Task, execution: Execution) -> SubmissionOutcome:
    report = evaluate_submission(
        task.submission,
        task.dataset_root,
        options=task.options,
        dataset_findings=task.findings,
        key=task.key,
        execution=execution,
    )
    if report.result is None:
        shown = [f"{entry.code} {entry.path}: {entry.message}" for entry in report.findings[:_SHOWN]]
        more = len(report.findings) - len(shown)
        return SubmissionOutcome(task.name, "refused", (*shown, *([f"… and {more} more"] if more > 0 else [])))
    write_result(task.output / f"{task.name}.json", report.result)
    about = report.result.submission
    return SubmissionOutcome(task.name, "scored", (), about.method, about.team or "")


def _scored_in_time(task: _Task) -> SubmissionOutcome:
    """Score in a process of its own, and end it when its time is over."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(task, sender), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(task.limits.max_seconds):
            return SubmissionOutcome(
                task.name, "refused", (f"took longer than {task.limits.max_seconds:g} s to be scored",)
            )
        outcome: SubmissionOutcome = receiver.recv()
    except EOFError:
        return SubmissionOutcome(
            task.name, "refused", ("ended the process that scored it: it may need too much memory",)
        )
    finally:
        process.kill()
        process.join()
    return outcome


def _child(task: _Task, sender: Any) -> None:
    try:
        outcome = _scored(task, Execution(jobs=1))
    except CurateError as error:
        outcome = SubmissionOutcome(task.name, "refused", (error.message,))
    sender.send(outcome)
    sender.close()


def _refuse_too_large(task: _Task) -> None:
    """Refuse what is over a limit, before anything of it is decoded or unpacked."""
    limits = task.limits
    if not limits.max_bytes and not limits.max_images:
        return
    files = list(_files(task.submission))
    total = sum(size for _, size in files)
    maps = sum(Path(name).suffix.lower() in MAP_SUFFIXES for name, _ in files)
    if limits.max_bytes and total > limits.max_bytes:
        raise InputError(f"holds {total:,} bytes, {limits.max_bytes:,} are allowed")
    if limits.max_images and maps > limits.max_images:
        raise InputError(f"holds {maps:,} maps, {limits.max_images:,} are allowed")


def _files(root: Path) -> Iterator[tuple[str, int]]:
    """Yield name and size of each file of a submission; of an archive, as they unpack."""
    if is_archive(root) and root.is_file():
        yield from ((file.name, file.size_bytes) for file in list_archive(root)[0])
        return
    for above, _, names in os.walk(root):
        yield from ((name, (Path(above) / name).lstat().st_size) for name in names)


def _state_of(root: Path) -> list[Any]:
    """Return what changes when a submission does: names, sizes and times of its files.

    Raises
    ------
    InputError
        If there is no such submission.
    """
    if root.is_file():
        return _stated(root, root.name)
    if not root.is_dir():
        raise InputError("there is no such submission")
    listed = [Path(above) / name for above, _, names in os.walk(root) for name in names]
    return [_stated(path, path.relative_to(root).as_posix()) for path in sorted(listed)]


def _stated(path: Path, name: str) -> list[Any]:
    about = path.lstat()
    return [name, about.st_size, about.st_mtime_ns, about.st_ino]


def _digest(task: _Task, state: list[Any]) -> str:
    """Hash all that a result follows from."""
    return sha256_json(
        {
            "files": state,
            "dataset": task.dataset,
            "options": replace(task.options, layout=None).to_json(),
            "validated": None if task.findings is None else [finding.to_json() for finding in task.findings],
            "key": task.key is not None,
            "curate": __version__,
        }
    )


def _noted(note: Path) -> dict[str, Any]:
    try:
        document = parse_json(note.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
