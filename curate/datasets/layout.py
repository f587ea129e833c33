"""Recognise the files of a dataset folder by their paths alone: images, masks, and what does not belong.

Two layouts share one tree, ``<category>/{train,val,test}/<label>/<image>``, and differ in where the masks are:

* AutoVI and MVTec LOCO: ``ground_truth/<label>/<image>/<region>.png``, one file a region;
* MVTec AD: ``ground_truth/<label>/<image>_mask.png`` (or without ``_mask``), one file an image.

Masks of training and validation images lie in ``ground_truth_train`` and ``ground_truth_val``, because the published
scripts look for everything under ``ground_truth`` in the test set.
"""

from __future__ import annotations

import errno
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from curate.disk.litter import is_litter
from curate.disk.reading import read_errors
from curate.errors import MissingError
from curate.imaging.images import is_image_name
from curate.model.account import EMPTY, Account, LeftOut
from curate.model.dataset import Category, Sample
from curate.model.defect import GOOD, is_good_word
from curate.model.finding import Finding
from curate.model.natural import natural_key

NATIVE = ("autovi", "mvtec-loco", "mvtec-ad", "mpdd", "visa-1cls")
"""Names of the layouts that share this tree; their rows in :mod:`curate.datasets.layouts.table` only describe."""

SPLITS = ("train", "val", "test")
GROUND_TRUTH = "ground_truth"
MASK_FOLDERS = {"test": GROUND_TRUTH, "train": "ground_truth_train", "val": "ground_truth_val"}
"""Where the masks of each split's images lie."""

SPLIT_FOLDERS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""The split that a folder of such a name holds, in every layout: MVTec LOCO spells it out, Roboflow cuts it short."""

LOCO_LABELS = ("logical_anomalies", "structural_anomalies")
"""Folder names by which MVTec LOCO differs from AutoVI."""

_SPLIT_OF = {folder: split for split, folder in MASK_FOLDERS.items()}
_MASK_ENDINGS = ("_mask", "_label", "_gt")
_DEEPEST_CATEGORY = 3


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file below a root: its path relative to it and what tells whether it has changed."""

    path: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True)
