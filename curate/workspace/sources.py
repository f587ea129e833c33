"""List what a person points import to: folders and files, in a total order, with what was passed over."""

from __future__ import annotations

import fnmatch
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from curate.disk.archives import is_archive, list_archive
from curate.disk.reading import special_kind
from curate.disk.remote import list_remote
from curate.errors import InputError, MissingError
from curate.imaging.images import IMAGE_SUFFIXES
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.evidence import SourceFile
from curate.model.finding import Finding
from curate.workspace.workspace import Workspace

_OWN_FOLDERS = ("captures", "records", "windows", "masks", "build", ".curate")
"""What curate writes into a workspace: never taken for a source."""

_LITTER = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r", "__macosx", "lost+found", "$recycle.bin"})
"""Names that file managers and operating systems leave behind, in lower case."""


_OTHERS = 100
"""Names of passed-over files that are kept for the report."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in the sources.

    Attributes
    ----------
    files : tuple of SourceFile
        Sorted by name, then by path.
    skipped : dict of str to int
        How many entries were passed over, by kind: ``hidden``, ``system``, ``other`` (not an image by its name),
        ``excluded`` (as asked for; a folder counts once).
    others : tuple of str
        Names of the first hundred ``other`` entries.
    findings : tuple of Finding
        What could not be listed; paths are as the person named them.
    unread : tuple of str
        Those of them whose listing failed, so that nothing is known about what is in them.
    """

    files: tuple[SourceFile, ...]
    skipped: dict[str, int]
    others: tuple[str, ...]
    findings: tuple[Finding, ...]
    unread: tuple[str, ...] = ()


def list_sources(workspace: Workspace, sources: Sequence[Path | str], exclude: Sequence[str] = ()) -> Listing:
    """List image files below folders, in archives and in remote storage, and single files, without opening an image.

    A folder is walked with its sub-folders; symbolic links are followed, each real folder once, so loops end. A zip or
    tar file is taken for a folder when it is named itself; a text with ``://`` is a URL. Names are relative to the
    source that was given; whether a name is an image is decided by its suffix alone.

    Parameters
    ----------
    workspace : Workspace
    sources : sequence of Path or str
    exclude : sequence of str
        Patterns such as ``*_mask.png`` or ``ground_truth``: what matches by its own name, by its name below the source,
        or by a folder that it lies in, is passed over.

    Raises
    ------
    MissingError
        If a source does not exist.
    InputError
        If a source is one of the workspace's own folders, a file that is no image by its name, or no image is found.
    """
    walk = _Walk(workspace, exclude)
    # Sorted, so that of a folder and one inside it the outer is always walked first and names what lies in both.
    for source in sorted(sources, key=lambda source: source if _is_url(source) else os.fspath(Path(source).resolve())):
        if _is_url(source):
            walk.add_remote(str(source))
        else:
            walk.add(Path(source))
    files = tuple(sorted(walk.files, key=lambda file: (file.name, file.path, file.member)))
    if not files and not walk.findings:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(walk.skipped.items()))
        raise InputError(
            f"holds no image: expected files ending in {', '.join(sorted(IMAGE_SUFFIXES))}"
            + (f" (passed over: {kinds})" if kinds else ""),
            path=", ".join(map(str, sources)),
            hint="check the path; sub-folders are searched too",
        )
    return Listing(
        files, dict(sorted(walk.skipped.items())), tuple(walk.others), tuple(walk.findings), tuple(walk.unread)
    )


def _is_url(source: Path | str) -> bool:
    return isinstance(source, str) and "://" in source


