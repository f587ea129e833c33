"""Files that are whole or absent: written beside their target, then renamed.

A temporary file is locked while its writer lives, so whoever finds one that is not knows that its writer was killed,
and removes it. What is no plain file (a device, a pipe) is never replaced, and a symbolic link is followed.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal

from curate.disk.reading import check_plain, read_errors
from curate.errors import CurateError, InputError, StorageError

_TEMPORARY_PREFIX = ".curate-"
_TEMPORARY_SUFFIX = ".tmp"
_FICLONE = 0x40049409
"""Linux ioctl that shares a file's blocks copy-on-write (``ioctl_ficlone(2)``)."""

_BLOCK_BYTES = 1 << 20
_SHOWN = 30
"""Characters around what cannot be written."""

_HINTS = {
    errno.ENOSPC: "free some space and run the same command again; nothing half-written was left",
    errno.EDQUOT: "the quota is used up: free some space and run the same command again",
    errno.EROFS: "the file system is read-only: choose another folder",
    errno.EACCES: "check who owns the folder and its permissions",
    errno.EPERM: "check who owns the folder and its permissions",
    errno.ENAMETOOLONG: "shorten the name",
    errno.EISDIR: "name a file, not a folder",
    errno.ELOOP: "the symbolic link leads in a circle: remove it",
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusal into a :class:`StorageError` that names the file and the next step."""
    try:
        yield
    except CurateError:
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        hint = _HINTS.get(error.errno or 0, "check the path and the disk, then run the same command again")
        raise StorageError(f"cannot be written: {reason}", path=path, hint=hint) from error


def write_bytes(path: Path, content: bytes, *, durable: bool = False, flushed: bool = False) -> None:
    """Write a file whole or not at all; parent folders are made.

    A symbolic link is followed: the file that it names is written, and made where it does not exist. A character
    device or a named pipe is written to as it is, and ``/dev/stdout`` or ``/dev/fd/N`` whatever lies behind it.

    Parameters
    ----------
    path : Path
    content : bytes
    durable : bool
        Also flush the file to the disk before the rename and its folder after it, for files whose loss would cost more
        than a rerun; and remove what killed writers of such files left in the folder.
    flushed : bool
        Flush the file, but not its folder: who writes many flushes their folders once (:func:`sync_folders`), before
        the record that names them.

    Raises
    ------
    StorageError
        If the disk refuses, or the path is a folder, a socket or a block device.
    """
    with storage_errors(path):
        if _is_stream(path):
            _write_through(path, content)
            return
        target = Path(os.path.realpath(path)) if path.is_symlink() else path
        if durable:
            make_folders(target.parent)
            _sweep_abandoned(target.parent)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
        with _temporary_beside(target) as (temporary, stream):
            stream.write(content)
            stream.flush()
            if durable or flushed:
                os.fsync(stream.fileno())
            _move(temporary, stream, target)
        if durable:
            sync_folder(target.parent)


def _is_stream(path: Path) -> bool:
    """Whether bytes are written to what is there, rather than put in its place."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:  # nothing there yet, or a link to a file that is to be made
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        raise StorageError("is a disk or a socket, expected a file", path=path, hint="choose another name")
    # Links below /dev and /proc name what a process has open: the file behind must not be taken from under it.
    opened = path.is_symlink() and path.absolute().parts[1:2] in {("dev",), ("proc",)}
    return opened or not stat.S_ISREG(mode)


def _write_through(path: Path, content: bytes) -> None:
    with path.open("ab", buffering=0) as stream:
        left = memoryview(content)
        while left:
            left = left[stream.write(left) :]


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with the line ends it has, durably, whole or not at all.

    Raises
    ------
    InputError
        If it holds a file's name that is no UTF-8 text: no record can hold it.
    """
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        shown = text[max(error.start - _SHOWN, 0) : error.end + _SHOWN].encode("utf-8", "backslashreplace").decode()
        message = f"cannot hold a name that is not UTF-8 text: …{shown}…"
        raise InputError(message, path=path, hint="rename the file, and run the same command again") from error
    write_bytes(path, content, durable=True)


def write_json(path: Path, document: Any, *, indent: int = 2) -> None:
    """Write a JSON document with a final newline; key order is kept, NaN is refused."""
    write_text(path, json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False) + "\n")


def place_file(source: Path, target: Path, *, link: bool = False) -> Literal["link", "reflink", "copy"]:
    """Put a file's content at another path, whole or not at all, and return how.

    A hard link shares its bytes with the source, so an edit in place would change both: it is made only when asked
    for, and falls back to a copy where the file system cannot (another device, too many links). Where the source is a
    symbolic link, the file behind it is placed. What keeps the source's bytes from being had is a
    :class:`~curate.errors.ReadError` about the source, not about the target; a source that is no plain file (a pipe, a
    device, which may never end) is refused.
    """
    check_plain(source)
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if link and _linked(source, target):
            return "link"
        with _temporary_beside(target) as (temporary, stream):
            how = _fill(source, stream)
            _move(temporary, stream, target)
    return how


def _linked(source: Path, target: Path) -> bool:
    """Hard-link a file, replacing what is there; False where the file system cannot."""
    source = Path(os.path.realpath(source))  # link(2) would link to the symbolic link itself
    temporary = target.parent / temporary_name()
    try:
        os.link(source, temporary)
    except OSError as error:
        if error.errno not in {errno.EXDEV, errno.EMLINK, errno.EPERM, errno.ENOTSUP}:
            raise
        return False
    try:
        temporary.replace(target)
    finally:
        # rename(2) does nothing when both names are already links to one file: then the temporary stays.
        temporary.unlink(missing_ok=True)
    return True


def _fill(source: Path, stream: IO[bytes]) -> Literal["reflink", "copy"]:
    with read_errors(source):
        reader = source.open("rb")
    with reader:
        try:
            share_blocks(reader.fileno(), stream.fileno())
        except OSError:
            while block := _block(source, reader):
                stream.write(block)
            stream.flush()
            return "copy"
    return "reflink"


def _block(source: Path, reader: IO[bytes]) -> bytes:
    with read_errors(source):  # which a full disk is none of
        return reader.read(_BLOCK_BYTES)


def share_blocks(source: int, target: int) -> None:
    """Make an open file share another's blocks copy-on-write; OSError where the system or the disk cannot."""
    try:
        import fcntl
    except ImportError as error:  # not on Windows
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP)) from error
    fcntl.ioctl(target, _FICLONE, source)


