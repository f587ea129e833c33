"""Take frames, a series or a category out of a workspace, and put them back as they were.

Nothing is deleted: files and rows move to ``removed/<category>/<number>/``. What people decided about frames stays in
its record, which is only ever added to, and counts again once they are back.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from curate.disk.reading import is_there
from curate.errors import ConflictError, MissingError
from curate.model.capture import Window
from curate.model.config import CategoryConfig
from curate.model.words import counted
from curate.workspace.category_files import files_of_category
from curate.workspace.frame_records import (
    Table,
    current_stages,
    drop_empty_folders,
    in_shooting_order,
    lines_by_frame,
    move,
    read_captures,
    read_rows,
    renew_stamps,
    tables_of,
    window_names,
    write_lines,
    write_rows,
)
from curate.workspace.removed import Removal, find_removal, next_removal, write_removal
from curate.workspace.standing_order import read_series_orders, write_series_orders
from curate.workspace.workspace import Workspace

_RENEWED = ("import", "label")
"""Stages of which nothing has to be made again; others depend on which frames there are."""


@dataclass(frozen=True, slots=True)
class RemoveReport:
    """What was taken out, or put back.

    Attributes
    ----------
    category : str
    number : int
        Under which it is kept in ``removed/<category>/``.
    what : str
    frames : tuple of str
    regions : int
        Frames that had something drawn in them.
    windows : int
        Images of windows.
    """

    category: str
    number: int
    what: str
    frames: tuple[str, ...]
    regions: int
    windows: int

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "category": self.category,
            "number": self.number,
            "what": self.what,
            "frames": list(self.frames),
            "annotated": self.regions,
            "windows": self.windows,
        }


def remove_frames(
    workspace: Workspace,
    category: CategoryConfig,
    frames: Iterable[str] = (),
    series: Sequence[str] = (),
    *,
    dry_run: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> RemoveReport:
    """Take frames and whole series out of a category, with their windows, screening and annotations.

    Raises
    ------
    MissingError
        If a frame or a series is not there; all of them are named.
    """
    name = category.name
    with nullcontext() if dry_run else workspace.lock(on_wait):
        captures = read_captures(workspace, name)
        everything = {capture.frame: capture for rows in captures.values() for capture in rows}
        lacking = [f"series {entry}" for entry in series if entry not in captures]
        lacking += [f"frame {frame}" for frame in frames if frame not in everything]
        if lacking:
            raise MissingError(
                f"category {name} has no {', '.join(lacking)}", path=workspace.root, hint="see `curate frames`"
            )
        chosen = {frame for frame, capture in everything.items() if capture.series in series} | set(frames)
        single = counted(len(set(frames)), "frame", "frames") if frames else ""
        what = " and ".join([*(f"series {entry}" for entry in series), *([single] if single else [])])
        removal = Removal(
            next_removal(workspace, name),
            name,
            int(next_removal(workspace, name).name),
            what,
            {frame: everything[frame].sha256 for frame in sorted(chosen)},
            {
                entry: [row.frame for row in rows]
                for entry, rows in captures.items()
                if chosen & {r.frame for r in rows}
            },
        )
        return _take_out(workspace, category, removal, chosen, dry_run=dry_run)


def _take_out(
    workspace: Workspace, category: CategoryConfig, removal: Removal, chosen: set[str], *, dry_run: bool
) -> RemoveReport:
    tables = [(table, read_rows(table)) for table in tables_of(workspace, category.name)]
    taken = [row for _, rows in tables for row in chain(*rows.values()) if row.frame in chosen]
    images = [row for row in taken if isinstance(row, Window)]
    lines = lines_by_frame(workspace.annotations(category.name))
    drawn = [line for frame, line in lines.items() if frame in chosen]
    report = RemoveReport(category.name, removal.number, removal.what, tuple(removal.frames), len(drawn), len(images))
    if dry_run:
        return report
    current = current_stages(workspace, category, _RENEWED)
    _copy_rows(tables, _tables_like(tables, removal.inner, category.name), chosen)
    write_lines(removal.inner.annotations(category.name), drawn)
    write_removal(removal)  # from here on all is known that is needed to put it back
    for table, rows in reversed(tables):  # the frames last: until then the command can be given again
        kept = {entry: [row for row in mine if row.frame not in chosen] for entry, mine in rows.items()}
        if kept != rows:
            write_rows(table, rows, kept)
    if drawn:
        left = (line for frame, line in lines.items() if frame not in chosen)
        write_lines(workspace.annotations(category.name), left)
    _forget_findings(workspace, category.name, chosen)
    _move_files(workspace, removal.inner, category.name, removal.frames, images)
    renew_stamps(workspace, category, current)
    return report


def _tables_like(tables: Sequence[tuple[Table, Any]], inner: Workspace, category: str) -> list[Table]:
    """Return the same records in another workspace, windows included that it does not have yet."""
    captures, *windows, screening = [table for table, _ in tables]
    names = [place("x").parent.parent.name for place, _ in windows]
    made: list[Table] = [
        (lambda series, name=name: inner.windows_record(name, category, series), Window)  # type: ignore[misc]
        for name in names
    ]
    return [
        (lambda series: inner.captures_record(category, series), captures[1]),
        *made,
        (lambda series: inner.screening_record(category, series), screening[1]),
    ]


def _copy_rows(tables: Sequence[tuple[Table, Any]], targets: Sequence[Table], chosen: set[str]) -> None:
    for (_, rows), target in zip(tables, targets, strict=True):
        mine = {entry: [row for row in of if row.frame in chosen] for entry, of in rows.items()}
        write_rows(target, (), {entry: of for entry, of in mine.items() if of})


def _move_files(
    source: Workspace, target: Workspace, category: str, frames: Iterable[str], images: Iterable[Window]
) -> None:
    for frame in frames:
        move(source.captures(category) / frame, target.captures(category) / frame)
        drop_empty_folders((source.captures(category) / frame).parent, source.captures(category))
    for window in window_names(target, category) or window_names(source, category):
        for row in images:
            move(source.windows(window, category) / row.image, target.windows(window, category) / row.image)


def _forget_findings(workspace: Workspace, category: str, gone: set[str]) -> None:
    """Drop what was open about the order of frames that are gone."""
    orders = read_series_orders(workspace, category)
    if orders:
        kept = {
            series: replace(
                entry,
                findings=tuple(
                    finding
                    for finding in entry.findings
                    if finding.path not in gone and not (finding.related and set(finding.related) <= gone)
                ),
            )
            for series, entry in orders.items()
        }
        write_series_orders(workspace, category, kept)


def restore_removal(
    workspace: Workspace,
    category: CategoryConfig,
    number: int,
    *,
    on_wait: Callable[[str], None] | None = None,
) -> RemoveReport:
    """Put back what was removed under a number, each frame at its old place in the order.

    Raises
    ------
    MissingError
        If nothing was removed under this number.
    ConflictError
        If a frame of the same name, or the category, is there by now.
    """
    with workspace.lock(on_wait):
        removal = find_removal(workspace, category.name, number)
        if removal.paths:
            return _bring_category_back(workspace, removal)
        current = current_stages(workspace, category, _RENEWED)
        report = _put_back(workspace, category, removal)
        renew_stamps(workspace, category, current)
        return report


def _put_back(workspace: Workspace, category: CategoryConfig, removal: Removal) -> RemoveReport:
    name = category.name
    inner = [(table, read_rows(table)) for table in tables_of(removal.inner, name)]
    there = {row.frame: row.sha256 for rows in read_captures(workspace, name).values() for row in rows}
    taken = sorted(frame for frame, sha256 in removal.frames.items() if there.get(frame, sha256) != sha256)
    if taken:
        raise ConflictError(
            f"{counted(len(taken), 'frame', 'frames')} of the same name came since: {', '.join(taken[:5])}",
            path=removal.folder,
            hint="remove those first",
        )
    images = [row for _, rows in inner for row in chain(*rows.values()) if isinstance(row, Window)]
    _move_files(removal.inner, workspace, name, removal.frames, images)
    for table, rows in zip(_tables_like(inner, workspace, name), (rows for _, rows in inner), strict=True):
        before = read_rows(table)
        merged = {
            series: _merged(before.get(series, []), rows.get(series, []), removal.order.get(series, []))
            for series in {*before, *rows}
        }
        write_rows(table, before, merged)
    drawn = lines_by_frame(removal.inner.annotations(name))
    if drawn:
        known = {**drawn, **lines_by_frame(workspace.annotations(name))}
        write_lines(
            workspace.annotations(name),
            (known[frame] for frame in in_shooting_order(known, read_captures(workspace, name))),
        )
    shutil.rmtree(removal.folder)
    drop_empty_folders(removal.folder.parent, workspace.root)
    return RemoveReport(name, removal.number, removal.what, tuple(removal.frames), len(drawn), len(images))


def _merged(there: Sequence[Any], back: Sequence[Any], order: Sequence[str]) -> list[Any]:
    """Put rows back behind those that stood before them; rows of frames that came since stay where they are."""
    known = {row.frame for row in there}
    rows = list(there)
    place = {frame: number for number, frame in enumerate(order)}
    for row in sorted((row for row in back if row.frame not in known), key=lambda row: place.get(row.frame, 0)):
        earlier = set(order[: place.get(row.frame, 0)])
        spots = [number for number, other in enumerate(rows) if other.frame in earlier or other.frame == row.frame]
        rows.insert(spots[-1] + 1 if spots else 0, row)
    return rows


def remove_category(
    workspace: Workspace,
    category: CategoryConfig,
    *,
    dry_run: bool = False,
    on_wait: Callable[[str], None] | None = None,
) -> RemoveReport:
    """Take a whole category out: frames, records, decisions, windows, masks, splits and exports."""
    with nullcontext() if dry_run else workspace.lock(on_wait):
        folder = next_removal(workspace, category.name)
        captures = read_captures(workspace, category.name)
        frames = {row.frame: row.sha256 for rows in captures.values() for row in rows}
        paths = tuple(files_of_category(workspace, category))
        removal = Removal(folder, category.name, int(folder.name), f"category {category.name}", frames, {}, paths)
        report = RemoveReport(category.name, removal.number, removal.what, tuple(frames), 0, 0)
        if dry_run:
            return report
        write_removal(removal)
        for path in paths:
            move(workspace.root / path, folder / path)
        return report


def _bring_category_back(workspace: Workspace, removal: Removal) -> RemoveReport:
    waiting = [path for path in removal.paths if is_there(removal.folder / path) or (removal.folder / path).is_dir()]
    there = [path for path in waiting if is_there(workspace.root / path) or (workspace.root / path).is_dir()]
    if there:
        raise ConflictError(
            f"the category {removal.category} is there again: {', '.join(there[:5])}",
            path=removal.folder,
            hint="remove or rename the new one first",
        )
    for path in waiting:
        move(removal.folder / path, workspace.root / path)
    shutil.rmtree(removal.folder)
    drop_empty_folders(removal.folder.parent, workspace.root)
    return RemoveReport(removal.category, removal.number, removal.what, tuple(removal.frames), 0, 0)
