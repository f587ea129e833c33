"""Tell which layout a folder has: the one that explains every image of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from curate.datasets.layout import Tree
from curate.datasets.layouts.building import leftover
from curate.datasets.layouts.description import Folder, Layout, LayoutReading, compiled
from curate.datasets.layouts.listed import is_tabular
from curate.datasets.layouts.patterns import read_patterns
from curate.datasets.layouts.table import BY_NAME, LAYOUTS
from curate.disk.litter import is_litter
from curate.disk.members import listed_as
from curate.errors import CurateError, InputError
from curate.imaging.images import is_image_name
from curate.model.account import LeftOut
from curate.model.codes import names as codes
from curate.model.finding import Finding

LAST = ("segmentation", "labelme", "voc", "folders", "anomalib-table")
"""Layouts with signs so common that the tree of MVTec AD goes before them."""


def folder_of(root: Path, tree: Tree) -> Folder:
    """Return what readers work on: every path that no program left behind."""
    return Folder(root, tuple(file.path for file in tree.files if not is_litter(file.path)))


def candidates(folder: Folder) -> Iterator[Layout]:
    """Yield every layout whose signs match, likeliest first; the native tree is not among them."""
    yield from (layout for layout in LAYOUTS if layout.signs and layout.name not in LAST and _fits(layout, folder))
    tables = [path for path in folder.paths if "/" not in path and path.lower().endswith(".csv")]
    if any(is_tabular(folder, path) for path in tables):
        yield BY_NAME["anomalib-table"]
    yield from (layout for layout in LAYOUTS if layout.signs and layout.name in LAST and _fits(layout, folder))


def read_as(layout: Layout, folder: Folder) -> LayoutReading:
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


def ignored(layout: Layout, paths: Iterable[str]) -> list[LeftOut]:
    """Return the files that a layout knows and does not use."""
    return [
        LeftOut(path, reason)
        for path in paths
        for pattern, reason in layout.ignored
        if compiled(pattern).fullmatch(path)
    ]


def unexplained(layout: Layout, folder: Folder, reading: LayoutReading) -> list[str]:
    """Return the images that a layout neither uses nor leaves out for a reason."""
    samples = [sample for category in reading.categories for sample in category.samples]
    known = {listed_as(sample.path) for sample in samples} | {mask for sample in samples for mask in sample.masks}
    known |= {*reading.documents, *(out.place for out in reading.left_out)}
    return _unknown_images(folder, known | {out.place for out in ignored(layout, folder.paths)})


def _unknown_images(folder: Folder, known: Collection[str]) -> list[str]:
    return [path for path in folder.paths if path not in known and is_image_name(Path(path))]


def unexplained_finding(title: str, paths: list[str]) -> list[Finding]:
    """Say that a layout which was insisted on leaves images unexplained."""
    return leftover(codes.UNEXPLAINED_IMAGE, f"{{}} images are no part of {title}", paths)


def _fits(layout: Layout, folder: Folder) -> bool:
    def any_match(pattern: str) -> bool:
        expression = compiled(pattern)
        return any(expression.fullmatch(path) for path in folder.paths)

    return all(map(any_match, layout.signs)) and not any(map(any_match, layout.without))
