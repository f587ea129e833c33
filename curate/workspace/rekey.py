"""Give frames other names: their files, every record that speaks of them, and stamps of stages that stay current."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from curate.disk.reading import is_there, names_in
from curate.disk.tables import read_table, write_table
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig
from curate.model.natural import natural_key
from curate.model.rows import MaskRow
from curate.workspace.annotations import read_annotations, write_annotations
from curate.workspace.frame_records import (
    RENEWED,
    current_stages,
    drop_empty_folders,
    in_shooting_order,
    json_lines,
    move,
    read_rows,
    renew_stamps,
    split_by_series,
    tables_of,
    window_names,
    with_frame,
    write_json_lines,
    write_rows,
)
from curate.workspace.standing_order import SeriesOrder, read_series_orders, write_series_orders
from curate.workspace.workspace import Workspace


def rename_frames(
    workspace: Workspace,
    category: CategoryConfig,
    names: Mapping[str, str],
    captures: Mapping[str, Sequence[Capture]] | None = None,
) -> None:
    """Give frames other names, also in another series. Hold the workspace's lock.

    Files come first and records after them; each step does nothing where it is done already, so the same call ends what
    a killed one began.

    Parameters
    ----------
    names : mapping of str to str
        Old to new frame.
    captures : mapping of str to sequence of Capture, optional
        The captures records as they are to be, by series; else rows keep their order.
    """
    current = current_stages(workspace, category, RENEWED)
    tables = [(table, read_rows(table)) for table in tables_of(workspace, category.name)]
    _move_files(workspace, category.name, names)
    moved = [split_by_series(with_frame(row, names) for row in chain(*rows.values())) for _, rows in tables]
    if captures is not None:
        moved[0] = {**moved[0], **{series: list(of) for series, of in captures.items()}}
    order = {row.frame: place for place, row in enumerate(chain(*moved[0].values()))}
    by_series = {name: moved[0][name] for name in sorted(moved[0], key=natural_key)}
    _rename_in_lines(workspace, category.name, names, by_series)
    _rename_sheets(workspace, category.name, names, set(tables[0][1]) - set(moved[0]))
    _rename_masks(workspace, category.name, names)
    for (table, rows), new in reversed(list(zip(tables, moved, strict=True))):  # the frames last
        write_rows(table, rows, {s: sorted(of, key=lambda row: order.get(row.frame, 0)) for s, of in new.items()})
    _rename_open(workspace, category.name, names)
    renew_stamps(workspace, category, current)


def _move_files(workspace: Workspace, category: str, names: Mapping[str, str]) -> None:
    root = workspace.captures(category)
    for old, new in names.items():
        if not is_there(root / new):
            move(root / old, root / new)
            drop_empty_folders((root / old).parent, root)
    for window in window_names(workspace, category):
        folder = workspace.windows(window, category)
        series = {old.partition("/")[0] for old in names}
        for entry in sorted(series):
            record = workspace.windows_record(window, category, entry)
            for row in read_table(record, Window) if is_there(record) else ():
                move(folder / row.image, folder / with_frame(row, names).image)
        for entry in sorted(series):
            drop_empty_folders(folder / entry, folder)


def _rename_in_lines(
    workspace: Workspace, category: str, names: Mapping[str, str], captures: Mapping[str, Sequence[Capture]]
) -> None:
    """Follow in annotations and decisions; what is decided about a finding names a path."""
    path = workspace.annotations(category)
    if is_there(path):
        drawn = read_annotations(path).values()
        renamed = {names.get(entry.frame, entry.frame): entry for entry in drawn}
        order = in_shooting_order(renamed, captures)
        write_annotations(path, [replace(renamed[frame], frame=frame) for frame in order])
    start = workspace.relative(workspace.captures(category)) + "/"
    decisions = json_lines(workspace.decisions(category))
    for entry in decisions:
        frame = entry["frame"].removeprefix(start)
        if frame in names:
            entry["frame"] = entry["frame"].removesuffix(frame) + names[frame]
    write_json_lines(workspace.decisions(category), decisions)


def _rename_sheets(workspace: Workspace, category: str, names: Mapping[str, str], left: set[str]) -> None:
    """Let the picture of screening follow a series that all frames left for one other."""
    for series in sorted(left):
        targets = {new.partition("/")[0] for old, new in names.items() if old.partition("/")[0] == series}
        sheet = workspace.screening_sheet(category, min(targets, default=series))
        if len(targets) == 1 and not is_there(sheet):
            move(workspace.screening_sheet(category, series), sheet)


def _rename_masks(workspace: Workspace, category: str, names: Mapping[str, str]) -> None:
    for window in names_in(workspace.root / "records" / "masks"):
        record = workspace.masks_record(window, category)
        if is_there(record):
            rows = read_table(record, MaskRow)
            folder = workspace.masks(window, category)
            for row in rows:
                new = with_frame(row, names)
                if new is not row:
                    move(folder / row.mask, folder / new.mask)
                    drop_empty_folders((folder / row.mask).parent, folder)
            write_table(record, [with_frame(row, names) for row in rows], MaskRow)


def _rename_open(workspace: Workspace, category: str, names: Mapping[str, str]) -> None:
    """Follow in what is open about the order; a series that all frames left takes what was said along."""
    orders = read_series_orders(workspace, category)
    if not orders:
        return
    moved: dict[str, SeriesOrder] = {}
    for series, entry in orders.items():
        targets = {new.partition("/")[0] for old, new in names.items() if old.partition("/")[0] == series}
        whole = len(targets) == 1 and series not in workspace.series_of(category)
        now = next(iter(targets)) if whole else series
        if now in moved:
            continue
        findings = tuple(
            replace(
                finding,
                path=names.get(finding.path, now if finding.path == series else finding.path),
                related=tuple(names.get(path, path) for path in finding.related),
            )
            for finding in entry.findings
        )
        moved[now] = SeriesOrder(entry.clocks, findings)
    write_series_orders(workspace, category, moved)
