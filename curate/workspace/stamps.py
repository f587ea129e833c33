"""Stamps: what a stage read and wrote, as sha256, so that anyone can tell whether it is stale."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curate.disk.atomic import write_json
from curate.disk.hashing import sha256_json
from curate.disk.reading import read_text
from curate.errors import MissingError, RecordError
from curate.model.words import counted
from curate.workspace.index import record_hashes
from curate.workspace.workspace import Workspace

_SCHEMA = "curate/stamp/1"
_LISTED = 3


@dataclass(frozen=True, slots=True)
class Stamp:
    """One stage's run over one category.

    Attributes
    ----------
    stage, category : str
    settings : str
        sha256 of the part of ``curate.toml`` and of the options that the stage used.
    inputs, outputs : dict of str to str
        Record files (never images: the records hold their hashes), relative to the workspace, and their sha256.
    decisions : dict of str to str
        What the stage applied of what people decided: about what, and what. Not the file's hash, because one decision
        concerns few stages, and one that was taken back is as if it had never been made.
    failed : str
        Why nothing can be done with the result, where the stage ended with such an error; ``""`` where it did not.
    details : dict
        What the stage alone understands: where labels came from, what a person has looked at.
    """

    stage: str
    category: str
    settings: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    decisions: dict[str, str] = field(default_factory=dict)
    failed: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def write_stamp(
    workspace: Workspace,
    stage: str,
    category: str,
    *,
    settings: Any,
    inputs: Iterable[Path],
    outputs: Iterable[Path],
    parts: Mapping[str, str] | None = None,
    decisions: Mapping[str, str] | None = None,
    failed: str = "",
    details: Mapping[str, Any] | None = None,
) -> Stamp:
    """Record that a stage has finished.

    ``settings`` is any JSON document; files that do not exist are left out; ``parts`` are the hashes of parts of files.
    """
    applied = dict(sorted((decisions or {}).items()))
    read, written = {**record_hashes(workspace, inputs), **(parts or {})}, record_hashes(workspace, outputs)
    stamp = Stamp(stage, category, sha256_json(settings), read, written, applied, failed, dict(details or {}))
    document: dict[str, Any] = {
        "schema": _SCHEMA,
        "stage": stage,
        "category": category,
        "settings": stamp.settings,
        "inputs": stamp.inputs,
        "outputs": stamp.outputs,
        **({"decisions": applied} if applied else {}),
        **({"failed": failed} if failed else {}),
        **({"details": stamp.details} if stamp.details else {}),
    }
    path = workspace.stamp(stage, category)
    if path.is_fifo():  # an output may be a named pipe, a record of ours may not: nobody reads it, and writing waits
        path.unlink()
    write_json(path, document)
    return stamp


def read_stamp(workspace: Workspace, stage: str, category: str) -> Stamp | None:
    """Return a stage's stamp, or None when it has not run.

    Raises
    ------
    RecordError
        If the file is not a stamp.
    """
    path = workspace.stamp(stage, category)
    try:
        document = json.loads(read_text(path))
        read, written = dict(document["inputs"]), dict(document["outputs"])
        return Stamp(
            stage=stage,
            category=category,
            settings=str(document["settings"]),
            inputs=read,
            outputs=written,
            decisions=dict(document.get("decisions", {})),
            failed=str(document.get("failed", "")),
            details=dict(document.get("details", {})),
        )
    except MissingError:
        return None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordError(
            f"is not a stamp of curate ({error})", path=path, hint=f"delete it and run `curate {stage}` again"
        ) from error


def changes(
    workspace: Workspace,
    stamp: Stamp,
    *,
    settings: Any,
    inputs: Iterable[Path],
    parts: Mapping[str, str] | None = None,
    decisions: Mapping[str, str] | None = None,
) -> list[str]:
    """Say in words why a stage is stale; an empty list when it is not.

    Parameters
    ----------
    settings : Any
        What the stage would use today; None where they do not matter.
    inputs : iterable of Path
        What the stage would read today.
    parts : mapping of str to str
        Hashes of the parts of files that it would read today.
    decisions : mapping of str to str
        What the stage would apply today.
    """
    reasons = []
    if settings is not None and sha256_json(settings) != stamp.settings:
        reasons.append("its settings changed")
    now = {**record_hashes(workspace, inputs), **(parts or {})}
    reasons += [f"{name} is new" for name in now if name not in stamp.inputs]
    reasons += [f"{name} changed" for name, digest in now.items() if stamp.inputs.get(name, digest) != digest]
    reasons += [f"{name} is gone" for name in stamp.inputs if name not in now]
    reasons += _decided_since(stamp.decisions, decisions or {})
    written = record_hashes(workspace, [workspace.root / name for name in stamp.outputs])
    reasons += [
        f"its own output {name} {'changed' if name in written else 'is gone'}"
        for name, digest in stamp.outputs.items()
        if written.get(name) != digest
    ]
    return reasons


def _decided_since(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Name the decisions that a stage has not applied yet, and those that it applied and that were taken back."""
    new = [f"{thing}: {what}" for thing, what in now.items() if before.get(thing) != what]
    gone = [f"{thing}: {what}" for thing, what in before.items() if thing not in now]
    reasons = [f"{counted(len(new), 'decision is', 'decisions are')} new: {_listed(new)}"] if new else []
    if gone:
        reasons.append(f"{counted(len(gone), 'decision was', 'decisions were')} taken back: {_listed(gone)}")
    return reasons


def _listed(texts: Sequence[str]) -> str:
    shown = ", ".join(texts[:_LISTED])
    return f"{shown} and {len(texts) - _LISTED} more" if len(texts) > _LISTED else shown
