"""Look at every stage's stamp and records."""

from __future__ import annotations

from pathlib import Path

from natsort import natsorted

from curate.disk.reading import is_there, names_in
from curate.disk.tables import read_table
from curate.errors import MissingError, RecordError
from curate.model.capture import Capture
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import DEFAULT_SPLIT, CategoryConfig, WorkspaceConfig
from curate.model.finding import ordered
from curate.model.words import counted
from curate.status.report import StageStatus, StatusReport, stage_status
from curate.workspace.decisions import read_standing
from curate.workspace.pipeline import NATIVE_FOLDER, stages_of, stale_because
from curate.workspace.workspace import Workspace, category_config


def workspace_status(workspace: Workspace, config: WorkspaceConfig, categories: tuple[str, ...] = ()) -> StatusReport:
    """Say which stages are done, stale or not run, for every category that is configured or imported.

    Parameters
    ----------
    workspace, config
        As :func:`curate.workspace.workspace.find_workspace` and :func:`curate.workspace.config.read_config` give them.
    categories : tuple of str
        Only these; all when empty.

    Raises
    ------
    MissingError
        If a category that is asked for is neither imported nor configured.
    """
    names = natsorted({*config.categories, *workspace.categories()})
    unknown = [name for name in categories if name not in names]
    if unknown:
        raise MissingError(
            f"no frames were imported for {', '.join(unknown)}, and curate.toml does not name it; "
            f"there {'are' if len(names) > 1 else 'is'} {', '.join(names) or 'no category yet'}",
            path=workspace.root,
            hint=f"run `curate import FOLDER -c {unknown[0]}`",
        )
    stages = []
    for name in names:
        if not categories or name in categories:
            category = category_config(config, name)
            stages += _stages(workspace, category)
    findings = [
        found(
            codes.STALE_RECORD,
            f"{stage.stage} of {stage.category} is stale: {'; '.join(stage.reasons)}",
            workspace.relative(workspace.stamp(stage.stage, stage.category)),
            hint=f"run `{stage.command}`",
        )
        for stage in stages
        if stage.state == "stale"
    ]
    return StatusReport(tuple(stages), ordered(findings))


def _stages(workspace: Workspace, category: CategoryConfig) -> list[StageStatus]:
    stages = []
    for stage in stages_of(workspace, category.name):
        reasons = stale_because(workspace, stage, category)
        if stage == "import" and reasons is not None:
            reasons = [*reasons, *_lost_frames(workspace, category.name)]
        written = any(path.exists() for path in _records(workspace, stage, category))
        needed = written or reasons is not None or _needed(workspace, stage, category.name)
        stages.append(stage_status(category.name, stage, reasons, written=written, needed=needed))
    return stages


def _lost_frames(workspace: Workspace, category: str) -> list[str]:
    """Say how many recorded frames are not there, by their names; none where no frame is kept on this machine."""
    if not names_in(workspace.captures(category)):
        return []
    lost = 0
    for series in workspace.series_of(category):
        record = workspace.captures_record(category, series)
        try:
            frames = [capture.frame for capture in read_table(record, Capture)]
        except RecordError:
            return []  # the stages that need the record will say what is wrong with it
        folders = {frame.rpartition("/")[0] for frame in frames}
        there = {f"{folder}/{name}" for folder in folders for name in names_in(workspace.captures(category) / folder)}
        lost += sum(frame not in there for frame in frames)
    words = counted(lost, "recorded frame is", "recorded frames are")
    return [f"{words} gone: `curate verify` names them"] if lost else []


def _needed(workspace: Workspace, stage: str, category: str) -> bool:
    """Whether the stages to the right of one that has not run wait for it."""
    if stage == "mask":
        return is_there(workspace.annotations(category)) or is_there(workspace.stamp("label", category))
    if stage != "label":
        return True
    records = [workspace.captures_record(category, series) for series in workspace.series_of(category)]
    try:
        captures = [capture for record in records for capture in read_table(record, Capture)]
        decided = read_standing(workspace, category).labels
    except RecordError:
        return True  # the stages that need the record will say what is wrong with it
    return any(not capture.label and capture.frame not in decided for capture in captures)


def _records(workspace: Workspace, stage: str, category: CategoryConfig) -> list[Path]:
    """Return what a stage leaves when it has run, for stages whose stamp is missing."""
    name = category.name
    by_stage = {
        "import": [workspace.captures_record(name, series) for series in workspace.series_of(name)],
        "crop": [workspace.windows_record(window, name, "x").parent for window in category.windows],
        "screen": [workspace.screening_record(name, "x").parent],
        "label": [workspace.annotations(name)],
        "mask": [workspace.masks_record(window, name) for window in category.windows],
        "split": [workspace.split(DEFAULT_SPLIT, name)],
        "export": [workspace.build(NATIVE_FOLDER) / name],
    }
    return by_stage.get(stage, [])  # further exports are stages only because they left a stamp
