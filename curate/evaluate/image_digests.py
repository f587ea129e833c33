"""The sha256 of every image of a dataset, for its fingerprint: remembered, so that scoring does not read images again.

What is remembered of a file counts while its size, its times of change and its inode are the same. The memory lies in
the user's cache folder and may be deleted at any time; ``--verify`` does not trust it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from curate.disk.atomic import write_text
from curate.disk.cache_folder import default_cache
from curate.disk.hashing import sha256_bytes
from curate.errors import CurateError, ReadError, StorageError
from curate.execution import Execution
from curate.imaging.images import read_file
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding

_SCHEMA = "curate/digests/1"
_IMAGES_PER_TASK = 16


def image_digests(
    root: Path, paths: Iterable[str], execution: Execution, *, always_read: bool = False
) -> tuple[dict[str, str], list[Finding]]:
    """Hash images.

    Parameters
    ----------
    root : Path
        The dataset's folder.
    paths : iterable of str
        Relative to it.
    execution : Execution
    always_read : bool
        Trust no memory; what is read is remembered all the same.

    Returns
    -------
    digests : dict
        ``image:<path>`` to sha256.
    findings : list of Finding
        Images that cannot be read: nothing is said of them, so nothing may be scored.
    """
    memory = default_cache() / "digests" / f"{sha256_bytes(os.fsencode(root.resolve()))[:32]}.json"
    known = _remembered(memory)
    states = {path: _state_of(root / path) for path in sorted(set(paths))}
    digests = {
        path: known[path][1]
        for path, state in states.items()
        if not always_read and state is not None and known.get(path, (None, ""))[0] == state
    }
    due = [path for path in states if path not in digests]
    tasks = [tuple(due[start : start + _IMAGES_PER_TASK]) for start in range(0, len(due), _IMAGES_PER_TASK)]
    findings = []
    for read in execution.map(partial(_hashed, str(root)), tasks, "images"):
        for path, digest, wrong in read:
            if wrong:
                findings.append(found(*wrong, path))
            else:
                digests[path] = digest
    if due:
        fresh = {path: (state, digests[path]) for path, state in states.items() if state and path in digests}
        _remember(memory, known | fresh)
    return {f"image:{path}": digest for path, digest in digests.items()}, findings


def _hashed(root: str, paths: tuple[str, ...]) -> list[tuple[str, str, tuple[str, str] | None]]:
    """Return path, sha256, and code and message of what is wrong, of some images."""
    read: list[tuple[str, str, tuple[str, str] | None]] = []
    for path in paths:
        try:
            read.append((path, sha256_bytes(read_file(Path(root) / path)), None))
        except CurateError as error:
            code = codes.UNREAD_FILE if isinstance(error, ReadError) else codes.UNREADABLE_IMAGE_SIZE
            read.append((path, "", (code, error.message)))
    return read


def _state_of(path: Path) -> list[int] | None:
    """Return what changes when a file does; None where there is no such file by itself, as in an archive."""
    try:
        about = path.stat()
    except (OSError, ValueError):
        return None
    return [about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino]


def _remembered(memory: Path) -> dict[str, tuple[list[int], str]]:
    try:
        document = json.loads(memory.read_bytes())
        if document["schema"] != _SCHEMA:
            return {}
        return {path: (state, digest) for path, (state, digest) in document["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _remember(memory: Path, files: dict[str, tuple[list[int], str]]) -> None:
    try:
        write_text(memory, json.dumps({"schema": _SCHEMA, "files": files}))
    except StorageError:
        return  # a read-only home is no reason to fail
