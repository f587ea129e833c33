"""``curate tidy``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.cli.options import output_options, workspace_option

if TYPE_CHECKING:
    from curate.workspace.orphans import Orphan

_SHOWN = 20


@click.command(name="tidy", epilog="Example:  curate tidy --yes")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@click.option("--dry-run", is_flag=True, help="Name what would be deleted.")
@workspace_option
@output_options
def command(workspace_dir: Path, *, yes: bool, dry_run: bool, as_json: bool, verbosity: int) -> None:
    """Delete what stages made and nothing refers to any more, after asking.

    Windows, masks, screening, records and exports of windows, series and categories that are gone. Frames, annotations
    and decisions are never deleted.
    """
    from curate.cli.render import echo, emit_json, say
    from curate.errors import InputError
    from curate.tidy.run import tidy_workspace
    from curate.workspace.config import read_config
    from curate.workspace.workspace import find_workspace

    def agree(orphans: Sequence[Orphan]) -> bool:
        if dry_run or yes:
            return yes and not dry_run
        if as_json or not sys.stdin.isatty():
            raise InputError("nobody can be asked here", hint="add --yes to delete, or --dry-run to look")
        echo(_text(orphans, _SHOWN if verbosity < 1 else len(orphans)))
        return click.confirm(f"delete {sum(entry.files for entry in orphans)} files?")

    workspace = find_workspace(workspace_dir)
    on_wait = partial(say, verbosity=verbosity)
    report = tidy_workspace(workspace, read_config(workspace.config_path), agree, on_wait=on_wait)
    if as_json:
        emit_json(report.to_json())
        return
    files = sum(entry.files for entry in report.orphans)
    if dry_run or (yes and verbosity > 0):
        echo(_text(report.orphans, len(report.orphans)))
    done = f"deleted {files} files" if report.deleted else f"{files} files would be deleted" if dry_run else ""
    finished = f"finished an interrupted removal: {report.finished} frames" if report.finished else ""
    echo("; ".join(filter(None, (done, finished))) or ("nothing was deleted" if files else "nothing to tidy"))


def _text(orphans: Sequence[Orphan], shown: int) -> str:
    lines = [
        f"{entry.path}{f' ({entry.files} files)' if entry.files != 1 else ''}: {entry.why}" for entry in orphans[:shown]
    ]
    return "\n".join([*lines, *([f"… and {len(orphans) - shown} more (-v)"] if len(orphans) > shown else [])])
