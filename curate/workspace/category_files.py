"""Every folder and file of a workspace that belongs to one category alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from curate.disk.reading import names_in
from curate.model.config import CategoryConfig
from curate.workspace.workspace import Workspace


def files_of_category(workspace: Workspace, category: CategoryConfig) -> list[str]:
    """Return the paths, relative to the workspace, of what is there of a category; folders stand for all in them."""
    found = {path for path in _places(workspace, category) if path.exists()}
    return sorted(workspace.relative(path) for path in found)


def _places(workspace: Workspace, category: CategoryConfig) -> Iterator[Path]:
    name = category.name
    records = workspace.root / "records"
    yield workspace.captures(name)
    yield workspace.captures_record(name, "x").parent
    yield workspace.screening_record(name, "x").parent
    yield workspace.screening_sheet(name, "x").parent
    yield workspace.annotations(name)
    yield workspace.decisions(name)
    yield workspace.order_record(name)
    yield workspace.pixel_values(name)
    for window in {*names_in(records / "windows"), *names_in(workspace.root / "windows"), *names_in(records / "masks")}:
        yield workspace.windows_record(window, name, "x").parent
        yield workspace.windows(window, name)
        yield workspace.masks(window, name)
        yield workspace.masks_record(window, name)
    for split in names_in(records / "splits"):
        yield workspace.split(split, name)
    for stage in names_in(records / "stamps"):
        yield workspace.stamp(stage, name)
    published = {category.published_name(window) for window in category.windows}
    for layout in names_in(workspace.root / "build"):
        yield from (workspace.build(layout) / folder for folder in published)
