"""Where a category's labels came from: files and projects that were imported, and what of them could not be used yet.

The stamp of ``label`` keeps it, so that ``status`` can name the one file that is to be imported again: because it
changed, because ``curate.toml`` names a defect now that it did not know, or because frames came that it speaks of.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from curate.disk.hashing import sha256_file, sha256_json
from curate.disk.litter import is_litter
from curate.disk.reading import check_plain, files_below, is_there
from curate.disk.unread import each_of
from curate.errors import RecordError
from curate.formats.pairing import Unpaired
from curate.formats.records import ImageRef
from curate.model.config import CategoryConfig
from curate.model.words import counted
from curate.workspace.picture_index import read_picture_index
from curate.workspace.stamps import Stamp
from curate.workspace.workspace import Workspace

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class LabelSource:
    """One file, folder or project that labels were taken from.

    Attributes
    ----------
    name : str
        Its path, relative to the workspace where it lies in it; the project's title for a server.
    words : tuple of str
        The words of the command that imports it again, without ``curate`` and the category.
    content : str
        sha256 of its bytes; ``""`` for a server.
    glance : str
        Hash of names, sizes and times of a folder's files: where it is as it was, nothing needs to be read.
    unknown : dict of str to int
        Defects that ``curate.toml`` did not name, and how many regions are called so.
    unpaired : tuple of str
        Images that no frame was found for, as the source calls them.
    """

    name: str
    words: tuple[str, ...]
    content: str = ""
    glance: str = ""
    unknown: Mapping[str, int] = field(default_factory=dict)
    unpaired: tuple[str, ...] = ()

    def command(self, category: str) -> str:
        """Return the command that imports it again."""
        return shlex.join(["curate", *self.words, "-c", category])


def seen_of(workspace: Workspace, path: Path) -> tuple[str, str, str]:
    """Return the name, the hash of the content and the glance of a file or folder. Call it before reading."""
    place = path.absolute()
    if is_there(place):
        return workspace.relative(place), sha256_file(place), ""
    files = _files_of(place)
    return workspace.relative(place), _content(files), _glance(files)


def _files_of(folder: Path) -> list[tuple[str, Path]]:
    """Return the files of a folder with their names relative to it; what programs leave behind is none."""
    every = [place / name for place, names in files_below(folder) for name in names]
    named = [(path.relative_to(folder).as_posix(), path) for path in every]
    known = [file for file in named if not is_litter(file[0])]
    plain = each_of(known, lambda file: is_there(file[1]))
    return [file for file, is_plain in zip(known, plain, strict=True) if is_plain]


def _content(files: Iterable[tuple[str, Path]]) -> str:
    return sha256_json(each_of(files, lambda file: [file[0], sha256_file(file[1])]))


def _glance(files: Iterable[tuple[str, Path]]) -> str:
    stats = ((name, check_plain(path)) for name, path in files)
    return sha256_json([[name, state.st_size, state.st_mtime_ns] for name, state in stats])


def sources_in(stamp: Stamp | None) -> list[LabelSource]:
    """Return what a stamp of ``label`` remembers; nothing where it is of an older curate.

    Raises
    ------
    RecordError
        If it is damaged.
    """
    entries: Sequence[dict[str, Any]] = stamp.details.get("sources", ()) if stamp else ()
    try:
        return [
            LabelSource(**{**entry, "words": tuple(entry["words"]), "unpaired": tuple(entry.get("unpaired", ()))})
            for entry in entries
        ]
    except (TypeError, KeyError) as error:
        raise RecordError(f"names no sources of labels ({error})", hint="run `curate label import` again") from error


def with_sources(before: Iterable[LabelSource], new: Iterable[LabelSource]) -> dict[str, Any]:
    """Return the stamp's details: each source once, as it was imported last."""
    merged = {source.name: source for source in before}
    merged.update({source.name: source for source in new})
    kept = ({key: value for key, value in asdict(source).items() if value} for _, source in sorted(merged.items()))
    return {"sources": list(kept)}


def reasons_to_import_again(
    workspace: Workspace, category: CategoryConfig, sources: Sequence[LabelSource]
) -> list[tuple[str, str]]:
    """Return why sources should be imported again, each with its command; a source that is away is none."""
    index = read_picture_index(workspace, category) if any(source.unpaired for source in sources) else None
    reasons = []
    for source in sources:
        why = []
        if _has_changed(workspace, source):
            why.append("changed since it was imported")
        known = {name: count for name, count in source.unknown.items() if name in category.defects}
        if known:
            named = ", ".join(f"{count} {name}" for name, count in sorted(known.items()))
            why.append(f"has regions that curate.toml names by now: {named}")
        fit = [name for name in source.unpaired if index and not isinstance(index.find(ImageRef(name)), Unpaired)]
        if fit:
            shown = ", ".join(fit[:_SHOWN]) + (", …" if len(fit) > _SHOWN else "")
            why.append(f"speaks of {counted(len(fit), 'frame', 'frames')} that came later: {shown}")
        reasons += [(f"{source.name} {reason}", source.command(category.name)) for reason in why]
    return reasons


def _has_changed(workspace: Workspace, source: LabelSource) -> bool:
    path = workspace.root / source.name
    if not source.content or not path.exists():
        return False
    if is_there(path):
        return sha256_file(path) != source.content
    files = _files_of(path)
    return _glance(files) != source.glance and _content(files) != source.content