class _Walk:
    """The state of one listing."""

    def __init__(self, workspace: Workspace, exclude: Sequence[str]) -> None:
        self.files: list[SourceFile] = []
        self.others: list[str] = []
        self._excluded = _matcher(exclude)
        self.skipped: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.unread: list[str] = []
        self._root = workspace.root.resolve()
        self._own = own_folders(workspace)
        self._seen: set[tuple[int, int] | None] = set()

    def add(self, source: Path) -> None:
        if not source.exists():
            raise MissingError("there is no such file or folder", path=source, hint="check the path of the source")
        resolved = source.resolve()
        if any(resolved.is_relative_to(self._root / name) for name in _OWN_FOLDERS):
            raise InputError(
                "lies inside the workspace's own folders, which curate writes",
                path=source,
                hint="import from the place where the camera's files lie",
            )
        if source.is_dir():
            self._folder(os.fspath(source.absolute()), "", str(source))
        elif is_archive(source):
            self._archive(source)
        elif source.suffix.lower() in IMAGE_SUFFIXES:
            state = source.stat()
            self._file(os.fspath(source.absolute()), source.name, state, str(source))
        else:
            raise InputError(
                f"is no image by its name: expected one ending in {', '.join(sorted(IMAGE_SUFFIXES))}",
                path=source,
                hint="give a folder or an archive (.zip, .tar, .tar.gz, …), or rename the file",
            )

    def add_remote(self, url: str) -> None:
        for file in list_remote(url):
            if self._wanted(file.name):
                self.files.append(file)

    def _archive(self, source: Path) -> None:
        files, troubles = list_archive(source)
        self.findings += [
            found(codes.UNREADABLE_IMAGE, message, f"{source}/{name}".rstrip("/")) for name, message in troubles
        ]
        self.files += [file for file in files if self._wanted(file.name)]

    def _wanted(self, name: str) -> bool:
        """Whether a name in an archive or in remote storage is an image's; count it if not."""
        parts = name.split("/")
        if any(part.lower() in _LITTER for part in parts):
            self.skipped["system"] += 1
        elif any(part.startswith(".") for part in parts):
            self.skipped["hidden"] += 1
        elif self._excluded and self._excluded(name):
            self.skipped["excluded"] += 1
        elif os.path.splitext(name)[1].lower() not in IMAGE_SUFFIXES:  # noqa: PTH122 - as below
            self._other(name)
        else:
            return True
        return False

    def _folder(self, path: str, prefix: str, shown: str) -> None:
        # A stack instead of recursion: folders may be nested deeper than Python's limit.
        waiting = [(path, prefix)]
        while waiting:
            folder, below = waiting.pop()
            itself = identity(folder)
            if itself in self._seen or itself in self._own:
                continue
            self._seen.add(itself)
            inner: list[tuple[str, str]] = []
            for entry in self._entries(folder, below, shown):
                if self._excluded and self._excluded(f"{below}{entry.name}"):
                    self.skipped["excluded"] += 1
                elif self._is_folder(entry):
                    inner.append((entry.path, f"{below}{entry.name}/"))
                elif os.path.splitext(entry.name)[1].lower() not in IMAGE_SUFFIXES:  # noqa: PTH122 - a million times
                    self._other(f"{below}{entry.name}")
                else:
                    self._entry(entry, f"{below}{entry.name}", shown)
            waiting += reversed(inner)

    def _other(self, name: str) -> None:
        self.skipped["other"] += 1
        if len(self.others) < _OTHERS:
            self.others.append(os.fsencode(name).decode("utf-8", "backslashreplace"))

    def _entries(self, folder: str, below: str, shown: str) -> Iterable[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found_entries:
                entries = sorted(found_entries, key=lambda entry: entry.name)
        except OSError as error:
            self._trouble(f"the folder cannot be read: {error.strerror}", below.rstrip("/"), shown, unread=True)
            return
        for entry in entries:
            if entry.name.lower() in _LITTER:
                self.skipped["system"] += 1
            elif entry.name.startswith("."):
                self.skipped["hidden"] += 1
            else:
                yield entry

    @staticmethod
    def _is_folder(entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir()
        except OSError:  # a symbolic link that leads nowhere, or in a circle
            return False

    def _entry(self, entry: os.DirEntry[str], name: str, shown: str) -> None:
        try:
            state = entry.stat()
        except OSError as error:
            what = (
                "is a symbolic link that leads nowhere" if entry.is_symlink() else f"cannot be read: {error.strerror}"
            )
            self._trouble(what, name, shown, unread=not entry.is_symlink())
            return
        self._file(entry.path, name, state, shown)

    def _file(self, path: str, name: str, state: os.stat_result, shown: str) -> None:
        special = special_kind(state.st_mode)
        if special:
            self._trouble(f"is {special}, expected an image file", name, shown)
            return
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            readable = os.fsencode(name).decode("utf-8", "backslashreplace")
            self._trouble("its name is not UTF-8 text, so no record can hold it: rename it", readable, shown)
            return
        self.files.append(SourceFile(path, name, state.st_size, state.st_mtime_ns, state.st_ino))

    def _trouble(self, message: str, name: str, shown: str, *, unread: bool = False) -> None:
        path = f"{shown.rstrip('/')}/{name}" if name and not shown.endswith(name) else shown
        if unread:
            self.unread.append(os.fsencode(path).decode("utf-8", "backslashreplace"))
        self.findings.append(
            found(codes.UNREADABLE_IMAGE, message, os.fsencode(path).decode("utf-8", "backslashreplace"))
        )


def _matcher(patterns: Sequence[str]) -> Callable[[str], bool] | None:
    """Return whether a name below a source, or a folder on its way, matches one of the patterns; None without any.

    >>> excluded = _matcher(["*_mask.png", "ground_truth/", "b/*.jpg"])
    >>> [name for name in ("a_mask.png", "x/ground_truth/1.png", "b/1.jpg", "c/1.jpg", "truth.png") if excluded(name)]
    ['a_mask.png', 'x/ground_truth/1.png', 'b/1.jpg']
    """
    if not patterns:
        return None
    matches = re.compile("|".join(fnmatch.translate(pattern.rstrip("/")) for pattern in patterns)).match

    def excluded(name: str) -> bool:
        parts = name.split("/")
        return any(map(matches, parts)) or any(matches("/".join(parts[: count + 1])) for count in range(len(parts)))

    return excluded


def own_folders(workspace: Workspace) -> set[tuple[int, int] | None]:
    """Return the identities of the folders that curate writes into a workspace."""
    return {identity(workspace.root / name) for name in _OWN_FOLDERS} - {None}


def identity(path: str | Path) -> tuple[int, int] | None:
    """Return what a file or folder is, by whatever path it is reached: device and inode; None when it is not there."""
    try:
        state = os.stat(path)  # noqa: PTH116 - walks hand over plain strings
    except OSError:
        return None
    return state.st_dev, state.st_ino
