"""Read a dataset folder, whatever its layout: paths, tables and configuration; pixels only where they hold the labels.

The root may hold categories or be one itself. :mod:`curate.datasets.layout` reads the tree that AutoVI and MVTec AD
share, :mod:`curate.datasets.layouts` every other layout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from curate.datasets.card import CARD_NAME, read_card
from curate.datasets.defects_config import CONFIG_NAME, read_defects_config
from curate.datasets.layout import NATIVE, CategoryTree, list_tree, native_unexplained
from curate.datasets.recognition import checked_root, chosen_trees, files_account
from curate.disk.members import listed_as
from curate.errors import InputError
from curate.model.account import EMPTY, Account
from curate.model.dataset import Category, Dataset
from curate.model.finding import Finding, ordered

if TYPE_CHECKING:
    from curate.model.card import Card


def read_dataset(root: Path | str, layout: str | None = None, *, categories: Iterable[str] = ()) -> Dataset:
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
    root = Path(root)
    listing = list_tree(checked_root(root))
    chosen = chosen_trees(root, listing, layout, tuple(categories))
    unexplained = native_unexplained(chosen) if chosen[0].layout in NATIVE else []
    layouts = {tree.layout for tree in chosen}
    cards = [_card_of(root, tree.category) for tree in chosen]
    return Dataset(
        root=str(root),
        name=_name_of(root, cards),
        layout=layouts.pop() if len(layouts) == 1 else "autovi",
        categories=tuple(
            _with_origins(_with_config(root, tree), card) for tree, card in zip(chosen, cards, strict=True)
        ),
        findings=ordered([*(one for tree in chosen for one in tree.findings), *_unexplained_finding(unexplained)]),
        files=files_account(listing, chosen) if not categories else EMPTY,
        entries=Account.total_of(tree.entries for tree in chosen),
    )


def _unexplained_finding(images: list[str]) -> list[Finding]:
    if not images:
        return []
    from curate.datasets.layouts.recognise import unexplained_finding  # loads every format

    return unexplained_finding("the layout", images)


def _with_config(root: Path, tree: CategoryTree) -> Category:
    """Add what mask values mean: of ``defects_config.json``, or where a layout has none, one entry a defect."""
    category = tree.category
    if category.defects:
        return category
    entries = read_defects_config(root / category.prefix / CONFIG_NAME)
    if entries or tree.layout != "mvtec-ad":
        return replace(category, defects=entries)
    from curate.datasets.layouts.building import with_entries

    return replace(category, defects=with_entries(category.samples, "nonzero"), mask_rule="nonzero")


def _card_of(root: Path, category: Category) -> Card | None:
    """Return a category's ``dataset.json``; a broken one is for validation to tell."""
    try:
        return read_card(root / category.prefix / CARD_NAME)
    except InputError:
        return None


def _name_of(root: Path, cards: Iterable[Card | None]) -> str:
    """Return the name that the dataset's own files agree on; the folder's where they name none, or several."""
    names = {card.name for card in cards if card and card.name}
    return names.pop() if len(names) == 1 else root.resolve().name


def _with_origins(category: Category, card: Card | None) -> Category:
    """Add what ``dataset.json`` knows about the images."""
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
