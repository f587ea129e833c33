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
============== ============================ ==========================================================
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from curate.cli.complete import category_names

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
        help="Workspace: the folder of curate.toml, or one below it.  [default: .]",
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
        help="Only this category; may be repeated.  [default: all]",
    )(function)


def jobs_option(function: Command) -> Command:
    """``-j/--jobs N``."""
    return click.option(
        "-j",
        "--jobs",
        metavar="N",
        type=click.IntRange(min=0),
        default=0,
        help="Worker threads; 0 is one a core.  [default: 0]",
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
