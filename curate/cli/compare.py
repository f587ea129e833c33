"""``curate compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from curate.cli.exit_codes import ExitCode
from curate.cli.options import output_options
from curate.cli.render import echo, emit_json, say
from curate.evaluate.compare import DEFAULT_METRIC, METRICS
from curate.evaluate.comparison_text import FORMATS


@click.command(name="compare", epilog="Example:  curate compare results/*.json --metric au_spro@0.05 --format latex")
@click.argument("results", metavar="RESULT…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--metric",
    "metrics",
    type=click.Choice(list(METRICS)),
    multiple=True,
    help="One table each; may be repeated.",
    show_default=f"{DEFAULT_METRIC}; with --format csv all",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(list(FORMATS)),
    default="terminal",
    show_default=True,
    help="Form of the tables.",
)
@click.option("--paired", is_flag=True, help="Runs of the same name are pairs (folds): Wilcoxon instead of Welch.")
@click.option("--level", type=click.FloatRange(0, 1), help="Of significance.", show_default="0.05, with --paired 0.005")
@click.option("--sort", metavar="COLUMN", default="mean", show_default=True, help="mean, rank, name or a category.")
@click.option(
    "--published",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Set a published table beside them; may be repeated.",
)
@click.option("--times", is_flag=True, help="Print training time and images a second instead.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write there instead.")
@output_options
def command(
    results: tuple[Path, ...],
    metrics: tuple[str, ...],
    style: str,
    level: float | None,
    sort: str,
    output: Path | None,
    published: tuple[Path, ...],
    *,
    paired: bool,
    times: bool,
    as_json: bool,
    verbosity: int,
) -> int:
    """Put the results of methods side by side: mean ± standard deviation over runs, the best marked.

    Each RESULT is a file that `curate evaluate --output` wrote. Results of the same method are its runs.
    """
    from curate.disk.atomic import write_json, write_text
    from curate.evaluate.compare import compare_results
    from curate.evaluate.consistency import read_checked_result
    from curate.evaluate.published import read_published, with_published
    from curate.evaluate.times import time_table

    test: Literal["welch", "wilcoxon"] = "wilcoxon" if paired else "welch"
    read = [read_checked_result(path) for path in results]
    if times:
        table = time_table([result for result, _ in read], style)
        if output:
            write_text(output, table + "\n")
        echo(f"wrote {output}" if output else table, err=output is not None)
        return ExitCode.DONE
    chosen = metrics or (tuple(METRICS) if style == "csv" else (DEFAULT_METRIC,))
    comparison = compare_results([result for result, _ in read], chosen, test=test, level=level, sort=sort)
    for path in published:
        comparison = with_published(comparison, read_published(path))
    for path, (_, unchecked) in zip(results, read, strict=True):
        for sentence in unchecked:
            say(f"note: {path}: {sentence}", verbosity=verbosity)
    for warning in comparison.warnings:
        say(f"note: {warning}", verbosity=verbosity)
    if output:
        if as_json:
            write_json(output, comparison.to_json())
        else:
            write_text(output, FORMATS[style](comparison) + "\n")
        say(f"wrote {output}", verbosity=verbosity)
    elif as_json:
        emit_json(comparison.to_json())
    else:
        echo(FORMATS[style](comparison))
    return ExitCode.DONE
