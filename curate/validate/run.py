"""Check a dataset: list it, decode every file once, ask every check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from curate import __version__
from curate.datasets.card import CARD_NAME
from curate.datasets.defects_config import CONFIG_NAME
from curate.datasets.facts_cache import FactsCache
from curate.datasets.layout import CategoryTree, list_tree
from curate.datasets.recognition import checked_root, chosen_trees, files_account
from curate.datasets.repair import apply_fixes
from curate.datasets.silence import read_silences
from curate.datasets.truth import usable
from curate.disk.members import listed_as
from curate.disk.reading import is_there, may_be_there
from curate.errors import CurateError, ReadError
from curate.execution import Execution
from curate.imaging.images import keep_freed_memory, read_file
from curate.model.account import Account
from curate.model.card import Card
from curate.model.config import WorkspaceConfig
from curate.model.dataset import Category
from curate.model.decision import Standing
from curate.model.finding import Finding
from curate.model.fix import Fix
from curate.model.silence import Silenced
from curate.validate.accepted import NOTHING_ACCEPTED, Accepted
from curate.validate.checks import configuration, confounding, duplicates, images, layout, masks, order
from curate.validate.documents import read_documents
from curate.validate.facts import (
    FACTS_VERSION,
    FileFacts,
    ImageFacts,
    MaskFacts,
    image_facts,
    mask_facts,
)
from curate.validate.fixes import plan_fixes
from curate.validate.labelled import labelled_classes, lost_in_export
from curate.validate.memory import FactsMemory
from curate.validate.report import ValidationReport, make_report
from curate.validate.table import CategoryTable
from curate.validate.workspace import below, stale_findings
from curate.workspace.config import read_config
from curate.workspace.decisions import read_standing
from curate.workspace.pipeline import failure, stale_because, stamp_stage
from curate.workspace.stage_names import export_folders, stages_of
from curate.workspace.stage_needs import published_cards
from curate.workspace.standing_order import standing_findings
from curate.workspace.workspace import CONFIG_NAME as WORKSPACE_NAME
from curate.workspace.workspace import Workspace, category_config

Check: TypeAlias = Callable[[CategoryTable], Iterable[Finding]]

CHECKS_FOR_ERRORS: tuple[Check, ...] = (
    *layout.CHECKS,
    *configuration.CHECKS,
    *images.CHECKS,
    *masks.CHECKS,
    *duplicates.CHECKS,
    *order.CHECKS,
)
CHECKS: tuple[Check, ...] = (*CHECKS_FOR_ERRORS, *confounding.CHECKS)
"""All checks; what gives a label away is never more than a warning, and its tests take half a second to import."""


_VERSION = f"{__version__}/{FACTS_VERSION}"


def validate_dataset(
    root: Path | str,
    *,
    layout: str | None = None,
    categories: Iterable[str] = (),
    execution: Execution = Execution(),
    cache: Path | None = None,
    accepted: Accepted = NOTHING_ACCEPTED,
    checks: Sequence[Check] = CHECKS,
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
        Folder to remember facts about files in (:func:`curate.disk.cache_folder.default_cache`); what has not
        changed since is not read again.
    accepted : Accepted
        What people accepted in the workspace that it was exported from; see :func:`accepted_around`.
    checks : sequence of callable
        Those to ask; :data:`CHECKS_FOR_ERRORS` is enough for who wants no warnings.

    Raises
    ------
    MissingError
        If the folder or a named category does not exist.
    InputError
        If nothing in it looks like a category.
    """
    root = Path(root)
    keep_freed_memory()
    listing = list_tree(checked_root(root))
    trees = chosen_trees(root, listing, layout, tuple(categories))
    memory = FactsMemory(FactsCache(cache, root, _VERSION) if cache else None, listing)
    tables = [_read_table(root, found, execution, memory) for found in trees]
    memory.save()
    findings = [finding for table in tables for check in _checks_of(table, checks) for finding in check(table)]
    findings += [finding for entry in trees for finding in entry.findings]
    kept, silenced = accepted.take_out(findings, tables)
    entries = Account.total_of(entry.entries for entry in trees)
    account = {} if categories else {"files": files_account(listing, trees), "entries": entries}
    report = make_report(
        str(root),
        kept,
        read_silences(root),
        images=sum(len(table.images) for table in tables),
        masks=sum(len(table.masks) for table in tables),
        tables=tuple(tables),
        accepted=silenced,
    )
    return replace(report, account=account)


