"""Files that the records name and that are not there: a disk that is away, a folder that somebody deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.datasets.card import CARD_NAME, read_card
from curate.disk.reading import is_there, names_in
from curate.disk.tables import read_table
from curate.errors import CurateError
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig
from curate.model.rows import MaskRow
from curate.model.words import counted
from curate.workspace.stage_names import export_folder, is_export
from curate.workspace.workspace import Workspace


def frames_gone(workspace: Workspace, category: str) -> tuple[int, int]:
    """Return how many recorded frames are not there, and how many are recorded."""
    frames = [
        row.frame
        for series in workspace.series_of(category)
        for row in _rows(workspace.captures_record(category, series), Capture)
    ]
    return len(_missing(workspace.captures(category), frames)), len(frames)


def results_gone(workspace: Workspace, stage: str, category: CategoryConfig) -> list[str]:
    """Say which files that a stage has written, and that its record names, are not there; by folder."""
    return [
        f"{counted(len(lost), 'file', 'files')} of {total} {'is' if len(lost) == 1 else 'are'} gone from "
        f"{workspace.relative(folder)}, the first {lost[0]}"
        for folder, names in _results(workspace, stage, category)
        for total, lost in [(len(names), _missing(folder, names))]
        if lost
    ]


def _results(workspace: Workspace, stage: str, category: CategoryConfig) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder that a stage writes into, and the files there that a record names."""
    name = category.name
    series = workspace.series_of(name)
    if stage == "crop":
        for window in category.windows:
            rows = [row for each in series for row in _rows(workspace.windows_record(window, name, each), Window)]
            yield workspace.windows(window, name), [row.image for row in rows if row.sha256]
    elif stage == "screen":
        screened = [each for each in series if is_there(workspace.screening_record(name, each))]
        yield workspace.screening_sheet(name, "x").parent, [f"{each}.png" for each in screened]
    elif stage == "mask":
        for window in category.windows:
            yield (
                workspace.masks(window, name),
                [row.mask for row in _rows(workspace.masks_record(window, name), MaskRow)],
            )
    elif is_export(stage):
        for window in category.windows:
            folder = workspace.build(export_folder(stage)) / category.published_name(window)
            yield folder, _published(folder)


def _published(folder: Path) -> list[str]:
    try:
        card = read_card(folder / CARD_NAME)
    except CurateError:
        return []  # the stamp says that it has changed
    samples = card.samples if card else ()
    return [path for sample in samples for path in (sample.path, *sample.masks)]


def _rows(record: Path, kind: type) -> list:  # type: ignore[type-arg]
    try:
        return read_table(record, kind) if is_there(record) else []
    except CurateError:
        return []  # the stages that need the record will say what is wrong with it


def _missing(root: Path, names: Iterable[str]) -> list[str]:
    """Return the names of files that are not there; folders are listed once, files not opened."""
    wanted = list(dict.fromkeys(names))
    folders = {name.rpartition("/")[0] for name in wanted}
    there = {f"{folder}/{name}" if folder else name for folder in folders for name in names_in(root / folder)}
    return [name for name in wanted if name not in there]
