"""Files that stages made and that nothing refers to any more: of a window, a series or a category that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from curate.disk.reading import files_below, is_there, names_in
from curate.disk.tables import read_table
from curate.model.capture import Window
from curate.model.config import CategoryConfig, WorkspaceConfig
from curate.workspace.removed import removals_of
from curate.workspace.workspace import Workspace, category_config, records_in

_CARD = "dataset.json"


@dataclass(frozen=True, slots=True)
class Orphan:
    """A file or a folder that nothing refers to.

    Attributes
    ----------
    path : str
        Relative to the workspace.
    why : str
    files : int
    """

    path: str
    why: str
    files: int = 1


def find_orphans(workspace: Workspace, config: WorkspaceConfig) -> list[Orphan]:
    """Return what ``curate tidy`` would delete, by path. Frames and what people decided are never among it.

    Raises
    ------
    RecordError
        If a record of windows is damaged: then it is not known what it refers to.
    """
    present = workspace.categories()
    categories = {name: category_config(config, name) for name in present}
    found = [*_windows(workspace, categories), *_records(workspace, categories), *_builds(workspace, categories)]
    unique = {orphan.path: orphan for orphan in found}
    inside = {path for path in unique for other in unique if path.startswith(f"{other}/")}
    return [unique[path] for path in sorted(unique) if path not in inside]


def frames_left_behind(workspace: Workspace) -> list[tuple[str, str]]:
    """Return category and frame of files that a removal has in its record and did not move before it was stopped."""
    left = []
    for removal in removals_of(workspace):
        recorded = _recorded(workspace, removal.category) if removal.frames else set()
        root = workspace.captures(removal.category)
        left += [
            (removal.category, frame) for frame in removal.frames if frame not in recorded and is_there(root / frame)
        ]
    return left


def _recorded(workspace: Workspace, category: str) -> set[str]:
    from curate.workspace.frame_records import read_captures

    return {row.frame for rows in read_captures(workspace, category).values() for row in rows}


def _windows(workspace: Workspace, categories: dict[str, CategoryConfig]) -> Iterator[Orphan]:
    """Find windows and masks of windows or categories that are gone, and images that no record names."""
    for kind, place in (("windows", workspace.windows), ("masks", workspace.masks)):
        for window in names_in(workspace.root / kind):
            for name in names_in(workspace.root / kind / window):
                folder = place(window, name)
                why = _gone(categories, name, window)
                if why:
                    yield _whole(workspace, folder, why)
                elif kind == "windows":
                    yield from _images(workspace, window, name)


def _images(workspace: Workspace, window: str, category: str) -> Iterator[Orphan]:
    folder = workspace.windows(window, category)
    series = [
        entry for entry in records_in(workspace.windows_record(window, category, "x").parent)
        if entry in workspace.series_of(category)
    ]  # fmt: skip
    if not series:
        return
    rows = (row for entry in series for row in read_table(workspace.windows_record(window, category, entry), Window))
    known = {row.image for row in rows}
    for place, names in files_below(folder):
        for name in names:
            image = (place / name).relative_to(folder).as_posix()
            if image not in known:
                yield Orphan(workspace.relative(place / name), "no record names this window")


def _records(workspace: Workspace, categories: dict[str, CategoryConfig]) -> Iterator[Orphan]:
    """Find records, and sheets of screening, of series, windows and categories that are gone."""
    root = workspace.root / "records"
    for folder in (root / "screening", workspace.root / "screening", *_below(root / "windows")):
        window = folder.name if folder.parent == root / "windows" else ""
        for name in names_in(folder):
            why = _gone(categories, name, window)
            if why:
                yield _whole(workspace, folder / name, why)
            else:
                yield from _series(workspace, folder / name, name)
    for folder in (root / "order", root / "pixel_values", *_below(root / "masks"), *_below(root / "splits")):
        window = folder.name if folder.parent == root / "masks" else ""
        for file in names_in(folder):
            why = _gone(categories, Path(file).stem, window)
            if why and file[0] != "." and (folder / file).is_file():
                yield Orphan(workspace.relative(folder / file), why)


def _gone(categories: dict[str, CategoryConfig], name: str, window: str) -> str:
    """Say why a record of a category, and of one of its windows, is of no use; ``""`` where it is."""
    if name not in categories:
        return f"there are no frames of a category {name}"
    return (
        f"curate.toml names no window {window} of {name}" if window and window not in categories[name].windows else ""
    )


def _series(workspace: Workspace, folder: Path, category: str) -> Iterator[Orphan]:
    for file in names_in(folder):
        series = Path(file).stem
        if file[0] != "." and series not in workspace.series_of(category):
            yield Orphan(workspace.relative(folder / file), f"{category} has no series {series}")


def _builds(workspace: Workspace, categories: dict[str, CategoryConfig]) -> Iterator[Orphan]:
    published = {category.published_name(window) for category in categories.values() for window in category.windows}
    for layout in names_in(workspace.root / "build"):
        folder = workspace.build(layout)
        for name in names_in(folder) if folder.is_dir() else ():
            if name not in published and is_there(folder / name / _CARD):
                yield _whole(workspace, folder / name, f"no category is published as {name}")


def _below(folder: Path) -> list[Path]:
    return [folder / name for name in names_in(folder) if (folder / name).is_dir()]


def _whole(workspace: Workspace, folder: Path, why: str) -> Orphan:
    files = sum(len(names) for _, names in files_below(folder)) if folder.is_dir() else 1
    return Orphan(workspace.relative(folder), why, files)
