"""``curate demo``: draw a session, then run the whole pipeline on it, by the functions that the commands call."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curate.card.run import publish_card
from curate.crop.run import crop_windows
from curate.demo.look import write_sheets
from curate.demo.plan import plan_session
from curate.demo.session import SessionSettings
from curate.demo.submit import METHOD, write_submission
from curate.demo.workspace import DEFAULT_FRAMES, LEAST_FRAMES, MARK, config_text, mark, sessions
from curate.demo.write import write_session
from curate.disk.atomic import is_temporary, sweep_temporaries, write_json, write_text
from curate.errors import InputError
from curate.evaluate.run import evaluate_submission
from curate.execution import Execution
from curate.export.run import export_dataset
from curate.importing.run import import_frames
from curate.label.run import import_labels
from curate.mask.run import write_masks
from curate.model.config import CategoryConfig
from curate.model.finding import Finding, ordered
from curate.model.result import Result
from curate.model.words import Shown
from curate.report.run import Request, write_report
from curate.screen.run import screen_frames
from curate.split.run import make_split
from curate.submissions.results import write_result
from curate.validate.run import validate_dataset
from curate.workspace.workspace import Workspace, open_workspace

REPORT = "report.html"
"""The page that shows what was made, in the demo's folder."""

OnStep = Callable[[str, str], None]
"""Called with the name of each step and what it did, in words, as soon as it is done."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the demo: its name and what it did, in words."""

    name: str
    done: str


@dataclass(frozen=True, slots=True, repr=False)
class DemoReport(Shown):
    """What ``run_demo`` did.

    Attributes
    ----------
    steps : tuple of Step
    result : Result or None
        Of the evaluation; None when the submission was refused.
    paths : dict of str to str
        What to look at: a description, and a path relative to the demo's folder.
    findings : tuple of Finding
        Of the dataset's validation and the submission's.
    """

    steps: tuple[Step, ...]
    result: Result | None
    paths: dict[str, str]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "steps": {step.name: step.done for step in self.steps},
            "result": self.result.to_json() if self.result else None,
            "paths": self.paths,
            "findings": [finding.to_json() for finding in self.findings],
        }


def run_demo(
    destination: Path,
    *,
    seed: int = 0,
    frames: int = DEFAULT_FRAMES,
    execution: Execution = Execution(),
    on_step: OnStep = lambda _name, _done: None,
) -> DemoReport:
    """Make a workspace, draw two categories and run every stage on them.

    Running it again with the same numbers goes on where it stopped, and ends in the same bytes.

    Parameters
    ----------
    destination : Path
        Folder of the workspace; made where it does not exist.
    seed : int
        Another seed draws other sessions.
    frames : int
        Number of frames a category, at least :data:`LEAST_FRAMES`.
    execution : Execution
    on_step : callable, optional

    Raises
    ------
    InputError
        If there are too few frames, or the folder holds something other than this demo.
    """
    if frames < LEAST_FRAMES:
        raise InputError(f"a demo needs at least {LEAST_FRAMES} frames, found {frames}", hint="give --frames 60")
    _claim(destination, mark(frames, seed))
    demo = _Demo(destination.absolute(), sessions(frames, seed), execution, on_step)
    demo.draw()
    demo.prepare()
    return demo.measure(demo.publish())


def _claim(destination: Path, wanted: dict[str, Any]) -> None:
    """Take a folder for the demo, or refuse it; nothing of anyone else's is ever touched."""
    path = destination / MARK
    if path.is_file():
        try:
            present = json.loads(path.read_bytes())
        except ValueError:
            present = None
        if present != wanted:
            raise InputError(
                f"holds a demo that was drawn with other numbers: {_numbers(present)}; wanted {_numbers(wanted)}",
                path=destination,
                hint="give the same --seed and --frames, or another folder",
            )
        return
    if destination.exists() and not destination.is_dir():
        raise InputError("is not a folder", path=destination, hint="give the path of a new folder")
    if destination.is_dir() and any(not is_temporary(entry) for entry in destination.iterdir()):
        raise InputError(
            f"is not empty, and was not made by `curate demo` (it holds no {MARK})",
            path=destination,
            hint="give the path of a new folder",
        )
    write_json(path, wanted)


def _numbers(document: Any) -> str:
    if not isinstance(document, dict):
        return "no readable numbers"
    return ", ".join(f"{name} {document.get(name)}" for name in ("seed", "frames", "generator"))


