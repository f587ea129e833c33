"""Read files that somebody else wrote: the one place where foreign bytes enter.

**"Could not look" is not "looked and found nothing"**: what keeps a file's bytes from being had (a disk that is
unplugged, a share that is stale, a right that is missing) is a :class:`~curate.errors.ReadError`, which no stage takes
for a verdict about the file; only bytes that were read can be judged. What is no plain file at all is refused before it
is opened, because a named pipe or a device may give bytes for ever, or none.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curate.errors import CurateError, InputError, MissingError, ReadError

MAX_FILE_BYTES = 1 << 31
"""Larger files are refused before they are read into memory."""

MAX_MEMBER_BYTES = 1 << 30
"""A larger member of an archive is refused as a decompression bomb before it is unpacked."""

MAX_CELL_CHARACTERS = 1 << 27
"""Of a CSV file: outlines and run lengths stand in one cell, far beyond the standard library's 128 KiB."""

_AGAIN = "make sure that the disk or share it lies on is there and may be read, then run the same command again"
_HINTS = {errno.EACCES: "ask its owner for the right to read it, then run the same command again"}

_SPECIAL_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def special_kind(mode: int) -> str:
    """Say what a file's mode (``st_mode``) makes it, where that is no plain file; ``""`` for a plain file.

    Reading a named pipe or a device waits for somebody to write, for ever if nobody does.

    >>> special_kind(stat.S_IFREG | 0o644), special_kind(stat.S_IFIFO | 0o644)
    ('', 'a named pipe')
    """
    return "" if stat.S_ISREG(mode) else _SPECIAL_KINDS.get(stat.S_IFMT(mode), "no plain file")


@contextmanager
def read_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusal to give bytes into a :class:`ReadError` that names file and next step."""
    try:
        yield
    except (CurateError, UnicodeError):
        raise
    except FileNotFoundError as error:
        raise MissingError("there is no such file", path=path) from error
    except OSError as error:
        if error.errno == errno.ELOOP:  # looked at, and found to be nothing
            raise InputError("is a symbolic link that leads in a circle", path=path, hint="remove it") from error
        hint = _HINTS.get(error.errno or 0, _AGAIN)
        raise ReadError(f"cannot be read: {error.strerror or error}", path=path, hint=hint) from error
    except ValueError as error:  # a name that no file can have
        raise InputError(f"cannot be read: {error}", path=path) from error


def check_plain(path: Path, expected: str = "a file") -> os.stat_result:
    """Return the state of a plain file, links followed.

    Raises
    ------
    MissingError
        If there is none.
    ReadError
        If it cannot be looked at.
    InputError
        If it is a folder, a named pipe, a socket or a device, or larger than :data:`MAX_FILE_BYTES`.
    """
    with read_errors(path):
        state = path.stat()
    special = special_kind(state.st_mode)
    if special:
        raise InputError(f"is {special}, expected {expected}", path=path)
    return state


def read_plain(path: Path, expected: str = "a file") -> bytes:
    """Read the bytes of a plain file; errors as :func:`check_plain` raises them."""
    state = check_plain(path, expected)
    if state.st_size > MAX_FILE_BYTES:
        raise InputError(f"has {state.st_size} bytes, at most {MAX_FILE_BYTES} are read", path=path)
    with read_errors(path):
        return path.read_bytes()


def read_text(path: Path) -> str:
    """Read UTF-8 text, with or without the byte order mark that some editors begin a file with.

    Raises
    ------
    MissingError, ReadError, InputError
        As :func:`check_plain`; also if it is not UTF-8.
    """
    try:
        return read_plain(path, "a text file").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}"
        raise InputError(message, path=path, hint="save it as UTF-8") from error


def csv_rows(text: str, path: Path, delimiter: str = ",") -> list[list[str]]:
    r"""Split CSV text into rows of cells, empty lines left out; lines may end in ``\n``, ``\r\n`` or ``\r``.

    Raises
    ------
    InputError
        If a quote is never closed or a cell is longer than a picture's outlines can be; the message names the line.

    >>> csv_rows('a,b\r1,"x\ny"\r', Path("t.csv"))
    [['a', 'b'], ['1', 'x\ny']]
    """
    return [cells for _, cells in numbered_rows(text, path, delimiter)]


def numbered_rows(text: str, path: Path, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    """Do as :func:`csv_rows`, each row with the number of the line that it ends in."""
    return [(line, cells) for line, cells in every_row(text, path, delimiter) if cells]


def every_row(text: str, path: Path, delimiter: str = ",", *, skip_blanks: bool = False) -> list[tuple[int, list[str]]]:
    """Do as :func:`numbered_rows`, empty lines included: who counts rows himself counts lines.

    ``skip_blanks`` passes over blanks after a delimiter, so that a quote may follow them.
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=skip_blanks)
    try:
        return [(lines.line_num, cells) for cells in lines]
    except csv.Error as error:
        raise InputError(f"line {lines.line_num}: {error}", path=path, hint="save it as plain CSV again") from error


def names_in(folder: Path) -> list[str]:
    """Return the sorted names in a folder; none when there is no such folder.

    Raises
    ------
    ReadError
        If it cannot be listed: that is not the same as empty.
    """
    try:
        with read_errors(folder):
            return sorted(os.listdir(folder))  # noqa: PTH208 - names are wanted, not paths
    except MissingError:
        return []


def files_below(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder below one, itself first, with the sorted names of its files; links to folders are not entered.

    Raises
    ------
    ReadError
        If one of them cannot be listed.
    """

    def refused(error: OSError) -> None:
        with read_errors(Path(str(error.filename))):
            raise error

    for place, folders, names in os.walk(folder, onerror=refused):
        folders.sort()
        yield Path(place), sorted(names)


def is_there(path: Path) -> bool:
    """Whether a plain file, or a link to one, exists.

    Raises
    ------
    ReadError
        If that cannot be said: :meth:`pathlib.Path.is_file` calls such a file missing on newer Pythons.
    """
    try:
        with read_errors(path):
            return stat.S_ISREG(path.stat().st_mode)
    except MissingError:
        return False
    except ReadError as error:
        if isinstance(error.__cause__, NotADirectoryError):
            return False
        raise


def may_be_there(path: Path) -> bool:
    """Whether a plain file exists, or that cannot be said: whoever reads it then says why."""
    try:
        return is_there(path)
    except (ReadError, InputError):
        return True
