"""Know an import that has nothing to do from a glance at its sources, or from its listing.

After an import without refusals one entry is kept for its command: hashes of what it saw (names, sizes, times, inodes),
of the names below ``captures/`` and of the records. While all of these are as they were, the same command would change
nothing, and finding out costs little more than listing the folders does: a glance at a folder neither sorts its entries
nor asks which of them are images.
"""

from __future__ import annotations

import hashlib
import json
import os
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from curate.disk.atomic import write_json
from curate.disk.hashing import sha256_bytes, sha256_file, sha256_json
from curate.disk.reading import names_in
from curate.errors import CurateError
from curate.workspace.sources import Listing, identity, own_folders
from curate.workspace.workspace import Workspace

_KEPT = 50
"""Commands remembered a category; the oldest are forgotten first."""

_63_BITS = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Before:
    """What a command listed when it last ran; see :class:`curate.workspace.sources.Listing`."""

    files: int
    skipped: dict[str, int]
    others: tuple[str, ...]

    @classmethod
    def of(cls, listing: Listing) -> Self:
        """Keep of a listing what is reported."""
        return cls(len(listing.files), listing.skipped, listing.others)


class Unchanged:
    """The memory of one category's finished imports: a cache, disposable.

    Parameters
    ----------
    workspace : Workspace
    category : str
    sources : sequence of Path or str
        What is imported. If all are folders, they are glanced at now, before they are listed: what changes from here
        on will be noticed by the next import.
    command : Any
        A JSON document of everything else that the import was asked for.
    """

    def __init__(self, workspace: Workspace, category: str, sources: Sequence[Path | str], command: Any) -> None:
        self._path = workspace.scratch / "ledger" / f"{category}.done.json"
        self._captures = workspace.captures(category)
        self._records = workspace.captures_record(category, "x").parent
        places = [source if isinstance(source, str) else str(source.absolute()) for source in sources]
        readable = [place.encode("utf-8", "backslashreplace").decode() for place in places]
        self._command = sha256_json([readable, command])
        self._seen = _glance(places, own_folders(workspace))

    def recall(self) -> Before | None:
        """Return what this command listed when it last ran, if a glance tells that everything is as it left it."""
        entry = self._load().get(self._command)
        if entry is None or not self._seen or entry["glance"] != self._state(self._seen):
            return None
        return Before(entry["files"], entry["skipped"], tuple(entry["others"]))

    def is_so(self, listing: Listing) -> bool:
        """Whether this command has run before and everything that it lists is as it left it."""
        entry = self._load().get(self._command)
        return entry is not None and entry["listing"] == self._state(_hash_of(listing))

    def remember(self, listing: Listing, *, plain: bool) -> None:
        """Note that this command has finished and left nothing to do; where that cannot be seen, note nothing.

        Parameters
        ----------
        plain : bool
            Whether there was nothing to say about the names that were listed; else the next run must list them, too.
        """
        with suppress(CurateError, OSError):
            self._remember(listing, plain=plain)

    def _remember(self, listing: Listing, *, plain: bool) -> None:
        entry = {
            "glance": self._state(self._seen) if plain and self._seen else "",
            "listing": self._state(_hash_of(listing)),
            "files": len(listing.files),
            "skipped": listing.skipped,
            "others": list(listing.others),
        }
        known = self._load()
        if known.pop(self._command, None) == entry:
            return
        known[self._command] = entry
        write_json(self._path, dict(list(known.items())[-_KEPT:]))

    def _load(self) -> dict[str, Any]:
        try:
            known = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return {command: entry for command, entry in known.items() if isinstance(entry, dict)}

    def _state(self, seen: str) -> str:
        """Hash what was seen in the sources together with what the category holds."""
        names = [name for name in names_in(self._records) if name.endswith(".csv")]
        records = [(name, sha256_file(self._records / name)) for name in names]
        return sha256_json([seen, *_names_below(str(self._captures)), records])


def _hash_of(listing: Listing) -> str:
    digest = hashlib.sha256()
    for file in listing.files:
        line = f"{file.path}\0{file.member}\0{file.size_bytes}\0{file.mtime_ns}\0{file.inode}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _names_below(captures: str) -> Iterator[str]:
    """Yield a hash of each folder's own path and the names in it, in a fixed order."""
    waiting = [captures]
    while waiting:
        folder = waiting.pop()
        names: list[str] = []
        inner: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    (inner if entry.is_dir() else names).append(entry.name)
        except OSError:
            continue  # then its name alone stands for it, in the folder around it
        text = "\0".join([folder.removeprefix(captures), *sorted(names), "", *sorted(inner)])
        yield sha256_bytes(text.encode("utf-8", "surrogateescape"))
        waiting += [f"{folder}/{name}" for name in sorted(inner)]


def _glance(places: Sequence[str], own: set[tuple[int, int] | None]) -> str:
    """Hash names, sizes, modification times and inodes of all that lies in some folders, in the order of the disk.

    A folder that nobody touched is listed in the same order again; in another order, it only looks changed. Hidden
    entries count by name alone, as they are passed over, and the workspace's own folders not at all.

    Returns
    -------
    str
        ``""`` where a place is no folder, or something in it cannot be looked at.
    """
    digest = hashlib.sha256()
    try:
        for place in places:
            seen = set(own)
            waiting = [place]
            while waiting:
                folder = waiting.pop()
                itself = identity(folder)
                if itself in seen:
                    continue
                seen.add(itself)
                names, numbers = [folder], array("q")
                with os.scandir(folder) as entries:
                    for entry in entries:
                        name = entry.name
                        names.append(name)
                        if name[0] == ".":
                            continue
                        if entry.is_dir():
                            waiting.append(entry.path)
                            continue
                        state = entry.stat()
                        numbers.append(state.st_size)
                        numbers.append(state.st_mtime_ns)
                        numbers.append(state.st_ino & _63_BITS)
                digest.update("\0".join(names).encode("utf-8", "surrogateescape"))
                digest.update(numbers.tobytes())
    except OSError:
        return ""
    return digest.hexdigest()