def _checks_of(table: CategoryTable, checks: Sequence[Check]) -> list[Check]:
    """Return those checks that a category can be asked: none that leans on a document which could not be read."""
    leaning: set[Check] = set()
    if table.at(CONFIG_NAME) in table.unread:
        leaning |= {configuration.config_present, configuration.unused_values, masks.values}
    if table.at(CARD_NAME) in table.unread:
        leaning |= {duplicates.defect_in_train, duplicates.same_tiles, *order.CHECKS}
    return [check for check in checks if check not in leaning]


def accepted_around(root: Path) -> Accepted:
    """Return what people accepted in the workspace whose ``build`` folder holds a dataset; nothing elsewhere.

    Raises
    ------
    ConfigError, RecordError
        If the workspace's configuration or its decisions cannot be read.
    """
    folder = root.absolute()
    for parent in folder.parents:
        if is_there(parent / WORKSPACE_NAME):
            workspace = Workspace(parent)
            if not folder.is_relative_to(workspace.build(".")):
                break
            return _read_accepted(workspace, read_config(workspace.config_path), folder)
    return NOTHING_ACCEPTED


def _read_accepted(workspace: Workspace, config: WorkspaceConfig, folder: Path) -> Accepted:
    published: dict[str, Standing] = {}
    for name in workspace.categories():
        category, standing = category_config(config, name), read_standing(workspace, name)
        published |= {category.published_name(window): standing for window in category.windows}
    return Accepted(workspace.relative(folder) if folder != workspace.root else "", published)


def validate_workspace(
    workspace: Workspace,
    config: WorkspaceConfig,
    *,
    path_root: str = ".",
    categories: Iterable[str] = (),
    execution: Execution = Execution(),
    cache: Path | None = None,
) -> ValidationReport:
    """Check a workspace: whether its records are stale, and every export of it in ``build``.

    Paths of findings are relative to the workspace. Parameters and errors are those of :func:`validate_dataset`;
    ``path_root`` is how the user named the workspace.
    """
    wanted = set(categories)
    chosen = [category_config(config, name) for name in workspace.categories() if not wanted or name in wanted]
    reasons = {
        (stage, category.name): stale_because(workspace, stage, category) or ()
        for category in chosen
        for stage in stages_of(workspace, category.name)
        if stage not in {"review", "validate"}
    }
    published = {category.published_name(window) for category in chosen for window in category.windows}
    accepted = _read_accepted(workspace, config, workspace.root)
    findings, silenced = accepted.take_out(stale_findings(reasons))
    findings += [finding for category in chosen for finding in standing_findings(workspace, category.name)]
    labelled = {category.name: labelled_classes(workspace, category.name) for category in chosen}
    checked: Counter[str] = Counter(images=0, masks=0)
    tables: list[CategoryTable] = []
    for folder in export_folders(workspace, [category.name for category in chosen]):
        dataset = workspace.build(folder)
        among = [name for name in sorted(published) if (dataset / name).is_dir()] if wanted else ()
        folder_name = workspace.relative(dataset)
        report = validate_dataset(
            dataset,
            categories=among,
            execution=execution,
            cache=cache,
            accepted=replace(accepted, folder=folder_name),
        )
        findings += below(folder_name, report.findings)
        gone = below(folder_name, (entry.finding for entry in report.silenced))
        silenced += map(Silenced, gone, (entry.reason for entry in report.silenced))
        checked.update(report.checked)
        tables += report.tables
        lost = [
            finding
            for category in chosen
            for finding in lost_in_export(category, labelled[category.name], report.tables, folder_name)
        ]
        kept, gone_too = accepted.take_out(lost)
        findings += kept
        silenced += gone_too
    rules = read_silences(workspace.root)
    return make_report(path_root, findings, rules, **checked, tables=tuple(tables), accepted=silenced)


