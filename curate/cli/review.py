"""``curate review``."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from curate.cli.complete import window_names
from curate.cli.exit_codes import ExitCode
from curate.cli.options import category_option, output_options, workspace_option
from curate.cli.render import echo, say
from curate.model.words import counted


@click.command(name="review", epilog="Example:  curate review -c pipe_clip")
@click.option(
    "--window", metavar="NAME", default="", shell_complete=window_names, help="Only this window.", show_default="all"
)
@click.option(
    "--template",
    "draws",
    is_flag=True,
    help="Open the page on which the template's box is drawn by mouse, for the window that curate.toml describes.",
)
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Who may reach the page: 127.0.0.1 is this machine only; any other address opens it to the network.",
)
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.", show_default=True
)
@click.option(
    "--open/--no-open",
    "opens",
    default=None,
    help="Open the page in a browser.",
    show_default="where there is a screen",
)
@workspace_option
@category_option
@output_options
def command(
    window: str,
    host: str,
    port: int,
    workspace_dir: Path,
    categories: tuple[str, ...],
    verbosity: int,
    *,
    opens: bool | None,
    draws: bool,
    as_json: bool,
) -> int:
    """Walk through what screen, crop, split and validate set aside, on a page of this machine, and decide.

    One key each accepts, rejects, relabels or undoes; a window is moved by dragging its box. Every decision is written
    at once to records/decisions/ and applied by the stages when they run next. Ctrl-C ends it, with exit code 130;
    nothing is lost. With --json the first line is {"url": …}, the last one says what was decided and what to run.
    """
    from curate.review.guard import is_loopback
    from curate.review.run import review
    from curate.status.run import workspace_status
    from curate.workspace.waiting import note_looked_at
    from curate.workspace.workspace import open_workspace

    workspace, config, chosen = open_workspace(workspace_dir, categories)
    start = "template" if draws else ""
    server = review(workspace, config, chosen, window=window, host=host, port=port, start=start)
    if not is_loopback(host):
        say(f"warning: {host} is open to the network: whoever learns the address can see and decide")
    url = server.addresses.printed
    echo(json.dumps({"url": url}) if as_json else url)
    sys.stdout.flush()
    say("every decision is written at once; Ctrl-C ends the review", verbosity=verbosity)
    if _has_screen() and not as_json if opens is None else opens:
        _open(server.addresses.browser)
    ended = server.run()
    for category in chosen:
        if category.name in server.seen:
            note_looked_at(workspace, category, server.seen[category.name])
    tally = server.tally
    status = workspace_status(workspace, config, tuple(category.name for category in chosen))
    commands = status.next_commands if tally.made or tally.undone else ()
    if as_json:
        echo(json.dumps({"decisions": tally.made, "undone": tally.undone, "next": list(commands)}))
    else:
        say(_summary(tally.made, tally.undone, commands), verbosity=verbosity)
    return _end(ExitCode.INTERRUPTED if server.ended_by == signal.SIGINT else ExitCode.DONE, clean=ended)


def _end(code: ExitCode, *, clean: bool) -> ExitCode:
    """Return the exit code; where a thread is left, leave at once, because Python's own end would be an abort."""
    if not clean:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _summary(made: int, undone: int, commands: Sequence[str]) -> str:
    """Say what was decided, and what to run now."""
    taken = f", {undone} taken back" if undone else ""
    return "\n".join([f"{counted(made, 'decision', 'decisions')} made{taken}", *(f"next: {line}" for line in commands)])


def _has_screen() -> bool:
    """Whether a browser with windows can be expected; one that runs in the terminal would take it over."""
    if not sys.stdout.isatty():
        return False
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(url: str) -> None:
    """Open the page; a thread of its own, because the server that answers is only about to run."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
