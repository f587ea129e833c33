"""Take files in safely: read once, check, hash, stage; then move into ``captures/`` under their final names.

A frame goes through three places, each step whole or not at all:

1. ``.curate/incoming/<category>/<sha256>``: the content, staged under its own hash by the worker threads;
2. ``.curate/ledger/<category>.jsonl``: one line a source file that was read, with everything that planning needs, so
   that a killed import reads nothing twice and an unchanged folder costs no more than listing it;
3. ``captures/<category>/<series>/…``: renamed there once the plan is made, after a line in the journal of moves. What
   a killed command moved but did not record is moved back at the next start, so the plan is always made from the same
   state and ends in the same bytes.

Reading, hashing and staging happen from one read of the source, so what was hashed is what is stored.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Self

from curate.errors import ImageError
from curate.files.atomic import place_file, storage_errors, write_bytes
from curate.files.exif import read_exif
from curate.files.hashing import sha256_bytes
from curate.files.images import read_file, read_header
from curate.files.integrity import structure_problem
from curate.files.journal import Journal
from curate.files.workspace import Workspace
from curate.model.evidence import ExifEvidence, Sighting, SourceFile

_READ_ONLY = 0o444
_WIDE_MODES = frozenset({"F", "I"})
"""Pillow's names of 32-bit samples: no stage after import can hold them without changing them."""


def inspect(source: SourceFile) -> tuple[Sighting, bytes]:
    """Read a source file whole and check it; return what it is, and its bytes.

    Raises
    ------
    ImageError
        If it cannot be read, changes while it is read, or is not one whole picture of a kind that curate can carry.
    """
    path = Path(source.path)
    content = read_file(path)
    if len(content) != source.size_bytes:
        raise ImageError(
            f"changed while it was read: {len(content)} bytes, listed with {source.size_bytes}",
            path=path,
            hint="wait until the camera has written it and run the same command again",
        )
    problem = structure_problem(content, path.suffix)
    if problem:
        raise ImageError(problem, path=path)
    exif, orientation = read_exif(content)
    width_px, height_px, mode = _stored_size(content, path)
    if mode in _WIDE_MODES:
        raise ImageError(f"has 32-bit samples (mode {mode}), expected 8 or 16 bits", path=path)
    if orientation in {5, 6, 7, 8}:
        width_px, height_px = height_px, width_px
    return Sighting(source, sha256_bytes(content), width_px, height_px, mode, exif), content


def _stored_size(content: bytes, path: Path) -> tuple[int, int, str]:
    """Return width, height and Pillow's mode; the orientation is not applied."""
    header = read_header(content, path)
    turned = header.orientation in {5, 6, 7, 8}
    size = (header.height_px, header.width_px) if turned else (header.width_px, header.height_px)
    return *size, header.mode


class Intake:
    """The staging of one category's import. Hold the workspace's lock while using it."""

    def __init__(self, workspace: Workspace, category: str, *, link: bool = False) -> None:
        self._captures = workspace.captures(category)
        self._incoming = workspace.scratch / "incoming" / category
        self._moves = Journal(workspace.journal("import", category))
        self._link = link

    def staged(self) -> set[str]:
        """Return the hashes of the contents that wait in the staging folder."""
        return _names_in(self._incoming)

    def stage(self, sighting: Sighting, content: bytes) -> None:
        """Put a content into the staging folder, read-only unless it is a hard link to the source."""
        target = self._incoming / sighting.sha256
        if self._link:
            how = place_file(Path(sighting.source.path), target, link=True)
            if how == "link":
                return
        else:
            write_bytes(target, content)
        with storage_errors(target):
            os.utime(target, ns=(sighting.source.mtime_ns, sighting.source.mtime_ns))
            target.chmod(_READ_ONLY)

    def present(self, frames: Iterable[str]) -> set[str]:
        """Return those of the frames whose files exist, by listing folders rather than asking for each."""
        wanted: dict[str, set[str]] = {}
        for frame in frames:
            folder, _, name = frame.rpartition("/")
            wanted.setdefault(folder, set()).add(name)
        found: set[str] = set()
        for folder, names in wanted.items():
            here = names.intersection(_names_in(self._captures / folder))
            found.update(f"{folder}/{name}" for name in here)
        return found

    def recover(self, recorded: set[str]) -> None:
        """Move back to the staging folder what a killed import moved but did not record."""
        for entry in self._moves.read():
            target = self._captures / entry["frame"]
            if entry["frame"] not in recorded and target.is_file():
                with storage_errors(target):
                    self._incoming.mkdir(parents=True, exist_ok=True)
                    target.replace(self._incoming / entry["sha256"])
        self._moves.discard()

    def move(self, placements: Iterable[tuple[str, str]]) -> None:
        """Rename staged contents to their frames: pairs of sha256 and frame."""
        with self._moves:
            for sha256, frame in placements:
                target = self._captures / frame
                self._moves.append({"frame": frame, "sha256": sha256})
                staged = self._incoming / sha256
                with storage_errors(target):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    staged.replace(target)
                    staged.unlink(missing_ok=True)  # rename(2) does nothing between two links to one file

    def finish(self) -> None:
        """Forget the moves, once they are recorded, and what was staged in vain."""
        self._moves.discard()
        for sha256 in self.staged():
            (self._incoming / sha256).unlink(missing_ok=True)
        for folder in (self._incoming, self._incoming.parent):
            try:
                folder.rmdir()
            except OSError as error:
                if error.errno not in {errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST}:
                    raise


