"""``curate convert``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from curate.cli.complete import layout_names
from curate.cli.options import category_option, dry_run_option, jobs_option, output_options
from curate.cli.render import emit_json, execution_for, exit_code_for, findings_text, say

WRITTEN = ("autovi", "mvtec-loco", "mvtec-ad", "visa", "coco", "yolo", "huggingface", "webdataset")
"""The layouts that can be written, spelt out so that --help loads nothing."""


@click.command(name="convert", epilog="Example:  curate convert downloads/VisA converted/ --to autovi --check")
@click.argument("source", metavar="SRC", type=click.Path(path_type=Path))
@click.argument("destination", metavar="DST", type=click.Path(path_type=Path, file_okay=False))
@click.option("--to", "target", type=click.Choice(WRITTEN), required=True, help="Layout to write.")
@click.option(
    "--layout", metavar="NAME", shell_complete=layout_names, help="Layout of SRC.  [default: recognised by looking]"
)
@click.option("--logical", metavar="DEFECT", multiple=True, help="A defect that mvtec-loco calls logical; repeatable.")
@click.option(
    "--train",
    metavar="SHARE",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Where SRC has no split: this share of the good images, the first ones, is for training.",
)
@click.option("--copy", is_flag=True, help="Copy images; else those whose bytes stay are hard links.")
@click.option("--no-card", is_flag=True, help="Do not write README.md and croissant.json beside the categories.")
@click.option("--check", is_flag=True, help="Read back what was written and compare every region.")
@category_option
@jobs_option
@dry_run_option
@output_options
def command(
    source: Path,
    destination: Path,
    categories: tuple[str, ...],
    *,
    target: str,
    layout: str | None,
    logical: tuple[str, ...],
    train: float | None,
    copy: bool,
    no_card: bool,
    check: bool,
    jobs: int,
    dry_run: bool,
    as_json: bool,
    verbosity: int,
) -> int:
    """Write the dataset SRC to DST in another layout, one folder a category.

    First says what the layout cannot hold. A category that was converted before is replaced as a whole; a killed
    conversion goes on where it stopped.
    """
    from curate.card.run import publish_card
    from curate.convert.run import ConversionReport, convert_dataset, plan_conversion
    from curate.datasets.layouts.losses import losses_text

    dataset, lost = plan_conversion(source, target, layout=layout, categories=categories)
    say(f"{dataset.layout} -> {target}\n{losses_text(lost)}", verbosity=verbosity)
    if dry_run:
        report = ConversionReport(dataset.layout, target, lost, {}, {}, 0, dataset.findings)
    else:
        execution = execution_for(jobs, verbosity)
        card = partial(publish_card, destination, layout=target, execution=execution)
        report = convert_dataset(
            dataset,
            destination,
            target,
            link=not copy,
            logical=logical,
            train=train,
            check=check,
            execution=execution,
            finish=None if no_card else card,
            on_wait=lambda sentence: say(sentence, verbosity=verbosity),
        )
    if as_json:
        emit_json({"dry_run": dry_run, **report.to_json()})
        return exit_code_for(report.findings)
    for name, counts in report.statistics.items():
        regions = sum(defect["count"] for defect in counts["regions"].values())
        click.echo(f"{name}: {sum(sum(side.values()) for side in counts['images'].values())} images, {regions} regions")
    if check and not dry_run:
        click.echo(f"read back and compared: {report.checked} images")
    if report.findings:
        say(findings_text(report.findings))
    return exit_code_for(report.findings)
