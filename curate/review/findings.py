"""Findings of the exported dataset, by frame; worked out beside the page, because checking decodes every image."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from curate.errors import CurateError
from curate.model.card import Card
from curate.model.config import CategoryConfig, WorkspaceConfig
from curate.model.finding import Finding
from curate.review.background import Background
from curate.review.queue import FrameFinding
from curate.workspace.stage_names import export_folders
from curate.workspace.workspace import Workspace

_CARD = "dataset.json"


@dataclass(frozen=True, slots=True)
class Checked:
    """How far the check has come, and what it found.

    Attributes
    ----------
    state : str
        ``none`` (nothing was exported), ``running``, ``done`` or ``failed``.
    problem : str
        Why it failed.
    findings : dict of str to tuple of FrameFinding
        By category.
    accepted : dict of str to tuple of FrameFinding
        Those that do not count because somebody accepted them.
    """

    state: str = "none"
    problem: str = ""
    findings: Mapping[str, tuple[FrameFinding, ...]] | None = None
    accepted: Mapping[str, tuple[FrameFinding, ...]] | None = None


class Checks:
    """Checks the export of a workspace beside the page, again whenever it was exported anew."""

    def __init__(
        self,
        workspace: Workspace,
        config: WorkspaceConfig,
        categories: Sequence[CategoryConfig],
        background: Background,
    ) -> None:
        self._background = background
        self._workspace = workspace
        self._config = config
        self._categories = tuple(categories)
        self._guard = threading.Lock()
        self._export: tuple[object, ...] = ()
        self._checked = Checked()

    def now(self) -> Checked:
        """Return what is known now; starts the check where the export is not the one that was checked."""
        export = self._state_of_export()
        with self._guard:
            if export != self._export and self._checked.state != "running":
                self._export = export
                self._checked = Checked("running" if export else "none")
                if export:
                    self._background.start(self._run, "curate-review-checks")
            return self._checked

    def _state_of_export(self) -> tuple[object, ...]:
        paths = (folder / _CARD for folder, _ in self._exports())
        abouts = (path.stat() for path in paths if path.is_file())
        return tuple((about.st_ino, about.st_mtime_ns, about.st_size) for about in abouts)

    def _exports(self) -> list[tuple[Path, str]]:
        """Return every folder in which a category is published, and which category that is."""
        names = {
            category.published_name(window): category.name
            for category in self._categories
            for window in category.windows
        }
        roots = export_folders(self._workspace, [category.name for category in self._categories])
        folders = (
            (self._workspace.build(root) / shown, name) for root in roots for shown, name in sorted(names.items())
        )
        return [(folder, name) for folder, name in folders if folder.is_dir()]

    def _run(self) -> None:
        checked = Checked("failed", "something unexpected happened; `curate validate` says what")
        try:
            checked = self._check()
        except CurateError as error:
            checked = Checked("failed", str(error))
        finally:
            with self._guard:
                self._checked = checked

    def _check(self) -> Checked:
        # Imported here, in the check's own thread: the page need not wait for what only the check needs.
        from curate.datasets.card import read_card
        from curate.validate.run import validate_workspace

        report = validate_workspace(
            self._workspace,
            self._config,
            categories=[category.name for category in self._categories],
            execution=self._background.execution,
            cache=self._workspace.scratch / "review",
        )
        silenced = [entry.finding for entry in report.silenced]
        found: dict[str, tuple[FrameFinding, ...]] = {}
        accepted: dict[str, tuple[FrameFinding, ...]] = {}
        for folder, name in self._exports():
            place = self._workspace.relative(folder)
            frames = frames_by_path(read_card(folder / _CARD), place)
            found[name] = (*found.get(name, ()), *about_frames(report.findings, place, frames))
            accepted[name] = (*accepted.get(name, ()), *about_frames(silenced, place, frames))
        return Checked("done", "", found, accepted)


def frames_by_path(card: Card | None, folder: str) -> dict[str, str]:
    """Return which frame each published image and mask comes from, by its path relative to the workspace."""
    frames: dict[str, str] = {}
    for sample in card.samples if card else ():
        if sample.frame:
            frames |= {f"{folder}/{path}": sample.frame for path in (sample.path, *sample.masks)}
    return frames


def about_frames(findings: Iterable[Finding], folder: str, frames: Mapping[str, str]) -> tuple[FrameFinding, ...]:
    """Return the findings of a category that are about frames, with the frames that they speak of.

    Parameters
    ----------
    findings : iterable of Finding
        Paths are relative to the workspace.
    folder : str
        The category's, relative to the workspace.
    frames : mapping of str to str
        As :func:`frames_by_path` returns it.
    """
    entries = []
    for finding in findings:
        if not f"{finding.path}/".startswith(f"{folder}/"):
            continue
        own = frames.get(finding.path, "")
        named = [own, *(frames.get(path, "") for path in finding.related)]
        shown = tuple(dict.fromkeys(frame for frame in named if frame))
        if shown:
            entries.append(FrameFinding(finding.code, finding.message, finding.severity, own or finding.path, shown))
    return tuple(entries)
