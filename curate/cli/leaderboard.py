"""``curate leaderboard``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from curate.cli.complete import layout_names
from curate.cli.exit_codes import ExitCode
from curate.cli.options import jobs_option, output_options
from curate.cli.render import echo, emit_json, execution_for, say

if TYPE_CHECKING:
    from curate.leaderboard.run import LeaderboardReport


@click.command(
    name="leaderboard",
    epilog="Example:  curate leaderboard results/*.json -o site --verify submissions --dataset autovi",
)
@click.argument("results", metavar="RESULT…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the page, its CSV and JSON, and a page an entry.",
)
@click.option(
    "--verify",
    "submissions",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Compute each result again from the submission of its name in DIR, and mark it. Needs --dataset.",
)
@click.option(
    "--dataset",
    "dataset_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The dataset: results of another one are left out and named.",
)
@click.option(
    "--key",
    "key_path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Of `curate conceal`, to verify submissions to a public half.",
)
@click.option("--layout", metavar="NAME", shell_complete=layout_names, help="The dataset's layout.")
@click.option("--title", metavar="TEXT", default="", help="Of the page.  [default: the dataset's name]")
@click.option("--paired", is_flag=True, help="Runs of the same name are pairs (folds): Wilcoxon instead of Welch.")
@jobs_option
@output_options
def command(
    results: tuple[Path, ...],
    output: Path,
    submissions: Path | None,
    dataset_dir: Path | None,
    key_path: Path | None,
    layout: str | None,
    title: str,
    *,
    paired: bool,
    jobs: int,
    as_json: bool,
    verbosity: int,
) -> int:
    """Rank the results of one dataset on a page that needs no server and no network.

    Each RESULT is a file that `curate evaluate --output` wrote, up to 500. Files of one team and method are runs of one
    entry; where no team is stated, each file is an entry. Exits 1 when a result does not come out again, which is then
    named and not ranked, or is of another dataset.
    """
    from curate.leaderboard.run import write_leaderboard
    from curate.submissions.concealed import read_key

    test: Literal["welch", "wilcoxon"] = "wilcoxon" if paired else "welch"
    report = write_leaderboard(
        results,
        output,
        title=title,
        submissions=submissions,
        dataset_root=dataset_dir,
        layout=layout,
        key=read_key(key_path) if key_path else None,
        test=test,
        execution=execution_for(jobs, verbosity),
        say=lambda text: say(text, verbosity=verbosity - 1),
    )
    if as_json:
        emit_json(report.to_json())
    else:
        _show(report, verbosity)
    return ExitCode.DONE if report.clean else ExitCode.FINDINGS


def _show(report: LeaderboardReport, verbosity: int) -> None:
    standings = report.standings
    for sentence in (*report.unchecked, *standings.comparison.warnings):
        say(f"note: {sentence}", verbosity=verbosity)
    for name, reason in standings.of_other_datasets:
        say(f"{name} is left out: it {reason}")
    for entry in standings.failed:
        say(f"{entry.title} is not ranked: {'; '.join(standings.verdicts[entry.key].reasons)}")
    states = [standings.verdicts[entry.key].state for entry in standings.entries]
    verified = f", {states.count('verified')} verified" if "verified" in states else ""
    echo(f"wrote {report.destination}/index.html: {len(states)} entries ranked{verified}")
