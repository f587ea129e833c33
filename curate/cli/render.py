"""Turn finished results into text or JSON on standard output, and messages on standard error."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curate.cli.exit_codes import ExitCode
from curate.execution import Execution, Progress, SilentProgress
from curate.model.account import Account
from curate.model.codes import names as codes
from curate.model.finding import Finding, count_by_severity, has_errors, ordered
from curate.model.words import without_credentials

if TYPE_CHECKING:
    import pandas as pd

_SHOWN_PER_CODE = 10


_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""What moves a terminal's cursor, colours or reorders its text; and bytes of file names that are no text."""


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print: the one place of curate that does, so that no file's name or content reaches a terminal as a command.

    Control characters are escaped, line breaks and tabs kept; credentials in URLs are cut.
    """
    shown = terminal_safe(text)
    coloured = _is_coloured(err=err)
    click.echo(_painted(shown) if coloured else shown, err=err, nl=nl, color=coloured or None)


_PAINT = {"error": "red", "warning": "yellow", "info": "cyan"}
_SEVERITY = re.compile(r"^(error|warning|info)(?=:| CUR\d)", re.MULTILINE)


def _is_coloured(*, err: bool) -> bool:
    """Whether to colour: as ``--color`` says, else on a terminal unless ``NO_COLOR`` is set (https://no-color.org)."""
    from curate.cli.main import chosen_colour

    chosen = chosen_colour()
    if chosen is not None:
        return chosen
    stream = sys.stderr if err else sys.stdout
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def _painted(text: str) -> str:
    return _SEVERITY.sub(lambda found: click.style(found[0], fg=_PAINT[found[0]], bold=True), text)


def terminal_safe(text: str) -> str:
    r"""Escape control characters other than line breaks and tabs, and cut credentials out of URLs.

    >>> print(terminal_safe("a\x1b[31m\n\u202eb"), terminal_safe("\udcff.png"), terminal_safe("s3://K:S@b"))
    a\x1b[31m
    \u202eb \udcff.png s3://…@b
    """
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), without_credentials(text))


def say(message: str, *, verbosity: int = 0) -> None:
    """Tell the person something, on standard error, unless they asked for quiet."""
    if verbosity >= 0:
        echo(message, err=True)


def say_account(accounts: Mapping[str, Account], *, verbosity: int) -> None:
    """Say what was used of all there is and what was left out, to who asked for more with -v."""
    if verbosity > 0:
        say("\n".join(line for name, account in accounts.items() for line in account.lines(name)))


def emit_json(document: Any) -> None:
    """Write one JSON document to standard output."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    # As JSON escapes them: control characters, and lone surrogates, which stand for bytes that are not UTF-8.
    echo(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def printable(text: str) -> str:
    r"""Escape what would break a line of text: line breaks, control characters and bytes that are not UTF-8.

    >>> print(printable("a\nb"), printable("ä 1.png"), printable("\udcff.png"))
    a\nb ä 1.png \udcff.png
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def findings_text(findings: Iterable[Finding], *, verbosity: int = 0) -> str:
    """Render findings grouped by code: the first ten of each and their first ten files, then counts; all with -v.

    The hint is shown once per code, where it is the same for all.
    """
    shown = _SHOWN_PER_CODE if verbosity <= 0 else sys.maxsize
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in ordered(findings):
        groups.setdefault((finding.severity, finding.code), []).append(finding)
    lines: list[str] = []
    for (severity, code), members in groups.items():
        most = len(members) if code == codes.UNREAD_FILE else shown  # of these, nobody else knows
        for member in members[:most]:
            where = f"{printable(member.path)}: " if member.path else ""
            more = f" and {len(member.related) - shown} more" if len(member.related) > shown else ""
            also = f" (see {', '.join(map(printable, member.related[:shown]))}{more})" if member.related else ""
            lines.append(f"{severity} {code} {where}{member.message}{also}")
        if len(members) > most:
            lines.append(f"{severity} {code} … and {len(members) - most} more")
        lines += [f"  next: {hint}" for hint in dict.fromkeys(member.hint for member in members) if hint]
    return "\n".join(lines)


def summary_text(findings: Sequence[Finding]) -> str:
    """Render the counts of findings in a few words."""
    counts = count_by_severity(findings)
    return ", ".join(f"{count} {name}{'s' if count != 1 else ''}" for name, count in counts.items() if name != "info")


def write_frame(frame: pd.DataFrame, form: str | None, output: Path | None, *, verbosity: int) -> None:
    """Write a table as CSV, to standard output or a file, or as Parquet to a file; the file's ending says which.

    Raises
    ------
    click.UsageError
        If the form cannot be known, or Parquet is to go to a terminal.
    MissingError
        If pyarrow is not installed.
    """
    from curate.disk.atomic import write_bytes
    from curate.frames.files import csv_text, parquet_content

    ending = output.suffix.lower().removeprefix(".") if output else ""
    chosen = form or (ending if ending in {"csv", "parquet"} else "")
    if not chosen or (form and ending in {"csv", "parquet"} and form != ending):
        raise click.UsageError(f"{output} says no form: end it in .csv or .parquet, or name --format")
    if chosen == "parquet" and output is None:
        raise click.UsageError("Parquet is no text: write it to a file with -o FILE.parquet")
    if output is None:
        echo(csv_text(frame), nl=False)
        return
    write_bytes(output, parquet_content(frame) if chosen == "parquet" else csv_text(frame).encode())
    say(f"wrote {output} ({len(frame)} rows)", verbosity=verbosity)


def exit_code_for(findings: Iterable[Finding]) -> ExitCode:
    """Return 2 when a file could not be looked at, 1 when any finding is an error, else 0."""
    listed = list(findings)
    if any(finding.code == codes.UNREAD_FILE for finding in listed):
        return ExitCode.BAD_INPUT
    return ExitCode.FINDINGS if has_errors(listed) else ExitCode.DONE


def execution_for(jobs: int, verbosity: int, scheduler: str = "") -> Execution:
    """Return how to carry work out: with a progress bar on a terminal, silently elsewhere."""
    return Execution(jobs=jobs, progress=progress_for(verbosity), scheduler=scheduler)


def progress_for(verbosity: int) -> Progress:
    """Return a progress bar on standard error if that is a terminal and the person did not ask for quiet."""
    shown = verbosity >= 0 and sys.stderr.isatty()
    return TerminalProgress() if shown else SilentProgress()


class TerminalProgress:
    """Click's progress bar on standard error."""

    def __init__(self) -> None:
        self._bar: Any = None

    def start(self, title: str, total: int) -> None:
        """Show an empty bar."""
        self._bar = click.progressbar(length=total, label=terminal_safe(title), file=sys.stderr)
        self._bar.__enter__()

    def advance(self) -> None:
        """Move the bar by one."""
        self._bar.update(1)

    def finish(self) -> None:
        """End the bar's line."""
        self._bar.__exit__(None, None, None)
