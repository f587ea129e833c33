"""Tell which layout a folder has, by its paths, and read it."""

from __future__ import annotations

from pathlib import Path

from curate.datasets.layout import Tree
from curate.datasets.layouts.description import Folder, Layout, Read, compiled
from curate.datasets.layouts.listed import is_tabular
from curate.datasets.layouts.patterns import read_patterns
from curate.datasets.layouts.table import BY_NAME, LAYOUTS, NATIVE
from curate.errors import CurateError, InputError


def folder_of(root: Path, tree: Tree) -> Folder:
    """Return what readers work on: every path that is not hidden."""
    paths = [file.path for file in tree.files]
    return Folder(root, tuple(path for path in paths if not any(part.startswith(".") for part in path.split("/"))))


def recognise(folder: Folder) -> Layout | None:
    """Return the first layout whose signs all match, or None; the native tree is not among them."""
    for layout in LAYOUTS:
        if layout.signs and _fits(layout, folder):
            return layout
    tables = [path for path in folder.paths if "/" not in path and path.lower().endswith(".csv")]
    return BY_NAME["anomalib-table"] if any(is_tabular(folder, path) for path in tables) else None


def is_native(layout: str) -> bool:
    """Whether :mod:`curate.datasets.layout` reads a layout."""
    return layout in NATIVE


def read_as(layout: Layout, folder: Folder) -> Read:
    """Read a folder as a layout has it.

    Raises
    ------
    InputError
        If a table of the layout cannot be read or is not what the layout says.
    """
    try:
        return layout.reader(layout, folder) if layout.reader else read_patterns(layout, folder)
    except CurateError:
        raise
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:  # whatever broken tables lead to
        raise InputError(
            f"looks like {layout.title}, but a table in it is not what that layout has ({error!r})",
            path=folder.root,
            hint="check the tables, or insist on another layout with --layout",
        ) from error


def layout_named(name: str) -> Layout:
    """Return a layout by its name.

    Raises
    ------
    InputError
        If there is none; the message lists them.
    """
    if name not in BY_NAME:
        raise InputError(f"unknown layout {name!r}, expected one of {', '.join(BY_NAME)}")
    return BY_NAME[name]


def _fits(layout: Layout, folder: Folder) -> bool:
    def any_match(pattern: str) -> bool:
        expression = compiled(pattern)
        return any(expression.fullmatch(path) for path in folder.paths)

    return all(map(any_match, layout.signs)) and not any(map(any_match, layout.without))
