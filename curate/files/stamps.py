"""Stamps: what a stage read and wrote, as sha256, so that anyone can tell whether it is stale."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.errors import RecordError
from curate.files.atomic import write_json
from curate.files.hashing import sha256_file, sha256_json
from curate.files.workspace import Workspace

_SCHEMA = "curate/stamp/1"


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
    """

    stage: str
    category: str
    settings: str
    inputs: dict[str, str]
    outputs: dict[str, str]


def write_stamp(
    workspace: Workspace,
    stage: str,
    category: str,
    *,
    settings: Any,
    inputs: Iterable[Path],
    outputs: Iterable[Path],
) -> Stamp:
    """Record that a stage has finished. ``settings`` is any JSON document; files that do not exist are left out."""
    stamp = Stamp(stage, category, sha256_json(settings), _hashes(workspace, inputs), _hashes(workspace, outputs))
    document = {
        "schema": _SCHEMA,
        "stage": stage,
        "category": category,
        "settings": stamp.settings,
        "inputs": stamp.inputs,
        "outputs": stamp.outputs,
    }
    write_json(workspace.stamp(stage, category), document)
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
        document = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(stage, category, str(document["settings"]), dict(document["inputs"]), dict(document["outputs"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordError(
            f"is not a stamp of curate ({error})", path=path, hint=f"delete it and run `curate {stage}` again"
        ) from error


def changes(workspace: Workspace, stamp: Stamp, *, settings: Any, inputs: Iterable[Path]) -> list[str]:
    """Say in words why a stage is stale; an empty list when it is not.

    Parameters
    ----------
    settings : Any
        What the stage would use today.
    inputs : iterable of Path
        What the stage would read today.
    """
    reasons = []
    if sha256_json(settings) != stamp.settings:
        reasons.append("its settings changed")
    now = _hashes(workspace, inputs)
    reasons += [f"{name} is new" for name in now if name not in stamp.inputs]
    reasons += [f"{name} changed" for name, digest in now.items() if stamp.inputs.get(name, digest) != digest]
    reasons += [f"{name} is gone" for name in stamp.inputs if name not in now]
    written = _hashes(workspace, [workspace.root / name for name in stamp.outputs])
    reasons += [
        f"its own output {name} {'changed' if name in written else 'is gone'}"
        for name, digest in stamp.outputs.items()
        if written.get(name) != digest
    ]
    return reasons


def _hashes(workspace: Workspace, paths: Iterable[Path]) -> dict[str, str]:
    return {workspace.relative(path): sha256_file(path) for path in sorted(paths) if path.is_file()}
