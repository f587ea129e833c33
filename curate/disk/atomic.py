"""Files that are whole or absent: written beside their target, then renamed."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from curate.errors import StorageError

_TEMPORARY_PREFIX = ".curate-"
_TEMPORARY_SUFFIX = ".tmp"
_FICLONE = 0x40049409
"""Linux ioctl that shares a file's blocks copy-on-write (``ioctl_ficlone(2)``)."""

_HINTS = {
    errno.ENOSPC: "free some space and run the same command again; nothing half-written was left",
    errno.EDQUOT: "the quota is used up: free some space and run the same command again",
    errno.EROFS: "the file system is read-only: choose another folder",
    errno.EACCES: "check who owns the folder and its permissions",
    errno.EPERM: "check who owns the folder and its permissions",
    errno.ENAMETOOLONG: "shorten the name",
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusal into a :class:`StorageError` that names the file and the next step."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        hint = _HINTS.get(error.errno or 0, "check the path and the disk, then run the same command again")
        raise StorageError(f"cannot be written: {reason}", path=path, hint=hint) from error


def write_bytes(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file whole or not at all; parent folders are made.

    Parameters
    ----------
    path : Path
    content : bytes
    durable : bool
        Also flush to the disk before the rename, for files whose loss would cost more than a rerun.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary_beside(path)
        try:
            with temporary.open("xb") as stream:
                stream.write(content)
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with the line ends it has, durably, whole or not at all."""
    write_bytes(path, text.encode("utf-8"), durable=True)


def write_json(path: Path, document: Any, *, indent: int = 2) -> None:
    """Write a JSON document with a final newline; key order is kept, NaN is refused."""
    write_text(path, json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False) + "\n")


def place_file(source: Path, target: Path, *, link: bool = False) -> Literal["link", "reflink", "copy"]:
    """Put a file's content at another path, whole or not at all, and return how.

    A hard link shares its bytes with the source, so an edit in place would change both: it is made only when asked
    for, and falls back to a copy where the file system cannot (another device, too many links).
    """
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary_beside(target)
        try:
            how = _fill(source, temporary, link=link)
            temporary.replace(target)
            # rename(2) does nothing when both names are already links to one file: then the temporary stays.
            temporary.unlink(missing_ok=True)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return how


def _fill(source: Path, temporary: Path, *, link: bool) -> Literal["link", "reflink", "copy"]:
    if link:
        try:
            os.link(source, temporary)
        except OSError as error:
            if error.errno not in {errno.EXDEV, errno.EMLINK, errno.EPERM, errno.ENOTSUP}:
                raise
        else:
            return "link"
    if _reflink(source, temporary):
        return "reflink"
    shutil.copyfile(source, temporary)
    return "copy"


def share_blocks(source: int, target: int) -> None:
    """Make an open file share another's blocks copy-on-write; OSError where the system or the disk cannot."""
    try:
        import fcntl
    except ImportError as error:  # not on Windows
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP)) from error
    fcntl.ioctl(target, _FICLONE, source)


def _reflink(source: Path, target: Path) -> bool:
    with source.open("rb") as reader, target.open("xb") as writer:
        try:
            share_blocks(reader.fileno(), writer.fileno())
        except OSError:
            writer.close()
            target.unlink()
            return False
    return True


def _temporary_beside(path: Path) -> Path:
    """Name a temporary file in the same folder; short, so that 255-byte names still work."""
    return path.parent / f"{_TEMPORARY_PREFIX}{secrets.token_hex(6)}{_TEMPORARY_SUFFIX}"


def is_temporary(path: Path) -> bool:
    """Whether a file is one that a killed command left behind."""
    return path.name.startswith(_TEMPORARY_PREFIX) and path.name.endswith(_TEMPORARY_SUFFIX)


def sweep_temporaries(folder: Path) -> int:
    """Delete what killed commands left below a folder; only call it while holding the workspace's lock."""
    count = 0
    if folder.is_dir():
        for path in folder.rglob(f"{_TEMPORARY_PREFIX}*{_TEMPORARY_SUFFIX}"):
            path.unlink(missing_ok=True)
            count += 1
    return count
