"""What was learnt from record files, kept below ``.curate/index`` so that a question costs a look at the file's state.

The records stay the truth: everything here is derived, keyed by a record's hash, and may be deleted at any time. A hash
counts while size, both times and inode of the file are the same, and only once those are old enough that a second
change would have shown in them, as in git's index.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from curate.disk.atomic import write_bytes
from curate.disk.columns import read_columns
from curate.disk.hashing import sha256_bytes, sha256_file
from curate.disk.reading import check_plain, is_there, names_in, read_errors
from curate.errors import CurateError, MissingError
from curate.workspace.workspace import Workspace

_VERSION = 1
_SETTLED_NS = 2_000_000_000
"""Younger changes are not remembered: file systems tell times apart by milliseconds, some by seconds."""

Summary = dict[str, Any]


class RecordIndex:
    """What is known of a workspace's record files.

    Parameters
    ----------
    workspace : Workspace
    settled_ns : int
        How old a file's last change must be, in nanoseconds, for its state to stand for its content.
    """

    def __init__(self, workspace: Workspace, settled_ns: int = _SETTLED_NS) -> None:
        self._workspace = workspace
        self._folder = workspace.scratch / "index"
        self._settled_ns = settled_ns
        self._hashes: dict[str, tuple[list[int], str]] = _loaded(self._folder / "hashes.json")
        self._learnt = False

    def sha256(self, path: Path) -> str:
        """Return a file's hash, from memory while its state is the same; errors as :func:`sha256_file`."""
        name, state = self._workspace.relative(path), _state_of(check_plain(path))
        known = self._hashes.get(name)
        if known and known[0] == state:
            return known[1]
        digest = sha256_file(path)
        if self._is_settled(state):
            self._hashes[name] = (state, digest)
            self._learnt = True
        return digest

    def save(self) -> None:
        """Remember the hashes that are new."""
        if self._learnt:
            _kept(self._folder / "hashes.json", self._hashes)
            self._learnt = False

    def summary(
        self, path: Path, kind: str, columns: Iterable[str], make: Callable[[Iterator[Any]], Summary]
    ) -> Summary:
        """Return what a function makes of some columns of a record, once per content.

        Parameters
        ----------
        path : Path
        kind : str
            Names the function.
        columns : iterable of str
        make : callable
            Gets blocks of columns (:func:`curate.disk.columns.read_columns`), returns a JSON document.
        """
        digest = self.sha256(path)
        place = self._folder / f"{sha256_bytes(self._workspace.relative(path).encode())[:32]}.json"
        known = _loaded(place)
        if known.get("sha256") != digest:
            known = {"sha256": digest, "kinds": {}}
        if kind not in known["kinds"]:
            known["kinds"][kind] = make(read_columns(path, tuple(columns)))
            _kept(place, known)
        made: Summary = known["kinds"][kind]
        return made

    def missing(self, record: Path, column: str, root: Path, needed: str = "") -> tuple[int, int, str]:
        """Return how many files a record names, how many of them are not there, and the first of those.

        Parameters
        ----------
        record : Path
        column : str
            Holds paths relative to ``root``.
        root : Path
        needed : str
            Another column: only rows with something in it name a file.
        """

        def names() -> Iterator[str]:
            for values, marks in read_columns(record, (column, needed or column)):
                yield from (value for value, mark in zip(values, marks, strict=True) if mark)

        return self.missing_of(record, root, names)

    def missing_of(self, record: Path, root: Path, names: Callable[[], Iterable[str]]) -> tuple[int, int, str]:
        """Return the same for whatever a file names; asked only where the file or one of the folders has changed."""
        key = sha256_bytes(f"{self._workspace.relative(record)}\0{root}".encode("utf-8", "surrogateescape"))[:32]
        place = self._folder / f"there-{key}.json"
        digest, known = self.sha256(record), _loaded(place)
        if known.get("sha256") == digest:
            folders = known["folders"]
            if all(_folder_state(root / folder) == state for folder, state in folders.items()):
                return known["total"], known["missing"], known["first"]
        wanted: dict[str, list[str]] = {}
        for name in names():
            folder, _, last = name.rpartition("/")
            wanted.setdefault(folder, []).append(last)
        states = {folder: _folder_state(root / folder) for folder in wanted}
        total, missing, first = 0, 0, ""
        for folder, members in wanted.items():
            there = set(names_in(root / folder))
            lost = [name for name in dict.fromkeys(members) if name not in there]
            total, missing = total + len(set(members)), missing + len(lost)
            first = first or (f"{folder}/{lost[0]}".lstrip("/") if lost else "")
        if all(self._is_settled(state) for state in states.values()):
            answer = {"sha256": digest, "folders": states, "total": total, "missing": missing, "first": first}
            _kept(place, answer)
        return total, missing, first

    def _is_settled(self, state: list[int]) -> bool:
        return max(state[1:3], default=0) + self._settled_ns <= time.time_ns()


def record_hashes(workspace: Workspace, paths: Iterable[Path]) -> dict[str, str]:
    """Return the hashes of those record files that are there, by path relative to the workspace, sorted."""
    index = RecordIndex(workspace)
    found = {workspace.relative(path): index.sha256(path) for path in sorted(paths) if is_there(path)}
    index.save()
    return found


def _state_of(about: os.stat_result) -> list[int]:
    return [about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino]


def _folder_state(folder: Path) -> list[int]:
    """Return what changes when a name is added to a folder or taken away; empty where there is no such folder."""
    try:
        with read_errors(folder):
            about = folder.stat()
    except MissingError:
        return []
    return [about.st_dev, about.st_mtime_ns, about.st_ctime_ns, about.st_ino]


def _loaded(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
        return dict(document["known"]) if document["version"] == _VERSION else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _kept(path: Path, known: Any) -> None:
    """Remember, where that is possible: a workspace that is only read is none the worse."""
    with suppress(CurateError, OSError):
        document = json.dumps({"version": _VERSION, "known": known}, separators=(",", ":"))
        write_bytes(path, document.encode())


def count_rows(blocks: Iterator[list[list[str]]]) -> Summary:
    """Count the values of one column: a summary."""
    counts: Counter[str] = Counter(chain.from_iterable(column for (column,) in blocks))
    return dict(sorted(counts.items()))


def rows_where(column: int, kept: Callable[[str], bool]) -> Callable[[Iterator[list[list[str]]]], Summary]:
    """Return what keeps the rows of which a column is asked for: a summary, ``{"rows": […]}``."""

    def make(blocks: Iterator[list[list[str]]]) -> Summary:
        rows = (row for columns in blocks for row in zip(*columns, strict=True))
        return {"rows": [list(row) for row in rows if kept(row[column])]}

    return make
