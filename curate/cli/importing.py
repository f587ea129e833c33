"""``curate import``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.cli.complete import defect_names
from curate.cli.options import dry_run_option, jobs_option, output_options, sync_option, workspace_option

if TYPE_CHECKING:
    from curate.importing.clocks import ClockFix
    from curate.importing.report import ImportReport

_POLICIES = (
    "auto",
    "manifest",
    "exif",
    "name-time",
    "counter",
    "name",
    "manifest-rows",
    "exif-digitized",
    "exif-changed",
    "file-time",
)
"""Those of ``curate.importing.order``, spelt out so that ``--help`` need not import it; a test compares them."""
_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SHOWN = 5


@click.command(name="import", epilog="Example:  curate import /mnt/line3/2022-08 -c pipe_clip")
@click.argument("sources", metavar="[SOURCE...]", nargs=-1)
@click.option(
    "-c", "--category", metavar="CATEGORY", required=True, help="What the frames show: one benchmark category."
)
@click.option(
    "--series",
    metavar="NAME",
    default="",
    show_default="main",
    help="Production series of the frames; frames that are known already are moved to it.",
)
@click.option(
    "--link/--copy", default=False, show_default=True, help="Hard-link, or copy (sharing blocks where possible)."
)
@click.option(
    "--label",
    metavar="NAME",
    default="",
    shell_complete=defect_names,
    help='What all these frames are: "good" or a defect\'s name.',
)
@click.option("--label-from-folder", is_flag=True, help="The innermost folder's name is the label.")
@click.option("--decode", is_flag=True, help="Decode every frame, to record the hash of its pixels; slow.")
@click.option(
    "--order", type=click.Choice(_POLICIES), default="auto", show_default=True, help="Evidence for the order."
)
@click.option(
    "--reorder", is_flag=True, help="Order earlier frames anew, too: all of the sources' series, or without SOURCE all."
)
@click.option(
    "--clock",
    "clocks",
    metavar="CAMERA=+HH:MM",
    multiple=True,
    help="Add so much to a camera's times; CAMERA=UTC+HH:MM says which zone they show. May be repeated.",
)
@click.option("--series-gap", metavar="TIME", default="", help="A longer pause starts a new series: 90s, 30m, 8h, 2d.")
@click.option("--pattern", metavar="REGEX", default="", help="Read names: groups time, counter, camera, label, …")
@click.option("--manifest", metavar="FILE", type=click.Path(path_type=Path), help="CSV or JSON lines about the files.")
@click.option(
    "--exclude",
    metavar="GLOB",
    multiple=True,
    help="Pass over files and folders of this name, such as ground_truth or '*_mask.png'; may be repeated.",
)
@click.option("--columns", metavar="WHAT=COLUMN,…", default="", help="Which column of the manifest says what.")
@workspace_option
@jobs_option
@sync_option
@dry_run_option
@output_options
def command(
    sources: tuple[str, ...],
    category: str,
    series: str,
    label: str,
    order: str,
    clocks: tuple[str, ...],
    series_gap: str,
    pattern: str,
    manifest: Path | None,
    columns: str,
    exclude: tuple[str, ...],
    workspace_dir: Path,
    jobs: int,
    verbosity: int,
    *,
    link: bool,
    sync: bool,
    label_from_folder: bool,
    decode: bool,
    reorder: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Take frames in, in the order they were shot.

    SOURCE is a folder, searched with its sub-folders, a zip or tar file, a URL such as s3://bucket/folder, or a single
    JPEG, PNG, TIFF, BMP or WebP file. Sources are only read. Running it again adds only what is new.

    The order comes from EXIF times, times in names, or counters checked by a clock, else from names; --order overrules
    that. What contradicts it is reported with the frames' names, and again by status, split and validate until it is
    settled. The order of earlier frames never changes unless --reorder, --order or --clock asks for it.
    """
    from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say
    from curate.importing.options import ImportOptions
    from curate.importing.run import import_frames
    from curate.model.config import DEFAULT_SERIES
    from curate.workspace.workspace import find_workspace

    if not (sources or reorder or clocks):
        raise click.UsageError("name a SOURCE; without one, only --reorder and --clock have something to do")
    report = import_frames(
        find_workspace(workspace_dir),
        [source if "://" in source else Path(source) for source in sources],
        category,
        ImportOptions(
            series=series or DEFAULT_SERIES,
            move=bool(series),
            link=link,
            label=label,
            label_from_folder=label_from_folder,
            decode=decode,
            order=order,
            series_gap_s=_seconds(series_gap),
            pattern=pattern,
            manifest=manifest,
            columns=_columns(columns),
            exclude=exclude,
            reorder=reorder,
            clocks=_clocks(clocks),
            sync=sync,
        ),
        execution=execution_for(jobs, verbosity),
        dry_run=dry_run,
        on_wait=lambda sentence: say(sentence, verbosity=verbosity),
    )
    if as_json:
        emit_json(report.to_json())
    else:
        echo(_text(report, len(report.others) if verbosity > 0 else _SHOWN))
        if report.findings:
            say(findings_text(report.findings, verbosity=verbosity))
    return exit_code_for(report.findings)


