"""The exit codes of every command, in one place."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell gets back."""

    DONE = 0
    """Done, and clean."""
    FINDINGS = 1
    """It ran and found something wrong, or refused a submission."""
    BAD_INPUT = 2
    """Bad usage, or input that cannot be read."""
    BUG = 70
    """A bug in curate; a traceback is shown."""
    INTERRUPTED = 130
    """Stopped by the user."""
