"""The stages: their order, their commands, and the folders that exports go to."""

from __future__ import annotations

from collections.abc import Iterable

from curate.model.config import DEFAULT_SPLIT
from curate.workspace.workspace import Workspace

STAGES = ("import", "crop", "label", "screen", "review", "mask", "split", "export", "validate")
"""In the order in which they are run; ``review`` is a person's part, all others leave records."""

NATIVE_FOLDER = "autovi"
"""The folder below ``build`` that they lead to: the native layout with the default split."""

_FURTHER = "export-"
_COMMANDS = {"import": "import FOLDER", "label": "label import FILE"}


def stages_of(workspace: Workspace, category: str) -> tuple[str, ...]:
    """Return the stages of a category, in order.

    Further exports (``export-visa``: into ``build/visa``) are among them only where they have run.
    """
    stamps = workspace.stamp("export", category).parent.parent.glob(f"{_FURTHER}*/{category}.json")
    further = tuple(sorted(path.parent.name for path in stamps))
    before = STAGES.index("export") + 1
    return (*STAGES[:before], *further, *STAGES[before:])


def stage_command(stage: str, category: str) -> str:
    """Return the command that runs a stage.

    >>> stage_command("label", "clip"), stage_command("export-mvtec-ad-fold1", "clip")
    ('curate label import FILE -c clip', 'curate export -c clip --layout mvtec-ad --split fold1')
    """
    if not stage.startswith(_FURTHER):
        return f"curate {_COMMANDS.get(stage, stage)} -c {category}"
    layout, split = layout_and_split(stage)
    return f"curate export -c {category} --layout {layout}{'' if split == DEFAULT_SPLIT else f' --split {split}'}"


def export_stage(folder: str) -> str:
    """Return the stage that writes a folder below ``build``.

    >>> export_stage("autovi"), export_stage("visa")
    ('export', 'export-visa')
    """
    return "export" if folder == NATIVE_FOLDER else _FURTHER + folder


def is_export(stage: str) -> bool:
    """Whether a stage publishes a dataset."""
    return stage == "export" or stage.startswith(_FURTHER)


def export_folders(workspace: Workspace, categories: Iterable[str]) -> list[str]:
    """Return the folders below ``build`` that hold an export of one of the categories, the native one first."""
    names = {stage for category in categories for stage in stages_of(workspace, category)}
    further = sorted(name.removeprefix(_FURTHER) for name in names if name.startswith(_FURTHER))
    return [folder for folder in (NATIVE_FOLDER, *further) if workspace.build(folder).is_dir()]


def export_folder(stage: str) -> str:
    """Return the folder below ``build`` that a stage publishes into.

    >>> export_folder("export"), export_folder("export-visa")
    ('autovi', 'visa')
    """
    return NATIVE_FOLDER if stage == "export" else stage.removeprefix(_FURTHER)


def layout_and_split(stage: str) -> tuple[str, str]:
    """Return the layout and the split that an export is made of; layouts' own names hold hyphens."""
    if stage == "export":
        return NATIVE_FOLDER, DEFAULT_SPLIT
    from curate.datasets.writers.registry import WRITER_BY_NAME  # brings decoders, which most callers do not need

    folder = stage.removeprefix(_FURTHER)
    known = (name for name in WRITER_BY_NAME if folder == name or folder.startswith(f"{name}-"))
    layout = max(known, key=len, default=folder)
    return layout, folder[len(layout) + 1 :] or DEFAULT_SPLIT