@dataclass(frozen=True, slots=True)
class _Key:
    """What must be unchanged for a file to be taken as read: as git's index does."""

    size_bytes: int
    mtime_ns: int
    inode: int


class Ledger:
    """What earlier imports saw in each source file: a cache, disposable, never the truth."""

    def __init__(self, workspace: Workspace, category: str) -> None:
        self._journal = Journal(workspace.scratch / "ledger" / f"{category}.jsonl")
        self._lines = 0
        self._known: dict[str, tuple[_Key, list[Any]]] = {}

    def load(self) -> None:
        """Read the ledger; a line of another version is passed over."""
        entries = self._journal.read()
        self._lines = len(entries)
        for entry in entries:
            line = entry.get("v1")
            if line:
                self._known[line[0]] = (_Key(*line[1:4]), line[4:])

    def recall(self, source: SourceFile) -> Sighting | None:
        """Return what is known about a file whose size, modification time and inode are as they were."""
        key, facts = self._known.get(_text_of(source.path), (None, []))
        if key != _Key(source.size_bytes, source.mtime_ns, source.inode):
            return None
        sha256, width_px, height_px, mode, exif = facts
        return Sighting(source, sha256, width_px, height_px, mode, ExifEvidence(*exif) if exif else ExifEvidence())

    def __enter__(self) -> Self:
        self._journal.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._journal.__exit__(None, None, None)

    def note(self, sighting: Sighting) -> None:
        """Append what was seen; safe from several threads."""
        self._journal.append({"v1": _line(sighting)})

    def compact(self, sightings: Iterable[Sighting], read_now: int) -> None:
        """Rewrite the ledger without superseded lines once they are more than half of it."""
        for sighting in sightings:
            line = _line(sighting)
            self._known[line[0]] = (_Key(*line[1:4]), line[4:])
        if self._lines + read_now <= 2 * len(self._known):
            return
        rows = ({"v1": [path, *astuple(key), *facts]} for path, (key, facts) in sorted(self._known.items()))
        text = "".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in rows)
        write_bytes(self._journal.path, text.encode("utf-8"))


def _names_in(folder: Path) -> set[str]:
    """Return the names in a folder, none when there is no such folder."""
    try:
        return set(os.listdir(folder))  # noqa: PTH208 - a Path for each of a million names costs seconds
    except OSError:
        return set()


def _line(sighting: Sighting) -> list[Any]:
    source = sighting.source
    exif = list(astuple(sighting.exif)) if sighting.exif != ExifEvidence() else None
    return [
        _text_of(source.path),
        source.size_bytes,
        source.mtime_ns,
        source.inode,
        sighting.sha256,
        sighting.width_px,
        sighting.height_px,
        sighting.mode,
        exif,
    ]


def _text_of(path: str) -> str:
    """Return a path as text that JSON can hold, also when a folder above the source is not named in UTF-8."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")
