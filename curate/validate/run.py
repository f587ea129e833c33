"""Check a dataset: list it, decode every file once, ask every check."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from curate import __version__
from curate.errors import ConfigError, CurateError, InputError
from curate.execution import Execution
from curate.files.card import CARD_NAME, read_card
from curate.files.dataset import CONFIG_NAME, checked_root, chosen_trees, read_defects_config
from curate.files.facts_cache import FactsCache
from curate.files.hashing import sha256_bytes
from curate.files.images import read_file
from curate.files.layout import CategoryTree, Tree, TreeFile, list_tree
from curate.model.card import Card
from curate.model.defect import DefectEntry
from curate.model.finding import Finding, count_by_severity, ordered
from curate.validate.checks import configuration, confounding, duplicates, images, layout, masks, order
from curate.validate.facts import (
    FACTS_VERSION,
    FileFacts,
    ImageFacts,
    MaskFacts,
    image_facts,
    mask_facts,
    restore_facts,
)
from curate.validate.likeness import Twins, find_twins
from curate.validate.table import CategoryTable

CHECKS = (
    *layout.CHECKS,
    *configuration.CHECKS,
    *images.CHECKS,
    *masks.CHECKS,
    *duplicates.CHECKS,
    *order.CHECKS,
    *confounding.CHECKS,
)


_VERSION = f"{__version__}/{FACTS_VERSION}"


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What validation found.

    Attributes
    ----------
    path_root : str
        The dataset, as the user named it.
    findings : tuple of Finding
        In their total order; paths are relative to the root.
    checked : dict
        Number of ``images`` and ``masks`` looked at.
    """

    path_root: str
    findings: tuple[Finding, ...]
    checked: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the report as in FORMATS.md."""
        return {
            "schema": "curate/findings/1",
            "path_root": self.path_root,
            "checked": self.checked,
            "counts": count_by_severity(self.findings),
            "findings": [finding.to_json() for finding in self.findings],
        }


def validate_dataset(
    root: Path,
    *,
    layout: str | None = None,
    categories: Iterable[str] = (),
    execution: Execution = Execution(),
    cache: Path | None = None,
) -> ValidationReport:
    """Check a dataset folder.

    Parameters
    ----------
    root : Path
        Holds one folder a category, or is itself one category.
    layout : str, optional
        Insist on a layout; recognised by looking when left out.
    categories : iterable of str
        Only these; all when empty.
    execution : Execution
    cache : Path, optional
        Folder to remember facts about files in (:func:`curate.files.facts_cache.default_cache`); what has not changed
        since is not read again.

    Raises
    ------
    MissingError
        If the folder or a named category does not exist.
    InputError
        If nothing in it looks like a category.
    """
    listing = list_tree(checked_root(root))
    trees = chosen_trees(root, listing, layout, tuple(categories))
    memory = _Memory(FactsCache(cache, root, _VERSION) if cache else None, listing)
    tables = [_read_table(root, found, execution, memory) for found in trees]
    memory.save()
    findings = [finding for table in tables for check in CHECKS for finding in check(table)]
    findings += [finding for found in trees for finding in found.findings]
    checked = {
        "images": sum(len(table.images) for table in tables),
        "masks": sum(len(table.masks) for table in tables),
    }
    return ValidationReport(str(root), ordered(findings), checked)


class _Memory:
    """Facts by path, from the cache where the file is as it was, and what is to be remembered."""

    def __init__(self, cache: FactsCache | None, listing: Tree) -> None:
        self._cache = cache
        self._files = {file.path: file for file in listing.files} if cache else {}
        self._rows: dict[TreeFile, dict[str, Any]] = {}
        self._results: dict[str, Any] = {}
        self._learnt = False

    def recall(self, path: str, *, is_mask: bool) -> FileFacts | None:
        """Return what is known about a file; None when it has to be read."""
        file = self._files.get(path)
        row = self._cache.get(file) if self._cache and file else None
        if not row or row.get("is_mask") != is_mask:
            return None
        facts = restore_facts(row)
        self._rows[self._files[path]] = row
        return facts

    def learn(self, facts: FileFacts) -> None:
        """Remember what was just read."""
        if facts.path in self._files:
            self._rows[self._files[facts.path]] = {"is_mask": isinstance(facts, MaskFacts), **asdict(facts)}
            self._learnt = True

    def twins(self, signatures: Sequence[bytes]) -> tuple[Twins, ...]:
        """Return the pictures that show the same shot, computed once for the same pictures."""
        key = f"twins/{sha256_bytes(b''.join(signatures))}"
        known = self._cache.results.get(key) if self._cache else None
        pairs = [Twins(*pair) for pair in known] if known is not None else find_twins(signatures)
        self._learnt = self._learnt or known is None
        self._results[key] = [[pair.first, pair.second, pair.ratio] for pair in pairs]
        return tuple(pairs)

    def save(self) -> None:
        """Write the cache where something is new."""
        if self._cache and self._learnt:
            self._cache.save(self._rows, self._results)


def _read_table(root: Path, category: CategoryTree, execution: Execution, memory: _Memory) -> CategoryTable:
    samples = category.category.samples
    image_paths = dict.fromkeys(sample.path for sample in samples)
    mask_paths = sorted({*category.unpaired, *(mask for sample in samples for mask in sample.masks)})
    facts = {}
    unknown = []
    for path, is_mask in (*((path, False) for path in image_paths), *((path, True) for path in mask_paths)):
        known = memory.recall(path, is_mask=is_mask)
        if known:
            facts[path, is_mask] = known
        else:
            unknown.append((path, is_mask))
    title = f"check {category.category.name}"
    for item, found in zip(unknown, execution.map(partial(_read_facts, root), unknown, title), strict=True):
        facts[item] = found
        memory.learn(found)
    folder = root / category.category.prefix
    config, problem = _read_json(folder / CONFIG_NAME)
    entries: tuple[DefectEntry, ...] = ()
    if config is not None:
        try:
            entries = read_defects_config(folder / CONFIG_NAME)
        except ConfigError as error:
            problem = error.message
    card, card_problem = _read_card(folder / CARD_NAME)
    table = CategoryTable(
        tree=category,
        images={path: entry for path in image_paths if isinstance(entry := facts[path, False], ImageFacts)},
        masks={path: entry for path in mask_paths if isinstance(entry := facts[path, True], MaskFacts)},
        entries=entries,
        config=config,
        config_problem=problem,
        card=card,
        card_problem=card_problem,
    )
    table.origins.update({table.at(origin.path): origin for origin in card.samples} if card else {})
    signatures = [table.images[sample.path].signature for sample in table.comparable()]
    return replace(table, twins=memory.twins(signatures))


def _read_facts(root: Path, item: tuple[str, bool]) -> FileFacts:
    path, is_mask = item
    try:
        content = read_file(root / path)
    except CurateError as error:
        return (MaskFacts if is_mask else ImageFacts)(path=path, problem=error.message)
    return mask_facts(content, path) if is_mask else image_facts(content, path)


def _read_json(path: Path) -> tuple[Any, str]:
    if not path.is_file():
        return None, ""
    try:
        return json.loads(read_file(path)), ""
    except (ValueError, CurateError) as error:
        return None, f"is not valid JSON: {error}"


def _read_card(path: Path) -> tuple[Card | None, str]:
    try:
        return read_card(path), ""
    except InputError as error:
        return None, error.message
