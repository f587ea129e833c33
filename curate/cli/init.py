"""``curate init``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from curate.cli.options import output_options
from curate.cli.render import emit_json, say
from curate.workspace.workspace import init_workspace


@click.command(name="init", epilog="Example:  curate init my_line -c pipe_clip -c pipe_staple")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "-c", "--category", "categories", metavar="CATEGORY", multiple=True, help="Write a table for it; may be repeated."
)
@output_options
def command(directory: Path, categories: tuple[str, ...], *, as_json: bool, verbosity: int) -> None:
    """Make a workspace in DIR (default: here): a commented curate.toml and the folders.

    An existing curate.toml is left as it is.
    """
    workspace, made = init_workspace(directory, categories)
    if as_json:
        emit_json({"workspace": str(workspace.root), "created": made})
        return
    say(f"{'made' if made else 'kept the existing'} {workspace.config_path}", verbosity=verbosity)
    where = "" if directory == Path() else f" -C {shlex.quote(str(directory))}"
    category = shlex.quote(categories[0]) if categories else "CATEGORY"
    say(f"next: curate import FOLDER -c {category}{where}", verbosity=verbosity)
