"""``curate crop``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.cli.complete import window_names
from curate.cli.exit_codes import ExitCode
from curate.cli.options import (
    category_option,
    dry_run_option,
    jobs_option,
    output_options,
    scheduler_option,
    sync_option,
    workspace_option,
)
from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say

if TYPE_CHECKING:
    from curate.crop.report import CropReport
    from curate.model.config import CategoryConfig
    from curate.workspace.workspace import Workspace

MEASURES, RANGE = ("score", "ambiguity", "agreement"), ("min", "median", "max")


def parse_box(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[int, int, int, int] | None:
    """Parse ``"10,20,30,40"``."""
    del context, parameter
    if value is None:
        return None
    try:
        x, y, width, height = (int(part) for part in value.split(","))
    except ValueError:
        message = f"{value!r} is not x,y,width,height in pixels, such as 900,500,800,800"
        raise click.BadParameter(message) from None
    return x, y, width, height


@click.command(name="crop", epilog="Example:  curate crop -c pipe_clip --window small -j 4")
@workspace_option
@category_option
@click.option(
    "--window",
    "windows",
    metavar="NAME",
    multiple=True,
    shell_complete=window_names,
    show_default="all",
    help="Only this window; may be repeated.",
)
@click.option(
    "--template-from",
    "reference",
    metavar="FRAME",
    help="First cut the template that curate.toml names out of this frame (SERIES/FILE, or a file); needs --box.",
)
@click.option("--box", "box_px", metavar="X,Y,W,H", callback=parse_box, help="Where the template lies in that frame.")
@click.option(
    "--sheet",
    "sheet_dir",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also draw every window on its frame, worst score first, and position and score over time, as PNG in DIR.",
)
@jobs_option
@scheduler_option
@sync_option
@dry_run_option
@output_options
def command(
    workspace_dir: Path,
    categories: tuple[str, ...],
    windows: tuple[str, ...],
    *,
    reference: str | None,
    box_px: tuple[int, int, int, int] | None,
    sheet_dir: Path | None,
    jobs: int,
    scheduler: str,
    sync: bool,
    dry_run: bool,
    as_json: bool,
    verbosity: int,
) -> int:
    """Cut the inspection window out of every frame, as curate.toml says: match, crop, resize, letterbox, tile or full.

    Frames in which the part cannot be found with certainty are set aside for review or rejected, with a reason, and
    counted by label; nothing is cut from them. Images go to windows/, positions to records/windows/. Positions and
    images that are up to date stay as they are.
    """
    from curate.crop.run import crop_windows
    from curate.crop.sheets import write_sheets
    from curate.disk.unread import each_of
    from curate.status.run import workspace_status
    from curate.workspace.workspace import open_workspace

    workspace, config, chosen = open_workspace(workspace_dir, categories)
    if reference is not None or box_px is not None:
        _cut_reference(workspace, chosen, reference, box_px, dry_run=dry_run, verbosity=verbosity)
        if dry_run:
            return ExitCode.DONE
    execution = execution_for(jobs, verbosity, scheduler)
    # A window that only some categories define is cut for those; one that none defines is refused by the first.
    chosen = [category for category in chosen if not windows or set(windows) & set(category.windows)] or chosen[:1]
    reports = each_of(
        chosen,
        lambda category: crop_windows(
            workspace,
            category,
            windows=[name for name in windows if name in category.windows] or windows,
            execution=execution,
            dry_run=dry_run,
            sync=sync,
            on_wait=lambda message: say(message, verbosity=verbosity),
        ),
    )
    findings = [finding for report in reports for finding in report.findings]
    if sheet_dir and not dry_run:
        for category in chosen:
            for path in write_sheets(workspace, category, sheet_dir, windows=windows, execution=execution):
                say(f"drew {path}", verbosity=verbosity)
    if as_json:
        emit_json({"dry_run": dry_run, "categories": [report.to_json() for report in reports]})
        return exit_code_for(findings)
    for report in reports:
        echo(_text(report))
    if findings:
        say(findings_text(findings), verbosity=0)
    status = workspace_status(workspace, config, tuple(category.name for category in chosen))
    for line in status.next_commands:
        say(f"next: {line}", verbosity=verbosity)
    return exit_code_for(findings)


def _cut_reference(
    workspace: Workspace,
    categories: list[CategoryConfig],
    reference: str | None,
    box_px: tuple[int, int, int, int] | None,
    *,
    dry_run: bool,
    verbosity: int,
) -> None:
    """Cut the template out of a frame, before it is searched for."""
    from curate.crop.reference import cut_template

    if reference is None or box_px is None:
        raise click.UsageError("--template-from and --box go together: a frame, and where the template lies in it")
    if len(categories) != 1:
        names = ", ".join(category.name for category in categories)
        raise click.UsageError(f"--template-from needs one category: choose with -c among {names}")
    made = cut_template(workspace, categories[0], reference, box_px, dry_run=dry_run)
    say(f"{'wrote' if made.written else 'kept'} the template {made.path}", verbosity=verbosity)


def _text(report: CropReport) -> str:
    """Render one category's counts."""
    if report.dry_run:
        return f"{report.category}: would match {report.to_match} and cut {report.to_cut} of {report.frames} frames"
    lines = []
    for window in report.windows:
        counts = ", ".join(f"{window.count(status)} {status}" for status in ("accepted", "review", "rejected"))
        by_hand = f"; {window.by_hand} decided by hand" if window.by_hand else ""
        lines.append(f"{report.category} · {window.window} ({window.mode}): {counts}; {window.cut} cut now{by_hand}")
        for label, by_status in window.by_label.items():
            aside = [f"{by_status[status]} {status}" for status in ("review", "rejected") if by_status[status]]
            if aside:
                lines.append(f"  {label or 'not labelled'}: {', '.join(aside)} of {sum(by_status.values())}")
        if len(window.by_camera) > 1:
            lines += [
                f"  camera {camera or 'not recorded'}: "
                + ", ".join(f"{by_status[status]} {status}" for status in ("accepted", "review", "rejected"))
                for camera, by_status in window.by_camera.items()
            ]
        if window.thresholds:
            shown = {name: value for name, value in window.thresholds.items() if name != "calibrated"}
            whence = " (min_score from the background)" if window.thresholds["calibrated"] else ""
            lines.append("  judged by " + ", ".join(f"{name} {value:g}" for name, value in shown.items()) + whence)
        lines += [
            f"  {name} of the accepted: "
            + ", ".join(f"{which} {window.scores[f'{name}_{which}']:.2f}" for which in RANGE)
            for name in MEASURES
            if f"{name}_min" in window.scores
        ]
    return "\n".join(lines)
