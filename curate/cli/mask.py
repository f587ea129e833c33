"""``curate mask``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.cli.exit_codes import ExitCode
from curate.cli.options import (
    category_option,
    dry_run_option,
    jobs_option,
    output_options,
    sync_option,
    workspace_option,
)
from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say

if TYPE_CHECKING:
    from curate.model.config import CategoryConfig
    from curate.workspace.workspace import Workspace


@click.command(name="mask", epilog="Example:  curate mask -c pipe_clip")
@workspace_option
@category_option
@jobs_option
@click.option(
    "--suggest-saturation",
    "outlines",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Write nothing; measure outlines of present parts on good images and propose thresholds.",
)
@sync_option
@dry_run_option
@output_options
def command(
    workspace_dir: Path,
    categories: tuple[str, ...],
    jobs: int,
    *,
    outlines: tuple[Path, ...],
    sync: bool,
    dry_run: bool,
    as_json: bool,
    verbosity: int,
) -> int:
    """Turn the regions that experts drew into one mask each, for every accepted window.

    A pixel belongs to a region when its centre does. Masks lie in masks/WINDOW/CATEGORY, beside defects_config.json,
    which says what their values stand for: a defect type and its saturation threshold.
    """
    from curate.disk.unread import each_of
    from curate.mask.run import write_masks
    from curate.workspace.workspace import open_workspace

    workspace, _, chosen = open_workspace(workspace_dir, categories)
    if outlines:
        return _suggest(workspace, chosen, outlines, as_json=as_json)
    execution = execution_for(jobs, verbosity)
    work = partial(write_masks, workspace, execution=execution, dry_run=dry_run, sync=sync, on_wait=say)
    reports = each_of(chosen, work)
    findings = [finding for report in reports for finding in report.findings]
    if as_json:
        emit_json({"dry_run": dry_run, "categories": [report.to_json() for report in reports]})
        return exit_code_for(findings)
    if findings:
        say(findings_text(findings, verbosity=verbosity))
    for report in reports:
        removed = f"; {report.removed} old files removed" if report.removed else ""
        echo(f"{report.category}: {report.masks} masks of {report.images} images{removed}")
        for entry in report.entries:
            echo(f"  {entry.pixel_value}  {entry.defect_name}  saturation {entry.saturation}")
    code = exit_code_for(findings)
    say("next: curate split" if code == ExitCode.DONE else "next: curate status", verbosity=verbosity)
    return code


def _suggest(workspace: Workspace, chosen: list[CategoryConfig], outlines: tuple[Path, ...], *, as_json: bool) -> int:
    from curate.label.run import read_outlines
    from curate.mask.run import suggest_saturation

    if len(chosen) != 1:
        raise click.UsageError("say which category was outlined with -c")
    drawn, findings = read_outlines(workspace, chosen[0], outlines)
    suggestions = suggest_saturation(workspace, chosen[0], drawn)
    if as_json:
        found = [finding.to_json() for finding in findings]
        emit_json({"suggestions": [entry.to_json() for entry in suggestions], "findings": found})
        return exit_code_for(findings)
    if findings:
        say(findings_text(findings))
    for entry in suggestions:
        if entry.saturation is None:
            echo(f"{entry.part}: no image shows it whole")
            continue
        left_out = f", {entry.cut_off} more cut off" if entry.cut_off else ""
        echo(f'{entry.part}: saturation = "{entry.saturation}"  ({len(entry.areas_px)} images{left_out})')
        echo("  " + ", ".join(f"{name} {value:g}" for name, value in entry.quantiles().items()) + " px")
    return exit_code_for(findings)