class Tree:
    """All files and folders below a root, sorted by path; paths are ``/``-separated."""

    files: tuple[TreeFile, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryTree:
    """One category as its paths show it.

    Attributes
    ----------
    category : Category
        Without the entries of its ``defects_config.json``.
    layout : str
        ``autovi``, ``mvtec-loco`` or ``mvtec-ad``; ``autovi`` when there is no mask. Or one of
        :mod:`curate.datasets.layouts`, whose readers explain every file themselves.
    unpaired : tuple of str
        Masks whose image is not there.
    beside : tuple of str
        Files directly in the category's folder: ``defects_config.json``, a licence, …
    strays : tuple of str
        Files of the category's tree that no rule of the layout explains.
    nested : tuple of str
        Folders that hold images deeper than the layout puts them.
    empty : tuple of str
        Folders without a file, of those that the layout knows.
    deep : tuple of str
        The images in ``nested``.
    findings : tuple of Finding
        What reading tables and drawn shapes had to leave out or decide.
    documents : tuple of str
        Tables, documents and masks of good images that were read.
    left_out : tuple of LeftOut
        Files that the layout knows and does not use.
    entries : Account
        Of the entries of documents.
    supervised : bool
        Whether its layout is one whose training images may show defects.
    """

    category: Category
    layout: str
    unpaired: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    deep: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    documents: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    entries: Account = EMPTY
    supervised: bool = False

    def used_paths(self) -> Iterator[str]:
        """Yield the files that are images, masks or documents of the category."""
        yield from self.documents
        for sample in self.category.samples:
            yield sample.path
            yield from sample.masks


def list_tree(root: Path) -> Tree:
    """List a folder. Symbolic links are followed, each real folder is entered once, its own place first.

    Raises
    ------
    MissingError
        If there is no such folder.
    ReadError
        If a folder cannot be listed.
    """
    if not root.exists():
        raise MissingError("there is no such folder", path=root, hint="check the path of the dataset")
    files: list[TreeFile] = []
    folders: list[str] = []
    pending, linked = [(root, "")], list[tuple[Path, str]]()
    seen = set[tuple[int, int]]()
    while pending or linked:
        folder, prefix = pending.pop() if pending else linked.pop()
        with read_errors(folder):
            state = folder.stat()
        if (state.st_dev, state.st_ino) in seen:
            continue
        seen.add((state.st_dev, state.st_ino))
        if prefix:
            folders.append(prefix[:-1])
        with read_errors(folder), os.scandir(folder) as entries:
            for entry in entries:
                path = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    pending.append((folder / entry.name, f"{path}/"))
                elif _is_linked_folder(entry):
                    linked.append((folder / entry.name, f"{path}/"))
                else:
                    files.append(_tree_file(entry, path))
    return Tree(tuple(sorted(files, key=lambda file: file.path)), tuple(sorted(folders)))


def _is_linked_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError as error:
        if error.errno == errno.ELOOP:
            return False
        raise


def _tree_file(entry: os.DirEntry[str], path: str) -> TreeFile:
    """Return a file; a link that leads nowhere or in a circle counts as one, so that it is missed where it is read."""
    try:
        state = entry.stat()
    except OSError as error:
        if not entry.is_symlink() or error.errno not in {errno.ENOENT, errno.ELOOP}:
            raise
        state = entry.stat(follow_symlinks=False)
    return TreeFile(path, state.st_size, state.st_mtime_ns, state.st_ctime_ns)


def category_prefixes(folders: Iterable[str]) -> list[str]:
    """Return the folder of each category, ``""`` for the root itself; hidden folders never are one.

    A category is the outermost folder that holds ``train``, ``val``, ``validation`` or ``test``; it may lie a few
    levels down, as archives that were packed with their own folder leave it.

    >>> category_prefixes(["screw", "screw/train", "nut", "nut/nut", "nut/nut/test", "screw/screw/train"])
    ['nut/nut', 'screw']
    """
    parents = {str(PurePosixPath(path).parent) for path in folders if PurePosixPath(path).name in SPLIT_FOLDERS}
    candidates = sorted("" if parent == "." else parent for parent in parents)
    chosen: list[str] = []
    for prefix in candidates:
        parts = PurePosixPath(prefix).parts
        inside = any(_is_below(prefix, outer) for outer in chosen)
        if not is_litter(prefix) and not inside and len(parts) <= _DEEPEST_CATEGORY:
            chosen.append(prefix)
    return sorted(chosen, key=natural_key)


def read_category_tree(tree: Tree, prefix: str, name: str) -> CategoryTree:
    """Sort the files of one category into images, masks and the rest."""
    sorter = _Sorter(prefix)
    for file in tree.files:
        if _is_below(file.path, prefix):
            sorter.take(file.path)
    full = {str(parent) for file in tree.files for parent in PurePosixPath(file.path).parents}
    own = [folder for folder in tree.folders if _is_below(folder, prefix) and not is_litter(folder)]
    empty = [
        folder
        for folder in own
        if folder not in full and folder[len(prefix) + bool(prefix) :].split("/")[0] in {*SPLIT_FOLDERS, *_SPLIT_OF}
    ]
    return sorter.result(name, empty)


class _Sorter:
    """Takes the paths of one category one by one."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._start = f"{prefix}/" if prefix else ""
        self._images: list[tuple[str, str, str, str]] = []  # split, label, stem, path
        self._masks: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self._flat = 0
        self._beside: list[str] = []
        self._strays: list[str] = []
        self._deep: list[str] = []

    def take(self, path: str) -> None:
        parts = path[len(self._start) :].split("/")
        file = PurePosixPath(path)
        image = is_image_name(Path(path))
        if is_litter(path) and len(parts) > 1:
            self._strays.append(path)
            return
        match parts:
            case [_]:
                self._beside.append(path)
            case [top, label, _] if top in SPLIT_FOLDERS and image:
                self._images.append((SPLIT_FOLDERS[top], label, file.stem, path))
            case [folder, label, stem, _] if folder in _SPLIT_OF and image:
                self._masks[_SPLIT_OF[folder], label, stem].append(path)
            case [folder, label, _] if folder in _SPLIT_OF and image:
                self._flat += 1
                self._masks[_SPLIT_OF[folder], label, _image_of(file.stem)].append(path)
            case [top, _, *_] if image and (top in SPLIT_FOLDERS or top in _SPLIT_OF or self._is_copy(parts)):
                self._deep.append(path)
            case _:
                self._strays.append(path)

    def result(self, name: str, empty: Sequence[str]) -> CategoryTree:
        self._images.sort(
            key=lambda image: (SPLITS.index(image[0]), natural_key(image[1]), natural_key(image[2]), image[3])
        )
        paired: set[tuple[str, str, str]] = set()
        samples = []
        for split, label, stem, path in self._images:
            key = (split, label, stem)
            masks = sorted(self._masks.get(key, ()), key=natural_key)
            paired.add(key)
            samples.append(Sample(split, GOOD if is_good_word(label) else label, stem, path, tuple(masks)))
        unpaired = [mask for key, masks in self._masks.items() if key not in paired for mask in masks]
        return CategoryTree(
            category=Category(name, self._prefix, tuple(samples)),
            layout=self._layout(),
            unpaired=tuple(sorted(unpaired)),
            beside=tuple(self._beside),
            strays=tuple(self._strays),
            nested=tuple(sorted({str(PurePosixPath(path).parent) for path in self._deep})),
            deep=tuple(self._deep),
            empty=tuple(empty),
        )

    def _layout(self) -> str:
        if self._flat:
            return "mvtec-ad"
        return "mvtec-loco" if any(label in LOCO_LABELS for _, label, _, _ in self._images) else "autovi"

    @staticmethod
    def _is_copy(parts: Sequence[str]) -> bool:
        """Whether a path lies in a copy of the layout's own folders inside the category."""
        return any(part in SPLIT_FOLDERS or part in _SPLIT_OF for part in parts[1:-1])


def _image_of(mask_stem: str) -> str:
    """Return the stem of the image that a flat mask belongs to.

    >>> _image_of("023_mask"), _image_of("07")
    ('023', '07')
    """
    for ending in _MASK_ENDINGS:
        if mask_stem.lower().endswith(ending):
            return mask_stem[: -len(ending)]
    return mask_stem


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def native_unexplained(trees: Iterable[CategoryTree]) -> list[str]:
    """Return the images that the native tree does not explain; masks without an image are explained."""
    paths = [path for entry in trees for path in (*entry.strays, *entry.beside, *entry.deep)]
    return [path for path in paths if is_image_name(Path(path)) and not is_litter(path)]
