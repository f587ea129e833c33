"""The ``curate`` group. Commands are loaded when they are called, so that ``curate --help`` starts at once."""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from curate import __version__
from curate.cli.exit_codes import ExitCode
from curate.errors import CurateError

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("curate.cli.init", "Make a workspace: curate.toml, commented, and the folders."),
    "import": ("curate.cli.importing", "Take in frames, in the order they were shot."),
    "crop": ("curate.cli.crop", "Cut the inspection window out of every frame."),
    "frames": ("curate.cli.frames", "List, filter and count frames."),
    "verify": ("curate.cli.verify", "Check that captured frames are still what was imported."),
    "screen": ("curate.cli.screen", "Set aside blurred, badly lit, obstructed and repeated frames."),
    "remove": ("curate.cli.remove", "Take frames, series or a category out, and put them back."),
    "rename": ("curate.cli.rename", "Give a defect, a series or a category another name."),
    "tidy": ("curate.cli.tidy", "Delete what nothing refers to any more, after asking."),
    "locate": ("curate.cli.locate", "Say where a point of a window lies in its frame, and back."),
    "label": ("curate.cli.label", "Take in what experts drew."),
    "mask": ("curate.cli.mask", "Turn regions into one mask each, with saturation thresholds."),
    "split": ("curate.cli.split", "Divide samples into train and test, without looking ahead."),
    "export": ("curate.cli.export", "Write the dataset: images, masks and split together."),
    "convert": ("curate.cli.convert", "Turn a dataset of any known layout into another one."),
    "conceal": ("curate.cli.conceal", "Divide a dataset into a public half and a key for its truth."),
    "augment": ("curate.cli.augment", "Write changed copies of a split, for studies of robustness."),
    "validate": ("curate.cli.validate", "Check a dataset or the workspace; findings have codes."),
    "review": ("curate.cli.review", "Walk through what was set aside, on a local page, and decide."),
    "card": ("curate.cli.card", "Describe a dataset: counts, sizes, fitness, drift; Croissant."),
    "baseline": ("curate.cli.baseline", "Train and run a detector of the papers; write its submission."),
    "evaluate": ("curate.cli.evaluate", "Score a submission: AU-sPRO, AUROC, AP, TPR at fixed TNR."),
    "leaderboard": ("curate.cli.leaderboard", "Rank many results on a page, with curves, verified."),
    "study": ("curate.cli.study", "Run a study: methods × datasets × seeds, then compare."),
    "compare": ("curate.cli.compare", "Put results of several methods and runs side by side."),
    "report": ("curate.cli.report", "Write one HTML file: dataset, findings, gallery, misses."),
    "plot": ("curate.cli.plot", "Draw pictures for papers: curves, timelines, sheets, overlays."),
    "submission": ("curate.cli.submission", "Check, pack and make submissions from arrays, maps, anomalib."),
    "status": ("curate.cli.status", "Say what is done, what is stale and what to run next."),
    "demo": ("curate.cli.demo", "Run all stages on frames that curate draws itself."),
    "completion": ("curate.cli.completion", "Let a shell complete commands, options and names."),
}
"""Name, module (its ``command`` is loaded) and the line in ``curate --help``, in the order of the road."""


class SuggestingGroup(click.Group):
    """A group whose message about an unknown command names the nearest ones; Click's own does from 8.3 on."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return name, command and the remaining arguments, or raise UsageError."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0].lower(), self.list_commands(ctx), n=2, cutoff=0.5)
            if not near or "did you mean" in error.format_message().lower():
                raise
            text = f"{error.message.rstrip('.')}. Did you mean {' or '.join(map(repr, near))}?"
            raise click.UsageError(text, ctx) from error


class LazyGroup(SuggestingGroup):
    """A group that knows its commands' names and imports one only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the road."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or None."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer commands from the table alone, and the group's own options."""
        names = [CompletionItem(name, help=line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Try it:  curate demo demo",
)
@click.version_option(__version__, "--version", prog_name="curate")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default="on a terminal, unless NO_COLOR is set",
    help="Colour errors and warnings.",
)
@click.pass_context
def cli(context: click.Context, color: str) -> None:
    """Turn the frames of a factory's cameras into a benchmark for defect detection, and score detectors on it."""
    context.color = _CHOSEN["color"] = {"auto": None, "always": True, "never": False}[color]


_CHOSEN: dict[str, bool | None] = {}


def chosen_colour() -> bool | None:
    """Return what ``--color`` said: True, False, or None to decide by the stream."""
    return _CHOSEN.get("color")


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit; the only place where an exit code is set."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing but the code leaves this function."""
    _CHOSEN.clear()
    # A damaged file is told once, by us: OpenCV would add pages of its own. It reads this when it is first imported.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    if os.environ.get("_CURATE_COMPLETE", "").startswith("powershell"):
        from curate.cli.powershell import register

        register()
    try:
        code = cli.main(args=arguments, prog_name="curate", standalone_mode=False)
    except click.exceptions.Abort:
        _say("interrupted")
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(file=shown)
        _say(shown.getvalue().rstrip("\n"))
        return ExitCode.BAD_INPUT
    except CurateError as error:
        _say(f"error: {error}")
        return ExitCode.BAD_INPUT
    except KeyboardInterrupt:
        _say("interrupted; run the same command again to go on")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader (`head`, a pager) has gone: no one is left to tell.
        sys.stderr.close()
        return ExitCode.DONE
    except OSError as error:
        # Whatever the operating system refused where nobody expected it: a disk or a right, never a verdict.
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        _say(f"error: {where}{error.strerror or error}")
        return ExitCode.BAD_INPUT
    except MemoryError:
        _say("error: there is not enough memory; try fewer worker threads with -j, or other input")
        return ExitCode.BAD_INPUT
    except Exception:  # noqa: BLE001 - whatever is left is a bug, and must not look like findings
        _say(traceback.format_exc())
        _say(f"This is a bug in curate {__version__}; please report it with the text above.")
        return ExitCode.BUG
    return code if isinstance(code, int) else ExitCode.DONE


def _say(message: str) -> None:
    from curate.cli.render import echo  # not for `curate --help`

    echo(message, err=True)
