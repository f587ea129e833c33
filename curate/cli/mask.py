"""``curate mask``."""

from __future__ import annotations

from pathlib import Path

import click

from curate.cli.options import category_option, dry_run_option, jobs_option, output_options, workspace_option
from curate.cli.render import emit_json, execution_for, exit_code_for, findings_text, say


@click.command(name="mask", epilog="Example:  curate mask -c pipe_clip")
@workspace_option
@category_option
@jobs_option
@dry_run_option
@output_options
def command(
    workspace_dir: Path, categories: tuple[str, ...], jobs: int, *, dry_run: bool, as_json: bool, verbosity: int
) -> int:
    """Turn the regions that experts drew into one mask each, for every accepted window.

    A pixel belongs to a region when its centre does. Masks lie in masks/WINDOW/CATEGORY, beside defects_config.json,
    which says what their values stand for: a defect type and its saturation threshold.
    """
    from curate.files.workspace import open_workspace
    from curate.mask.run import write_masks

    workspace, _, chosen = open_workspace(workspace_dir, categories)
    execution = execution_for(jobs, verbosity)
    reports = [
        write_masks(workspace, category, execution=execution, dry_run=dry_run, on_wait=say) for category in chosen
    ]
    findings = [finding for report in reports for finding in report.findings]
    if as_json:
        emit_json({"dry_run": dry_run, "categories": [report.to_json() for report in reports]})
        return exit_code_for(findings)
    if findings:
        say(findings_text(findings))
    for report in reports:
        removed = f"; {report.removed} old files removed" if report.removed else ""
        click.echo(f"{report.category}: {report.masks} masks of {report.images} images{removed}")
        for entry in report.entries:
            click.echo(f"  {entry.pixel_value}  {entry.defect_name}  saturation {entry.saturation}")
    say("next: curate split", verbosity=verbosity)
    return exit_code_for(findings)
