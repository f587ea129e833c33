"""``docs/reference/commands.md``: every command's ``--help``, as a terminal of 80 columns shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from curate.cli.main import cli

_WIDTH = 80

_HEAD = """\
# Commands

What `curate COMMAND --help` says, for every command. Results go to standard output, messages and progress to standard
error; `--json` gives one JSON document. Exit codes: 0 done and clean · 1 it ran and found something wrong · 2 bad usage
or input that cannot be read · 70 a bug in curate · 130 interrupted.
"""


def commands_page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for context in walk(click.Context(cli, info_name="curate", **_settings(cli))):
        mark = "##" if context.command_path.count(" ") < 2 else "###"
        parts.append(f"{mark} {context.command_path}\n\n```text\n{context.get_help()}\n```\n")
    return "\n".join(parts)


def walk(context: click.Context) -> Iterator[click.Context]:
    """Yield the context of a command and of all commands below it."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from walk(click.Context(command, info_name=name, parent=context, **_settings(command)))


def _settings(command: click.Command) -> dict[str, Any]:
    """Return what Click itself would make a command's context with, and a width that no terminal changes."""
    return {**command.context_settings, "terminal_width": _WIDTH, "max_content_width": _WIDTH}
