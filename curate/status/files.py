"""Files that the records name and that are not there: a disk that is away, a folder that somebody deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from curate.datasets.card import CARD_NAME, read_card
from curate.disk.reading import is_there
from curate.errors import CurateError, ReadError
from curate.model.config import CategoryConfig
from curate.model.words import counted
from curate.workspace.index import RecordIndex
from curate.workspace.stage_names import export_folder, is_export
from curate.workspace.workspace import Workspace

_Lost: TypeAlias = tuple[int, int, str]
"""How many files are named, how many are not there, and the first of those."""

_NOTHING: _Lost = (0, 0, "")


def frames_gone(workspace: Workspace, category: str) -> tuple[int, int]:
    """Return how many recorded frames are not there, and how many are recorded."""
    index, gone, recorded = RecordIndex(workspace), 0, 0
    for series in workspace.series_of(category):
        total, lost, _ = _missing(index, workspace.captures_record(category, series), workspace.captures(category))
        gone, recorded = gone + lost, recorded + total
    index.save()
    return gone, recorded


def results_gone(workspace: Workspace, stage: str, category: CategoryConfig) -> list[str]:
    """Say which files that a stage has written, and that its record names, are not there; by folder."""
    index = RecordIndex(workspace)
    said = [
        f"{counted(lost, 'file', 'files')} of {total} {'is' if lost == 1 else 'are'} gone from "
        f"{workspace.relative(folder)}, the first {first}"
        for folder, (total, lost, first) in _results(index, workspace, stage, category)
        if lost
    ]
    index.save()
    return said


def _results(
    index: RecordIndex, workspace: Workspace, stage: str, category: CategoryConfig
) -> Iterator[tuple[Path, _Lost]]:
    """Yield each folder that a stage writes into, and what of the files there that a record names is lost."""
    name = category.name
    series = workspace.series_of(name)
    if stage == "crop":
        for window in category.windows:
            folder = workspace.windows(window, name)
            records = [workspace.windows_record(window, name, each) for each in series]
            yield folder, _added(_missing(index, record, folder, "image", "sha256") for record in records)
    elif stage == "screen":
        folder = workspace.screening_sheet(name, "x").parent
        screened = [f"{each}.png" for each in series if is_there(workspace.screening_record(name, each))]
        lost = [sheet for sheet in screened if not is_there(folder / sheet)]
        yield folder, (len(screened), len(lost), lost[0] if lost else "")
    elif stage == "mask":
        for window in category.windows:
            folder = workspace.masks(window, name)
            yield folder, _missing(index, workspace.masks_record(window, name), folder, "mask")
    elif is_export(stage):
        for window in category.windows:
            folder = workspace.build(export_folder(stage)) / category.published_name(window)
            yield folder, _unpublished(index, folder)


def _unpublished(index: RecordIndex, folder: Path) -> _Lost:
    def names() -> list[str]:
        card = read_card(folder / CARD_NAME)
        return [path for sample in card.samples for path in (sample.path, *sample.masks)] if card else []

    try:
        return index.missing_of(folder / CARD_NAME, folder, names) if is_there(folder / CARD_NAME) else _NOTHING
    except CurateError:
        return _NOTHING  # the stamp says that it has changed


def _missing(index: RecordIndex, record: Path, folder: Path, column: str = "frame", needed: str = "") -> _Lost:
    try:
        return index.missing(record, column, folder, needed) if is_there(record) else _NOTHING
    except ReadError:
        raise
    except CurateError:
        return _NOTHING  # the stages that need the record will say what is wrong with it


def _added(parts: Iterable[_Lost]) -> _Lost:
    totals, lost, firsts = zip(_NOTHING, *parts, strict=True)
    return sum(totals), sum(lost), next(filter(None, firsts), "")