def record_validation(
    workspace: Workspace, config: WorkspaceConfig, report: ValidationReport, categories: Iterable[str] = ()
) -> None:
    """Record that the exports of a workspace were checked, so that ``status`` knows of which nobody has yet.

    Parameters
    ----------
    workspace, config, categories
        As for :func:`validate_workspace`, which made the ``report``.
    """
    wanted = set(categories)
    chosen = [category_config(config, name) for name in workspace.categories() if not wanted or name in wanted]
    folders = {
        entry.name: tuple(f"{workspace.relative(card.parent)}/" for card in published_cards(workspace, entry))
        for entry in chosen
    }
    with workspace.lock(swept=()):
        for entry in chosen:
            if not any(is_there(card) for card in published_cards(workspace, entry)):
                continue  # nothing was checked
            others = tuple(each for name, mine in folders.items() if name != entry.name for each in mine)
            own = [finding for finding in report.findings if not f"{finding.path}/".startswith(others or ("\0",))]
            decided = read_standing(workspace, entry.name)
            stamp_stage(workspace, "validate", entry, [], decided, failed=failure(own))


def fix_dataset(root: Path, report: ValidationReport) -> tuple[Path, tuple[Fix, ...]]:
    """Fix what needs no person, keeping every replaced file in a folder beside the dataset.

    Returns
    -------
    kept : Path
        Where the replaced and removed files are.
    fixes : tuple of Fix
        What was fixed. Validate again to see what is left.
    """
    fixes = tuple(fix for table in report.tables for fix in plan_fixes(table, report.findings))
    return apply_fixes(root, fixes), fixes


def _read_table(root: Path, category: CategoryTree, execution: Execution, memory: FactsMemory) -> CategoryTable:
    samples = category.category.samples
    image_paths = dict.fromkeys(sample.path for sample in samples)
    documents = read_documents(root / category.category.prefix)
    card = documents.card
    masks = {*category.unpaired, *(mask for sample in samples for mask in sample.masks)}
    mask_paths = sorted(masks | (_published_masks(root, category, card) if card else set()))
    files = [*((path, False) for path in image_paths), *((path, True) for path in mask_paths)]
    facts = _facts_of(root, category, files, execution, memory)
    table = CategoryTable(
        tree=category,
        images={path: entry for path in image_paths if isinstance(entry := facts[path, False], ImageFacts)},
        masks={path: entry for path in mask_paths if isinstance(entry := facts[path, True], MaskFacts)},
        entries=documents.entries,
        config=documents.config,
        config_problem=documents.config_problem,
        card=card,
        card_problem=documents.card_problem,
        unread={f"{category.category.prefix}/{name}".lstrip("/"): why for name, why in documents.unread.items()},
    )
    origins = {table.at(origin.path): origin for origin in card.samples} if card else {}
    listed = ((sample.path, listed_as(sample.path)) for sample in samples)
    table.origins.update({path: origins[place] for path, place in listed if place in origins})
    comparable = [(sample, table.images[sample.path]) for sample in table.comparable()]
    return replace(table, twins=memory.twins(root, comparable))


def _facts_of(
    root: Path,
    category: CategoryTree,
    files: Sequence[tuple[str, bool]],
    execution: Execution,
    memory: FactsMemory,
) -> dict[tuple[str, bool], FileFacts]:
    """Return what is known about files, each a path and whether it is a mask; what is not known yet is read."""
    half = category.category.mask_rule == "half"
    asked = category.category if category.category.mask_rule in {"marked", "legend"} else None
    facts = {}
    for path, is_mask in files:
        known = None if is_mask and asked else memory.recall(path, is_mask=is_mask, half=half)
        if known:
            facts[path, is_mask] = known
    unknown = [item for item in files if item not in facts]
    read = execution.map(partial(_read_facts, root, half, asked), unknown, f"check {category.category.name}")
    for item, found in zip(unknown, read, strict=True):
        facts[item] = found
        if not found.unread:
            memory.learn(found)
    return facts


def _published_masks(root: Path, category: CategoryTree, card: Card) -> set[str]:
    """Return the masks that a card lists and that are there: some layouts' readers turn theirs into drawn regions."""
    prefix = f"{category.category.prefix}/" if category.category.prefix else ""
    listed = {prefix + mask for sample in card.samples for mask in sample.masks}
    return {path for path in listed if may_be_there(root / path)}


def _read_facts(  # - bound by partial
    root: Path,
    half: bool,  # noqa: FBT001
    asked: Category | None,
    item: tuple[str, bool],
) -> FileFacts:
    path, is_mask = item
    try:
        content = read_file(root / path)
        if is_mask and asked:
            usable(content, root / path, asked)
    except CurateError as error:
        unread = isinstance(error, ReadError)
        return (MaskFacts if is_mask else ImageFacts)(path=path, problem=error.message, unread=unread)
    return mask_facts(content, path, half=half) if is_mask else image_facts(content, path)
