"""Know an import that has nothing to do from its listing alone.

After an import without refusals one line is kept for its command: a hash of the listing that it saw (names, sizes,
times), of the names below ``captures/`` and of the records. While all of these are as they were, the same command would
change nothing, and it costs no more than the listing to find out.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from curate.files.atomic import write_json
from curate.files.hashing import sha256_file, sha256_json
from curate.files.workspace import Workspace
from curate.model.evidence import SourceFile

_KEPT = 50
"""Commands remembered a category; the oldest are forgotten first."""


class Unchanged:
    """The memory of one category's finished imports: a cache, disposable.

    Parameters
    ----------
    workspace : Workspace
    category : str
    command : Any
        A JSON document of everything that the import was asked for.
    """

    def __init__(self, workspace: Workspace, category: str, command: Any) -> None:
        self._path = workspace.scratch / "ledger" / f"{category}.done.json"
        self._captures = workspace.captures(category)
        self._records = workspace.captures_record(category, "x").parent
        self._command = sha256_json(command)

    def is_so(self, files: Iterable[SourceFile]) -> bool:
        """Whether this command has run before and everything is as it left it."""
        seen = self._load().get(self._command)
        return seen is not None and seen == self._state(files)

    def remember(self, files: Iterable[SourceFile]) -> None:
        """Note that this command has finished and left nothing to do."""
        known = self._load()
        known.pop(self._command, None)
        known[self._command] = self._state(files)
        write_json(self._path, dict(list(known.items())[-_KEPT:]))

    def _load(self) -> dict[str, str]:
        try:
            known: dict[str, str] = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return known

    def _state(self, files: Iterable[SourceFile]) -> str:
        digest = hashlib.sha256()
        for file in files:
            line = f"{file.path}\0{file.member}\0{file.size_bytes}\0{file.mtime_ns}\0{file.inode}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
        for frame in _names_below(self._captures):
            digest.update(frame.encode("utf-8", "surrogateescape") + b"\n")
        for record in sorted(self._records.glob("*.csv")):
            digest.update(f"{record.name}\0{sha256_file(record)}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def _names_below(root: Path) -> Iterable[str]:
    """Yield the names of all files below a folder, in a fixed order."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        yield folder.removeprefix(str(root))
        yield from sorted(names)
