"""Read what screening decided, for the stages after it."""

from __future__ import annotations

from curate.files.tables import read_table
from curate.files.workspace import Workspace
from curate.model.screening import Screening, rejected_frames


def read_screening(workspace: Workspace, category: str) -> list[Screening]:
    """Return the rows of every series of a category, series in natural order; empty when it was never screened.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    records = [workspace.screening_record(category, series) for series in workspace.series_of(category)]
    return [row for record in records if record.is_file() for row in read_table(record, Screening)]


def read_rejected(workspace: Workspace, category: str) -> dict[str, str]:
    """Return the frames of a category that screening set aside, each with its reason: leave them out of splits."""
    return rejected_frames(read_screening(workspace, category))
