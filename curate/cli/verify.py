"""``curate verify``."""

from __future__ import annotations

from pathlib import Path

import click

from curate.cli.options import category_option, jobs_option, output_options, workspace_option


@click.command(name="verify", epilog="Example:  curate verify -c pipe_clip")
@click.option("--quick", is_flag=True, help="Compare sizes only; do not read the frames.")
@workspace_option
@category_option
@jobs_option
@output_options
def command(
    workspace_dir: Path, categories: tuple[str, ...], jobs: int, verbosity: int, *, quick: bool, as_json: bool
) -> int:
    """Check that every captured frame is there and still has the bytes that were imported."""
    from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say, summary_text
    from curate.importing.verify import verify_captures
    from curate.workspace.workspace import open_workspace

    workspace, _, chosen = open_workspace(workspace_dir, categories)
    names = [category.name for category in chosen]
    report = verify_captures(workspace, names, quick=quick, execution=execution_for(jobs, verbosity))
    if as_json:
        emit_json(report.to_json())
    else:
        for category, frames in report.frames.items():
            echo(f"{category}: {frames} frames checked")
        echo(summary_text(report.findings))
        if report.findings:
            say(findings_text(report.findings))
    return exit_code_for(report.findings)
