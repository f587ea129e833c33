"""``curate report``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curate.cli.complete import layout_names
from curate.cli.exit_codes import ExitCode
from curate.cli.options import category_option, jobs_option, output_options, workspace_option
from curate.cli.render import (
    echo,
    emit_json,
    execution_for,
    exit_code_for,
    findings_text,
    say,
    say_account,
    summary_text,
)
from curate.model.codes import names as codes

if TYPE_CHECKING:
    from curate.report.run import WrittenReport

_MEGABYTE = 1_000_000


@click.command(
    name="report",
    epilog="Example:  curate report path/to/AutoVI --submission my_maps --result other.json -o report.html",
)
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--submission",
    "submissions",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Score these maps and show them; may be repeated.",
)
@click.option(
    "--result",
    "results",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Show a result of `curate evaluate`; of a --submission, it is not computed again. May be repeated.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="report.html",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The file to write.",
)
@click.option(
    "--layout",
    metavar="NAME",
    shell_complete=layout_names,
    help="The dataset's layout.",
    show_default="recognised by looking",
)
@click.option("--title", metavar="TEXT", default="", help="The page's title.", show_default="the dataset's name")
@click.option(
    "--thumbnail",
    "side_px",
    metavar="PX",
    type=click.IntRange(min=32, max=4096),
    default=None,
    help="Longest side of the gallery's pictures.",
    show_default="the largest at which all fit into one file",
)
@workspace_option
@category_option
@jobs_option
@output_options
def command(path: Path | None, output: Path, *, as_json: bool, verbosity: int, **options: Any) -> int:
    """Write one HTML file about the dataset in PATH, or about the workspace: its export and its records.

    It needs no network and no program but a browser: counts, the course of the capture, drift, findings with pictures,
    what was set aside, a gallery with the outlines of all regions, and with --submission or --result curves, scores,
    worst cases and a comparison of methods. Exits 1 when validation finds an error, a submission
    is refused, or a result is of another dataset, which is then left out.
    """
    from curate.disk.cache_folder import default_cache
    from curate.report.run import Request, write_report

    asked = _AskedReport(**options)
    request = Request(
        path,
        asked.workspace_dir,
        asked.submissions,
        asked.results,
        asked.layout,
        asked.categories,
        default_cache(),
    )
    execution = execution_for(asked.jobs, verbosity)
    written = write_report(request, output, title=asked.title, side_px=asked.side_px or 0, execution=execution)
    if as_json:
        emit_json(written.to_json())
    else:
        _show(written, verbosity)
    failed = written.refused or written.of_other_datasets
    return exit_code_for(written.findings) or (ExitCode.FINDINGS if failed else ExitCode.DONE)


@dataclass(frozen=True)
class _AskedReport:
    """Options as Click gives them."""

    submissions: tuple[Path, ...]
    results: tuple[Path, ...]
    layout: str | None
    title: str
    side_px: int | None
    workspace_dir: Path
    categories: tuple[str, ...]
    jobs: int


def _show(written: WrittenReport, verbosity: int) -> None:
    for name in written.refused:
        refused = [entry for entry in written.findings if entry.code.startswith("CUR6")]
        say(f"{name} was refused: nothing of it was scored\n{findings_text(refused)}")
    for name, reason in written.of_other_datasets:
        say(f"{name} is not shown: it {reason}")
    for path, size in zip(written.files, written.size_bytes, strict=True):
        echo(f"wrote {path} ({size / _MEGABYTE:.1f} MB)")
    unread = [entry for entry in written.findings if entry.code == codes.UNREAD_FILE]
    if unread:
        say(findings_text(unread))
    if written.remarks:
        say(f"look at these masks and files first:\n{findings_text(written.remarks)}", verbosity=verbosity)
    say_account(written.account, verbosity=verbosity)
    if written.findings:
        say(f"findings: {summary_text(written.findings)}; the report explains them", verbosity=verbosity)
