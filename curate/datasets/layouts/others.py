"""Find the layout that explains every image of a folder, among all but the native tree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from curate.datasets.layout import CategoryTree, Tree, native_unexplained
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.datasets.layouts.recognise import (
    LAST,
    candidates,
    folder_of,
    ignored,
    read_as,
    unexplained,
    unexplained_finding,
)
from curate.errors import InputError

_SHOWN = 5


def other_trees(
    root: Path, tree: Tree, layout: Layout | None, native: tuple[CategoryTree, ...]
) -> tuple[CategoryTree, ...]:
    """Return every category of a listed folder whose folders do not tell the native tree.

    Parameters
    ----------
    root : Path
    tree : Tree
        Everything that lies there.
    layout : Layout, optional
        Insist on this one.
    native : tuple of CategoryTree
        How it reads as the tree of AutoVI and MVTec AD, which is taken where no other layout explains every image.

    Raises
    ------
    InputError
        As :func:`curate.datasets.recognition.category_trees`.
    """
    folder = folder_of(root, tree)
    if layout:
        return _insisted(layout, folder)
    failures: list[InputError] = []
    # Without a folder of good images, and without a mask of each defective one, train and test may hold anything.
    samples = [sample for entry in native for sample in entry.category.samples]
    holds_good = any(sample.is_good for sample in samples)
    native = native if holds_good or (samples and all(sample.masks for sample in samples)) else ()
    left = native_unexplained(native)
    for found in candidates(folder):
        if found.name in LAST and native and not left:
            return native
        trees = _attempt(found, folder, failures)
        if trees:
            return trees
    if native and not (left and failures):
        return native
    if native:
        failures.append(_leaves("the tree of AutoVI and MVTec AD", root, left))
    if len(failures) > 1:
        listing = "\n".join(f"  {error.message}" for error in failures)
        hint = "insist on one with --layout, or move away what does not belong to it"
        raise InputError(f"is of no layout that explains every image:\n{listing}", path=root, hint=hint)
    if failures:
        raise failures[0]
    return ()


def _attempt(layout: Layout, folder: Folder, failures: list[InputError]) -> tuple[CategoryTree, ...]:
    """Read a folder as a layout has it; nothing, and one more failure, when that does not explain every image."""
    reading = read_as(layout, folder)
    left = unexplained(layout, folder, reading)
    if reading.categories and not left:
        return _trees(layout, folder, reading)
    failures.append(_unusable(layout, folder.root, reading, left))
    return ()


def _insisted(layout: Layout, folder: Folder) -> tuple[CategoryTree, ...]:
    reading = read_as(layout, folder)
    left = unexplained(layout, folder, reading)
    if not reading.categories:
        raise _unusable(layout, folder.root, reading, left)
    said = unexplained_finding(layout.title, left)
    return _trees(layout, folder, replace(reading, findings=(*reading.findings, *said)))


def _trees(layout: Layout, folder: Folder, reading: LayoutReading) -> tuple[CategoryTree, ...]:
    """Return a reading's categories; the first carries what was said and left out."""
    trees = [CategoryTree(category, layout.name, supervised=layout.supervised) for category in reading.categories]
    trees[0] = replace(
        trees[0],
        findings=reading.findings,
        documents=reading.documents,
        left_out=(*reading.left_out, *ignored(layout, folder.paths)),
        entries=reading.entries,
    )
    return tuple(trees)


def _unusable(layout: Layout, root: Path, reading: LayoutReading, left: list[str]) -> InputError:
    if left and (reading.categories or not reading.findings):
        return _leaves(layout.title, root, left)
    reasons = [one for one in reading.findings if one.severity == "error"][:_SHOWN]
    listed = [f"{one.path}: {one.message}" if one.path else one.message for one in reasons]
    message = f"looks like {layout.title}, but no image of it can be used: {'; '.join(listed) or 'it holds none'}"
    return InputError(message, path=root, hint=reasons[0].hint if reasons else "")


def _leaves(title: str, root: Path, left: list[str]) -> InputError:
    many = ", ".join(left[:_SHOWN]) + (", …" if len(left) > _SHOWN else "")
    hint = (
        "insist on a layout with --layout, describe yours (--good, --defect-masks, --split-folders, layout.toml), or "
    )
    hint += "move away what does not belong to it"
    return InputError(f"{title} leaves {len(left)} images unexplained: {many}", path=root, hint=hint)
