"""The commands as ``docs/reference/commands.md`` shows them by mkdocs-click: Click's marks turned into Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from curate.cli.main import cli as program


def walk(context: click.Context) -> Iterator[click.Context]:
    """Yield the context of a command and of all commands below it."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from walk(click.Context(command, info_name=name, parent=context))


def as_markdown(text: str) -> str:
    r"""Turn the help of a command into Markdown: what Click keeps as typed becomes a block of text.

    >>> print(as_markdown("One <word>.\n\n\b\n  kept   as typed"))
    One &lt;word>.
    <BLANKLINE>
    ```text
      kept   as typed
    ```
    """
    blocks = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        f"```text\n{block[2:]}\n```" if block.startswith("\b\n") else block.replace("<", "&lt;") for block in blocks
    )


def prepared(command: click.Command, name: str = "curate") -> click.Command:
    """Return a command, and all below it, with help in Markdown that ends with the example."""
    help_text = as_markdown(command.help or "")
    example = re.sub(r"^[\w ]+:\s*", "", command.epilog or "")
    if example:
        help_text += f"\n\n**Example:**\n\n```bash\n{inspect.cleandoc(example)}\n```"
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        members = {entry: command.get_command(context, entry) for entry in command.list_commands(context)}
        below = {entry: prepared(member, entry) for entry, member in members.items() if member}
        return click.Group(name, below, help=help_text, params=command.params)
    return click.Command(name, help=help_text, params=command.params, context_settings=dict(command.context_settings))


cli = prepared(program)