def _text(report: ImportReport, shown: int) -> str:
    """Render a report for a person: what was done, then each series with its evidence, and what was left out."""
    from curate.model.words import counted

    done = "would add" if report.dry_run else "added"
    lines = [f"{report.category}: {done} {counted(len(report.added), 'frame', 'frames')}"]
    if report.known:
        lines[0] += f", {report.known} known already"
    if report.refused:
        lines[0] += f", {report.refused} refused"
    if report.moved:
        targets = ", ".join(sorted({new.partition("/")[0] for new in report.moved.values()}))
        lines.append(f"  {'would move' if report.dry_run else 'moved'} {len(report.moved)} known frames to {targets}")
    for entry in report.series:
        span = f", {entry.first} … {entry.last}" if entry.first else ""
        lines.append(f"  series {entry.name}: {counted(entry.frames, 'frame', 'frames')}{span}")
        lines.append(f"    ordered by {entry.ordered_by}: {entry.why}")
    if report.duplicates:
        many = len(report.duplicates) > 1
        lines.append(f"  {len(report.duplicates)} file{'s repeat' if many else ' repeats'} the content of another:")
        lines += [f"    {name} = {same_as}" for name, same_as in report.duplicates[:_SHOWN]]
    if report.skipped:
        lines.append("  passed over: " + ", ".join(f"{count} {kind}" for kind, count in report.skipped.items()))
        lines += [f"    {name}" for name in report.others[:shown]]
        if report.skipped.get("other", 0) > shown:
            rest = report.skipped["other"] - len(report.others[:shown])
            lines.append(f"    … and {rest} more (-v names up to 100)")
    return "\n".join(lines)


def _seconds(text: str) -> float:
    """Read a duration such as ``8h``."""
    if not text:
        return 0.0
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", text.strip())
    if not match or not float(match[1]):
        raise click.BadParameter(f"{text!r} is no duration: write 90s, 30m, 8h or 2d", param_hint="--series-gap")
    return float(match[1]) * _UNITS_S[match[2]]


def _clocks(texts: Sequence[str]) -> dict[str, ClockFix]:
    """Read ``A=+01:00`` and ``A=UTC+01:00``."""
    from curate.importing.clocks import ClockFix

    clocks = {}
    for text in texts:
        camera, _, said = text.rpartition("=")
        match = re.fullmatch(r"(UTC)?([+-])(\d\d?):(\d\d)(?::(\d\d))?", said.strip())
        if not match or (match[1] and match[5]):
            message = f"{text!r}: write CAMERA=+01:00, CAMERA=-00:02:30 or CAMERA=UTC+01:00"
            raise click.BadParameter(message, param_hint="--clock")
        seconds = int(match[3]) * 3600 + int(match[4]) * 60 + int(match[5] or 0)
        seconds = -seconds if match[2] == "-" else seconds
        clocks[camera.strip()] = ClockFix(zone_s=seconds) if match[1] else ClockFix(shift_s=seconds)
    return clocks


def _columns(text: str) -> dict[str, str]:
    """Read ``file=path,label=class``."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if not all(what and equals and column for what, equals, column in pairs):
        raise click.BadParameter(f"{text!r}: write WHAT=COLUMN,WHAT=COLUMN", param_hint="--columns")
    return {what.strip(): column.strip() for what, _, column in pairs}
