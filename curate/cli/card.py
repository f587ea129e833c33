"""``curate card``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from curate.cli.options import category_option, jobs_option, layout_options, output_options, workspace_option
from curate.cli.render import echo, execution_for, exit_code_for, say, summary_text, write_frame


@click.command(name="card", epilog="Example:  curate card published/ --format croissant -o published/croissant.json")
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json", "croissant"]),
    default="text",
    show_default=True,
    help="Form of the card.",
)
@click.option(
    "--regions",
    is_flag=True,
    help="Measure every region: size, shape, contrast; with -o FILE.csv or .parquet the whole table.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file instead.")
@layout_options("Insist on a layout, or on a layout.toml.")
@click.option("--license", metavar="NAME", default="", help="Licence.", show_default="from dataset.json")
@click.option("--url", metavar="URL", default="", help="Where the dataset is published.")
@click.option("--creator", metavar="NAME", default="", help="Who publishes it.")
@click.option("--cite", "citation", metavar="TEXT", default="", help="How to cite it.", show_default="creator and name")
@click.option(
    "--collection", metavar="TEXT", default="", help="How it was collected.", show_default="counts, cameras, times"
)
@click.option("--annotators", metavar="TEXT", default="", help="Who annotated it.")
@click.option("--biases", metavar="TEXT", default="", help="What is skewed in it, beside what is known.")
@click.option("--published", metavar="DATE", default="", help="When it was published, ISO 8601.")
@workspace_option
@category_option
@jobs_option
@output_options
def command(
    path: Path | None,
    form: str,
    output: Path | None,
    layout: str | None,
    workspace_dir: Path,
    categories: tuple[str, ...],
    *,
    jobs: int,
    regions: bool,
    as_json: bool,
    verbosity: int,
    **publication: str,
) -> int:
    """Describe the dataset in PATH (default: the workspace's export).

    Images by split and defect, sizes, regions and areas, saturation, supervision, the tasks that its labels allow,
    when it was taken and how the light drifted. With --format croissant: metadata for publication. Exits 1 when
    validation finds an error.
    """
    from curate.card.croissant import Publication
    from curate.card.run import make_card
    from curate.disk.atomic import write_text
    from curate.disk.cache_folder import default_cache
    from curate.workspace.workspace import find_workspace

    card = make_card(
        path or find_workspace(workspace_dir).build("autovi"),
        publication=Publication("", **publication),
        layout=layout,
        categories=categories,
        execution=execution_for(jobs, verbosity),
        cache=default_cache(),
        regions=regions,
    )
    if regions and card.regions is not None:
        for line in card.regions.attrs["unread"]:
            say(f"not measured: {line}", verbosity=verbosity)
        if output and output.suffix.lower() in {".csv", ".parquet"}:
            write_frame(card.regions, None, output, verbosity=verbosity)
            return exit_code_for(card.findings)
    form = "json" if as_json else form
    if form in {"json", "croissant"}:
        document = card.to_json() if form == "json" else card.to_croissant()
        text = json.dumps(document, indent=2, ensure_ascii=False)
    else:
        text = card.to_markdown() if form == "markdown" else card.to_text()
    if output:
        write_text(output, text + "\n")
        say(f"wrote {output}", verbosity=verbosity)
    else:
        echo(text)
    if card.findings:
        insisted = f" --layout {layout}" if layout else ""
        say(f"validation: {summary_text(card.findings)}; see `curate validate{insisted}`", verbosity=verbosity)
    return exit_code_for(card.findings)
