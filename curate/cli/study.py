"""``curate study``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.cli.exit_codes import ExitCode
from curate.cli.options import dry_run_option, output_options, scheduler_option
from curate.cli.render import echo, emit_json, execution_for, say

if TYPE_CHECKING:
    from curate.study.plan import Study


@click.command(name="study", epilog="Example:  curate study examples/studies/autovi-table-6.toml -o table-6 -j 2")
@click.argument("study", metavar="STUDY.toml", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of its submissions, results, tables and reports.",
)
@click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Cells at a time, a process and a GPU each.",
)
@scheduler_option
@dry_run_option
@output_options
def command(
    study: Path, output: Path, jobs: int, scheduler: str, *, dry_run: bool, as_json: bool, verbosity: int
) -> int:
    """Run the methods, datasets, seeds and settings that STUDY.toml names, and compare them.

    What is current is skipped, so a killed study goes on when it is run again. Ends in results, the tables of
    `curate compare` (text, Markdown, LaTeX, CSV) and a report a dataset.
    """
    from curate.study.plan import read_study
    from curate.study.run import run_study

    plan = read_study(study)
    if dry_run:
        echo(_listing(plan))
        return ExitCode.DONE
    report = run_study(
        plan,
        output,
        jobs=jobs,
        execution=execution_for(1, verbosity, scheduler),
        say=lambda text: say(text, verbosity=verbosity),
    )
    if as_json:
        emit_json(report.to_json())
    else:
        echo("\n\n".join(f"{name}\n\n{table}" for name, table in report.tables.items()))
    for outcome in report.failed:
        say(f"failed: {outcome.folder}: {outcome.problem}")
    say(
        f"look at {', '.join(str(output / name) for name in report.files)}", verbosity=verbosity if report.files else -1
    )
    return ExitCode.FINDINGS if report.failed else ExitCode.DONE


def _listing(study: Study) -> str:
    """Render what would be run: a line a cell."""
    runs = f"{study.seeds} run{'s' if study.seeds > 1 else ''} a cell"
    return "\n".join([f"{cell.folder}  {cell.method}" for cell in study.cells] + [f"{len(study.cells)} cells, {runs}"])
