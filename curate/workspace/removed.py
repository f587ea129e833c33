"""``removed/<category>/<number>/``: what ``curate remove`` took out, and all that is needed to put it back.

``removed.json`` says what was asked for and in which order the frames stood; ``records/`` holds the rows as they were
in the workspace's own records, ``captures/`` and ``windows/`` the files, each under its own path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from curate.disk.atomic import write_json
from curate.disk.json_text import parse_json
from curate.disk.reading import is_there, names_in, read_plain
from curate.errors import MissingError, RecordError
from curate.workspace.workspace import Workspace

_SCHEMA = "curate/removed/1"
NAME = "removed.json"


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken out at once.

    Attributes
    ----------
    folder : Path
    category : str
    number : int
    what : str
        In words: ``series main``, ``2 frames``.
    frames : dict of str to str
        Frame to the sha256 of its bytes.
    order : dict of str to list of str
        Series to all its frames in shooting order, as they stood before.
    paths : tuple of str
        Folders and files that were moved as they are, for a whole category; relative to the workspace.
    """

    folder: Path
    category: str
    number: int
    what: str
    frames: Mapping[str, str]
    order: Mapping[str, Sequence[str]]
    paths: tuple[str, ...] = ()

    @property
    def inner(self) -> Workspace:
        """The removed part, laid out as a workspace of its own."""
        return Workspace(self.folder)


def removals_of(workspace: Workspace, category: str = "") -> list[Removal]:
    """Return what was removed and not put back, of one category or of all, oldest first.

    Raises
    ------
    RecordError
        If a ``removed.json`` is damaged.
    """
    root = workspace.root / "removed"
    categories = [category] if category else sorted(names_in(root))
    folders = [
        (name, number) for name in categories for number in sorted(map(int, filter(str.isdigit, names_in(root / name))))
    ]
    return [_read(root / name / str(number), name, number) for name, number in folders]


def find_removal(workspace: Workspace, category: str, number: int) -> Removal:
    """Return one removal.

    Raises
    ------
    MissingError
        If there is none of this number.
    """
    found = [removal for removal in removals_of(workspace, category) if removal.number == number]
    if not found:
        known = ", ".join(str(removal.number) for removal in removals_of(workspace, category)) or "none"
        raise MissingError(
            f"nothing was removed from {category} under the number {number}; there is {known}",
            path=workspace.root / "removed" / category,
            hint="see `curate remove --list`",
        )
    return found[0]


def next_removal(workspace: Workspace, category: str) -> Path:
    """Return the folder of the next removal."""
    numbers = [removal.number for removal in removals_of(workspace, category)]
    return workspace.root / "removed" / category / str(max(numbers, default=0) + 1)


def removed_contents(workspace: Workspace, category: str) -> set[str]:
    """Return the sha256 of every frame that was removed and not put back: an import passes them over."""
    return {sha256 for removal in removals_of(workspace, category) for sha256 in removal.frames.values()}


def write_removal(removal: Removal) -> None:
    """Write ``removed.json``."""
    write_json(
        removal.folder / NAME,
        {
            "schema": _SCHEMA,
            "what": removal.what,
            "frames": dict(removal.frames),
            "order": {series: list(frames) for series, frames in removal.order.items()},
            "paths": list(removal.paths),
        },
    )


def _read(folder: Path, category: str, number: int) -> Removal:
    path = folder / NAME
    if not is_there(path):
        return Removal(folder, category, number, "nothing", {}, {})
    try:
        document = parse_json(read_plain(path))
        if document["schema"] == _SCHEMA:
            return Removal(
                folder,
                category,
                number,
                str(document["what"]),
                dict(document["frames"]),
                {series: list(frames) for series, frames in document["order"].items()},
                tuple(document["paths"]),
            )
        problem: Exception = ValueError(f"its schema is {document['schema']!r}, expected {_SCHEMA!r}")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = error
    raise RecordError(f"is not a record of what was removed ({problem})", path=path, hint="restore it from a backup")
