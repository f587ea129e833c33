"""Read files that lie inside an uncompressed tar file, in place: nothing is unpacked onto the disk.

Such a file's path is the archive's path, ``!/``, and the name inside: ``part/test-000000.tar!/good_0000.png``. Names
are only looked up in the archive's own list, so that none leads outside.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path, PurePosixPath

from curate.disk.reading import MAX_MEMBER_BYTES, check_plain, read_errors
from curate.errors import ImageError, InputError, MissingError

MEMBER = "!/"
"""Between an archive's path and the name inside."""

ARCHIVE_END = ".tar!"
"""How the part of a path that is an archive ends."""


def is_member(path: Path) -> bool:
    """Whether a path leads into an archive.

    >>> is_member(Path("a/test-000000.tar!/b.png")), is_member(Path("a/b.tar"))
    (True, False)
    """
    return any(part.endswith(ARCHIVE_END) for part in path.parts[:-1])


def read_member(path: Path, max_member_bytes: int = MAX_MEMBER_BYTES) -> bytes:
    """Read one file of an archive, of which none may have more than ``max_member_bytes``.

    Raises
    ------
    MissingError
        If there is no such archive, or no such file in it.
    ReadError
        If its bytes cannot be had.
    ImageError
        If it is no archive.
    """
    archive, name = _parted(path)
    members = list_members(archive, max_member_bytes)
    if name not in members:
        raise MissingError("there is no such file in the archive", path=path)
    offset, size = members[name]
    with read_errors(path), archive.open("rb") as stream:
        stream.seek(offset)
        content = stream.read(size)
    if len(content) != size:
        raise ImageError(f"is cut short in the archive: {len(content)} of {size} bytes", path=path)
    return content


def list_members(archive: Path, max_member_bytes: int = MAX_MEMBER_BYTES) -> dict[str, tuple[int, int]]:
    """Return where the plain files of an archive begin and how many bytes they have, by name, in the archive's order.

    The list is remembered while the archive does not change.

    Raises
    ------
    MissingError
        If there is no such archive.
    ImageError
        If it is no uncompressed tar file, breaks off, or holds a file larger than any picture.
    """
    try:
        state = check_plain(archive, "an archive")
    except InputError as error:
        raise ImageError(error.message, path=archive) from error
    return _listed(archive, max_member_bytes, state.st_size, state.st_mtime_ns, state.st_ino)


@lru_cache(maxsize=64)
def _listed(archive: Path, max_member_bytes: int, *state: int) -> dict[str, tuple[int, int]]:
    import tarfile  # few datasets lie in archives

    del state  # only tells one version of the archive from the next
    members: dict[str, tuple[int, int]] = {}
    try:
        with tarfile.open(archive, "r:") as stream:
            for entry in stream:
                if not entry.isfile():
                    continue
                if entry.size > max_member_bytes:
                    message = f"{entry.name} has {entry.size} bytes, at most {max_member_bytes} are accepted"
                    raise ImageError(message, path=archive)
                members[PurePosixPath(entry.name).as_posix()] = (entry.offset_data, entry.size)
    except OSError as error:
        with read_errors(archive):
            raise error from None
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise ImageError(f"cannot be read as an uncompressed tar file: {error}", path=archive) from error
    return members


def listed_as(path: str) -> str:
    """Return how ``dataset.json`` calls an image: one inside a shard by its split and name, any other by its path.

    >>> listed_as("part/test-000000.tar!/good_0000.png"), listed_as("part/test/good/0000.png")
    ('part/test/good_0000.png', 'part/test/good/0000.png')
    """
    archive, packed, name = path.partition(MEMBER)
    if not packed:
        return path
    shard = PurePosixPath(archive)
    return (shard.parent / shard.name.split("-")[0] / name).as_posix()


def _parted(path: Path) -> tuple[Path, str]:
    place = next(place for place, part in enumerate(path.parts) if part.endswith(ARCHIVE_END))
    archive = Path(*path.parts[: place + 1])
    return archive.with_name(archive.name[:-1]), "/".join(path.parts[place + 1 :])
