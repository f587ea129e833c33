"""Note that a stage has not ended well: `status` shows it until the stage has.

"Could not look" is not "looked and found nothing". A stage that meets a file whose bytes cannot be had, or that is
killed, leaves no stamp; but an older stamp may still say that it is done. So a note is written when a stage begins, in
``.curate``, and goes away with the next stamp.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from curate.disk.atomic import write_text
from curate.disk.reading import read_text
from curate.errors import CurateError, MissingError, ReadError
from curate.workspace.workspace import Workspace

UNREAD = "its last run could not read all it needed"
"""How the reason begins where a stage did not finish for want of a file's bytes."""

STOPPED = "its last run was stopped before its end"
REFUSED = "its last run ended with an error"


def read_unfinished(workspace: Workspace, stage: str, category: str) -> str:
    """Say in one line why a stage's last run did not finish; ``""`` where it did."""
    try:
        return read_text(_note(workspace, stage, category)).strip()
    except MissingError:
        return ""
    except CurateError as error:  # a note that cannot be read is one all the same
        return error.message


def note_unfinished(workspace: Workspace, stage: str, category: str, reason: str) -> None:
    """Note why a stage could not read all; where even that cannot be written, the error that is on its way says it."""
    _write(workspace, stage, category, f"{UNREAD}: {reason}")


def forget_unfinished(workspace: Workspace, stage: str, category: str) -> None:
    """Take a note back."""
    _note(workspace, stage, category).unlink(missing_ok=True)


@contextmanager
def carrying_out(workspace: Workspace, stage: str, *categories: str) -> Iterator[None]:
    """Run a stage that writes; what keeps it from its end is noted for each of the categories.

    Raises
    ------
    CurateError
        As it came.
    """
    before = {category: read_unfinished(workspace, stage, category) for category in categories}
    for category in categories:
        _write(workspace, stage, category, STOPPED)
    try:
        yield
    except CurateError as error:
        start = UNREAD if isinstance(error, ReadError | MissingError) else REFUSED
        reason = f"{error.path}: {error.message}" if error.path else error.message
        for category in categories:
            _write(workspace, stage, category, f"{start}: {reason}")
        raise
    for category, note in before.items():
        if read_unfinished(workspace, stage, category) == STOPPED:  # a part of the stage ran, and left no stamp
            _write(workspace, stage, category, note)


def _write(workspace: Workspace, stage: str, category: str, reason: str) -> None:
    with suppress(CurateError):
        line = reason.partition("\n")[0].rstrip(":")
        if line:
            write_text(_note(workspace, stage, category), line + "\n")
        else:
            forget_unfinished(workspace, stage, category)


def _note(workspace: Workspace, stage: str, category: str) -> Path:
    return workspace.scratch / "unfinished" / stage / f"{category}.txt"
