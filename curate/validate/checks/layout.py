"""Files and folders: what is missing, what is too much, what has an odd name."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath

from curate.datasets.layout import GROUND_TRUTH, MASK_FOLDERS, SPLIT_FOLDERS
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.words import counted
from curate.validate.table import CategoryTable, grouped

_DOCUMENTS = re.compile(r"^(readme|licen[cs]e|copying|changelog|citation|notice)", re.IGNORECASE)
_KNOWN_BESIDE = {"defects_config.json", "dataset.json", "croissant.json", "curate-validate.toml"}
_FLAT_PARTS = 3
"""``ground_truth/<label>/<image>_mask.png``."""

_RESERVED = ("logical_anomalies", "structural_anomalies")
_MASK_TOPS = frozenset(MASK_FOLDERS.values())
_OWN_FOLDERS = _MASK_TOPS | SPLIT_FOLDERS.keys()


def nested(table: CategoryTable) -> Iterator[Finding]:
    """CUR101: the category's folder lies in one of the same name."""
    parts = PurePosixPath(table.tree.category.prefix).parts
    if len(parts) > 1 and parts[-1] == parts[-2]:
        yield found(
            codes.DOUBLY_NESTED, f"the category lies in {table.tree.category.prefix}, expected {parts[-1]}", table.at()
        )
    if not table.native:
        folders = {str(PurePosixPath(sample.path).parent) for sample in table.samples}
        for folder in sorted(folders):
            names = PurePosixPath(folder).parts
            if any(name == after for name, after in pairwise(names)):
                yield found(
                    codes.DOUBLY_NESTED, "lies in a folder of the same name: unpacked or copied into itself", folder
                )


def strays(table: CategoryTable) -> Iterator[Finding]:
    """CUR102, CUR103: files that no rule of the layout explains."""
    names = {path: PurePosixPath(path).name for path in table.tree.beside}
    stray = [path for path, name in names.items() if name not in _KNOWN_BESIDE and not _DOCUMENTS.match(name)]
    for path in table.tree.strays:
        if table.inside(path).split("/")[0] == GROUND_TRUTH:
            yield found(codes.STRAY_GROUND_TRUTH_FILE, "is no mask of an image", path)
        else:
            stray.append(path)
    yield from grouped(codes.STRAY_FILE, dict.fromkeys(stray, "does not belong to a dataset"))
    yield from _flat_masks(table)


def _flat_masks(table: CategoryTable) -> Iterator[Finding]:
    """Name masks in MVTec AD's form, one file per image, among folders of masks, one file per region."""
    depth = {path: len(table.inside(path).split("/")) for path in table.masks} if table.native else {}
    if max(depth.values(), default=0) > _FLAT_PARTS:
        for path in sorted(path for path, parts in depth.items() if parts == _FLAT_PARTS):
            yield found(
                codes.STRAY_GROUND_TRUTH_FILE,
                "is one mask for an image, where other images have a folder of masks",
                path,
            )


def too_deep(table: CategoryTable) -> Iterator[Finding]:
    """CUR106: images deeper than any loader looks; a whole category inside another is reported once."""
    inside: dict[str, list[str]] = defaultdict(list)
    for folder in table.tree.nested:
        inside[table.at(_copy_root(table.inside(folder)))].append(folder)
    for root, folders in sorted(inside.items()):
        if folders == [root]:
            yield found(
                codes.NESTED_TOO_DEEP, "holds images one level too deep, or is a copy of folders above it", root
            )
        else:
            message = f"is a copy of folders above it, or lies too deep: {counted(len(folders), 'folder', 'folders')}"
            yield found(codes.NESTED_TOO_DEEP, f"{message} of images in it", root, related=tuple(folders))


def _copy_root(folder: str) -> str:
    """Return the outermost folder that repeats the layout's own folders, else the folder itself.

    >>> _copy_root("part/test/good"), _copy_root("test/test/good"), _copy_root("test/good/good")
    ('part', 'test/test', 'test/good/good')
    """
    parts = folder.split("/")
    again = next((place for place, part in enumerate(parts) if place and part in _OWN_FOLDERS), 0)
    if not again:
        return folder
    return "/".join(parts[: again + 1] if parts[0] in _OWN_FOLDERS else parts[:again])


def missing_parts(table: CategoryTable) -> Iterator[Finding]:
    """CUR104: no training images, no good or no defective test images."""
    sides = Counter((sample.split, sample.is_good) for sample in table.samples)
    supervised = table.tree.supervised or (table.card is not None and table.card.supervision != "none")
    parts = ((("train", True), "good training image", "train/good"), (("test", True), "good test image", "test/good"))
    for key, words, place in parts:
        if not sides[key] and table.native and not supervised:
            yield found(codes.DATASET_PART_MISSING, f"has no {words}", table.at(*place.split("/")))
        elif not sides[key]:
            # A supervised set may hold defects only; one without a split of its own has to be split first.
            yield found(codes.DATASET_PART_MISSING, f"has no {words}", table.at(), severity="info")
    if not sides["test", False]:
        yield found(codes.DATASET_PART_MISSING, "has no defective test image", table.tested)


def names(table: CategoryTable) -> Iterator[Finding]:
    """CUR105, CUR108: names of another form than their neighbours', and two images of one name."""
    folders: dict[str, list[str]] = defaultdict(list)
    for sample in table.samples if table.native else ():
        folders[str(PurePosixPath(sample.path).parent)].append(sample.path)
    for folder, paths in folders.items():
        forms = {path: _form(PurePosixPath(path).stem) for path in paths}
        usual, count = Counter(forms.values()).most_common(1)[0]
        if count > len(paths) / 2 and re.fullmatch(r"9+", usual):
            for path in paths:
                if forms[path] != usual:
                    yield found(codes.IMAGE_NAME_FORM, f"is not named by {len(usual)} digits like its neighbours", path)
        stems = Counter(PurePosixPath(path).stem for path in paths)
        for stem in sorted(stem for stem, number in stems.items() if number > 1):
            first, *others = sorted(path for path in paths if PurePosixPath(path).stem == stem)
            yield found(
                codes.DUPLICATE_IMAGE_NAME,
                f"{len(others) + 1} images are named {stem} in {folder}",
                first,
                related=tuple(others),
            )


def _form(stem: str) -> str:
    return re.sub(r"[0-9]", "9", stem)


def reserved(table: CategoryTable) -> Iterator[Finding]:
    """CUR107: the two folder names that the published AutoVI script refuses."""
    labels = {sample.label for sample in table.samples if sample.split == "test" and not sample.is_good}
    # With these two labels alone it is MVTec LOCO itself.
    if table.native and labels - set(_RESERVED):
        for label in sorted(labels & set(_RESERVED)):
            yield found(
                codes.RESERVED_NAME, "is a name of MVTec LOCO that the AutoVI script refuses", table.at("test", label)
            )


def empty(table: CategoryTable) -> Iterator[Finding]:
    """CUR109: folders without a file."""
    for folder in table.tree.empty:
        # ground_truth/good is made by several tools and rightly empty.
        parts = table.inside(folder).split("/")
        if not (parts[0] in _MASK_TOPS and parts[1:2] == [GOOD]):
            yield found(codes.EMPTY_FOLDER, "holds no file", folder)


CHECKS = (nested, strays, too_deep, missing_parts, names, reserved, empty)
