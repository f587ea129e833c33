"""Gather files that could not be read, so that all of them are named and everything else is looked at.

"Could not look" stops a work, but not at the first file: who repairs a share or a right wants to know all that it hid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from curate.errors import CurateError, InputError, MissingError, ReadError
from curate.model.codes import names as codes
from curate.model.finding import Finding

Item = TypeVar("Item")
Result = TypeVar("Result")

_SHOWN = 100


class UnreadFiles:
    """What could not be read so far.

    >>> unread = UnreadFiles()
    >>> with unread.noted():
    ...     raise ReadError("cannot be read: Input/output error", path="a.png")
    >>> unread.raise_any()
    Traceback (most recent call last):
    curate.errors.ReadError: a.png: cannot be read: Input/output error
    """

    def __init__(self) -> None:
        self._errors: list[CurateError] = []

    def __bool__(self) -> bool:
        return bool(self._errors)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note a file that could not be read instead of ending the work; other errors pass."""
        try:
            yield
        except (ReadError, MissingError) as error:
            if not is_unread(error):
                raise
            self.add(error)

    def add(self, error: CurateError) -> None:
        """Note an error, or all those that were joined in it."""
        self._errors += getattr(error, "files", ()) or (error,)

    def raise_any(self) -> None:
        """Raise one error that names all files, if there are any."""
        if self._errors:
            raise joined_errors(self._errors)


def each_of(items: Iterable[Item], work: Callable[[Item], Result]) -> list[Result]:
    """Work on each of some items, a category say, and raise what could not be read of any of them at the end."""
    unread = UnreadFiles()
    results = []
    for item in items:
        with unread.noted():
            results.append(work(item))
    unread.raise_any()
    return results


@contextmanager
def all_named(paths: Iterable[Path], read: Callable[[Path], object]) -> Iterator[None]:
    """Where one of some files that belong together could not be read, look at all of them, and name each that cannot.

    Parameters
    ----------
    paths : iterable of Path
        An image and its masks, say.
    read : callable
        Reads one of them, or raises.
    """
    try:
        yield
    except (ReadError, MissingError) as error:
        if is_unread(error):
            unread = UnreadFiles()
            for path in paths:
                with suppress(InputError), unread.noted():
                    read(path)
            unread.raise_any()
        raise


def is_unread(error: BaseException) -> bool:
    """Whether an error says that a file could not be looked at: a missing category, say, is none."""
    return isinstance(error, ReadError) or (
        isinstance(error, MissingError) and isinstance(error.__cause__, FileNotFoundError)
    )


def joined_errors(errors: Sequence[CurateError]) -> CurateError:
    """Return one error that names all files, the first hundred by name."""
    if len(errors) == 1:
        return errors[0]
    lines = [f"{error.path}: {error.message}" for error in errors[:_SHOWN]]
    more = [f"… and {len(errors) - _SHOWN} more"] if len(errors) > _SHOWN else []
    hints = dict.fromkeys(error.hint for error in errors if error.hint)
    message = "\n  ".join([f"{len(errors)} files could not be read, so nothing is known about them:", *lines, *more])
    joined = ReadError(message, hint=next(iter(hints), ""))
    joined.files = tuple(errors)
    return joined


def refuse_unread(findings: Iterable[Finding]) -> None:
    """Raise where findings say that files could not be read: what is computed without them is about something else."""
    unread = UnreadFiles()
    for finding in findings:
        if finding.code == codes.UNREAD_FILE:
            unread.add(ReadError(finding.message, path=finding.path, hint=finding.hint))
    unread.raise_any()
