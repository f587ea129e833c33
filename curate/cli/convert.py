"""``curate convert``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curate.cli.options import (
    category_option,
    destination_of,
    dry_run_option,
    jobs_option,
    layout_options,
    negated,
    output_folder_option,
    output_options,
    sync_option,
)
from curate.cli.render import echo, emit_json, execution_for, exit_code_for, findings_text, say, say_account

if TYPE_CHECKING:
    from curate.convert.run import ConversionReport
    from curate.model.dataset import Dataset

WRITTEN = ("autovi", "mvtec-loco", "mvtec-ad", "visa", "coco", "yolo", "huggingface", "webdataset")
"""The layouts that can be written, spelt out so that --help loads nothing."""


@click.command(name="convert", epilog="Example:  curate convert downloads/VisA -o converted/ --to autovi --check")
@click.argument("source", metavar="SRC", type=click.Path(path_type=Path))
@click.argument("destination", metavar="", required=False, type=click.Path(path_type=Path, file_okay=False))
@output_folder_option()
@click.option("--to", "target", type=click.Choice(WRITTEN), required=True, help="Layout to write.")
@layout_options("Layout of SRC, or a layout.toml.")
@click.option("--logical", metavar="DEFECT", multiple=True, help="A defect that mvtec-loco calls logical; repeatable.")
@click.option(
    "--train",
    metavar="SHARE",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Where SRC has no split: this share of the good images, the first ones, is for training.",
)
@click.option(
    "--copy",
    "link",
    is_flag=True,
    callback=negated,
    help="Copy images; else those whose bytes stay are hard links.",
)
@click.option("--skip-bad", is_flag=True, help="Leave out images with a region that cannot be used, and name them.")
@click.option("--no-card", is_flag=True, help="Do not write README.md and croissant.json beside the categories.")
@click.option("--check", is_flag=True, help="Read back what was written and compare every region.")
@category_option
@jobs_option
@sync_option
@dry_run_option
@output_options
def command(
    source: Path,
    target: str,
    *,
    layout: str | None,
    categories: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    verbosity: int,
    **options: Any,
) -> int:
    """Write the dataset SRC in another layout, one folder per category.

    First says what the layout cannot hold. A category that was converted before is replaced as a whole; a killed
    conversion goes on where it stopped.
    """
    from curate.convert.run import ConversionReport, plan_conversion
    from curate.datasets.writers.losses import losses_text

    root = destination_of(options.pop("destination"), options.pop("output"))
    check = options["check"]
    dataset, lost = plan_conversion(source, target, layout=layout, categories=categories)
    say(f"{dataset.layout} -> {target}\n{losses_text(lost)}", verbosity=verbosity)
    if dry_run:
        report = ConversionReport(dataset.layout, target, lost, {}, {}, 0, dataset.findings, dataset.account)
    else:
        report = _convert(dataset, root, target, verbosity=verbosity, **options)
    if as_json:
        emit_json({"dry_run": dry_run, **report.to_json()})
        return exit_code_for(report.findings)
    for name, counts in report.statistics.items():
        regions = sum(defect["count"] for defect in counts["regions"].values())
        echo(f"{name}: {sum(sum(side.values()) for side in counts['images'].values())} images, {regions} regions")
    if check and not dry_run:
        echo(f"read back and compared: {report.checked} images")
    if report.findings:
        say(findings_text(report.findings, verbosity=verbosity))
    say_account(report.account, verbosity=verbosity)
    return exit_code_for(report.findings)


def _convert(
    dataset: Dataset, root: Path, target: str, *, jobs: int, verbosity: int, no_card: bool, **options: Any
) -> ConversionReport:
    from curate.card.run import publish_card
    from curate.convert.run import ConversionOptions, convert_dataset

    execution = execution_for(jobs, verbosity)
    options["logical"] = frozenset(options["logical"])
    return convert_dataset(
        dataset,
        root,
        target,
        options=ConversionOptions(**options),
        execution=execution,
        finish=None if no_card else partial(publish_card, root, layout=target, execution=execution),
        on_wait=partial(say, verbosity=verbosity),
    )
