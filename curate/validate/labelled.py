"""Compare what is labelled in a workspace with what an export of it holds."""

from __future__ import annotations

from collections.abc import Sequence

from curate.disk.tables import read_table
from curate.errors import RecordError
from curate.model.capture import Capture
from curate.model.config import CategoryConfig
from curate.model.finding import Finding
from curate.model.lost_classes import classes_of, lost_classes
from curate.validate.table import CategoryTable
from curate.workspace.labels import read_labels
from curate.workspace.workspace import Workspace


def labelled_classes(workspace: Workspace, category: str) -> dict[str, tuple[str, ...]]:
    """Return the defects that each frame of a category shows; nothing where a record that says so is damaged."""
    records = [workspace.captures_record(category, series) for series in workspace.series_of(category)]
    try:
        captures = [capture for record in records for capture in read_table(record, Capture)]
        return classes_of(read_labels(workspace, category), captures)
    except RecordError:
        return {}  # the stages that need the record say what is wrong with it


def lost_in_export(
    category: CategoryConfig,
    classes: dict[str, tuple[str, ...]],
    tables: Sequence[CategoryTable],
    folder: str,
) -> list[Finding]:
    """Name the classes of a category that are labelled and that an export of it does not hold."""
    published = {category.published_name(window) for window in category.windows}
    mine = [table for table in tables if table.name in published]
    if not mine:
        return []
    there = {sample.label for table in mine for sample in table.samples}
    for table in mine:
        there |= set(table.card.statistics.get("regions", {})) if table.card else set()
    return lost_classes(classes, there, folder, f"{folder}/{mine[0].name}", {})
