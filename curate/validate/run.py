"""Check a dataset: list it, decode every file once, ask every check."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from curate.errors import ConfigError, CurateError, InputError
from curate.execution import Execution
from curate.files.card import CARD_NAME, read_card
from curate.files.dataset import CONFIG_NAME, checked_root, chosen_trees, read_defects_config
from curate.files.images import read_file
from curate.files.layout import CategoryTree, list_tree
from curate.model.card import Card
from curate.model.defect import DefectEntry
from curate.model.finding import Finding, count_by_severity, ordered
from curate.validate.checks import configuration, confounding, duplicates, images, layout, masks, order
from curate.validate.facts import FileFacts, ImageFacts, MaskFacts, image_facts, mask_facts
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
    root: Path, *, layout: str | None = None, categories: Iterable[str] = (), execution: Execution = Execution()
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

    Raises
    ------
    MissingError
        If the folder or a named category does not exist.
    InputError
        If nothing in it looks like a category.
    """
    trees = chosen_trees(root, list_tree(checked_root(root)), layout, tuple(categories))
    tables = [_read_table(root, found, execution) for found in trees]
    findings = [finding for table in tables for check in CHECKS for finding in check(table)]
    findings += [finding for found in trees for finding in found.findings]
    checked = {
        "images": sum(len(table.images) for table in tables),
        "masks": sum(len(table.masks) for table in tables),
    }
    return ValidationReport(str(root), ordered(findings), checked)


def _read_table(root: Path, category: CategoryTree, execution: Execution) -> CategoryTable:
    samples = category.category.samples
    mask_paths = sorted({*category.unpaired, *(mask for sample in samples for mask in sample.masks)})
    work = [(sample.path, False) for sample in samples] + [(path, True) for path in mask_paths]
    facts = list(execution.map(partial(_read_facts, root), work, f"check {category.category.name}"))
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
        images={entry.path: entry for entry in facts if isinstance(entry, ImageFacts)},
        masks={entry.path: entry for entry in facts if isinstance(entry, MaskFacts)},
        entries=entries,
        config=config,
        config_problem=problem,
        card=card,
        card_problem=card_problem,
    )
    table.origins.update({table.at(origin.path): origin for origin in card.samples} if card else {})
    return table


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
