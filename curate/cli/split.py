"""``curate split``."""

from __future__ import annotations

from pathlib import Path

import click

from curate.cli.exit_codes import ExitCode
from curate.cli.options import category_option, dry_run_option, output_options, workspace_option
from curate.cli.render import echo, emit_json, exit_code_for, findings_text, say


@click.command(name="split", epilog="Example:  curate split -c pipe_clip --explain")
@workspace_option
@category_option
@click.option("--explain", is_flag=True, help="Explain what decided the order and where the sides meet.")
@dry_run_option
@output_options
def command(
    workspace_dir: Path, categories: tuple[str, ...], *, explain: bool, dry_run: bool, as_json: bool, verbosity: int
) -> int:
    """Divide every category's frames into train and test, as curate.toml says.

    With the policy "chronological", the first good frames train and later good frames and all defects test, so that
    nothing is learnt from the future. Frames without a label are left out. The results are
    records/splits/NAME/CATEGORY.csv.
    """
    from curate.disk.unread import each_of
    from curate.split.run import make_splits
    from curate.workspace.workspace import open_workspace

    workspace, _, chosen = open_workspace(workspace_dir, categories)
    made = each_of(chosen, lambda category: make_splits(workspace, category, dry_run=dry_run))
    reports = [report for each in made for report in each]
    findings = [finding for report in reports for finding in report.findings]
    if as_json:
        emit_json({"dry_run": dry_run, "categories": [report.to_json() for report in reports]})
        return exit_code_for(findings)
    for report in reports:
        sides = "; ".join(
            f"{side} "
            + ", ".join(f"{count} {label}" for label, count in labels.items())
            + (f" frames ({report.tiles[side]} tiles)" if report.tiles else "")
            for side, labels in report.counts.items()
        )
        name = report.category if report.name == "default" else f"{report.category} [{report.name}]"
        echo(f"{name}: {sides or 'no frame on any side'}")
        if explain:
            echo("\n".join(f"  {sentence}" for sentence in report.explanation))
    if findings:
        say(findings_text(findings, verbosity=verbosity), verbosity=0)
    code = exit_code_for(findings)
    if code == ExitCode.DONE:
        say("next: curate export", verbosity=verbosity)
    return code
