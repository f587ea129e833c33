"""Keep two commands from writing to one destination at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from curate.disk.atomic import make_folders, storage_errors
from curate.disk.hashing import sha256_bytes

LOCK_NAME = ".curate-lock"


@contextmanager
def writing_into(destination: Path, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold a folder of datasets for writing below it; a second command waits.

    The lock is a hidden file in the destination that goes away with the lock: a dataset holds no stray file. A killed
    command leaves the file, unlocked; the next one takes it and removes it. A workspace's own lock is taken before.

    Parameters
    ----------
    destination : Path
        Made when it does not exist, and removed again when nothing was written into it.
    on_wait : callable, optional
        Called once, with a sentence, when another command holds it.
    """
    with _held(destination / LOCK_NAME, destination, on_wait):
        yield


@contextmanager
def replacing(folder: Path, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold a folder that is replaced as a whole, as :func:`writing_into` does; the lock's file lies beside it."""
    place = Path(os.path.realpath(folder))
    with _held(place.parent / f"{LOCK_NAME}-{sha256_bytes(os.fsencode(place.name))[:16]}", folder, on_wait):
        yield


@contextmanager
def _held(path: Path, written: Path, on_wait: Callable[[str], None] | None) -> Iterator[None]:
    made = not path.parent.exists()
    release = _taken(path, written, on_wait)
    try:
        yield
    finally:
        with suppress(OSError):  # where an open file cannot be removed, the lock's own library removes it
            path.unlink()
        release()
        if made:
            with suppress(OSError):  # not empty
                path.parent.rmdir()


def _taken(path: Path, written: Path, on_wait: Callable[[str], None] | None) -> Callable[[], object]:
    """Take the lock, and return what releases it.

    Its holder removes the file, so whoever waited may get the lock of a file that is no longer there: the lock counts
    only while the file that was there before is still there after.
    """
    from filelock import FileLock, Timeout

    with storage_errors(path):
        while True:
            make_folders(path.parent)
            lock = FileLock(path)
            try:
                with path.open("ab") as before:
                    try:
                        lock.acquire(timeout=0)
                    except Timeout:
                        if on_wait:
                            on_wait(f"another curate command is writing into {written}; waiting for it to finish")
                            on_wait = None
                        lock.acquire()
                    if _is_there(path, before):
                        return lock.release
            except FileNotFoundError:  # the folder went away between two steps
                pass
            lock.release(force=True)


def _is_there(path: Path, opened: IO[bytes]) -> bool:
    """Whether a path still names an open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(opened.fileno()))
    except FileNotFoundError:
        return False
