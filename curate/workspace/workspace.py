"""Where everything lies in a workspace, and the lock that keeps two commands from writing at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from curate.disk.atomic import storage_errors, sweep_temporaries, sync_folder, write_text
from curate.disk.reading import names_in
from curate.errors import InputError, MissingError
from curate.model.config import DEFAULT_WINDOW, CategoryConfig, WindowConfig, WorkspaceConfig
from curate.model.natural import natural_sorted
from curate.model.words import without_credentials
from curate.workspace.config import parse_config, read_config
from curate.workspace.config_template import config_template

CONFIG_NAME = "curate.toml"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_LOCAL = "make the workspace on a disk of this machine, and import from the URL: curate import URL -c CATEGORY"
_WRITTEN_FOLDERS = ("records", "windows", "masks", "build", "screening", ".curate")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of a ``curate.toml`` and the paths below it. docs/formats.md draws the tree."""

    root: Path

    @property
    def config_path(self) -> Path:
        """The hand-edited configuration."""
        return self.root / CONFIG_NAME

    @property
    def scratch(self) -> Path:
        """Journals and caches: never committed, always disposable."""
        return self.root / ".curate"

    def captures(self, category: str) -> Path:
        """Return the folder of a category's frames as they came."""
        return self.root / "captures" / category

    def captures_record(self, category: str, series: str) -> Path:
        """Return the record of one series' frames in shooting order."""
        return self.root / "records" / "captures" / category / f"{series}.csv"

    def order_record(self, category: str) -> Path:
        """Return the record of what is open about the shooting order of a category's frames."""
        return self.root / "records" / "order" / f"{category}.json"

    def windows(self, window: str, category: str) -> Path:
        """Return the folder of a category's cut images."""
        return self.root / "windows" / window / category

    def windows_record(self, window: str, category: str, series: str) -> Path:
        """Return the record of where each window lies in its frame."""
        return self.root / "records" / "windows" / window / category / f"{series}.csv"

    def screening_record(self, category: str, series: str) -> Path:
        """Return the record of what screening measured and decided on one series' frames."""
        return self.root / "records" / "screening" / category / f"{series}.csv"

    def screening_sheet(self, category: str, series: str) -> Path:
        """Return the picture of the worst and the borderline frames of a series."""
        return self.root / "screening" / category / f"{series}.png"

    def annotations(self, category: str) -> Path:
        """Return the record of what experts drew, one frame a line, in frame pixels."""
        return self.root / "records" / "annotations" / f"{category}.jsonl"

    def decisions(self, category: str) -> Path:
        """Return the record of what people decided, one decision a line, oldest first."""
        return self.root / "records" / "decisions" / f"{category}.jsonl"

    def masks(self, window: str, category: str) -> Path:
        """Return the folder of rasterised regions, ``<image stem>/0000.png``, and ``defects_config.json``."""
        return self.root / "masks" / window / category

    def masks_record(self, window: str, category: str) -> Path:
        """Return the record of which mask is which region."""
        return self.root / "records" / "masks" / window / f"{category}.csv"

    def pixel_values(self, category: str) -> Path:
        """Return the record of which pixel value each defect had in the masks so far."""
        return self.root / "records" / "pixel_values" / f"{category}.json"

    def split(self, name: str, category: str) -> Path:
        """Return the record of which sample is on which side."""
        return self.root / "records" / "splits" / name / f"{category}.csv"

    def split_policy(self, name: str) -> Path:
        """Return the record of how a split was made."""
        return self.root / "records" / "splits" / f"{name}.json"

    def build(self, layout: str) -> Path:
        """Return the root of a published dataset."""
        return self.root / "build" / layout

    def stamp(self, stage: str, category: str) -> Path:
        """Return what a stage read and wrote, as hashes, for staleness."""
        return self.root / "records" / "stamps" / stage / f"{category}.json"

    def journal(self, stage: str, category: str) -> Path:
        """Return the journal of a running command."""
        return self.scratch / "journals" / f"{stage}-{category}.jsonl"

    def categories(self) -> list[str]:
        """Return the categories that frames were imported for, in natural order."""
        folder = self.root / "records" / "captures"
        return natural_sorted(name for name in names_in(folder) if self.series_of(name))

    def series_of(self, category: str) -> list[str]:
        """Return the series that have a captures record, in natural order."""
        return records_in(self.captures_record(category, "x").parent)

    def relative(self, path: Path) -> str:
        """Return a path relative to the workspace, ``/``-separated, for messages and records."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    @contextmanager
    def lock(
        self, on_wait: Callable[[str], None] | None = None, *, swept: Sequence[str] = _WRITTEN_FOLDERS
    ) -> Iterator[None]:
        """Hold the workspace for writing; a second command waits, and leftovers of killed ones are swept.

        Parameters
        ----------
        on_wait : callable, optional
            Told once, with a sentence, when another command holds the lock.
        swept : sequence of str
            Folders to look through for leftovers. Captures are not among them: nothing is written there, only renamed.
        """
        from filelock import FileLock, Timeout

        path = self.scratch / "lock"
        with storage_errors(path):
            self.scratch.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                if on_wait:
                    on_wait(f"another curate command is writing in {self.root}; waiting for it to finish")
                lock.acquire()
        try:
            for folder in swept:
                sweep_temporaries(self.root / folder)
            yield
        finally:
            lock.release()


def records_in(folder: Path) -> list[str]:
    """Return the names of the record files in a folder, without ``.csv``, in natural order; none without a folder.

    Raises
    ------
    ReadError
        If the folder cannot be listed.
    """
    return natural_sorted(Path(name).stem for name in names_in(folder) if name.endswith(".csv") and name[0] != ".")


def find_workspace(start: Path, *, instead: str = "") -> Workspace:
    """Return the workspace that a folder lies in: the nearest folder upwards with a ``curate.toml``.

    ``instead`` is what else a person could do where there is none, for the hint.

    Raises
    ------
    MissingError
        If there is none.
    """
    folder = start.absolute()
    for candidate in (folder, *folder.parents):
        if (candidate / CONFIG_NAME).is_file():
            return Workspace(candidate)
    if not folder.exists():
        raise MissingError("there is no such folder", path=start, hint="check the path given with -C")
    raise MissingError(
        f"no {CONFIG_NAME} here or in any folder above",
        path=start,
        hint=f"run `curate init` in the folder of your project, or point to a workspace with -C DIR{instead}",
    )


def init_workspace(root: Path | str, categories: tuple[str, ...] = ()) -> tuple[Workspace, bool]:
    """Make the folder, a commented ``curate.toml`` and the folders of the first stages.

    Returns
    -------
    workspace : Workspace
    made : bool
        False when there was a ``curate.toml`` already; it is left as it is.

    Raises
    ------
    InputError
        If it is a URL: frames are imported from there, but a workspace lies on a disk.
    """
    root = Path(root)
    if _URL.match(str(root)):
        raise InputError(
            "is a URL, expected a folder on a disk",
            path=without_credentials(str(root).replace(":/", "://", 1)),
            hint=_LOCAL,
        )
    workspace = Workspace(root.absolute())
    text = config_template(workspace.root.name or "dataset", categories)
    parse_config(text, workspace.config_path)  # refuses category names that cannot be folder names
    made = not workspace.config_path.exists()
    if made:
        write_text(workspace.config_path, text)
    with storage_errors(workspace.root):
        for name in ("captures", "records", "templates"):
            (workspace.root / name).mkdir(exist_ok=True)
        sync_folder(workspace.root)
    return workspace, made


def open_workspace(
    start: Path | str, wanted: tuple[str, ...] = ()
) -> tuple[Workspace, WorkspaceConfig, list[CategoryConfig]]:
    """Find a workspace, read its configuration, and choose the categories that have frames.

    A category that was imported but is not named in ``curate.toml`` gets the defaults: the whole frame as its window.

    Raises
    ------
    MissingError
        If there is no workspace, no frame has been imported, or a wanted category has none.
    """
    start = Path(start)
    workspace = find_workspace(start)
    config = read_config(workspace.config_path)
    present = workspace.categories()
    missing = [name for name in wanted if name not in present]
    if missing or not present:
        raise MissingError(
            f"no frames were imported for {', '.join(missing) or 'any category'}",
            path=workspace.root,
            hint=f"run `curate import FOLDER -c {missing[0] if missing else 'CATEGORY'}`",
        )
    chosen = [name for name in present if not wanted or name in wanted]
    return workspace, config, [category_config(config, name) for name in chosen]


def category_config(config: WorkspaceConfig, name: str) -> CategoryConfig:
    """Return what ``curate.toml`` says about a category, or the defaults."""
    category = replace(config.categories.get(name, CategoryConfig(name)), published=config.about)
    if category.windows:
        return category
    return replace(category, windows={DEFAULT_WINDOW: WindowConfig()})
