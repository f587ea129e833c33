"""``curate conceal``."""

from __future__ import annotations

from pathlib import Path

import click

from curate.cli.complete import layout_names
from curate.cli.exit_codes import ExitCode
from curate.cli.options import jobs_option, output_options
from curate.cli.render import echo, emit_json, execution_for, say


@click.command(name="conceal", epilog="Example:  curate conceal autovi --public challenge --private truth.json")
@click.argument("dataset", metavar="DATASET", type=click.Path(path_type=Path))
@click.option(
    "--public",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for participants: images alone, the test images under neutral names.",
)
@click.option(
    "--private",
    "key",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that says which image is which; for `curate evaluate --key`.",
)
@click.option("--layout", metavar="NAME", shell_complete=layout_names, help="The dataset's layout.")
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(min=0),
    help="Draws the names; whoever knows it can undo them.  [default: drawn]",
)
@jobs_option
@output_options
def command(
    dataset: Path,
    public: Path,
    key: Path,
    layout: str | None,
    seed: int | None,
    jobs: int,
    *,
    as_json: bool,
    verbosity: int,
) -> int:
    """Divide DATASET into a public half, in which nothing tells a label, and a key.

    The public half holds the training images and the test images as test/images/0000.png, in a drawn order, without
    masks, labels, EXIF and times. `curate submission check` takes it as a dataset; `curate evaluate --key` scores what
    is handed in. Keep DATASET and the key to yourself.
    """
    from curate.conceal.run import conceal_dataset
    from curate.datasets.dataset import read_dataset
    from curate.evaluate.identity import know_dataset

    execution = execution_for(jobs, verbosity)
    known = know_dataset(dataset, read_dataset(dataset, layout), execution)
    report = conceal_dataset(
        dataset, public, key, fingerprint=known.fingerprint(), layout=layout, seed=seed, execution=execution
    )
    if as_json:
        emit_json(report.to_json())
    else:
        lines = [f"{name}: train {counts['train']}; test {counts['test']}" for name, counts in report.images.items()]
        echo("\n".join([*lines, f"wrote {report.public} and {report.key}"]))
    say(f"next: curate submission check SUBMISSION --dataset {public}", verbosity=verbosity)
    return ExitCode.DONE
