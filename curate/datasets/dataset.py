"""Read a dataset folder, whatever its layout: paths, tables and configuration; pixels only where they hold the labels.

The root may hold categories or be one itself. :mod:`curate.datasets.layout` reads the tree that AutoVI and MVTec AD
share, :mod:`curate.datasets.layouts` every other layout.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from natsort import natsorted

from curate.datasets.card import CARD_NAME, read_card
from curate.datasets.layout import CategoryTree, Tree, category_prefixes, list_tree, read_category_tree
from curate.datasets.layouts.building import with_entries
from curate.datasets.layouts.recognise import folder_of, is_native, layout_named, read_as, recognise
from curate.datasets.layouts.table import BY_NAME
from curate.disk.json_text import parse_json
from curate.disk.members import listed_as
from curate.disk.schema import schema_problems
from curate.errors import ConfigError, InputError, MissingError
from curate.model.dataset import Category, Dataset
from curate.model.defect import DefectEntry, Saturation
from curate.model.finding import ordered

CONFIG_NAME = "defects_config.json"

LAST = ("folders", "anomalib-table")
"""Layouts with signs so common that the tree of MVTec AD goes before them."""


def read_dataset(root: Path, layout: str | None = None, *, categories: Iterable[str] = ()) -> Dataset:
    """Read a dataset folder.

    Parameters
    ----------
    root : Path
        Holds one folder a category, or is itself one category.
    layout : str, optional
        Insist on one of :data:`curate.datasets.layouts.table.LAYOUTS`; recognised by looking when left out.
    categories : iterable of str
        Only these; all when empty.

    Raises
    ------
    MissingError
        If the folder does not exist or a named category is not in it.
    InputError
        If nothing in it looks like a category.
    ConfigError
        If a ``defects_config.json`` is broken.
    """
    chosen = chosen_trees(root, list_tree(checked_root(root)), layout, tuple(categories))
    layouts = {tree.layout for tree in chosen}
    return Dataset(
        root=str(root),
        name=root.resolve().name,
        layout=layouts.pop() if len(layouts) == 1 else "autovi",
        categories=tuple(_with_origins(root, _with_config(root, tree)) for tree in chosen),
        findings=ordered(finding for tree in chosen for finding in tree.findings),
    )


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
    if not trees:
        raise InputError(
            "holds no category: expected <category>/test/<good or defect>/… below it, or another layout that is known",
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

    Raises
    ------
    InputError
        If a layout of another name is insisted on, or one of its tables cannot be read.
    """
    native = is_native(layout_named(layout).name) if layout else _is_native(tree.folders)
    if native:
        return _native_trees(root, tree)
    folder = folder_of(root, tree)
    found = layout_named(layout) if layout else recognise(folder)
    if found is None or (found.name in LAST and category_prefixes(tree.folders) and not layout):
        return _native_trees(root, tree)
    read = read_as(found, folder)
    if not read.categories and read.findings:
        first = read.findings[0]
        said = f"{first.path}: {first.message}" if first.path else first.message
        message = f"looks like {found.title}, but no image of it can be used: {said}"
        raise InputError(message, path=root, hint=first.hint)
    trees = [CategoryTree(category, found.name) for category in read.categories]
    return tuple(replace(entry, findings=() if place else read.findings) for place, entry in enumerate(trees))


def _is_native(folders: Iterable[str]) -> bool:
    """Whether folder names alone tell the tree of AutoVI and MVTec AD; VisA's 2cls forms keep masks by split."""
    ends = {"/".join(PurePosixPath(folder).parts[-depth:]) for folder in folders for depth in (2, 3)}
    return "test/good" in ends and "ground_truth/test/bad" not in ends


def _native_trees(root: Path, tree: Tree) -> tuple[CategoryTree, ...]:
    found = []
    for prefix in category_prefixes(tree.folders):
        name = PurePosixPath(prefix).name or root.resolve().name
        found.append(read_category_tree(tree, prefix, name))
    return tuple(sorted(found, key=lambda entry: entry.category.name))


