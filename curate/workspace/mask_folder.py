"""The folder of a category's masks."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from pathlib import Path

from curate.disk.atomic import storage_errors, write_bytes


def write_if_changed(path: Path, content: bytes, *, flushed: bool) -> None:
    """Write a file whole or not at all, unless it holds these bytes already: replacing one makes the disk flush."""
    try:
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return
    except OSError:
        pass  # not there, or not readable: writing it says why
    write_bytes(path, content, flushed=flushed)


def remove_others(folder: Path, wanted: AbstractSet[str]) -> int:
    """Delete every file below a folder that is not wanted, and the folders that are empty then.

    Parameters
    ----------
    folder : Path
    wanted : set of str
        Paths relative to it, ``/``-separated.

    Returns
    -------
    int
        How many files were deleted.
    """
    count = 0
    with storage_errors(folder):
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(folder).as_posix() not in wanted:
                path.unlink()
                count += 1
    return count
