"""Note that a stage could not read all that it needed: `status` shows it until the stage has ended well.

"Could not look" is not "looked and found nothing". A stage that meets a file whose bytes cannot be had ends with an
error and leaves no stamp; but an older stamp may still say that it is done. The note lies in ``.curate`` and goes away
with the next stamp.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from curate.disk.atomic import write_text
from curate.disk.reading import read_text
from curate.errors import CurateError, MissingError, ReadError
from curate.workspace.workspace import Workspace


def read_unfinished(workspace: Workspace, stage: str, category: str) -> str:
    """Say in one line why a stage's last run did not finish; ``""`` where it did."""
    try:
        return read_text(_note(workspace, stage, category)).strip()
    except MissingError:
        return ""
    except CurateError as error:  # a note that cannot be read is one all the same
        return error.message


def note_unfinished(workspace: Workspace, stage: str, category: str, reason: str) -> None:
    """Note why a stage did not finish; where even that cannot be written, the error that is on its way says it."""
    with suppress(CurateError):
        write_text(_note(workspace, stage, category), reason.partition("\n")[0].rstrip(":") + "\n")


def forget_unfinished(workspace: Workspace, stage: str, category: str) -> None:
    """Take a note back."""
    _note(workspace, stage, category).unlink(missing_ok=True)


@contextmanager
def carrying_out(workspace: Workspace, stage: str, *categories: str) -> Iterator[None]:
    """Run a stage: a file that could not be read leaves it unfinished, for each of the categories.

    Raises
    ------
    ReadError, MissingError
        As it came.
    """
    try:
        yield
    except (ReadError, MissingError) as error:
        reason = f"{error.path}: {error.message}" if error.path else error.message
        for category in categories:
            note_unfinished(workspace, stage, category, reason)
        raise


def _note(workspace: Workspace, stage: str, category: str) -> Path:
    return workspace.scratch / "unfinished" / stage / f"{category}.txt"
