"""``curate compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import click

from curate.cli.exit_codes import ExitCode
from curate.cli.options import output_options
from curate.cli.render import echo, emit_json, say
from curate.evaluate.compare import DEFAULT_METRIC, METRICS
from curate.evaluate.comparison_text import FORMATS, LAYOUTS

if TYPE_CHECKING:
    from curate.evaluate.compare import MethodComparison
    from curate.model.result import Result


class _Request(NamedTuple):
    """What is asked for."""

    metrics: tuple[str, ...]
    style: str
    layout: str
    level: float | None
    sort: str
    output: Path | None
    published: tuple[Path, ...]
    paired: bool
    times: bool
    as_json: bool
    verbosity: int


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
@click.option(
    "--layout",
    type=click.Choice(LAYOUTS),
    default="methods",
    show_default=True,
    help="A row per method, per category (methods side by side), or per method with metrics side by side.",
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
def command(results: tuple[Path, ...], **given: Any) -> int:
    """Put the results of methods side by side: mean ± standard deviation over runs, the best marked.

    Each RESULT is a file that `curate evaluate --output` wrote. Results of the same method are its runs. Results of
    different datasets are refused.
    """
    from curate.evaluate.consistency import read_checked_result
    from curate.evaluate.identity import refuse_other_datasets

    asked = _Request(**given)
    read = [read_checked_result(path) for path in results]
    refuse_other_datasets([(str(path), result) for path, (result, _) in zip(results, read, strict=True)])
    if asked.times:
        return _show_times([result for result, _ in read], asked)
    for path, (_, unchecked) in zip(results, read, strict=True):
        for sentence in unchecked:
            say(f"note: {path}: {sentence}", verbosity=asked.verbosity)
    return _show(_compared([result for result, _ in read], asked), asked)


def _compared(results: list[Result], asked: _Request) -> MethodComparison:
    from curate.evaluate.compare import compare_results
    from curate.evaluate.published import read_published, with_published

    chosen = asked.metrics or (tuple(METRICS) if asked.style == "csv" else (DEFAULT_METRIC,))
    test: Literal["welch", "wilcoxon"] = "wilcoxon" if asked.paired else "welch"
    comparison = compare_results(results, chosen, test=test, level=asked.level, sort=asked.sort)
    for path in asked.published:
        comparison = with_published(comparison, read_published(path))
    return comparison


def _show_times(results: list[Result], asked: _Request) -> int:
    from curate.disk.atomic import write_text
    from curate.evaluate.times import time_table

    table = time_table(results, asked.style)
    if asked.output:
        write_text(asked.output, table + "\n")
    echo(f"wrote {asked.output}" if asked.output else table, err=asked.output is not None)
    return ExitCode.DONE


def _show(comparison: MethodComparison, asked: _Request) -> int:
    from curate.disk.atomic import write_json, write_text

    for warning in comparison.warnings:
        say(f"note: {warning}", verbosity=asked.verbosity)
    if asked.output and asked.as_json:
        write_json(asked.output, comparison.to_json())
    elif asked.output:
        write_text(asked.output, FORMATS[asked.style](comparison, asked.layout) + "\n")
    elif asked.as_json:
        emit_json(comparison.to_json())
    else:
        echo(FORMATS[asked.style](comparison, asked.layout))
    if asked.output:
        say(f"wrote {asked.output}", verbosity=asked.verbosity)
    return ExitCode.DONE
