"""Remember what was learnt about files from their content, so that a second look costs a listing.

One file a dataset folder: a NumPy archive with one row a file. A row counts only while size, both change times and the
version of what is learnt are the same; ``ctime`` cannot be set back, so an edit that restores the modification time is
seen. It is always disposable: a broken or missing cache is an empty one.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from curate.datasets.layout import TreeFile
from curate.disk.atomic import write_bytes
from curate.disk.hashing import sha256_bytes
from curate.errors import StorageError

_SCHEMA = "curate/facts/1"


class FactsCache:
    """What is known about the files below one folder.

    Parameters
    ----------
    folder : Path
        Where caches lie.
    root : Path
        The folder that the files belong to.
    version : str
        Of what is learnt; another version forgets everything.

    Attributes
    ----------
    results : dict
        What was computed from many files, as JSON documents, under a key that says from which content.
    """

    def __init__(self, folder: Path, root: Path, version: str) -> None:
        self.path = folder / "facts" / f"{sha256_bytes(os.fsencode(root.resolve()))[:32]}.npz"
        self._version = version
        self._rows, self.results = self._load()

    def get(self, file: TreeFile) -> dict[str, Any] | None:
        """Return what is known about a file in its present state, or None."""
        row = self._rows.get(file.path)
        return row[1] if row and row[0] == _state(file) else None

    def save(self, rows: Mapping[TreeFile, dict[str, Any]], results: Mapping[str, Any]) -> None:
        """Replace the cache; values are JSON documents, of which those of type bytes are kept apart. Never raises."""
        names = sorted(rows, key=lambda file: file.path)
        blobs: list[bytes] = []
        listing = []
        for file in names:
            row = dict(rows[file])
            for key, value in row.items():
                if isinstance(value, bytes):
                    row[key] = {"blob": len(blobs)}
                    blobs.append(value)
            listing.append([file.path, _state(file), row])
        document = {"schema": _SCHEMA, "version": self._version, "rows": listing, "results": dict(results)}
        head = json.dumps(document, separators=(",", ":"))
        stream = io.BytesIO()
        np.savez(
            stream,
            head=np.frombuffer(head.encode(), np.uint8),
            lengths=np.array([len(blob) for blob in blobs], np.int64),
            blobs=np.frombuffer(b"".join(blobs), np.uint8),
        )
        try:
            write_bytes(self.path, stream.getvalue())
        except StorageError:
            return  # a read-only home is no reason to fail

    def _load(self) -> tuple[dict[str, tuple[list[int], dict[str, Any]]], dict[str, Any]]:
        try:
            with np.load(io.BytesIO(self.path.read_bytes()), allow_pickle=False) as archive:
                document = json.loads(archive["head"].tobytes())
                ends = np.cumsum(archive["lengths"]).tolist()
                content = archive["blobs"].tobytes()
            if document["schema"] != _SCHEMA or document["version"] != self._version:
                return {}, {}
            blobs = [content[start:end] for start, end in zip([0, *ends], ends, strict=False)]
            rows = {path: (state, _with_blobs(row, blobs)) for path, state, row in document["rows"]}
            return rows, dict(document["results"])
        except Exception:  # noqa: BLE001 - whatever zipfile and zlib make of a damaged file
            return {}, {}


def _with_blobs(row: dict[str, Any], blobs: list[bytes]) -> dict[str, Any]:
    return {key: blobs[value["blob"]] if isinstance(value, dict) else value for key, value in row.items()}


def _state(file: TreeFile) -> list[int]:
    return [file.size_bytes, file.mtime_ns, file.ctime_ns]
