"""Read images out of zip and tar files: in order, one member in memory at a time, nothing unpacked onto the disk.

Nothing in an archive is trusted: names that lead outside, links and devices, members larger than any picture, and
encrypted ones are refused by name; a damaged archive gives what comes before the damage.
"""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, overload

from curate.disk.reading import MAX_MEMBER_BYTES
from curate.errors import ImageError, InputError
from curate.model.evidence import SourceFile

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")

_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, OSError, NotImplementedError, RuntimeError)
"""What the readers of the standard library raise for damaged, encrypted and unknown archives."""
_ENCRYPTED, _UTF8 = 0x1, 0x800


def is_archive(path: Path) -> bool:
    """Whether a file's name says that it is a zip or tar file.

    >>> is_archive(Path("shift.TAR.GZ")), is_archive(Path("frame.png"))
    (True, False)
    """
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def list_archive(
    path: Path, max_member_bytes: int = MAX_MEMBER_BYTES
) -> tuple[list[SourceFile], list[tuple[str, str]]]:
    """List the files of an archive; a member that unpacks to more than ``max_member_bytes`` is refused.

    Returns
    -------
    files : list of SourceFile
        In the archive's order; a size, the archive's own modification time and inode.
    troubles : list of (str, str)
        Name and message of each member that is refused, and ``""`` with a message when the archive breaks off.

    Raises
    ------
    InputError
        If it is no archive, or nothing in it can be listed.
    """
    state = path.stat()
    files: list[SourceFile] = []
    troubles: list[tuple[str, str]] = []
    try:
        for place, (name, size, unusable) in enumerate(_members(path)):
            readable = name.encode("utf-8", "backslashreplace").decode()
            refusal = unusable or _refusal(name, size, max_member_bytes)
            if refusal:
                troubles.append((readable, refusal))
            elif name:
                files.append(SourceFile(str(path.absolute()), name, size, state.st_mtime_ns, state.st_ino, place))
    except _DAMAGE as error:
        if not files and not troubles:
            raise InputError(f"cannot be read as an archive: {error}", path=path, hint="copy it again") from error
        troubles.append(("", f"the archive breaks off after {len(files)} files: {error}"))
    return files, troubles


def _members(path: Path) -> Iterator[tuple[str, int, str]]:
    """Yield name, size and a reason to refuse each entry of an archive; folders have an empty name."""
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                encrypted = "is encrypted: unpack the archive yourself" if info.flag_bits & _ENCRYPTED else ""
                yield "" if info.is_dir() else _plain(_zip_name(info)), info.file_size, encrypted
        return
    with tarfile.open(path, "r|*") as stream:
        for member in stream:
            link = "" if member.isfile() or member.isdir() else "is a link or a device, not a file"
            yield "" if member.isdir() else _plain(member.name), member.size, link


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; one that is UTF-8 without the flag that says so, as macOS writes it, is read as UTF-8."""
    if info.flag_bits & _UTF8 or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename  # code page 437, or another: who imports it reports names that look wrong


def _plain(name: str) -> str:
    name = name.replace("\\", "/")
    while name.startswith("./"):
        name = name[2:]
    return name


def _refusal(name: str, size: int, limit: int) -> str:
    if name.startswith("/") or ".." in name.split("/") or "\0" in name:
        return "leads outside the archive"
    if size > limit:
        return f"unpacks to {size} bytes, at most {limit} are accepted"
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return "its name is not UTF-8 text, so no record can hold it"
    return ""


class Feed(Sequence[tuple[SourceFile, "bytes | ImageError | None"]]):
    """Source files, each with its content if it comes out of an archive, to be iterated once by one thread.

    Archives are read from front to back here, because a compressed tar file cannot be entered in the middle; contents
    of other files are None: whoever works on them reads them, many at a time.
    """

    def __init__(self, files: Sequence[SourceFile]) -> None:
        self._alone = [file for file in files if file.member < 0]
        self._packed = sorted((file for file in files if file.member >= 0), key=lambda file: (file.path, file.member))

    def __len__(self) -> int:
        return len(self._alone) + len(self._packed)

    @overload
    def __getitem__(self, index: int) -> tuple[SourceFile, bytes | ImageError | None]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[SourceFile, bytes | ImageError | None]]: ...

    def __getitem__(self, index: int | slice) -> object:
        raise TypeError("a feed is read from front to back")

    def __iter__(self) -> Iterator[tuple[SourceFile, bytes | ImageError | None]]:
        for file in self._alone:
            yield file, None
        for path, files in groupby(self._packed, key=lambda file: file.path):
            yield from _contents(Path(path), list(files))


def _contents(path: Path, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, bytes | ImageError]]:
    """Yield the contents of some members of one archive, in its order."""
    waiting = {file.member: file for file in files}
    done = 0
    try:
        for place, stream in _streams(path, set(waiting)):
            file = waiting[place]
            yield file, _read(stream, file)
            done += 1
    except _DAMAGE as error:
        # From here on nothing can be read: each member that is left is refused by name.
        for file in files[done:]:
            yield file, ImageError(f"cannot be read from the archive: {error}", path=file.name)


def _read(stream: IO[bytes], file: SourceFile) -> bytes | ImageError:
    try:
        content = stream.read(MAX_MEMBER_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:  # one member of a zip file
        return ImageError(f"is damaged in the archive: {error}", path=file.name)
    if len(content) != file.size_bytes:
        return ImageError(f"is cut short in the archive: {len(content)} of {file.size_bytes} bytes", path=file.name)
    return content


def _streams(path: Path, wanted: set[int]) -> Iterator[tuple[int, IO[bytes]]]:
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for place, info in enumerate(archive.infolist()):
                if place in wanted:
                    with archive.open(info) as stream:
                        yield place, stream
        return
    with tarfile.open(path, "r|*") as tape:
        for place, member in enumerate(tape):
            taken = tape.extractfile(member) if place in wanted else None
            if taken is not None:
                yield place, taken
