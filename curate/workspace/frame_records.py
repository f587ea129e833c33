"""The records that speak of frames, as one: for commands that take frames out or give them other names."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from curate.disk.atomic import make_folders, storage_errors, write_text
from curate.disk.json_text import parse_json
from curate.disk.reading import is_there, names_in, read_text
from curate.disk.tables import read_table, write_table
from curate.errors import RecordError
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig
from curate.model.rows import MaskRow
from curate.model.screening import Screening
from curate.workspace.decisions import read_standing
from curate.workspace.pipeline import check_stage, stamp_stage
from curate.workspace.stamps import read_stamp
from curate.workspace.workspace import Workspace, records_in

Table = tuple[Callable[[str], Path], type[Any]]
"""Where a series' record lies, and what its rows are."""

RENEWED = ("import", "crop", "label", "screen", "mask")
"""Stages whose records follow a new name of a frame, so that nothing of them has to be made again."""


def window_names(workspace: Workspace, category: str) -> list[str]:
    """Return the windows that a category has records of, also those that ``curate.toml`` no longer names."""
    folder = workspace.windows_record("x", category, "x").parent.parent.parent
    return [name for name in names_in(folder) if records_in(workspace.windows_record(name, category, "x").parent)]


def tables_of(workspace: Workspace, category: str) -> list[Table]:
    """Return the records of a category that hold a row a frame, or several."""
    windows: list[Table] = [
        (lambda series, name=name: workspace.windows_record(name, category, series), Window)  # type: ignore[misc]
        for name in window_names(workspace, category)
    ]
    captures: Table = (lambda series: workspace.captures_record(category, series), Capture)
    screenings: Table = (lambda series: workspace.screening_record(category, series), Screening)
    return [captures, *windows, screenings]


def read_rows(table: Table) -> dict[str, list[Any]]:
    """Return the rows of each series that has such a record."""
    place, kind = table
    return {series: list(read_table(place(series), kind)) for series in records_in(place("x").parent)}


def write_rows(table: Table, before: Iterable[str], rows: Mapping[str, Sequence[Any]]) -> None:
    """Write the rows of each series; the record of a series that has none any more is deleted."""
    place, kind = table
    for series in sorted({*before, *rows}):
        if rows.get(series):
            write_table(place(series), rows[series], kind)
        else:
            place(series).unlink(missing_ok=True)


def read_captures(workspace: Workspace, category: str) -> dict[str, list[Capture]]:
    """Return a category's frames by series, in shooting order."""
    return read_rows(tables_of(workspace, category)[0])


def in_shooting_order(frames: Iterable[str], captures: Mapping[str, Sequence[Capture]]) -> list[str]:
    """Return frames as the record of annotations lists them: series by series, in shooting order, unknown ones last."""
    place = {row.frame: number for number, row in enumerate(chain(*captures.values()))}
    return sorted(frames, key=lambda frame: (place.get(frame, len(place)), frame))


def json_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a record of JSON lines; none where there is no such file.

    Raises
    ------
    RecordError
        If a line is no object that names its frame; the message names the line.
    """
    return [entry for entry, _ in _entries(path)]


def lines_by_frame(path: Path) -> dict[str, str]:
    """Return the lines of a record of JSON lines as they stand, by their frame; see :func:`json_lines`."""
    return {entry["frame"]: line for entry, line in _entries(path)}


def _entries(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    lines = read_text(path).splitlines() if is_there(path) else []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = parse_json(line)
            if not isinstance(entry["frame"], str):
                raise TypeError("its frame is no text")  # noqa: TRY301 - as the others
        except (ValueError, KeyError, TypeError) as error:
            hint = "correct the line, or restore the file from version control"
            raise RecordError(f"line {number} names no frame ({error})", path=path, hint=hint) from error
        yield entry, line


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines as they are; no file is left where there are none."""
    text = "".join(f"{line}\n" for line in lines)
    if text:
        write_text(path, text)
    else:
        path.unlink(missing_ok=True)


