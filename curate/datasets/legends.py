"""What the values of a dataset's masks stand for: as a person says, or a label map that lies with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from curate.datasets.layout import CategoryTree, Tree
from curate.errors import InputError
from curate.formats.documents import LEGENDS, parsed_content
from curate.formats.mask_values import Legend, is_unmarked, legend_of_file
from curate.imaging.images import read_file
from curate.model.dataset import Category
from curate.model.defect import MAX_PIXEL_VALUE, DefectEntry, Saturation


def with_legends(root: Path, tree: Tree, trees: tuple[CategoryTree, ...], said: Legend) -> tuple[CategoryTree, ...]:
    """Return categories whose masks are read by a legend, where one is said or lies with masks of any program.

    Parameters
    ----------
    root : Path
    tree : Tree
        Everything that lies there: ``labelmap.txt`` and its kind are looked for in it.
    trees : tuple of CategoryTree
    said : mapping
        What ``--values`` or a ``layout.toml`` says; it goes before label maps.

    Raises
    ------
    InputError
        If a label map cannot be read.
    """
    maps = {} if said else {file.path: PurePosixPath(file.path) for file in tree.files}
    maps = {path: where for path, where in maps.items() if where.name.lower() in LEGENDS}
    made = []
    for entry in trees:
        masks = [mask for sample in entry.category.samples for mask in sample.masks]
        above = {str(parent) for mask in masks for parent in PurePosixPath(mask).parents}
        nearest = sorted((path for path, where in maps.items() if str(where.parent) in above), key=_depth)[-1:]
        legend = said or (legend_at(root / nearest[0]) if nearest and entry.category.mask_rule == "marked" else {})
        if not masks or not legend:
            made.append(entry)
            continue
        documents = (*entry.documents, *(nearest if not said else ()))
        made.append(replace(entry, category=_named(entry.category, legend), documents=documents))
    return tuple(made)


def _depth(path: str) -> tuple[int, int]:
    where = PurePosixPath(path)
    return len(where.parts), -LEGENDS.index(where.name.lower())


def legend_at(path: Path) -> Legend:
    """Read a label map.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        return legend_of_file(path.name, "\n".join(parsed_content(read_file(path), "text", path)))
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        hint = "write name:red,green,blue:: in each line"
        raise InputError(f"is no label map: {error}", path=path, hint=hint) from error


def _named(category: Category, legend: Legend) -> Category:
    """Return a category whose masks are read by a legend; each name that marks something is a defect with an entry."""
    names = list(dict.fromkeys(name for name in legend.values() if not is_unmarked(name)))
    values = range(MAX_PIXEL_VALUE, MAX_PIXEL_VALUE - len(names), -1)
    if len(names) > MAX_PIXEL_VALUE:
        raise InputError(f"{len(names)} kinds of defects are named, a mask tells {MAX_PIXEL_VALUE} apart")
    entries = tuple(DefectEntry(name, value, Saturation(1.0)) for name, value in zip(names, values, strict=True))
    return replace(category, defects=entries, mask_rule="legend", legend=tuple(legend.items()))
