"""``curate export``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curate.cli.complete import split_names
from curate.cli.convert import WRITTEN
from curate.cli.options import (
    category_option,
    destination_of,
    dry_run_option,
    jobs_option,
    negated,
    output_folder_option,
    output_options,
    sync_option,
    workspace_option,
)
from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say

if TYPE_CHECKING:
    from curate.datasets.writers.losses import Loss


@click.command(name="export", epilog="Example:  curate export --layout autovi -o published/")
@click.argument("destination", metavar="", required=False, type=click.Path(path_type=Path, file_okay=False))
@output_folder_option("build/LAYOUT")
@click.option("--layout", type=click.Choice(WRITTEN), default="autovi", show_default=True, help="Form of the dataset.")
@click.option(
    "--copy",
    "link",
    is_flag=True,
    callback=negated,
    help="Copy images; else they are hard links to the windows, which takes no space.",
)
@click.option(
    "--split",
    metavar="NAME",
    shell_complete=split_names,
    default="default",
    show_default=True,
    help="Which split to publish.",
)
@click.option("--no-card", is_flag=True, help="Do not write README.md and croissant.json beside the categories.")
@click.option("--check", is_flag=True, help="Read back what was written and compare every region.")
@workspace_option
@category_option
@jobs_option
@sync_option
@dry_run_option
@output_options
def command(
    workspace_dir: Path,
    categories: tuple[str, ...],
    destination: Path | None,
    output: Path | None,
    *,
    no_card: bool,
    jobs: int,
    as_json: bool,
    verbosity: int,
    **options: Any,
) -> int:
    """Write the dataset: images, masks and split together.

    Says first what the layout cannot hold. Images are numbered in shooting order. A category that was exported before
    is replaced as a whole.
    """
    from curate.card.run import publish_card
    from curate.export.options import ExportOptions
    from curate.export.run import export_dataset
    from curate.workspace.workspace import open_workspace

    workspace, config, chosen = open_workspace(workspace_dir, categories)
    asked = ExportOptions(**options)
    execution = execution_for(jobs, verbosity)
    root = destination_of(destination, output).absolute() if destination or output else None
    report = export_dataset(
        workspace,
        config,
        chosen,
        destination=root,
        options=asked,
        execution=execution,
        before=lambda lost: _say_losses(lost, asked.layout, verbosity=verbosity),
        finish=None if no_card else partial(publish_card, layout=asked.layout, execution=execution),
        on_wait=lambda sentence: say(sentence, verbosity=verbosity),
    )
    if as_json:
        emit_json({"dry_run": asked.dry_run, **report.to_json()})
        return exit_code_for(report.findings)
    for name, statistics in report.statistics.items():
        echo(f"{name}: {_counts(statistics)}")
    if report.findings:
        say(findings_text(report.findings, verbosity=verbosity))
    say(f"{'would write' if asked.dry_run else 'wrote'} {report.root}; next: curate validate", verbosity=verbosity)
    return exit_code_for(report.findings)


def _say_losses(lost: Sequence[Loss], layout: str, *, verbosity: int) -> None:
    """Say on standard error what the layout does with each aspect, where it cannot hold everything."""
    from curate.datasets.writers.losses import losses_text

    if any(loss.is_loss for loss in lost):
        say(f"{layout} cannot hold everything\n{losses_text(lost)}", verbosity=verbosity)


def _counts(statistics: dict[str, Any]) -> str:
    sides = [
        f"{split} " + ", ".join(f"{count} {label}" for label, count in labels.items())
        for split, labels in statistics["images"].items()
    ]
    regions = sum(defect["count"] for defect in statistics["regions"].values())
    return "; ".join([*sides, f"{regions} regions"])
