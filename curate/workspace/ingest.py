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
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from curate.disk.atomic import share_blocks, storage_errors, sync_folders, write_bytes
from curate.disk.hashing import sha256_bytes, sha256_file, sha256_pixels
from curate.disk.journal import Journal
from curate.disk.reading import is_there, names_in
from curate.disk.remote import read_remote
from curate.errors import ImageError
from curate.imaging.containers import JPEG_START, jpeg_frame
from curate.imaging.exif import SIDEWAYS, orientation_of, read_exif
from curate.imaging.images import check_pixels, decode, read_file, read_header
from curate.imaging.integrity import structure_problem
from curate.model.evidence import ExifEvidence, Sighting, SourceFile
from curate.model.words import without_credentials
from curate.workspace.workspace import Workspace

_JPEG_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_READ_ONLY = 0o444
_O_BINARY = getattr(os, "O_BINARY", 0)  # only Windows tells text from bytes
_HASH_DIGITS = 64
_WIDE_MODES = frozenset({"F", "I"})
"""Pillow's names of 32-bit samples: no stage after import can hold them without changing them."""


def inspect(source: SourceFile, content: bytes | None = None, *, with_pixels: bool = False) -> tuple[Sighting, bytes]:
    """Read a source file whole, unless its content was read already, and check it; return what it is, and its bytes.

    With pixels the picture is decoded, too: some twenty times the work, for the hash of what it shows, and to find
    damage that the structure does not tell.

    Raises
    ------
    ImageError
        If it cannot be read, changes while it is read, or is not one whole picture of a kind that curate can carry.
    """
    path = Path(source.name)
    if content is None:
        content = read_file(Path(source.path)) if source.is_local_file else read_remote(source.path)
    if source.size_bytes not in {len(content), -1}:
        raise ImageError(
            f"changed while it was read: {len(content)} bytes, listed with {source.size_bytes}",
            path=path,
            hint="wait until the camera has written it and run the same command again",
        )
    problem = structure_problem(content, path.suffix)
    if problem:
        raise ImageError(problem, path=path)
    exif, _ = read_exif(content)
    width_px, height_px, mode = _upright_size(content, path)
    if mode in _WIDE_MODES:
        raise ImageError(f"has 32-bit samples (mode {mode}), expected 8 or 16 bits", path=path)
    pixels = sha256_pixels(decode(content, path)) if with_pixels else ""
    source = replace(source, size_bytes=len(content))
    return Sighting(source, sha256_bytes(content), width_px, height_px, mode, exif, pixels), content


def _upright_size(content: bytes, path: Path) -> tuple[int, int, str]:
    """Return width, height and Pillow's mode.

    JPEG headers are read here, because Pillow takes half as long for one as hashing the whole file does.
    """
    frame = jpeg_frame(content) if content.startswith(JPEG_START) else None
    if frame is None:
        header = read_header(content, path)
        return header.width_px, header.height_px, header.mode
    width_px, height_px, bits, components = frame
    if bits != 8 or components not in _JPEG_MODES or not width_px or not height_px:  # noqa: PLR2004 - baseline's depth
        raise ImageError(
            f"is a JPEG of {width_px}×{height_px} pixels, {components} components of {bits} bits; "
            "expected 1, 3 or 4 components of 8 bits",
            path=path,
        )
    check_pixels(width_px, height_px, path)
    size = (height_px, width_px) if orientation_of(content) in SIDEWAYS else (width_px, height_px)
    return *size, _JPEG_MODES[components]


