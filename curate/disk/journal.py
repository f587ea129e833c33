"""Append-only JSON lines: what a running command has finished, so that a kill loses at most one item."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from curate.disk.atomic import storage_errors
from curate.disk.reading import read_plain
from curate.errors import MissingError


class Journal:
    """One line a finished item, written unbuffered with a single ``write`` call.

    A kill can tear at most the last line; :meth:`read` ignores a torn line, and opening for writing cuts it off.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1

    def read(self) -> list[dict[str, Any]]:
        """Return the complete entries, oldest first; an empty list when there is no journal."""
        try:
            content = read_plain(self.path, "a journal")
        except MissingError:
            return []
        entries = []
        for line in content[: content.rfind(b"\n") + 1].splitlines():
            try:
                entries.append(json.loads(line))
            except ValueError:
                break
        return entries

    def __enter__(self) -> Self:
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            content = self.path.read_bytes()
            os.ftruncate(self._descriptor, content.rfind(b"\n") + 1)
        return self

    def append(self, entry: dict[str, Any]) -> None:
        """Record a finished item. Safe from several threads: one small ``write`` in append mode."""
        line = json.dumps(entry, separators=(",", ":"), ensure_ascii=False) + "\n"
        with storage_errors(self.path):
            os.write(self._descriptor, line.encode("utf-8"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
        self._descriptor = -1

    def discard(self) -> None:
        """Delete the journal once its entries stand in the records."""
        with storage_errors(self.path):
            self.path.unlink(missing_ok=True)
