"""Find the categories of a dataset folder: by the tree that AutoVI and MVTec AD share, or by another layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from natsort import natsorted

from curate.datasets.card import CARD_NAME
from curate.datasets.defects_config import CONFIG_NAME
from curate.datasets.layout import CategoryTree, Tree, category_prefixes, read_category_tree
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.datasets.layouts.recognise import (
    LAST,
    candidates,
    folder_of,
    ignored,
    is_native,
    layout_named,
    read_as,
    unexplained,
    unexplained_finding,
)
from curate.datasets.layouts.table import BY_NAME
from curate.datasets.silence import SILENCE_NAME
from curate.disk.litter import is_litter
from curate.disk.members import listed_as
from curate.errors import InputError, MissingError
from curate.imaging.images import is_image_name
from curate.model.account import Account, LeftOut

_SHOWN = 5


def checked_root(root: Path) -> Path:
    """Return a dataset's folder; MissingError when it does not exist."""
    if root.is_file():
        raise InputError("is a file, expected the folder of a dataset", path=root, hint="unpack it, or give its folder")
    if not root.is_dir():
        raise MissingError("there is no such folder", path=root, hint="check the path of the dataset")
    return root


def chosen_trees(root: Path, tree: Tree, layout: str | None, categories: tuple[str, ...]) -> tuple[CategoryTree, ...]:
    """Return the categories of a listed folder that are asked for, all when none is named; see :func:`read_dataset`."""
    trees = category_trees(root, tree, layout)
    if not any(entry.category.samples for entry in trees) and not _is_native(tree.folders):
        images = [file.path for file in tree.files if is_image_name(Path(file.path)) and not is_litter(file.path)]
        many = f"holds {len(images)} images that no layout explains" if images else "holds no image"
        raise InputError(
            f"{many}: expected <category>/test/<good or defect>/… below it, or another layout",
            path=root,
            hint="point to the folder that holds the category folders, or to one category; curate knows the layouts "
            + ", ".join(BY_NAME),
        )
    names = {tree.category.name for tree in trees}
    unknown = [name for name in categories if name not in names]
    if unknown:
        raise MissingError(f"has no category {', '.join(unknown)}; it has {', '.join(natsorted(names))}", path=root)
    return tuple(found for found in trees if not categories or found.category.name in categories)


def category_trees(root: Path, tree: Tree, layout: str | None = None) -> tuple[CategoryTree, ...]:
    """Return every category of a listed folder, sorted by name; the root itself may be one.

    A layout is recognised when it explains every image. The tree of AutoVI and MVTec AD is recognised by ``test/good``
    alone: what does not belong into it is for validation to say.

    Raises
    ------
    InputError
        If a layout of another name is insisted on, one of its tables cannot be read, or no layout explains every image:
        the message lists the candidates.
    """
    if is_native(layout_named(layout).name) if layout else _is_native(tree.folders):
        return _native_trees(root, tree)
    folder = folder_of(root, tree)
    if layout:
        return _insisted(layout_named(layout), folder)
    failures: list[InputError] = []
    native = _native_trees(root, tree)
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


def _is_native(folders: Iterable[str]) -> bool:
    """Whether folder names alone tell the tree of AutoVI and MVTec AD; VisA's 2cls forms keep masks by split."""
    ends = {"/".join(PurePosixPath(folder).parts[-depth:]) for folder in folders for depth in (2, 3)}
    return "test/good" in ends and "ground_truth/test/bad" not in ends


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
    trees = [CategoryTree(category, layout.name) for category in reading.categories]
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
    hint = "insist on a layout with --layout, or move away what does not belong to it"
    return InputError(f"{title} leaves {len(left)} images unexplained: {many}", path=root, hint=hint)


def native_unexplained(trees: Iterable[CategoryTree]) -> list[str]:
    """Return the images that the native tree does not explain; masks without an image are explained."""
    paths = [path for entry in trees for path in (*entry.strays, *entry.beside, *entry.deep)]
    return [path for path in paths if is_image_name(Path(path)) and not is_litter(path)]


def files_account(tree: Tree, trees: Sequence[CategoryTree]) -> Account:
    """Say of every file below a dataset's root whether it was used, and why not.

    Parameters
    ----------
    tree : Tree
        Everything that lies there.
    trees : sequence of CategoryTree
        Every category that was found; of those that were not asked for, files count as used.
    """
    used = {listed_as(path) for entry in trees for path in entry.used_paths()}
    why = {out.place: out.reason for entry in trees for out in entry.left_out}
    left_out = [
        LeftOut(file.path, why.get(file.path) or _reason(file.path))
        for file in tree.files
        if file.path not in used and PurePosixPath(file.path).name not in {CONFIG_NAME, CARD_NAME, SILENCE_NAME}
    ]
    return Account(len(tree.files) - len(left_out), tuple(left_out))


def _reason(path: str) -> str:
    if is_litter(path):
        return "hidden, or left by a program"
    return "an image that the layout does not explain" if is_image_name(Path(path)) else "no part of the layout"


def _native_trees(root: Path, tree: Tree) -> tuple[CategoryTree, ...]:
    found = []
    for prefix in category_prefixes(tree.folders):
        name = PurePosixPath(prefix).name or root.resolve().name
        found.append(read_category_tree(tree, prefix, name))
    return tuple(sorted(found, key=lambda entry: entry.category.name))