class Intake:
    """The staging of one category's import. Hold the workspace's lock while using it."""

    def __init__(self, workspace: Workspace, category: str, *, link: bool = False, sync: bool = True) -> None:
        self._root = workspace.root
        self._captures = workspace.captures(category)
        self._incoming = workspace.scratch / "incoming" / category
        self._moves = Journal(workspace.journal("import", category))
        self._link = link
        self._sync = sync
        self._made = False
        self._reflinks = True  # until the file system says that it cannot

    def staged(self) -> set[str]:
        """Return the hashes of the contents that wait in the staging folder."""
        return {name for name in _names_in(self._incoming) if len(name) == _HASH_DIGITS}

    def stage(self, sighting: Sighting, content: bytes) -> None:
        """Put a content into the staging folder, read-only unless it is a hard link to the source."""
        target = self._incoming / sighting.sha256
        with storage_errors(target):
            if not self._made:
                self._incoming.mkdir(parents=True, exist_ok=True)
                self._made = True
            part = f"{target}.{threading.get_ident()}"
            try:
                if not (self._link and sighting.source.is_local_file and _hard_link(sighting.source.path, part)):
                    self._copy(sighting.source, content, part)
                elif self._sync:
                    with Path(part).open("rb") as stream:
                        os.fsync(stream.fileno())
                os.replace(part, target)  # noqa: PTH105 - Path costs as much as the call, a million times
                if self._link:  # rename(2) does nothing between two links to one file
                    Path(part).unlink(missing_ok=True)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise

    def _copy(self, source: SourceFile, content: bytes, part: str) -> None:
        """Write a read-only copy with the source's modification time, sharing its blocks where the disk can."""
        Path(part).unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _O_BINARY, _READ_ONLY)
        try:
            if not (self._reflinks and source.is_local_file and self._clone(source, descriptor)):
                left = memoryview(content)
                while left:
                    left = left[os.write(descriptor, left) :]
            os.utime(part, ns=(source.mtime_ns, source.mtime_ns))
            if self._sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _clone(self, source: SourceFile, descriptor: int) -> bool:
        """Share the source's blocks copy-on-write; False where the file system cannot, or the source has changed."""
        try:
            with open(source.path, "rb") as reader:  # noqa: PTH123 - as above
                share_blocks(reader.fileno(), descriptor)
                state = os.fstat(reader.fileno())
        except OSError:
            self._reflinks = False
            return False
        if (state.st_size, state.st_mtime_ns) == (source.size_bytes, source.mtime_ns):
            return True
        os.ftruncate(descriptor, 0)
        return False

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

    def unrecorded(self, placements: Sequence[tuple[str, str]]) -> set[str]:
        """Return the frames of pairs of sha256 and frame that exist with another content: those names are taken."""
        there = self.present(frame for _, frame in placements)
        return {
            frame for sha256, frame in placements if frame in there and sha256_file(self._captures / frame) != sha256
        }

    def recover(self, recorded: set[str]) -> None:
        """Move back to the staging folder what a killed import moved but did not record; drop what it half staged."""
        for name in _names_in(self._incoming):
            if len(name) != _HASH_DIGITS:
                (self._incoming / name).unlink(missing_ok=True)
        for entry in self._moves.read():
            target = self._captures / entry["frame"]
            if entry["frame"] not in recorded and is_there(target):
                with storage_errors(target):
                    self._incoming.mkdir(parents=True, exist_ok=True)
                    target.replace(self._incoming / entry["sha256"])
        self._moves.discard()

    def move(self, placements: Iterable[tuple[str, str]]) -> None:
        """Rename staged contents to their frames: pairs of sha256 and frame.

        The contents were flushed to the disk when they were staged; their folders are flushed here, before anybody
        writes the record that names them: a power cut loses nothing that a record names.
        """
        made: set[str] = set()
        with self._moves:
            for sha256, frame in placements:
                target = self._captures / frame
                self._moves.append({"frame": frame, "sha256": sha256})
                staged = self._incoming / sha256
                folder = frame.rpartition("/")[0]
                with storage_errors(target):
                    if folder not in made:
                        target.parent.mkdir(parents=True, exist_ok=True)
                        made.add(folder)
                    staged.replace(target)
        if self._sync and made:
            sync_folders((self._captures / folder for folder in made), self._root)

    def finish(self) -> None:
        """Forget the moves, once they are recorded, and what was staged in vain."""
        self._moves.discard()
        for name in _names_in(self._incoming):
            (self._incoming / name).unlink(missing_ok=True)
        for folder in (self._incoming, self._incoming.parent):
            try:
                folder.rmdir()
            except OSError as error:
                if error.errno not in {errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST}:
                    raise


