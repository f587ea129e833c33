"""Decision records: JSON lines that are only ever added to, as ``schemas/decision.schema.json`` says.

A line is written with one ``write`` and flushed to the disk. A kill can tear at most the last line, which was then
never confirmed to anybody: readers leave it out, and the next decision is written in its place. The record has a lock
of its own, so that a person can decide while a stage is running.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from curate.disk.atomic import make_folders, storage_errors, sync_folder
from curate.disk.json_text import parse_json
from curate.disk.reading import read_plain
from curate.disk.schema import schema_problems
from curate.errors import ConflictError, InputError, MissingError, RecordError
from curate.model.decision import Decision, DecisionDraft, Standing, in_force, last_about, problem_of, standing
from curate.workspace.workspace import Workspace

_HINT = "correct the line, or restore the file from version control: nobody else knows these decisions"
_ALWAYS = ("frame", "kind", "verdict", "reason")
_NUMBERS = ("x_px", "y_px", "rotation_deg")
_TYPES = {
    **dict.fromkeys(("id", "undoes"), (int,)),
    **dict.fromkeys(("at", "window", "code", *_ALWAYS), (str,)),
    **dict.fromkeys(_NUMBERS, (int, float)),
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)


def read_decisions(workspace: Workspace, category: str) -> list[Decision]:
    """Return all decisions about a category, oldest first; an empty list when nobody decided anything.

    Raises
    ------
    RecordError
        If a line is no decision, its id does not follow, or it undoes what is not there; the message names the line.
    """
    return _read(workspace.decisions(category))[0]


def read_standing(workspace: Workspace, category: str) -> Standing:
    """Return the decisions about a category that count; see :func:`read_decisions`."""
    return standing(read_decisions(workspace, category))


def append_decision(
    workspace: Workspace,
    category: str,
    draft: DecisionDraft,
    *,
    seen: int | None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Decision:
    """Add a decision and return it once it is on the disk.

    Parameters
    ----------
    workspace, category
    draft : DecisionDraft
        An undo takes its frame, window and code from what it takes back.
    seen : int or None
        The standing decision about the same thing that the person had before his eyes; None for none. For an undo, the
        same thing is what the undone decision is about.
    clock : callable, optional
        Gives the time, with its zone.

    Raises
    ------
    InputError
        If nothing can be decided like that, or the decision to be undone is not in force.
    ConflictError
        If another decision stands by now.
    RecordError
        If the record is damaged.
    StorageError
        If it cannot be written; nothing was added then.
    """
    path = workspace.decisions(category)
    draft = replace(draft, reason=" ".join(draft.reason.split()))
    problem = problem_of(draft)
    if problem:
        raise InputError(f"this cannot be decided: {problem}")
    with _locked(workspace, category, path):
        decisions, end = _read(path)
        draft = _completed(draft, decisions)
        last = last_about(decisions, _about(draft, decisions))
        if (last.id if last else None) != seen:
            raise ConflictError(_conflict(last), path=path, hint="look again, then decide")
        entry = Decision(
            **_fields(draft),
            id=decisions[-1].id + 1 if decisions else 1,
            at=clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )
        _add(path, end, format_decision(entry))
    return entry


def format_decision(entry: Decision) -> str:
    """Render one line, without its end; what does not apply is left out."""
    known = {key: value for key, value in _fields(entry).items() if key in _ALWAYS or value not in ("", None)}
    return json.dumps({"id": entry.id, "at": entry.at, **known}, ensure_ascii=False, allow_nan=False)


def _fields(draft: DecisionDraft) -> dict[str, Any]:
    return {key: value for key, value in asdict(draft).items() if key not in {"id", "at"}}


def _completed(draft: DecisionDraft, decisions: list[Decision]) -> DecisionDraft:
    """Let an undo say what it is about, as its target does."""
    if draft.kind != "undo":
        return draft
    target = next((entry for entry in decisions if entry.id == draft.undoes), None)
    if target is None or (target.kind != "undo" and target not in in_force(decisions)):
        state = "is taken back already" if target else "was never made"
        raise InputError(f"decision {draft.undoes} {state}, so it cannot be undone")
    return replace(draft, frame=target.frame)


def _about(draft: DecisionDraft, decisions: list[Decision]) -> tuple[str, str, str]:
    """Return the thing that a draft is about; that of an undo is what it takes back in the end."""
    by_id = {entry.id: entry for entry in decisions}
    while draft.undoes is not None:
        draft = by_id[draft.undoes]
    return draft.thing


def _conflict(last: Decision | None) -> str:
    if last is None:
        return "the decision that this one was to replace was taken back in the meantime"
    return f"decision {last.id} ({last.kind} {last.verdict}, {last.at}) was made about {last.frame} in the meantime"


@contextmanager
def _locked(workspace: Workspace, category: str, path: Path) -> Iterator[None]:
    from filelock import FileLock

    with storage_errors(path):
        workspace.scratch.mkdir(parents=True, exist_ok=True)
        lock = FileLock(workspace.scratch / f"decisions-{category}.lock")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _add(path: Path, end: int, line: str) -> None:
    """Write a line behind the last whole one and flush it; on failure leave the file as it was."""
    try:
        content = line.encode("utf-8") + b"\n"
    except UnicodeEncodeError as error:
        raise InputError("this cannot be decided: its text is not Unicode") from error
    with storage_errors(path):
        new = not path.exists()
        make_folders(path.parent)
        with path.open("r+b" if not new else "x+b", buffering=0) as stream:
            stream.seek(max(end - 1, 0))
            if end and stream.read(1) != b"\n":
                content = b"\n" + content  # an editor left the last line without its end
            try:
                stream.truncate(end)
                stream.seek(end)
                _write_all(stream, content)
                os.fsync(stream.fileno())
            except OSError:
                stream.truncate(end)
                raise
        if new:
            sync_folder(path.parent)


def _write_all(stream: FileIO, content: bytes) -> None:
    """Write with one system call, which a disk that fills up may cut short; the next call then says so."""
    while content:
        content = content[stream.write(content) :]


def _read(path: Path) -> tuple[list[Decision], int]:
    """Return the decisions, and behind how many bytes the last whole line ends."""
    try:
        content = read_plain(path, "a record file")
    except MissingError:
        return [], 0
    whole = content.rfind(b"\n") + 1
    if _is_json(content[whole:]):
        whole = len(content)
    decisions: dict[int, Decision] = {}
    newest = 0
    for number, line in enumerate(content[:whole].split(b"\n"), start=1):
        if line.strip():
            entry = _parse_line(path, number, line)
            if entry.id <= newest:
                raise RecordError(f"line {number}: the id {entry.id} follows {newest}", path=path, hint=_HINT)
            if entry.undoes is not None and entry.undoes not in decisions:
                what = f"line {number}: undoes {entry.undoes}, which is not above it"
                raise RecordError(what, path=path, hint=_HINT)
            newest = entry.id
            decisions[newest] = entry
    return list(decisions.values()), whole


def _is_json(tail: bytes) -> bool:
    """Whether what follows the last line end is whole all the same; a torn object never is."""
    try:
        return isinstance(parse_json(tail), dict)
    except ValueError:
        return False


def _parse_line(path: Path, number: int, line: bytes) -> Decision:
    try:
        document = parse_json(line.decode("utf-8"))
    except ValueError as error:
        raise RecordError(f"line {number} is not JSON: {error}", path=path, hint=_HINT) from error
    if _has_types(document):
        values: dict[str, Any] = {key: float(v) if key in _NUMBERS else v for key, v in document.items()}
        entry = Decision(**values)
        problem = problem_of(entry)
        if not problem:
            return entry
        raise RecordError(f"line {number}: {problem}", path=path, hint=_HINT)
    # Checking every line against the schema costs ten times more than reading it: only broken ones are explained by it.
    problems = [f"{'.'.join(map(str, at)) or 'the line'}: {text}" for at, text in schema_problems(document, "decision")]
    raise RecordError(f"line {number}: {'; '.join(problems) or 'is no decision'}", path=path, hint=_HINT)


def _has_types(document: Any) -> bool:
    """Whether a line has the keys and types of the schema."""
    return (
        isinstance(document, dict)
        and document.keys() >= {"id", "at", *_ALWAYS}
        and all(type(value) in _TYPES.get(key, ()) for key, value in document.items())
        and bool(_MOMENT.fullmatch(document["at"]))
        and document["id"] > 0
    )
