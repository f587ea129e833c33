"""Publish a folder whole: build it beside its place, then swap it in.

The protocol, with ``NAME`` for the folder's name and all parts in the folder around it:

1. ``.curate-new-NAME`` is built, and flushed to the disk.
2. What stands at ``NAME`` is renamed to ``.curate-old-NAME``.
3. ``.curate-new-NAME`` is renamed to ``NAME``; the folder around is flushed.
4. ``.curate-old-NAME`` is renamed to ``.curate-gone-NAME``, and that is deleted.

``.curate-old-NAME`` is therefore always whole. The next run looks first: where ``NAME`` is missing beside it, the kill
fell between 2 and 3, and it is renamed back before anything else is done; where ``NAME`` is there, step 4 is made up
for. A kill at any moment leaves the old folder or the new one whole, and nothing is deleted before the new one has
taken its place. Callers hold a lock (:mod:`curate.disk.destination`), so that nobody else is between these steps.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from curate.disk.atomic import storage_errors, sweep_temporaries, sync_folder, sync_tree
from curate.disk.hashing import sha256_bytes
from curate.errors import InputError
from curate.model.words import counted

_NEW, _OLD, _GONE = ".curate-new-", ".curate-old-", ".curate-gone-"
_LONGEST_NAME_BYTES = 255
_SHOWN = 10


@dataclass
class Draft:
    """A folder that is being built.

    Attributes
    ----------
    folder : Path
        Where to write.
    published : bool
        Set to False to throw the draft away and leave what stands there.
    """

    folder: Path
    published: bool = True


def refuse_foreign(folder: Path, *, is_own: Callable[[Path], bool], without: str) -> None:
    """Raise when a folder's place is taken by something that curate did not write.

    Parameters
    ----------
    folder : Path
    is_own : callable
        Whether a folder that is not empty was written by the same command.
    without : str
        What it lacks then, for the message: ``"it has no dataset.json"``.

    Raises
    ------
    InputError
        If a file is there, or a folder that holds something else.
    """
    if not folder.exists():
        return
    with storage_errors(folder):
        taken = "" if folder.is_dir() else "it is no folder"
        if not taken and any(folder.iterdir()) and not is_own(folder):
            taken = without
    if taken:
        raise InputError(
            f"exists and was not written by curate: {taken}",
            path=folder,
            hint="choose another folder, or move this one away",
        )


def refuse_unwritable(paths: Iterable[str], root: Path) -> None:
    """Raise where files' names are no text, before anything is written: no table and no JSON can hold them.

    Raises
    ------
    InputError
        With all of them.
    """
    bad = [path for path in paths if not path.isascii() and any(map(_is_half, path))]
    if bad:
        shown = "\n  ".join(path.encode("utf-8", "backslashreplace").decode() for path in bad[:_SHOWN])
        more = f"\n  … and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
        message = f"{counted(len(bad), 'name is', 'names are')} not UTF-8 text: {shown}{more}"
        raise InputError(message, path=root, hint="rename them, and run the same command again")


def _is_half(char: str) -> bool:
    """Whether a character is a lone surrogate, as which Python keeps a byte that is not UTF-8."""
    return 0xD800 <= ord(char) <= 0xDFFF  # noqa: PLR2004 - Unicode's surrogates


@contextmanager
def publish_folder(
    final: Path, *, is_own: Callable[[Path], bool], without: str, resumed: bool = False, sync: bool = True
) -> Iterator[Draft]:
    """Give a folder to write into, and put it at its place when the block ends without an error.

    Parameters
    ----------
    final : Path
        The place; a symbolic link is followed.
    is_own, without
        See :func:`refuse_foreign`.
    resumed : bool
        Keep what a killed run has written into the draft, and what a failed block has: the caller compares it with
        what it would write. Else each run starts from an empty folder.
    sync : bool
        Flush the draft to the disk before it takes the old folder's place, so that a power cut loses neither.

    Raises
    ------
    InputError
        If the place is taken by something else.
    StorageError
        If the disk refuses; the old folder is then where it was.
    """
    named, final = final, Path(os.path.realpath(final))
    fresh, old, gone = (_hidden(prefix, final) for prefix in (_NEW, _OLD, _GONE))
    with storage_errors(final):
        _recover(final, old, gone)
        refuse_foreign(named, is_own=is_own, without=without)
        if fresh.exists() and not resumed:
            shutil.rmtree(fresh)
        fresh.mkdir(parents=True, exist_ok=True)
        sweep_temporaries(fresh)
    draft = Draft(fresh)
    try:
        yield draft
    except BaseException:
        if not resumed:
            shutil.rmtree(fresh, ignore_errors=True)
        raise
    if not draft.published:
        shutil.rmtree(fresh, ignore_errors=True)
        return
    with storage_errors(final):
        if sync:
            sync_tree(fresh)
        _swap(fresh, final, old)
        if sync:
            sync_folder(final.parent)
        _recover(final, old, gone)


def _hidden(prefix: str, final: Path) -> Path:
    """Name a folder beside another; a name that would be too long becomes its hash."""
    name = prefix + final.name
    if len(os.fsencode(name)) > _LONGEST_NAME_BYTES:
        name = prefix + sha256_bytes(os.fsencode(final.name))
    return final.parent / name


def _recover(final: Path, old: Path, gone: Path) -> None:
    """Bring a killed swap to one of its ends: the old folder back at its place, or out of the way."""
    shutil.rmtree(gone, ignore_errors=True)
    if not old.exists():
        return
    if not final.exists():
        old.rename(final)
        return
    old.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _swap(fresh: Path, final: Path, old: Path) -> None:
    there = final.exists()
    if there:
        final.rename(old)
    try:
        fresh.rename(final)
    except OSError:
        if there:
            old.rename(final)
        raise