def write_json_lines(path: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Write a record of JSON lines; none is left where there is nothing to write."""
    write_lines(path, (json.dumps(entry, ensure_ascii=False, allow_nan=False) for entry in entries))


def move(source: Path, target: Path) -> None:
    """Rename a file or folder, with the folders around its new place; nothing where it is not there."""
    if is_there(source) or source.is_dir():
        with storage_errors(target):
            make_folders(target.parent)
            source.rename(target)


def drop_empty_folders(folder: Path, root: Path) -> None:
    """Delete a folder and those around it, up to ``root``, as long as nothing is in them."""
    while folder != root and folder.is_relative_to(root):
        with suppress(OSError):
            folder.rmdir()
        if folder.is_dir():
            return
        folder = folder.parent


def current_stages(workspace: Workspace, category: CategoryConfig, stages: Sequence[str]) -> list[str]:
    """Return the stages whose results are what they would be today."""
    checks = ((stage, check_stage(workspace, stage, category)) for stage in stages)
    return [stage for stage, check in checks if check is not None and not check.reasons]


def renew_stamps(
    workspace: Workspace,
    category: CategoryConfig,
    stages: Sequence[str],
    *,
    was: str = "",
    renamed: Callable[[str], str] = lambda path: path,
) -> None:
    """Record that the results of stages are still current, after their records were changed as a whole.

    Parameters
    ----------
    stages : sequence of str
        Those that were current before.
    was : str
        The category's name when they were stamped, if it had another.
    renamed : callable
        Path of an output when it was stamped to its path today.
    """
    decided = read_standing(workspace, category.name)
    for stage in stages:
        stamp = read_stamp(workspace, stage, was or category.name)
        if stamp is not None:
            outputs = {workspace.root / renamed(path) for path in stamp.outputs}
            if stage in {"import", "crop", "screen"}:
                outputs |= set(_series_records(workspace, stage, category))
            stamp_stage(
                workspace, stage, category, sorted(outputs), decided, failed=stamp.failed, details=stamp.details
            )


def _series_records(workspace: Workspace, stage: str, category: CategoryConfig) -> Iterator[Path]:
    for series in workspace.series_of(category.name):
        if stage == "import":
            yield workspace.captures_record(category.name, series)
        elif stage == "screen":
            yield workspace.screening_record(category.name, series)
        else:
            yield from (workspace.windows_record(name, category.name, series) for name in category.windows)


def split_by_series(rows: Iterable[Any]) -> dict[str, list[Any]]:
    """Return rows by the series of their frame, in the order in which they come."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.frame.partition("/")[0]].append(row)
    return groups


def image_of(image: str, old: str, new: str) -> str:
    """Return the path of a frame's window, or of its mask, once the frame has a new name.

    >>> image_of("main/0001.png", "main/0001.jpg", "night/0001.jpg")
    'night/0001.png'
    >>> image_of("main/0001-x0y8.png", "main/0001.jpg", "night/0001~3f2a9c1b.jpg")
    'night/0001~3f2a9c1b-x0y8.png'
    """
    stem, named = old.rpartition(".")[0] or old, new.rpartition(".")[0] or new
    if image.startswith(stem):
        return named + image[len(stem) :]
    return f"{new.partition('/')[0]}/{image.partition('/')[2]}"


def with_frame(row: Any, names: Mapping[str, str]) -> Any:
    """Return a record's row under the new name of its frame."""
    new = names.get(row.frame)
    if new is None:
        return row
    changed: dict[str, Any] = {"frame": new}
    if isinstance(row, Window):
        changed["image"] = image_of(row.image, row.frame, new)
    if isinstance(row, MaskRow):
        changed |= {"image": image_of(row.image, row.frame, new), "mask": image_of(row.mask, row.frame, new)}
    if isinstance(row, Screening):
        changed["repeat_of"] = names.get(row.repeat_of, row.repeat_of)
    return replace(row, **changed)
