"""``curate frames``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.cli.complete import defect_names
from curate.cli.options import category_option, output_options, workspace_option

if TYPE_CHECKING:
    from curate.importing.frames import FrameLine
    from curate.workspace.workspace import Workspace

_SHOWN = 30
_BAR = 40


@click.command(name="frames", epilog="Example:  curate frames -c pipe_clip --label scratch --csv > scratches.csv")
@click.option("--series", metavar="NAME", multiple=True, help="Only this series; may be repeated.")
@click.option(
    "--label",
    metavar="NAME",
    multiple=True,
    shell_complete=defect_names,
    help='Only this label; "" for frames without one.',
)
@click.option("--camera", metavar="NAME", multiple=True, help="Only this camera; may be repeated.")
@click.option("--since", metavar="TIME", default="", help="Shot then or later: 2022-08-11 or 2022-08-11T17:30.")
@click.option("--until", metavar="TIME", default="", help="Shot before then.")
@click.option("--rejected/--kept", default=None, help="Only what screening set aside, or only what it kept.")
@click.option("--days", is_flag=True, help="Count by day and label instead of listing.")
@click.option("--accept", metavar="CODE", default="", help="Accept what is open about the order, by its code: CUR703.")
@click.option("--reason", metavar="TEXT", default="", help="Why it is accepted.")
@click.option("--csv", "as_csv", is_flag=True, help="What is listed as CSV.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet"]),
    help="A table of all that is known of each frame, typed; parquet needs -o.",
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write the table there.")
@workspace_option
@category_option
@output_options
def command(
    series: tuple[str, ...],
    label: tuple[str, ...],
    camera: tuple[str, ...],
    since: str,
    until: str,
    accept: str,
    reason: str,
    workspace_dir: Path,
    categories: tuple[str, ...],
    form: str | None,
    output: Path | None,
    verbosity: int,
    *,
    rejected: bool | None,
    days: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """List frames in shooting order, filtered, or count them by day.

    With --accept and --reason, what status, split and validate repeat about the order is accepted instead, for the
    series given.
    """
    from curate.cli.render import echo, emit_json, say
    from curate.disk.tables import format_table
    from curate.importing.frames import (
        Filter,
        FrameLine,
        check_filter,
        count_by_day,
        days_of,
        list_frames,
        to_json,
    )
    from curate.workspace.workspace import open_workspace

    wanted = Filter(series, label, camera, since, until, rejected)
    try:
        check_filter(wanted)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--since/--until") from error
    if form or output:
        if wanted != Filter() or days or as_csv or as_json:
            raise click.UsageError("--format and -o write the whole table: leave out filters and other forms")
        _write_table(workspace_dir, categories, form, output, verbosity)
        return
    workspace, _, chosen = open_workspace(workspace_dir, categories)
    if accept:
        _accept(workspace, [category.name for category in chosen], accept, reason, series, verbosity)
        return
    names = [category.name for category in chosen]
    if days and wanted == Filter() and not (as_json or as_csv):
        echo(_days_text(days_of(workspace, names)))
        return
    lines = list_frames(workspace, names, wanted)
    if as_json:
        emit_json(to_json(lines))
    elif as_csv:
        echo(format_table(lines, FrameLine), nl=False)
    elif days:
        echo(_days_text(count_by_day(lines)))
    else:
        echo(_table_text(lines if verbosity > 0 else lines[:_SHOWN]))
        more = "" if verbosity > 0 or len(lines) <= _SHOWN else "; -v or --csv shows all"
        say(f"{len(lines)} frames{more}", verbosity=verbosity)


def _accept(
    workspace: Workspace, categories: Sequence[str], code: str, reason: str, series: Sequence[str], verbosity: int
) -> None:
    """Decide that findings about the order of frames are accepted."""
    from curate.cli.render import say
    from curate.errors import InputError
    from curate.model.words import counted
    from curate.workspace.standing_order import accept_standing

    if not reason.strip():
        raise click.UsageError("--accept needs --reason TEXT: why does it not matter, or who looked?")
    many = sum(accept_standing(workspace, category, code, reason, series) for category in categories)
    if not many:
        raise InputError(f"nothing with the code {code} is open about the order", hint="see `curate status`")
    say(f"accepted {counted(many, 'finding', 'findings')}; `curate review` can take that back", verbosity=verbosity)


def _write_table(
    start: Path, categories: tuple[str, ...], form: str | None, output: Path | None, verbosity: int
) -> None:
    """Write :func:`curate.frames.load` as CSV or Parquet."""
    from curate.cli.render import write_frame
    from curate.frames.records import load

    write_frame(load(start, categories), form, output, verbosity=verbosity)


def _table_text(lines: Sequence[FrameLine]) -> str:
    """Align the columns that a person looks for."""
    rows = [("category", "frame", "shot at", "label", "camera", "set aside for")]
    rows += [(line.category, line.frame, line.shot_at, line.label, line.camera, line.rejected) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _days_text(days: Mapping[str, Mapping[str, int]]) -> str:
    """Draw a bar a day, with the counts by label."""
    most = max((sum(counts.values()) for counts in days.values()), default=1)
    rows = []
    for day, counts in days.items():
        total = sum(counts.values())
        by_label = ", ".join(f"{label} {count}" for label, count in counts.items())
        rows.append(f"{day:<10} {total:>8}  {'#' * max(1, round(_BAR * total / most)):<{_BAR}}  {by_label}")
    return "\n".join(rows)
