"""Find the categories of a dataset folder: by the tree that AutoVI and MVTec AD share, or by another layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from curate.datasets.card import CARD_NAME
from curate.datasets.defects_config import CONFIG_NAME
from curate.datasets.layout import NATIVE, CategoryTree, Tree, category_prefixes, read_category_tree
from curate.datasets.silence import SILENCE_NAME
from curate.disk.litter import is_litter
from curate.disk.members import listed_as
from curate.disk.reading import is_there
from curate.errors import InputError, MissingError
from curate.imaging.images import is_image_name
from curate.model.account import Account, LeftOut
from curate.model.natural import natural_sorted

LAYOUT_FILE = "layout.toml"
"""Says how a folder is to be read, where it lies in it."""

_FOLDERS = 12


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
        from curate.datasets.layouts.table import BY_NAME

        many = f"holds {len(images)} images that no layout explains" if images else "holds no image"
        raise InputError(
            f"{many}: expected <category>/test/<good or defect>/… below it, or another layout{_looks(images)}",
            path=root,
            hint="point to the folder that holds the category folders, or to one category; or describe the layout: "
            "--good nominal,ok_front --defect-masks masks --split-folders train=training,test=holdout, or a layout.toml"
            "; curate knows the layouts " + ", ".join(BY_NAME),
        )
    names = {tree.category.name for tree in trees}
    unknown = [name for name in categories if name not in names]
    if unknown:
        raise MissingError(
            f"has no category {', '.join(unknown)}; it has {', '.join(natural_sorted(names))}", path=root
        )
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
    if layout is None and is_there(root / LAYOUT_FILE):
        layout = str(root / LAYOUT_FILE)
    if layout in NATIVE or (layout is None and _is_native(tree.folders)):
        return _native_trees(root, tree)
    from curate.datasets.layouts.described import layout_of, read_description
    from curate.datasets.layouts.others import other_trees  # readers of all formats, which the native tree needs not
    from curate.datasets.legends import with_legends

    said = read_description(layout or "")
    described = layout_of(said)
    if described.name in NATIVE if described else _is_native(tree.folders):
        return with_legends(root, tree, _native_trees(root, tree), said.legend)
    return with_legends(root, tree, other_trees(root, tree, described, _native_trees(root, tree)), said.legend)


def _looks(images: Sequence[str]) -> str:
    """Show what a tree looks like: its folders of images, each with a number and a name."""
    folders: dict[str, list[str]] = {}
    for path in images:
        folders.setdefault(str(PurePosixPath(path).parent), []).append(path)
    lines = [f"  {folder}: {len(paths)}, {PurePosixPath(paths[0]).name} …" for folder, paths in folders.items()]
    more = [f"  … and {len(lines) - _FOLDERS} more folders"] if len(lines) > _FOLDERS else []
    return "; its images:" + "".join(f"\n{line}" for line in [*lines[:_FOLDERS], *more]) if lines else ""


def _is_native(folders: Iterable[str]) -> bool:
    """Whether folder names alone tell the tree of AutoVI and MVTec AD; VisA's 2cls forms keep masks by split."""
    ends = {"/".join(PurePosixPath(folder).parts[-depth:]) for folder in folders for depth in (2, 3)}
    return "test/good" in ends and "ground_truth/test/bad" not in ends


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
        if file.path not in used
        and PurePosixPath(file.path).name not in {CONFIG_NAME, CARD_NAME, SILENCE_NAME, LAYOUT_FILE}
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
