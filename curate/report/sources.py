"""What a report is made of: a workspace or a dataset, what validation found in it, and the results of methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from curate.card.describe import CategoryDescription, describe
from curate.datasets.dataset import read_dataset
from curate.errors import CurateError, InputError, MissingError
from curate.evaluate.identity import KnownDataset, know_dataset
from curate.execution import Execution
from curate.model.account import Account
from curate.model.config import DEFAULT_WINDOW, CategoryConfig, WorkspaceConfig
from curate.model.dataset import Category
from curate.model.finding import Finding
from curate.model.silence import Silenced
from curate.report.scoring import Scoring, score
from curate.validate.report import ValidationReport
from curate.validate.run import validate_dataset, validate_workspace
from curate.validate.table import CategoryTable
from curate.view.frames import FrameView, frame_views
from curate.workspace.config import read_config
from curate.workspace.workspace import CONFIG_NAME, Workspace, category_config, find_workspace


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for.

    Attributes
    ----------
    path : Path or None
        A dataset or a workspace; None takes the workspace that ``start`` lies in.
    start : Path
    submissions, results : tuple of Path
    layout : str or None
        Of the dataset; recognised by looking when None.
    categories : tuple of str
        All when empty.
    cache : Path or None
        Where validation remembers facts about files.
    """

    path: Path | None = None
    start: Path = Path()
    submissions: tuple[Path, ...] = ()
    results: tuple[Path, ...] = ()
    layout: str | None = None
    categories: tuple[str, ...] = ()
    cache: Path | None = None

    def __post_init__(self) -> None:
        """Take paths that are text, too."""
        for name in ("path", "start", "cache"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else Path(value))
        for name in ("submissions", "results"):
            object.__setattr__(self, name, tuple(map(Path, getattr(self, name))))


@dataclass(frozen=True, slots=True)
class Recorded:
    """A category of a workspace, as far as the stages have come."""

    config: CategoryConfig
    window: str
    frames: tuple[FrameView, ...]


