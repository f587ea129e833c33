"""Score many submissions on one dataset: what is current is skipped, what is broken stops nobody else, limits hold."""

from __future__ import annotations

import errno
import os
import pickle
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from curate import __version__
from curate.datasets.dataset import read_dataset
from curate.datasets.layout import list_tree
from curate.disk.archives import ARCHIVE_SUFFIXES, is_archive, list_archive
from curate.disk.atomic import write_bytes, write_json
from curate.disk.hashing import sha256_json
from curate.disk.json_text import parse_json
from curate.disk.reading import read_errors
from curate.disk.unread import is_unread
from curate.errors import CurateError, InputError, MissingError, StorageError
from curate.evaluate.dataset_errors import errors_that_change_numbers, remarks_on_truth
from curate.evaluate.identity import know_dataset
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.imaging.maps import MAP_SUFFIXES
from curate.model.account import Account
from curate.model.codes import names as codes
from curate.model.evaluation_options import EvaluationOptions
from curate.model.finding import Finding
from curate.submissions.concealed import TruthKey
from curate.submissions.results import write_result

NOTES = ".curate"
_SHOWN = 3
_TASK, _OUTCOME = "task.pickle", "outcome.json"
_CHILD = "import sys; from curate.evaluate.many import score_task; score_task(sys.argv[1])"
"""What a process that scores within a time limit is started with."""
_OF_THE_FILES = frozenset({None, errno.ELOOP, errno.ENAMETOOLONG})
"""Numbers of errors that say something of a submission; None is that of a damaged archive."""


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
        ``scored``, ``current``, ``refused``, or ``unread``: something could not be looked at, so nothing is known.
    reasons : tuple of str
        Why it was refused, or what could not be looked at, one sentence each.
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
    """What :func:`evaluate_many` did, in the order of the submissions.

    Attributes
    ----------
    output : str
    outcomes : tuple of SubmissionOutcome
    dataset_errors, remarks : tuple of Finding
        As of :class:`~curate.evaluate.run.EvaluationReport`.
    account : dict of str to Account
        Of the dataset's files and entries.
    """

    output: str
    outcomes: tuple[SubmissionOutcome, ...]
    dataset_errors: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()
    account: dict[str, Account] = field(default_factory=dict)

    @property
    def refused(self) -> tuple[SubmissionOutcome, ...]:
        """Those that break a rule or a limit."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == "refused")

    @property
    def unread(self) -> tuple[SubmissionOutcome, ...]:
        """Those of which nothing is known, because something could not be looked at."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == "unread")

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
        return {
            "schema": "curate/evaluations/1",
            "output": self.output,
            "submissions": entries,
            "dataset_errors": [finding.to_json() for finding in self.dataset_errors],
        }


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
    wanted = set(options.categories) or {category.name for category in whole.categories}
    scored = replace(whole, categories=tuple(entry for entry in whole.categories if entry.name in wanted))
    errors = errors_that_change_numbers(scored, found or ())
    remarks = remarks_on_truth({*whole.findings, *(found or ())})
    return ManyReport(str(output), tuple(outcomes), errors, remarks, dict(whole.account))


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
        files = _files(task.submission)
        digest = _digest(task, files)
        result, note = task.output / f"{task.name}.json", task.output / NOTES / f"{task.name}.json"
        known = _noted(note)
        if result.is_file() and known.get("inputs") == digest:
            return SubmissionOutcome(task.name, "current", (), known.get("method", ""), known.get("team", ""))
        result.unlink(missing_ok=True)  # of what was handed in before
        _refuse_too_large(task, files)
        outcome = _scored(task, execution) if not task.limits.max_seconds else _scored_in_time(task)
        if outcome.state == "scored":
            write_json(note, {"inputs": digest, "method": outcome.method, "team": outcome.team})
    except (CurateError, OSError) as error:
        return _without_result(task.name, error)
    return outcome


def _without_result(name: str, error: CurateError | OSError) -> SubmissionOutcome:
    """Return what an error says of a submission: it is refused, or something could not be looked at or written."""
    if not isinstance(error, CurateError):
        return SubmissionOutcome(name, "unread", (str(error),))
    cause = error.__cause__
    damaged_disk = isinstance(cause, OSError) and cause.errno not in _OF_THE_FILES
    if is_unread(error) or isinstance(error, StorageError) or damaged_disk:
        return SubmissionOutcome(name, "unread", (f"{error.path}: {error.message}" if error.path else error.message,))
    return SubmissionOutcome(name, "refused", (error.message,))


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
        unread = any(entry.code == codes.UNREAD_FILE for entry in report.findings)
        return SubmissionOutcome(
            task.name, "unread" if unread else "refused", (*shown, *([f"… and {more} more"] if more > 0 else []))
        )
    write_result(task.output / f"{task.name}.json", report.result)
    about = report.result.submission
    return SubmissionOutcome(task.name, "scored", (), about.method, about.team or "")


