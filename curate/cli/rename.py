"""``curate rename``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from curate.cli.complete import category_names
from curate.cli.options import category_option, output_options, workspace_option


@click.command(name="rename", epilog="Example:  curate rename defect scrach scratch -c pipe_clip")
@click.argument("kind", type=click.Choice(["defect", "series", "category"]))
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW", shell_complete=category_names)
@workspace_option
@category_option
@output_options
def command(
    kind: str, old: str, new: str, workspace_dir: Path, categories: tuple[str, ...], *, as_json: bool, verbosity: int
) -> None:
    """Give a defect, a series or a category another name, everywhere in the workspace.

    Frames, windows, annotations, decisions and curate.toml follow; a defect keeps its pixel value. Splits and exports
    are made anew by the next `curate split` and `curate export`.
    """
    from curate.cli.render import echo, emit_json, say
    from curate.rename.run import rename_category, rename_defect, rename_series
    from curate.workspace.config import read_config
    from curate.workspace.workspace import find_workspace, open_workspace

    wait = partial(say, verbosity=verbosity)
    if kind == "category":
        workspace = find_workspace(workspace_dir)
        report = rename_category(workspace, read_config(workspace.config_path), old, new, on_wait=wait)
    else:
        workspace, _, chosen = open_workspace(workspace_dir, categories)
        if kind == "defect":
            report = rename_defect(workspace, chosen, old, new, on_wait=wait)
        elif len(chosen) != 1:
            named = ", ".join(category.name for category in chosen)
            raise click.UsageError(f"say with -c CATEGORY whose series it is: {named}")
        else:
            report = rename_series(workspace, chosen[0], old, new, on_wait=wait)
    if as_json:
        emit_json(report.to_json())
        return
    counts = ", ".join(f"{count} {thing}" for thing, count in report.changed.items() if count)
    echo(f"{kind} {old} is called {new} now in {', '.join(report.categories)}: {counts}")
    say("next: curate status", verbosity=verbosity)