_NO_EXIF = ExifEvidence()
_VERSION = "v4"
"""Of a line of the ledger: it rises with what is read of a file."""


class Ledger:
    """What earlier imports saw in each source file: a cache, disposable, never the truth."""

    def __init__(self, workspace: Workspace, category: str) -> None:
        self._journal = Journal(workspace.scratch / "ledger" / f"{category}.jsonl")
        self._lines = 0
        self._known: dict[str, list[Any]] = {}

    def load(self) -> None:
        """Read the ledger; a line of another version is passed over."""
        entries = self._journal.read()
        self._lines = len(entries)
        for entry in entries:
            line = entry.get(_VERSION)
            if line:
                self._known[line[0]] = line

    def recall(self, source: SourceFile) -> Sighting | None:
        """Return what is known about a file whose size, modification time and inode are as they were."""
        line = self._known.get(_key_of(source))
        # As git's index does: a file of the same size, modification time and inode is the same file.
        if line is None or line[1:4] != [source.size_bytes, source.mtime_ns, source.inode]:
            return None
        sha256, width_px, height_px, mode, exif, pixels = line[4:]
        evidence = ExifEvidence(*exif) if exif else _NO_EXIF
        return Sighting(source, sha256, width_px, height_px, mode, evidence, pixels)

    def __enter__(self) -> Self:
        self._journal.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._journal.__exit__(None, None, None)

    def note(self, sighting: Sighting) -> None:
        """Append what was seen; safe from several threads."""
        self._journal.append({_VERSION: _line(sighting)})

    def compact(self, sightings: Iterable[Sighting], read_now: int) -> None:
        """Rewrite the ledger without superseded lines once they are more than half of it."""
        for sighting in sightings:
            line = _line(sighting)
            self._known[line[0]] = line
        if self._lines + read_now <= 2 * len(self._known):
            return
        rows = ({_VERSION: line} for _, line in sorted(self._known.items()))
        text = "".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in rows)
        write_bytes(self._journal.path, text.encode("utf-8"))


def _hard_link(source: str, target: str) -> bool:
    """Hard-link a file; False where the file system cannot: another device, too many links, no permission."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in {errno.EXDEV, errno.EMLINK, errno.EPERM, errno.ENOTSUP}:
            raise
        return False
    return True


def _names_in(folder: Path) -> set[str]:
    """Return the names in a folder, none when there is no such folder."""
    return set(names_in(folder))


def _line(sighting: Sighting) -> list[Any]:
    source = sighting.source
    seen = sighting.exif
    # Spelt out: dataclasses.astuple takes longer than checking the whole file does.
    exif = [
        seen.original,
        seen.original_fraction,
        seen.original_offset,
        seen.changed,
        seen.changed_fraction,
        seen.changed_offset,
        seen.serial,
        seen.model,
        seen.counter,
        seen.damaged,
        seen.digitized,
        seen.digitized_fraction,
        seen.digitized_offset,
    ]
    return [
        _key_of(source),
        source.size_bytes,
        source.mtime_ns,
        source.inode,
        sighting.sha256,
        sighting.width_px,
        sighting.height_px,
        sighting.mode,
        exif if any(exif) else None,
        sighting.pixels_sha256,
    ]


def _key_of(source: SourceFile) -> str:
    """Return what a source file is known by, as text that JSON can hold, also when a folder is not named in UTF-8."""
    path = without_credentials(source.path.encode("utf-8", "backslashreplace").decode("utf-8"))
    return path if source.member < 0 else f"{path}#{source.member}/{source.name}"