@dataclass(frozen=True, slots=True)
class DatasetIdentity:
    """What a dataset says of itself."""

    name: str
    version: str = ""
    license: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a report is made of.

    Attributes
    ----------
    about : DatasetIdentity
    dataset_root : Path or None
        None for a workspace that has not been exported.
    dataset : tuple of Category
    layout, fingerprint : str
        Of the dataset; ``""`` without one.
    tables : tuple of CategoryTable
    descriptions : tuple of CategoryDescription
    findings : tuple of Finding
        Paths are relative to the workspace, or without one to the dataset's root.
    silenced : tuple of Silenced
    checked : dict
    account : dict of str to Account
        Of the dataset's files and entries.
    workspace : Workspace or None
    recorded : tuple of Recorded
    scoring : Scoring
    """

    about: DatasetIdentity
    dataset_root: Path | None
    dataset: tuple[Category, ...] = ()
    layout: str = ""
    fingerprint: str = ""
    tables: tuple[CategoryTable, ...] = ()
    descriptions: tuple[CategoryDescription, ...] = ()
    findings: tuple[Finding, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    checked: dict[str, int] = field(default_factory=dict)
    account: dict[str, Account] = field(default_factory=dict)
    workspace: Workspace | None = None
    recorded: tuple[Recorded, ...] = ()
    scoring: Scoring = field(default_factory=Scoring)


def read_material(request: Request, execution: Execution) -> Material:
    """Read everything but the pictures of the gallery.

    Raises
    ------
    CurateError
        If there is neither a dataset nor a workspace, a category does not exist, or a submission is none.
    """
    if _is_about_results_alone(request):
        found = _with_dataset(request, Material(DatasetIdentity("Results"), None), None, execution)
        names = {result.dataset.name for result in found.scoring.results}
        return replace(found, about=DatasetIdentity(f"Results on {', '.join(sorted(names))}"))
    workspace, config = _workspace(request)
    if workspace is None or config is None:
        root = request.path or request.start
        report = validate_dataset(
            root, layout=request.layout, categories=request.categories, execution=execution, cache=request.cache
        )
        return _with_dataset(request, Material(DatasetIdentity(root.resolve().name), root), report, execution)
    if request.layout:
        raise InputError("--layout needs the PATH of a dataset", hint="a workspace's export is always autovi")
    recorded = tuple(
        _recorded(workspace, category_config(config, name)) for name in _wanted(workspace, request.categories)
    )
    about = DatasetIdentity(config.name or workspace.root.name, config.version, config.license, config.description)
    exported = workspace.build("autovi")
    ready = all((exported / name).is_dir() for name in request.categories) and exported.is_dir()
    material = Material(about, exported if ready else None, workspace=workspace, recorded=recorded)
    if not ready and exported.is_dir():  # only others are exported: what was found in them is not asked for
        return _with_dataset(request, material, None, execution)
    report = validate_workspace(
        workspace, config, categories=request.categories, execution=execution, cache=request.cache
    )
    return _with_dataset(request, material, report, execution)


def _workspace(request: Request) -> tuple[Workspace | None, WorkspaceConfig | None]:
    if request.path is not None and not (request.path / CONFIG_NAME).is_file():
        return None, None
    workspace = find_workspace(request.path or request.start, instead="; for a dataset: `curate report DATASET`")
    return workspace, read_config(workspace.config_path)


def _is_about_results_alone(request: Request) -> bool:
    """Whether there are results and neither a dataset nor a workspace to go with them."""
    if request.path is not None or request.submissions or not request.results:
        return False
    try:
        find_workspace(request.start)
    except MissingError:
        return True
    return False


def _wanted(workspace: Workspace, categories: Sequence[str]) -> list[str]:
    present = workspace.categories()
    unknown = [name for name in categories if name not in present]
    if unknown or not present:
        raise MissingError(
            f"no frames were imported for {', '.join(unknown) or 'any category'}",
            path=workspace.root,
            hint=f"run `curate import FOLDER -c {unknown[0] if unknown else 'CATEGORY'}`",
        )
    return [name for name in present if not categories or name in categories]


def _recorded(workspace: Workspace, category: CategoryConfig) -> Recorded:
    window = DEFAULT_WINDOW if DEFAULT_WINDOW in category.windows else next(iter(category.windows))
    return Recorded(category, window, tuple(frame_views(workspace, category, window=window)))


def _with_dataset(
    request: Request, material: Material, report: ValidationReport | None, execution: Execution
) -> Material:
    """Add what validation found, the card, and the results."""
    root = material.dataset_root
    if root is None and request.submissions:
        raise MissingError(
            "there is no exported dataset that a submission could be scored on",
            path=request.start,
            hint="run `curate export`, or name the dataset as PATH",
        )
    tables = report.tables if report else ()
    prefix = f"{material.workspace.relative(root)}/" if material.workspace and root else ""
    found = tuple(replace(entry, path=entry.path.removeprefix(prefix)) for entry in report.findings) if report else ()
    categories = _categories(root, request, tables)
    known = _known(root, request, execution) if categories else None
    scoring = score(
        request.submissions,
        request.results,
        root,
        known_dataset=known if request.results else None,
        layout=request.layout,
        categories=request.categories,
        found=found,
        execution=execution,
    )
    card = next((table.card for table in tables if table.card), None)
    about = material.about
    if card and material.workspace is None:
        about = DatasetIdentity(card.name or about.name, card.version, card.license, card.description)
    return replace(
        material,
        about=about,
        dataset=categories,
        layout=tables[0].tree.layout if tables else "",
        fingerprint=known.fingerprint(request.categories) if known else "",
        tables=tables,
        descriptions=tuple(describe(table) for table in tables),
        findings=report.findings if report else (),
        silenced=report.silenced if report else (),
        checked=report.checked if report else {},
        account=report.account if report else {},
        scoring=scoring,
    )


def _known(root: Path | None, request: Request, execution: Execution) -> KnownDataset | None:
    """Return what the fingerprints of the whole dataset follow from; None where a file cannot be read: a finding."""
    if root is None:
        return None
    try:
        return know_dataset(root, read_dataset(root, request.layout), execution)
    except CurateError:
        return None


def _categories(root: Path | None, request: Request, tables: Sequence[CategoryTable]) -> tuple[Category, ...]:
    """Return the categories with what their masks mean; where that is broken, which is a finding, without."""
    if root is None:
        return ()
    try:
        return read_dataset(root, request.layout, categories=request.categories).categories
    except CurateError:
        return tuple(table.tree.category for table in tables)