def _scored_in_time(task: _Task) -> SubmissionOutcome:
    """Score in a process of its own, and end it when its time is over.

    All that the process writes lies in a folder that is removed here, whenever and however it ends: a result counts
    only when it was ready in time. It is no child of :mod:`multiprocessing`, which a worker of a cluster may not have.
    """
    with tempfile.TemporaryDirectory(prefix="curate-scoring-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        (place / _TASK).write_bytes(pickle.dumps(replace(task, output=place)))
        known = {**os.environ, "TMPDIR": folder, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
        command = [sys.executable, "-P", "-c", _CHILD, folder]
        with subprocess.Popen(command, env=known, stdin=subprocess.DEVNULL) as process:  # noqa: S603 - our own
            try:
                code = process.wait(task.limits.max_seconds)
            except subprocess.TimeoutExpired:
                reason = f"took longer than {task.limits.max_seconds:g} s to be scored"
                return SubmissionOutcome(task.name, "refused", (reason,))
            finally:
                process.kill()
        if code < 0:
            reason = "ended the process that scored it: it may need too much memory"
            return SubmissionOutcome(task.name, "refused", (reason,))
        if code:
            return SubmissionOutcome(task.name, "unread", (f"the process that scored it ended with exit code {code}",))
        found = parse_json((place / _OUTCOME).read_bytes())
        if found["state"] == "scored":
            write_bytes(task.output / f"{task.name}.json", (place / f"{task.name}.json").read_bytes())
        return SubmissionOutcome(**{**found, "reasons": tuple(found["reasons"])})


def score_task(folder: str) -> None:
    """Score the task in a folder that :func:`evaluate_many` made, and write its outcome there."""
    task: _Task = pickle.loads((Path(folder) / _TASK).read_bytes())  # noqa: S301 - our own, in a folder of our own
    try:
        outcome = _scored(task, Execution(jobs=1))
    except (CurateError, OSError) as error:
        outcome = _without_result(task.name, error)
    write_json(Path(folder) / _OUTCOME, asdict(outcome))


def _refuse_too_large(task: _Task, files: Sequence[Sequence[Any]]) -> None:
    """Refuse what is over a limit, before anything of it is decoded or unpacked."""
    limits = task.limits
    if not limits.max_bytes and not limits.max_images:
        return
    if task.submission.is_file() and is_archive(task.submission):  # as its files unpack
        files = [(file.name, file.size_bytes) for file in list_archive(task.submission)[0]]
    total = sum(size for _, size, *_ in files)
    maps = sum(Path(name).suffix.lower() in MAP_SUFFIXES for name, *_ in files)
    if limits.max_bytes and total > limits.max_bytes:
        raise InputError(f"holds {total:,} bytes, {limits.max_bytes:,} are allowed")
    if limits.max_images and maps > limits.max_images:
        raise InputError(f"holds {maps:,} maps, {limits.max_images:,} are allowed")


def _files(root: Path) -> list[list[Any]]:
    """Return what changes when a submission does: path, size and times of each of its files, links followed.

    Raises
    ------
    InputError
        If there is no such submission.
    ReadError
        If it, or a folder in it, cannot be looked at.
    """
    try:
        with read_errors(root):
            state = root.stat()
    except MissingError as error:
        raise InputError("there is no such submission") from error
    if not stat.S_ISDIR(state.st_mode):
        return [[root.name, state.st_size, state.st_mtime_ns, state.st_ctime_ns]]
    return [[file.path, file.size_bytes, file.mtime_ns, file.ctime_ns] for file in list_tree(root).files]


def _digest(task: _Task, files: list[list[Any]]) -> str:
    """Hash all that a result follows from."""
    return sha256_json(
        {
            "files": files,
            "dataset": task.dataset,
            "options": replace(task.options, layout=None).to_json(),
            "validated": None if task.findings is None else [finding.to_json() for finding in task.findings],
            "key": task.key and sha256_json(task.key.images),
            "curate": __version__,
        }
    )


def _noted(note: Path) -> dict[str, Any]:
    try:
        document = parse_json(note.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
