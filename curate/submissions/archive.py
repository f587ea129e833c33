"""Open a submission that came as one zip or tar file: what a submission can hold is unpacked into a folder for a while.

Nothing in the archive is trusted: what :mod:`curate.disk.archives` refuses is refused here, and so is an archive that
breaks off, that names one file twice, or that unpacks to more than the disk holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from curate.errors import ImageError, InputError
from curate.imaging.maps import MAP_SUFFIXES
from curate.submissions.leftovers import EXPECTED, PICTURES, kinds

if TYPE_CHECKING:
    from curate.model.evidence import SourceFile

_TABLES = frozenset({".csv", ".json"})
_SHOWN = 10


@contextmanager
def submission_folder(root: Path) -> Iterator[Path]:
    """Give the folder of a submission: ``root`` itself, or what a zip or tar file holds, unpacked until the end.

    The unpacked folder is called as the archive without its ending, so that a method without a name is called the same
    either way. Only maps, pictures, tables and ``submission.json`` are unpacked.

    Raises
    ------
    InputError
        If the archive is damaged, holds members that cannot be trusted or no map and no table, or needs more room than
        there is; every bad member is listed.
    """
    if not root.is_file():
        yield root
        return
    import tempfile  # with its like, a tenth of what a small evaluation loads

    from curate.disk.archives import is_archive, list_archive

    if not is_archive(root):
        yield root
        return
    files, troubles = list_archive(root)
    kept = [file for file in files if _belongs(PurePosixPath(file.name))]
    if troubles:
        listed = [f"{name}: {problem}" if name else problem for name, problem in troubles[:_SHOWN]]
        more = [f"… and {len(troubles) - _SHOWN} more"] if len(troubles) > _SHOWN else []
        raise InputError(
            "\n  ".join([f"{len(troubles)} member(s) of the archive cannot be read:", *listed, *more]),
            path=root,
            hint="make the archive again, or unpack it yourself and give the folder",
        )
    if not kept:
        kinds_found = kinds(file.name for file in files)
        raise InputError(f"holds no map and no table of scores, {EXPECTED}; found {kinds_found}", path=root)
    with tempfile.TemporaryDirectory(prefix="curate-submission-") as above:
        folder = Path(above) / _stem(root.resolve().name)
        folder.mkdir()
        _unpack(kept, folder, root)
        yield folder


def _belongs(name: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.parts)
    return not hidden and name.suffix.lower() in MAP_SUFFIXES | PICTURES | _TABLES


def _stem(name: str) -> str:
    from curate.disk.archives import ARCHIVE_SUFFIXES

    ending = max((end for end in ARCHIVE_SUFFIXES if name.lower().endswith(end)), key=len)
    return name[: -len(ending)] or "submission"


def _unpack(files: Sequence[SourceFile], folder: Path, root: Path) -> None:
    import shutil
    import tempfile

    from curate.disk.archives import Feed

    needed, free = sum(file.size_bytes for file in files), shutil.disk_usage(folder).free
    if needed > free:
        raise InputError(
            f"unpacks to {needed:,} bytes, {free:,} are free in {tempfile.gettempdir()}",
            path=root,
            hint="set TMPDIR to a folder on a larger disk",
        )
    for file, content in Feed(files):
        if content is None or isinstance(content, ImageError):
            message = content.message if content else "is no member of the archive"
            raise InputError(f"{file.name} {message}", path=root, hint="make the archive again")
        target = folder / file.name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as stream:  # a second file of the same name fails, also where letter case is ignored
                stream.write(content)
        except FileExistsError as error:
            message = f"holds {file.name} twice, or as a file and as a folder"
            raise InputError(message, path=root, hint="make the archive again") from error
        except OSError as error:
            message = f"{file.name} cannot be unpacked: {error.strerror or error}"
            raise InputError(message, path=root, hint="unpack it yourself and give the folder") from error