def read_defects_config(path: Path) -> tuple[DefectEntry, ...]:
    """Read a ``defects_config.json``; an empty tuple when there is none.

    Either JSON number type is accepted for a threshold: ``1`` reads as ``1.0`` when it is relative.

    Raises
    ------
    ConfigError
        If it is not JSON, breaks the schema, or gives one pixel value to two entries; every problem is listed.
    """
    if not path.is_file():
        return ()
    try:
        document = parse_json(path.read_bytes())
    except ValueError as error:
        raise ConfigError(f"is not valid JSON: {error}", path=path) from error
    problems = [f"{'.'.join(map(str, place)) or 'the file'}: {text}" for place, text in _config_problems(document)]
    if problems:
        listing = "\n".join(f"  {problem}" for problem in problems)
        raise ConfigError(f"has {len(problems)} problem(s):\n{listing}", path=path)
    return tuple(
        DefectEntry(
            defect_name=entry["defect_name"],
            pixel_value=int(entry["pixel_value"]),
            saturation=Saturation(entry["saturation_threshold"], relative=entry["relative_saturation"]),
        )
        for entry in document
    )


def format_defects_config(entries: Iterable[DefectEntry]) -> str:
    """Render a ``defects_config.json`` with the JSON number types that the published scripts insist on."""
    document = [
        {
            "defect_name": entry.defect_name,
            "pixel_value": entry.pixel_value,
            "saturation_threshold": (
                float(entry.saturation.value) if entry.saturation.relative else int(entry.saturation.value)
            ),
            "relative_saturation": entry.saturation.relative,
        }
        for entry in entries
    ]
    return json.dumps(document, indent=4, ensure_ascii=False) + "\n"


def _config_problems(document: Any) -> list[tuple[tuple[str | int, ...], str]]:
    problems = [] if _keeps_schema(document) else schema_problems(document, "defects-config")
    if problems:
        return problems
    first: dict[int, int] = {}
    for index, entry in enumerate(document):
        value = int(entry["pixel_value"])
        if value in first:
            problems.append(((index, "pixel_value"), f"{value} is already the value of entry {first[value]}"))
        first.setdefault(value, index)
    return problems


def _keeps_schema(document: Any) -> bool:
    """Whether a configuration surely keeps its schema: importing the checker takes longer than reading a dataset."""
    return isinstance(document, list) and all(isinstance(entry, dict) and _is_plain(entry) for entry in document)


def _is_plain(entry: dict[str, Any]) -> bool:
    name: Any = entry.get("defect_name")
    value: Any = entry.get("pixel_value")
    threshold: Any = entry.get("saturation_threshold")
    relative = entry.get("relative_saturation")
    if type(name) is not str or not name or type(value) is not int or not 1 <= value <= 255:  # noqa: PLR2004 - 8 bits
        return False
    if relative is True:
        return type(threshold) in (int, float) and bool(0 < threshold <= 1)
    return relative is False and type(threshold) is int and threshold >= 1


def _with_config(root: Path, tree: CategoryTree) -> Category:
    """Add what mask values mean: of ``defects_config.json``, or where a layout has none, one entry a defect."""
    category = tree.category
    if category.defects:
        return category
    entries = read_defects_config(root / category.prefix / CONFIG_NAME)
    if entries or tree.layout != "mvtec-ad":
        return replace(category, defects=entries)
    return replace(category, defects=with_entries(category.samples, "nonzero"), mask_rule="nonzero")


def _with_origins(root: Path, category: Category) -> Category:
    """Add what ``dataset.json`` knows about the images; a broken one is for validation to tell."""
    try:
        card = read_card(root / category.prefix / CARD_NAME)
    except InputError:
        return category
    if card is None:
        return category
    start = f"{category.prefix}/" if category.prefix else ""
    origins = {f"{start}{origin.path}": origin for origin in card.samples}
    samples = tuple(
        replace(
            sample,
            specimen=sample.specimen or origins[place].specimen,
            shot_at=sample.shot_at or origins[place].shot_at,
        )
        if (place := listed_as(sample.path)) in origins
        else sample
        for sample in category.samples
    )
    return replace(category, samples=samples)
