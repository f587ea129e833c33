"""The road: which stage follows which, what each reads and with which settings.

It lies below the stages, because they never import each other and yet ``status`` must know them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from curate.disk.reading import is_there
from curate.errors import RecordError
from curate.model.config import DEFAULT_SPLIT, CategoryConfig
from curate.model.decision import NOTHING_DECIDED, Decision, Standing
from curate.workspace.decisions import read_standing
from curate.workspace.stamps import Stamp, changes, read_stamp, write_stamp
from curate.workspace.unfinished import forget_unfinished, read_unfinished
from curate.workspace.workspace import Workspace

STAGES = ("import", "crop", "label", "mask", "split", "export")
"""Stages that write records, in the order of the road."""


OPTIONAL_STAGE = "screen"
"""Screening may be left out: it counts only where it has run."""

NATIVE_FOLDER = "autovi"
"""The folder below ``build`` that the road leads to: the native layout with the default split."""

UNFINISHED = "its last run could not read all it needed"
"""How the reason begins where a stage did not finish for want of a file's bytes."""

_FURTHER = "export-"
_COMMANDS = {"import": "import FOLDER", "label": "label import FILE"}


def stages_of(workspace: Workspace, category: str) -> tuple[str, ...]:
    """Return the stages of a category, in the order of the road.

    Screening and further exports (``export-visa``: into ``build/visa``) only where they have run.
    """
    stamps = workspace.stamp("export", category).parent.parent.glob(f"{_FURTHER}*/{category}.json")
    further = tuple(sorted(path.parent.name for path in stamps))
    if not is_there(workspace.stamp(OPTIONAL_STAGE, category)):
        return (*STAGES, *further)
    after = STAGES.index("crop") + 1
    return (*STAGES[:after], OPTIONAL_STAGE, *STAGES[after:], *further)


def stage_command(stage: str, category: str) -> str:
    """Return the command that runs a stage.

    >>> stage_command("label", "clip"), stage_command("export-mvtec-ad-fold1", "clip")
    ('curate label import FILE -c clip', 'curate export -c clip --layout mvtec-ad --split fold1')
    """
    if not stage.startswith(_FURTHER):
        return f"curate {_COMMANDS.get(stage, stage)} -c {category}"
    layout, split = _layout_and_split(stage)
    return f"curate export -c {category} --layout {layout}{'' if split == DEFAULT_SPLIT else f' --split {split}'}"


def export_stage(folder: str) -> str:
    """Return the stage that writes a folder below ``build``.

    >>> export_stage("autovi"), export_stage("visa")
    ('export', 'export-visa')
    """
    return "export" if folder == NATIVE_FOLDER else _FURTHER + folder


def export_folders(workspace: Workspace, categories: Iterable[str]) -> list[str]:
    """Return the folders below ``build`` that hold an export of one of the categories, the native one first."""
    names = {stage for category in categories for stage in stages_of(workspace, category)}
    further = sorted(name.removeprefix(_FURTHER) for name in names if name.startswith(_FURTHER))
    return [folder for folder in (NATIVE_FOLDER, *further) if workspace.build(folder).is_dir()]


def _layout_and_split(stage: str) -> tuple[str, str]:
    """Return the layout and the split that an export is made of; layouts' own names hold hyphens."""
    if stage == "export":
        return NATIVE_FOLDER, DEFAULT_SPLIT
    from curate.datasets.writers.registry import WRITER_BY_NAME  # brings decoders, which most callers do not need

    folder = stage.removeprefix(_FURTHER)
    known = (name for name in WRITER_BY_NAME if folder == name or folder.startswith(f"{name}-"))
    layout = max(known, key=len, default=folder)
    return layout, folder[len(layout) + 1 :] or DEFAULT_SPLIT


