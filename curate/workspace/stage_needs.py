"""What each stage's result depends on: files, settings of ``curate.toml``, decisions of people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from curate.disk.hashing import sha256_json
from curate.errors import RecordError
from curate.model.config import CategoryConfig
from curate.model.decision import Decision, Standing
from curate.workspace.split_policy import read_policy
from curate.workspace.stage_names import export_folders, is_export, layout_and_split
from curate.workspace.workspace import Workspace

_SILENCES = "curate-validate.toml"
_CARD = "dataset.json"
_MASK_VALUES = "defects_config.json"


def stage_inputs(workspace: Workspace, stage: str, category: CategoryConfig) -> list[Path]:
    """Return the files to its left that a stage reads; some may not exist yet."""
    name = category.name
    captures = [workspace.captures_record(name, series) for series in workspace.series_of(name)]
    windows = [
        workspace.windows_record(window, name, series)
        for window in category.windows
        for series in workspace.series_of(name)
    ]
    annotations = [workspace.annotations(name)]
    if stage == "crop":
        # Tiles may be chosen by whether they show a defect.
        drawn = annotations if _tiles_are_chosen(category) else []
        return [*captures, *_templates(workspace, category), *drawn]
    if stage == "screen":
        return captures + windows
    if stage == "mask":
        return annotations + windows
    if stage == "split":
        screenings = [workspace.screening_record(name, series) for series in workspace.series_of(name)]
        return [*captures, *annotations, *screenings, *_given_splits(workspace, category)]
    if stage == "validate":
        return [*published_cards(workspace, category), workspace.root / _SILENCES]
    if is_export(stage):
        masks = [workspace.masks_record(window, name) for window in category.windows]
        values = [workspace.masks(window, name) / _MASK_VALUES for window in category.windows]
        split = workspace.split(layout_and_split(stage)[1], name)
        return [*captures, *windows, *masks, *values, *annotations, split]
    return []


def published_cards(workspace: Workspace, category: CategoryConfig) -> Iterator[Path]:
    """Yield where ``dataset.json`` of each of a category's exports lies."""
    for folder in export_folders(workspace, [category.name]):
        for window in category.windows:
            yield workspace.build(folder) / category.published_name(window) / _CARD


def _tiles_are_chosen(category: CategoryConfig) -> bool:
    return any(window.background is not None for window in category.windows.values())


def _templates(workspace: Workspace, category: CategoryConfig) -> Iterator[Path]:
    for window in category.windows.values():
        yield from (workspace.root / file for file in (*window.templates, window.mask) if file)


def _given_splits(workspace: Workspace, category: CategoryConfig) -> Iterator[Path]:
    for split in (category.split, *category.splits.values()):
        if split.policy == "given":
            yield workspace.root / split.file


def stage_settings(stage: str, category: CategoryConfig) -> Any:
    """Return the part of ``curate.toml`` that a stage's result depends on, as a JSON document."""
    if is_export(stage):
        # MVTec LOCO sorts defects into logical and structural ones.
        kinds = {name: defect.kind for name, defect in category.defects.items()}
        return {"dataset": category.published, **({} if stage == "export" else {"kinds": kinds})}
    by_stage = {
        "crop": {name: asdict(window) for name, window in category.windows.items()},
        "screen": asdict(category.screen),
        # Labels of unknown defects are refused, so a new name is a reason to read again.
        "label": sorted(category.defects),
        "mask": {name: asdict(defect) for name, defect in category.defects.items()},
        "split": {name: asdict(split) for name, split in sorted({**category.splits, "": category.split}.items())},
    }
    return by_stage.get(stage, {})


def stage_decisions(stage: str, category: CategoryConfig, decided: Standing) -> dict[str, str]:
    """Return what a stage applies of what people decided, as words: about what, and what."""
    windows = {key: entry for key, entry in decided.windows.items() if key[0] in category.windows}
    by_stage: dict[str, list[Decision]] = {
        "crop": [*windows.values(), *(decided.labels.values() if _tiles_are_chosen(category) else ())],
        "screen": [*decided.frames.values()],
        "mask": [*decided.labels.values()],
        "split": [*decided.frames.values(), *decided.labels.values(), *decided.excluded.values()],
        "export": [*decided.labels.values()],
        "validate": [*decided.findings.values()],
    }
    return dict(
        sorted((entry.about, entry.what) for entry in by_stage.get("export" if is_export(stage) else stage, []))
    )


def stage_parts(workspace: Workspace, stage: str, category: str) -> dict[str, str]:
    """Return the hashes of what a stage reads of files that it shares with other categories, by name.

    A published category says how its split was made; the file that says so holds every category's.
    """
    if not is_export(stage):
        return {}
    split = layout_and_split(stage)[1]
    try:
        policy = read_policy(workspace, split).get(category)
    except RecordError:
        return {}  # the stage will say what is wrong with it
    name = workspace.relative(workspace.split_policy(split))
    return {} if policy is None else {f"{name}#{category}": sha256_json(policy)}
