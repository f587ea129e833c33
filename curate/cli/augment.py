"""``curate augment``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from curate.cli.options import destination_of, jobs_option, output_folder_option, output_options
from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say

TRANSFORM_NAMES = ("rotate", "noise", "flip-x", "flip-y", "blur", "brightness", "contrast", "colour", "drift")


@click.command(name="augment", epilog="Example:  curate augment build/autovi -o robustness --seed 7 --copies 3")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.argument("destination", metavar="", required=False, type=click.Path(path_type=Path, file_okay=False))
@output_folder_option()
@click.option(
    "--split",
    type=click.Choice(["train", "val", "test"]),
    default="test",
    show_default=True,
    help="Which split to copy.",
)
@click.option(
    "-t",
    "--transform",
    "names",
    type=click.Choice(TRANSFORM_NAMES),
    multiple=True,
    show_default="rotate and noise",
    help="What may be done to a copy, each with probability 0.5; may be repeated.",
)
@click.option("--copies", metavar="N", type=click.IntRange(min=1), default=1, show_default=True, help="Of each image.")
@click.option("--seed", metavar="N", type=int, default=0, show_default=True, help="Another number draws other changes.")
@jobs_option
@output_options
def command(
    dataset: Path,
    destination: Path | None,
    output: Path | None,
    *,
    split: str,
    names: tuple[str, ...],
    jobs: int,
    as_json: bool,
    verbosity: int,
    **options: Any,
) -> int:
    """Write changed copies of one split of DATASET, for studies of robustness.

    By default as the AutoVI paper did (section 6.1): a rotation uniform in ±15 degrees and Gaussian noise of a variance
    uniform in 10 to 120, each with probability 0.5. Masks follow; other splits stay as they are. What was done to each
    copy is written to augmentation.csv.
    """
    from curate.augment.draws import PAPER
    from curate.augment.run import augment_dataset

    report = augment_dataset(
        dataset,
        destination_of(destination, output),
        split=split,
        names=names or PAPER,
        execution=execution_for(jobs, verbosity),
        on_wait=partial(say, verbosity=verbosity),
        **options,
    )
    if as_json:
        emit_json(report.to_json())
        return exit_code_for(report.findings)
    counts = report.to_json()
    echo(
        f"{split}: {counts['copies']} copies ({counts['unchanged']} of them left as they were by chance), "
        f"{counts['masks']} masks; {counts['kept']} images of other splits taken over"
    )
    if counts["lost_masks"]:
        echo(f"  {counts['lost_masks']} regions were turned out of their picture altogether")
    if report.findings:
        say(findings_text(report.findings, verbosity=verbosity), verbosity=0)
    return exit_code_for(report.findings)
