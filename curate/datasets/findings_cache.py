"""Remember what a dataset's check found, until one of its files changes.

Checking decodes every image; scoring a submission again must not pay for that again. The memory lies in the user's
cache folder, is keyed by every file's path, size and time of change, and may be deleted at any time. Where it cannot be
written, nothing is remembered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from curate import __version__
from curate.datasets.layout import list_tree
from curate.disk.atomic import write_json
from curate.disk.cache_folder import default_cache
from curate.disk.hashing import sha256_json
from curate.errors import StorageError
from curate.model.codes import names as codes
from curate.model.finding import Finding

_KEPT = 50
"""Results remembered; the oldest are dropped."""


def remembered_findings(
    root: Path, categories: Iterable[str], compute: Callable[[], tuple[Finding, ...]], *, layout: str | None = None
) -> tuple[Finding, ...]:
    """Return a dataset's findings: remembered ones while no file has changed, else computed and remembered.

    Parameters
    ----------
    root : Path
        The dataset's folder.
    categories : iterable of str
        What the check was restricted to.
    compute : callable
        Checks the dataset.
    layout : str, optional
        What the check insisted on.
    """
    folder = default_cache() / "validation"
    path = folder / f"{_state_of(root, categories, layout)}.json"
    try:
        entries = json.loads(path.read_bytes())
        return tuple(Finding(**{**entry, "related": tuple(entry["related"])}) for entry in entries)
    except (OSError, ValueError, TypeError, KeyError):
        findings = compute()
    if any(finding.code == codes.UNREAD_FILE for finding in findings):
        return findings
    try:
        write_json(path, [finding.to_json() for finding in findings])
        _drop_oldest(folder)
    except (OSError, StorageError):
        pass
    return findings


def _state_of(root: Path, categories: Iterable[str], layout: str | None) -> str:
    files = [[file.path, file.size_bytes, file.mtime_ns] for file in list_tree(root).files]
    return sha256_json([__version__, str(root.resolve()), sorted(categories), layout, files])


def _drop_oldest(folder: Path) -> None:
    entries = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    for path in entries[:-_KEPT]:
        path.unlink(missing_ok=True)
