"""Flags that mean the same in every command.

============== ============================ ==========================================================
flag           parameter                    used by
============== ============================ ==========================================================
-C DIR         ``workspace: Workspace``     every stage of a workspace
-c/--category  ``categories: tuple[str]``   every stage; repeatable; all categories when left out
-j/--jobs N    ``jobs: int``                stages that read pictures
--scheduler    ``scheduler: str``           commands whose work can run on a Dask cluster
--json         ``as_json: bool``            every command: one JSON document on stdout
-q / -v        ``verbosity: int``           every command: -1 quiet, 0, 1 verbose
--dry-run      ``dry_run: bool``            stages that write
-o/--output    ``output: Path | None``      commands that write a file or a folder of their own
--no-sync      ``sync: bool``               commands that write many files
============== ============================ ==========================================================
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from curate.cli.complete import category_names, layout_names

Command = TypeVar("Command", bound=Callable[..., Any])


def workspace_option(function: Command) -> Command:
    """``-C DIR``: the folder to start looking for ``curate.toml`` in."""
    return click.option(
        "-C",
        "--workspace",
        "workspace_dir",
        metavar="DIR",
        default=".",
        type=click.Path(path_type=Path),
        show_default=True,
        help="Workspace: the folder of curate.toml, or one below it.",
    )(function)


def category_option(function: Command) -> Command:
    """``-c/--category``, repeatable."""
    return click.option(
        "-c",
        "--category",
        "categories",
        metavar="CATEGORY",
        multiple=True,
        shell_complete=category_names,
        show_default="all",
        help="Only this category; may be repeated.",
    )(function)


def layout_options(help_text: str) -> Callable[[Command], Command]:
    """``--layout`` and what describes an unknown one; the function gets all of it as the text ``layout``."""
    described = (
        ("--good", "good", "WORDS", "Folders of good images, separated by commas, besides good, ok, normal, …"),
        ("--defect-masks", "defect_masks", "FOLDERS", "Folders of masks, separated by commas, besides masks, gt, …"),
        ("--split-folders", "split_folders", "SPLIT=FOLDER,…", "Folders of the splits: train=a,val=b,test=c."),
        ("--values", "values", "VALUE=NAME,…", "What the values of masks stand for: 60=dent,255=ignore."),
    )

    def decorate(function: Command) -> Command:
        @wraps(function)
        def folded(*args: Any, layout: str | None, **rest: Any) -> Any:
            said = {name: rest.pop(name) for _, name, _, _ in described}
            said["unmarked_good"] = rest.pop("unmarked_good")
            if any(said.values()) or (layout or "").endswith(".toml"):
                from curate.datasets.layouts.described import layout_text, text_of_file

                text = text_of_file(Path(layout)) if layout and layout.endswith(".toml") else layout
                layout = layout_text(text, **said)
            return function(*args, layout=layout, **rest)

        flag = click.option("--unmarked-good", is_flag=True, help="Images without a mask or an annotation are good.")
        command = flag(folded)
        for option, name, metavar, text in reversed(described):
            command = click.option(option, name, metavar=metavar, default="", help=text)(command)
        return click.option(  # type: ignore[return-value]
            "--layout",
            metavar="NAME",
            shell_complete=layout_names,
            show_default="recognised by looking",
            help=help_text,
        )(command)

    return decorate


def jobs_option(function: Command) -> Command:
    """``-j/--jobs N``."""
    return click.option(
        "-j",
        "--jobs",
        metavar="N",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="Worker threads; 0 is one per core.",
    )(function)


def scheduler_option(function: Command) -> Command:
    """``--scheduler URL``."""
    return click.option(
        "--scheduler",
        metavar="URL",
        default="",
        help="Work on the Dask cluster of this scheduler (tcp://host:8786) instead of on threads.",
    )(function)


def dry_run_option(function: Command) -> Command:
    """``--dry-run``."""
    return click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")(function)


def output_options(function: Command) -> Command:
    """``--json``, ``-q/--quiet`` and ``-v/--verbose``."""
    function = click.option("-v", "--verbose", "verbosity", flag_value=1, type=int, help="Say more.")(function)
    function = click.option(
        "-q", "--quiet", "verbosity", flag_value=-1, type=int, default=0, help="Only results and errors."
    )(function)
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")(function)


def sync_option(function: Command) -> Command:
    """``--no-sync``; ``sync`` is what the function gets."""
    return click.option(
        "--no-sync",
        "sync",
        is_flag=True,
        callback=negated,
        help="Do not wait until the disk has it: faster, but a power cut may lose what was written.",
    )(function)


def negated(context: click.Context, parameter: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - Click's order
    """Turn a flag that switches something off into whether it is on; a callback of Click's."""
    del context, parameter
    return not value


def output_folder_option(default: str | None = None) -> Callable[[Command], Command]:
    """``-o/--output DIR`` for a folder; ``default`` says where to without it, None that it is needed."""
    return click.option(
        "-o",
        "--output",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        show_default=default or False,
        help="Folder to write.",
    )


def destination_of(named: Path | None, output: Path | None) -> Path:
    """Return the one destination: that of ``-o``, or the last argument, as it could be named before.

    Raises
    ------
    click.UsageError
        If there is none, or two.
    """
    if named and output:
        raise click.UsageError(f"two destinations: {named} and, with -o, {output}")
    chosen = output or named
    if chosen is None:
        raise click.UsageError("Missing option '-o' / '--output': where to write")
    return chosen
