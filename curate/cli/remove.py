"""``curate remove``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.cli.options import category_option, dry_run_option, output_options, workspace_option

if TYPE_CHECKING:
    from curate.remove.run import RemoveReport


@click.command(name="remove", epilog="Example:  curate remove main/screenshot.png -c pipe_clip")
@click.argument("frames", metavar="[FRAME...]", nargs=-1)
@click.option("--series", metavar="NAME", multiple=True, help="All frames of this series; may be repeated.")
@click.option("--list", "listed", is_flag=True, help="List what was removed.")
@click.option("--restore", metavar="NUMBER", type=int, help="Put back what was removed under this number.")
@workspace_option
@category_option
@dry_run_option
@output_options
def command(
    frames: tuple[str, ...],
    series: tuple[str, ...],
    restore: int | None,
    workspace_dir: Path,
    categories: tuple[str, ...],
    *,
    listed: bool,
    dry_run: bool,
    as_json: bool,
    verbosity: int,
) -> None:
    """Take frames, a series or a category out, with windows, screening and annotations; put them back later.

    FRAME is SERIES/FILE, as `curate frames` lists it; with nothing but -c, the whole category is meant. Nothing is
    deleted: everything lies in removed/CATEGORY/NUMBER until --restore NUMBER brings it back to its old place in the
    order. A later import passes removed frames over.
    """
    from curate.cli.render import echo, emit_json, say
    from curate.remove.run import remove_category, remove_frames, restore_removal
    from curate.workspace.config import read_config
    from curate.workspace.removed import removals_of
    from curate.workspace.workspace import category_config, find_workspace

    workspace = find_workspace(workspace_dir)
    if listed:
        found = [entry for entry in removals_of(workspace) if not categories or entry.category in categories]
        rows = [
            {"category": entry.category, "number": entry.number, "what": entry.what, "frames": len(entry.frames)}
            for entry in found
        ]
        if as_json:
            emit_json({"removed": rows})
        else:
            lines = (f"{r['category']} {r['number']}: {r['what']} ({r['frames']} frames)" for r in rows)
            echo("\n".join(lines) or "nothing was removed")
        return
    whole = bool(categories) and not (frames or series)
    if (restore is not None and (frames or series)) or (restore is None and not (frames or series or whole)):
        raise click.UsageError("name FRAME, --series or a whole category with -c, or use --restore NUMBER alone")
    name = _one_category(workspace.categories(), categories, restoring=restore is not None)
    category = category_config(read_config(workspace.config_path), name)
    wait = partial(say, verbosity=verbosity)
    if restore is not None:
        report = restore_removal(workspace, category, restore, on_wait=wait)
    elif whole:
        report = remove_category(workspace, category, dry_run=dry_run, on_wait=wait)
    else:
        report = remove_frames(workspace, category, frames, series, dry_run=dry_run, on_wait=wait)
    if as_json:
        emit_json({"dry_run": dry_run, "restored": restore is not None, **report.to_json()})
    else:
        echo(_text(report, dry_run=dry_run, restored=restore is not None))
        say("next: curate status", verbosity=verbosity)


def _one_category(present: list[str], wanted: tuple[str, ...], *, restoring: bool) -> str:
    """Return the category that is meant: the one named, or the only one there is."""
    if len(wanted) == 1 and (restoring or wanted[0] in present):
        return wanted[0]
    if not wanted and len(present) == 1:
        return present[0]
    named = ", ".join(present) or "none yet"
    raise click.UsageError(f"say with -c CATEGORY which one is meant; frames are there of {named}")


def _text(report: RemoveReport, *, dry_run: bool, restored: bool) -> str:
    verb = "put back" if restored else "would remove" if dry_run else "removed"
    counts = f"{len(report.frames)} frames, {report.regions} of them annotated, {report.windows} windows"
    where = "" if restored or dry_run else f"; `curate remove --restore {report.number} -c {report.category}` undoes it"
    return f"{report.category}: {verb} {report.what} ({counts}){where}"
