"""Look at every stage's stamp, records and files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from curate.disk.reading import is_there, names_in
from curate.errors import MissingError, RecordError
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.config import DEFAULT_SPLIT, CategoryConfig, WorkspaceConfig
from curate.model.finding import Finding, ordered
from curate.model.natural import natural_sorted
from curate.model.words import counted
from curate.status.files import frames_gone, results_gone
from curate.status.report import StageState, StageStatus, StatusReport
from curate.workspace.index import RecordIndex, count_rows, rows_where
from curate.workspace.labels import read_labels
from curate.workspace.orphans import find_orphans, frames_left_behind
from curate.workspace.pipeline import StageCheck, check_stage
from curate.workspace.stage_names import NATIVE_FOLDER, stage_command, stages_of
from curate.workspace.standing_order import standing_findings
from curate.workspace.waiting import unseen
from curate.workspace.workspace import Workspace, category_config


def workspace_status(workspace: Workspace, config: WorkspaceConfig, categories: tuple[str, ...] = ()) -> StatusReport:
    """Say which stages are done, for every category that is configured, imported, or was imported once.

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
    stamped = (Path(name).stem for name in names_in(workspace.stamp("import", "x").parent) if name.endswith(".json"))
    names = natural_sorted({*config.categories, *workspace.categories(), *stamped})
    unknown = [name for name in categories if name not in names]
    if unknown:
        raise MissingError(
            f"no frames were imported for {', '.join(unknown)}, and curate.toml does not name it; "
            f"there {'are' if len(names) > 1 else 'is'} {', '.join(names) or 'no category yet'}",
            path=workspace.root,
            hint=f"run `curate import FOLDER -c {unknown[0]}`",
        )
    stages = [
        stage
        for name in names
        if not categories or name in categories
        for stage in _stages(workspace, category_config(config, name))
    ]
    findings = [
        found(
            codes.STALE_RECORD,
            f"{stage.stage} of {stage.category} is {stage.state}: {'; '.join(stage.reasons)}",
            workspace.relative(workspace.stamp(stage.stage, stage.category)),
            hint=f"run `{stage.command}`",
        )
        for stage in stages
        if stage.state in {"stale", "failed", "away"}
    ]
    findings += [
        finding
        for name in workspace.categories()
        if not categories or name in categories
        for finding in standing_findings(workspace, name)
    ]
    return StatusReport(tuple(stages), ordered([*findings, *_orphans(workspace, config)]))


def _orphans(workspace: Workspace, config: WorkspaceConfig) -> list[Finding]:
    """Name the files that nothing refers to any more, and frames that an interrupted removal left."""
    try:
        orphans, left = find_orphans(workspace, config), frames_left_behind(workspace)
    except RecordError:
        return []  # the stages that need the record will say what is wrong with it
    places = [*(orphan.path for orphan in orphans), *(f"captures/{category}/{frame}" for category, frame in left)]
    if not places:
        return []
    files = sum(orphan.files for orphan in orphans) + len(left)
    message = f"{counted(files, 'file is', 'files are')} referred to by nothing, at {places[0]}"
    message += f" and {len(places) - 1} more places" if len(places) > 1 else ""
    return [found(codes.ORPHANED_FILES, message, places[0], related=tuple(places[1:10]))]


def _stages(workspace: Workspace, category: CategoryConfig) -> list[StageStatus]:
    looks = [_stage(workspace, stage, category) for stage in stages_of(workspace, category.name)]
    return [stage for stage in looks if stage]


