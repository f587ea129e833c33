"""``curate demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.cli.exit_codes import ExitCode
from curate.cli.options import jobs_option, output_options

if TYPE_CHECKING:
    from curate.demo.run import DemoReport


@click.command(name="demo", epilog="Example:  curate demo demo")
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(min=0, max=2**31 - 1),
    default=0,
    show_default=True,
    help="Another number draws other frames.",
)
@click.option(
    "--frames",
    metavar="N",
    type=click.IntRange(min=30, max=5000),
    default=60,
    show_default=True,
    help="Frames per category.",
)
@jobs_option
@output_options
def command(destination: Path, seed: int, frames: int, jobs: int, *, as_json: bool, verbosity: int) -> int:
    """Run all stages on frames that curate draws itself, in the new folder DEST.

    Draws a session of two line cameras with its annotations, imports it, cuts the windows, makes masks, splits,
    exports and checks the dataset, runs a simple reference detector on it and evaluates that. DEST is a workspace
    like any other: look around in it, change curate.toml, run the commands yourself.
    """
    from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say
    from curate.demo.run import run_demo
    from curate.model.finding import has_errors

    report = run_demo(
        destination,
        seed=seed,
        frames=frames,
        execution=execution_for(jobs, verbosity),
        on_step=lambda name, done: say(f"{name:<20} {done}", verbosity=verbosity),
    )
    if as_json:
        emit_json(report.to_json())
    else:
        if report.findings:
            say(findings_text(report.findings), verbosity=0 if has_errors(report.findings) else verbosity)
        echo(_text(report, destination))
    say(f"look around: curate status -C {destination}", verbosity=verbosity)
    return ExitCode.FINDINGS if report.result is None else exit_code_for(report.findings)


def _text(report: DemoReport, destination: Path) -> str:
    """Render the results table and what to look at."""
    from curate.cli.evaluate import result_table

    lines = [] if report.result is None else [result_table(report.result), ""]
    width = max(len(name) for name in report.paths)
    lines += [f"{name:<{width}}  {destination / path}" for name, path in report.paths.items()]
    return "\n".join(lines)