@dataclass
class _Demo:
    """One run: the folder, and what its steps have done so far."""

    root: Path
    categories: dict[str, SessionSettings]
    execution: Execution
    on_step: OnStep
    steps: list[Step] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    @property
    def dataset(self) -> Path:
        return self.workspace.build("autovi")

    @property
    def submission(self) -> Path:
        return self.root / "submission"

    @property
    def memory(self) -> Path:
        """What validation learnt of the files, for the report."""
        return self.workspace.scratch / "facts"

    def chosen(self) -> list[CategoryConfig]:
        return open_workspace(self.root)[2]

    def done(self, name: str, text: str) -> None:
        self.steps.append(Step(name, text))
        self.on_step(name, text)

    def draw(self) -> None:
        """Draw the frames as two cameras would have written them, and the annotations as experts would."""
        with self.workspace.lock():
            sweep_temporaries(self.root)  # what a killed demo left outside of the folders that every command sweeps
            if not self.workspace.config_path.exists():  # a person may have changed a threshold since
                write_text(self.workspace.config_path, config_text(self.categories))
            shots = sum(self._draw(name, settings) for name, settings in self.categories.items())
        self.done("draw", f"{shots} frames of {len(self.categories)} categories, with annotations")

    def _draw(self, name: str, settings: SessionSettings) -> int:
        session = plan_session(settings)
        write_session(
            session,
            settings,
            frames=self.root / "incoming" / name,
            template=self.root / "templates" / f"{name}.png",
            annotations=self.root / "annotations" / f"{name}.json",
            execution=self.execution,
        )
        return len(session)

    def prepare(self) -> None:
        """Import, crop, label, screen, mask and split."""
        for name in self.categories:
            imported = import_frames(self.workspace, [self.root / "incoming" / name], name, execution=self.execution)
            order = "; ".join(f"ordered by {series.ordered_by}" for series in imported.series)
            self.done(f"import {name}", f"{len(imported.added)} new, {imported.known} known" + (order and f"; {order}"))
        for category in self.chosen():
            cropped = crop_windows(self.workspace, category, execution=self.execution)
            counts = {
                status: sum(window.count(status) for window in cropped.windows)
                for status in ("accepted", "review", "rejected")
            }
            self.done(f"crop {category.name}", ", ".join(f"{count} {status}" for status, count in counts.items()))
            labels = import_labels(self.workspace, category, [self.root / "annotations" / f"{category.name}.json"])
            self.done(
                f"label {category.name}", f"{labels.imported} frames, {labels.good} good, {labels.regions} shapes"
            )
            screened = screen_frames(self.workspace, category, execution=self.execution)
            reasons = ", ".join(f"{count} {reason}" for reason, count in screened.reasons.items())
            self.done(f"screen {category.name}", f"set aside: {reasons or 'nothing'}")
            masks = write_masks(self.workspace, category, execution=self.execution)
            self.done(f"mask {category.name}", f"{masks.masks} regions in {masks.images} windows")
            split = make_split(self.workspace, category)
            sides = {side: sum(labels.values()) for side, labels in split.counts.items()}
            self.done(f"split {category.name}", ", ".join(f"{count} {side}" for side, count in sides.items()))

    def publish(self) -> tuple[Finding, ...]:
        """Export the dataset, check it and return what was found."""
        workspace, config, categories = open_workspace(self.root)
        exported = export_dataset(workspace, config, categories, execution=self.execution)
        with self.workspace.lock():
            publish_card(self.dataset, layout=exported.layout, execution=self.execution, cache=self.memory)
        self.done("export", f"{exported.layout} layout, {', '.join(exported.statistics)}")
        checked = validate_dataset(self.dataset, execution=self.execution, cache=self.memory)
        self.findings += checked.findings
        errors = sum(finding.severity == "error" for finding in checked.findings)
        self.done("validate", f"{len(checked.findings)} findings, {errors} of them errors")
        return checked.findings

    def measure(self, checked: Sequence[Finding]) -> DemoReport:
        """Run the reference detector, evaluate it with what validation found, draw the sheets and the report."""
        with self.workspace.lock():
            maps = write_submission(self.dataset, self.submission, self.execution)
        self.done("detect", f"{maps} anomaly maps by {METHOD}")
        evaluated = evaluate_submission(
            self.submission, self.dataset, dataset_findings=checked, execution=self.execution
        )
        self.findings += evaluated.findings
        paths = {
            "all of it, in a browser": REPORT,
            "the workspace's configuration": "curate.toml",
            "the dataset": self.workspace.relative(self.dataset),
            "the detector's submission": self.workspace.relative(self.submission),
        }
        if evaluated.result is not None:
            write_result(self.root / "result.json", evaluated.result)
            paths["every number"] = "result.json"
        self.done("evaluate", "done" if evaluated.result is not None else "the submission was refused")
        with self.workspace.lock():
            sheets = write_sheets(self.workspace, self.dataset, self.submission, self.root / "sheets")
        for path in sheets:
            category, _, subject = path.stem.rpartition("-")
            paths[f"{category}: {subject}"] = self.workspace.relative(path)
        self.done("sheets", "windows, regions and anomaly maps as pictures")
        self.report(scored=evaluated.result is not None)
        return DemoReport(tuple(self.steps), evaluated.result, paths, ordered(self.findings))

    def report(self, *, scored: bool) -> None:
        """Write the page that shows everything."""
        request = Request(
            self.root,
            submissions=(self.submission,),
            results=(self.root / "result.json",) if scored else (),
            cache=self.memory,
        )
        with self.workspace.lock():
            written = write_report(request, self.root / REPORT, execution=self.execution)
        self.done("report", f"{written.pictures} pictures, {written.size_bytes[0] / 1e6:.1f} MB")