def _stage(workspace: Workspace, stage: str, category: CategoryConfig) -> StageStatus | None:
    """Look at one stage; None for a review that has nothing to show."""
    if stage == "review":
        return _review(workspace, category)
    name = category.name
    check = check_stage(workspace, stage, category)
    written = any(path.exists() for path in _records(workspace, stage, category))
    if check is None:
        needed = written or _needed(workspace, stage, category)
        state: StageState = "stale" if written else "not run"
        return StageStatus(
            name, stage, state, stage_command(stage, name), ("it did not finish",) if written else (), needed
        )
    if stage == "import":
        return _import(workspace, name, check)
    reasons = (*check.reasons, *results_gone(workspace, stage, category))
    if reasons:
        return StageStatus(name, stage, "stale", check.command, reasons)
    failed = check.failed or (_nothing_accepted(workspace, category) if stage == "crop" else "")
    if failed:
        return StageStatus(name, stage, "failed", _after_failure(workspace, stage, category, check), (failed,))
    return StageStatus(name, stage, "done", check.command)


def _import(workspace: Workspace, category: str, check: StageCheck) -> StageStatus:
    gone, recorded = frames_gone(workspace, category)
    folder = workspace.relative(workspace.captures(category))
    if recorded and gone == recorded:
        frames = counted(recorded, "recorded frame", "recorded frames")
        why = f"none of {frames} is in {folder}: mount its disk, or bring the folder back"
        return StageStatus(category, "import", "away", check.command, (*check.reasons, why))
    lost = counted(gone, "recorded frame is", "recorded frames are")
    reasons = (*check.reasons, *([f"{lost} gone: `curate verify` names them"] if gone else []))
    return StageStatus(category, "import", "stale" if reasons else "done", check.command, reasons)


def _review(workspace: Workspace, category: CategoryConfig) -> StageStatus | None:
    """Ask for a look while something waits that nobody has had before the eyes."""
    command = stage_command("review", category.name)
    try:
        looked, new = unseen(workspace, category)
    except RecordError:
        return None  # the stages that need the record will say what is wrong with it
    if not new:
        return StageStatus(category.name, "review", "done", command) if looked else None
    why = f"{counted(len(new), 'thing waits', 'things wait')} for a decision, the first {new[0]}"
    return StageStatus(category.name, "review", "stale" if looked else "not run", command, (why,))


def _nothing_accepted(workspace: Workspace, category: CategoryConfig) -> str:
    """Say of which window no frame has an accepted one; ``""`` where each has some."""
    index = RecordIndex(workspace)
    for name in category.windows:
        counts: Counter[str] = Counter()
        for series in workspace.series_of(category.name):
            path = workspace.windows_record(name, category.name, series)
            counts.update(index.summary(path, "statuses", ["status"], count_rows) if is_there(path) else {})
        if counts and not counts["accepted"]:
            others = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
            return f"no window {name} is accepted: {others}"
    return ""


def _after_failure(workspace: Workspace, stage: str, category: CategoryConfig, check: StageCheck) -> str:
    """Return the command that may give a stage what it lacks."""
    name = category.name
    if stage == "split":
        return stage_command("label" if _has_unlabelled(workspace, name) else "import", name)
    other = {"validate": "review", "export": "label"}.get(stage)
    return stage_command(other, name) if other else check.command


def _needed(workspace: Workspace, stage: str, category: CategoryConfig) -> bool:
    """Whether the stages after one that has not run wait for it."""
    if stage == "mask":
        return is_there(workspace.annotations(category.name)) or is_there(workspace.stamp("label", category.name))
    return stage != "label" or _has_unlabelled(workspace, category.name)


def _has_unlabelled(workspace: Workspace, category: str) -> bool:
    """Whether nobody has said of some frame what it shows."""
    index = RecordIndex(workspace)
    records = [workspace.captures_record(category, series) for series in workspace.series_of(category)]
    try:
        without = rows_where(1, lambda label: not label)
        kept = [index.summary(each, "unlabelled", ["frame", "label"], without) for each in records]
        if not any(each["rows"] for each in kept):
            return False
        labels = read_labels(workspace, category)
        return not all(labels.named(frame, label) for each in kept for frame, label in each["rows"])
    except RecordError:
        return True  # the stages that need the record will say what is wrong with it


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