def stage_inputs(workspace: Workspace, stage: str, category: CategoryConfig) -> list[Path]:
    """Return the files to its left that a stage reads; some may not exist yet."""
    name = category.name
    captures = [workspace.captures_record(name, series) for series in workspace.series_of(name)]
    windows = [
        workspace.windows_record(window, name, series)
        for window in category.windows
        for series in workspace.series_of(name)
    ]
    templates = [
        workspace.root / file
        for window in category.windows.values()
        for file in (*window.templates, window.mask)
        if file
    ]
    # Tiles may be chosen by whether they show a defect.
    drawn = [workspace.annotations(name)] if any(w.background is not None for w in category.windows.values()) else []
    annotations = [workspace.annotations(name)]
    screenings = [workspace.screening_record(name, series) for series in workspace.series_of(name)]
    masks = [workspace.masks_record(window, name) for window in category.windows]
    by_stage = {
        "import": [],
        "crop": captures + templates + drawn,
        "screen": captures + windows,
        "label": [],
        "mask": annotations + windows,
        "split": captures + annotations + screenings,
    }
    if stage in by_stage:
        return by_stage[stage]
    return [*windows, *masks, *annotations, workspace.split(_layout_and_split(stage)[1], name)]


def stage_settings(stage: str, category: CategoryConfig) -> Any:
    """Return the part of ``curate.toml`` that a stage's result depends on, as a JSON document."""
    by_stage = {
        "crop": {name: asdict(window) for name, window in category.windows.items()},
        "screen": asdict(category.screen),
        # Labels of unknown defects are refused, so a new name is a reason to read again.
        "label": sorted(category.defects),
        "mask": {name: asdict(defect) for name, defect in category.defects.items()},
        "split": {name: asdict(split) for name, split in sorted({**category.splits, "": category.split}.items())},
        "export": {"dataset": category.published},
    }
    if stage.startswith(_FURTHER):
        # MVTec LOCO sorts defects into logical and structural ones.
        return {
            "dataset": category.published,
            "kinds": {name: defect.kind for name, defect in category.defects.items()},
        }
    return by_stage.get(stage, {})


def stage_decisions(stage: str, category: CategoryConfig, decided: Standing) -> dict[str, str]:
    """Return what a stage applies of what people decided, as words: about what, and what."""
    windows = {key: entry for key, entry in decided.windows.items() if key[0] in category.windows}
    chosen = any(window.background is not None for window in category.windows.values())
    by_stage: dict[str, list[Decision]] = {
        "crop": [*windows.values(), *(decided.labels.values() if chosen else ())],
        "screen": [*decided.frames.values()],
        "mask": [*decided.labels.values()],
        "split": [*decided.frames.values(), *decided.labels.values(), *decided.excluded.values()],
        "export": [*decided.labels.values()],
    }
    kind = "export" if stage.startswith(_FURTHER) else stage
    return dict(sorted((entry.about, entry.what) for entry in by_stage.get(kind, [])))


def stamp_stage(
    workspace: Workspace,
    stage: str,
    category: CategoryConfig,
    outputs: Iterable[Path],
    decided: Standing = NOTHING_DECIDED,
) -> Stamp:
    """Record that a stage has finished, from what it read to what it wrote. Call it last.

    ``decided`` is what the stage read of people's decisions: somebody may have decided more while it was running.
    """
    forget_unfinished(workspace, stage, category.name)
    return write_stamp(
        workspace,
        stage,
        category.name,
        settings=stage_settings(stage, category),
        inputs=stage_inputs(workspace, stage, category),
        outputs=outputs,
        decisions=stage_decisions(stage, category, decided),
    )


def stale_because(workspace: Workspace, stage: str, category: CategoryConfig) -> list[str] | None:
    """Say why a stage must run again; an empty list when it need not, None when it has never run."""
    reason = read_unfinished(workspace, stage, category.name)
    if reason:
        return [f"{UNFINISHED}: {reason}"]
    try:
        stamp = read_stamp(workspace, stage, category.name)
    except RecordError:
        return [f"its stamp {workspace.relative(workspace.stamp(stage, category.name))} cannot be read"]
    if stamp is None:
        return None
    try:
        decided = read_standing(workspace, category.name)
    except RecordError as error:
        return [f"{workspace.relative(workspace.decisions(category.name))}: {error.message}"]
    return changes(
        workspace,
        stamp,
        settings=stage_settings(stage, category),
        inputs=stage_inputs(workspace, stage, category),
        decisions=stage_decisions(stage, category, decided),
    )