def sync_folder(folder: Path) -> None:
    """Flush a folder's names to the disk: a rename in it survives a power cut from here on."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        return
    try:
        with suppress(OSError):  # some file systems flush no folders
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(folder: Path) -> None:
    """Make a folder and those above it, and flush the names of the new ones: what is written there survives."""
    missing = []
    place = folder
    while not place.exists():
        missing.append(place)
        place = place.parent
    folder.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        sync_folder(made.parent)


def sync_folders(folders: Iterable[Path], root: Path) -> None:
    """Flush the names in some folders and in all above them, up to ``root``, each once."""
    wanted = {place for folder in folders for place in (folder, *folder.parents) if place.is_relative_to(root)}
    for folder in sorted(wanted, reverse=True):
        sync_folder(folder)


def sync_tree(folder: Path) -> None:
    """Flush all files below a folder to the disk, then the folders that name them."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            with open(os.path.join(place, name), "rb") as stream:  # noqa: PTH118, PTH123 - a Path each costs as much
                os.fsync(stream.fileno())
        sync_folder(Path(place))


@contextmanager
def _temporary_beside(target: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """Open a new, locked file in the target's folder; it is gone afterwards unless it was moved."""
    claimed = False
    while not claimed:  # until whoever sweeps the folder is not faster
        temporary = target.parent / temporary_name()
        with temporary.open("xb") as stream:
            try:
                claimed = _claimed(stream, temporary)
                if claimed:
                    yield temporary, stream
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise


def temporary_name() -> str:
    """Return a name that nothing else has; short, so that a target's name may have 255 bytes."""
    return f"{_TEMPORARY_PREFIX}{os.urandom(6).hex()}{_TEMPORARY_SUFFIX}"


def _move(temporary: Path, stream: IO[bytes], target: Path) -> None:
    if os.name == "nt":
        stream.close()  # Windows renames no open file
    temporary.replace(target)


def _claimed(stream: IO[bytes], path: Path) -> bool:
    """Lock an open file, and say whether its name is still there."""
    return _locked(stream) is not False and path.exists()


def _locked(stream: IO[bytes]) -> bool | None:
    """Whether a lock on an open file was had; None where the system or the disk has no locks. Closing it releases."""
    try:
        import fcntl
    except ImportError:  # not on Windows
        return None
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def is_temporary(path: Path) -> bool:
    """Whether a file is one that a killed command left behind."""
    return path.name.startswith(_TEMPORARY_PREFIX) and path.name.endswith(_TEMPORARY_SUFFIX)


def _sweep_abandoned(folder: Path) -> None:
    """Remove the temporary files of killed writers from one folder, and leave those of living ones."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            if is_temporary(Path(entry.name)):
                with suppress(OSError), open(entry.path, "rb") as stream:  # noqa: PTH123 - no Path is needed
                    # A link that is being placed is not locked, and has another name.
                    if _locked(stream) and os.fstat(stream.fileno()).st_nlink == 1:
                        os.unlink(entry.path)  # noqa: PTH108 - as above


def sweep_temporaries(folder: Path) -> int:
    """Delete what killed commands left below a folder; only call it while holding the workspace's lock."""
    count = 0
    if folder.is_dir():
        for path in folder.rglob(f"{_TEMPORARY_PREFIX}*{_TEMPORARY_SUFFIX}"):
            path.unlink(missing_ok=True)
            count += 1
    return count
