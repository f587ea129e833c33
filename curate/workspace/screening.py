"""Read what screening decided, for the stages after it."""

from __future__ import annotations

from curate.disk.reading import is_there
from curate.disk.tables import read_table
from curate.model.decision import Standing
from curate.model.screening import Screening, SetAside, set_aside
from curate.workspace.decisions import read_standing
from curate.workspace.workspace import Workspace


def read_screening(workspace: Workspace, category: str) -> list[Screening]:
    """Return the rows of every series of a category, series in natural order; empty when it was never screened.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    records = [workspace.screening_record(category, series) for series in workspace.series_of(category)]
    return [row for record in records if is_there(record) for row in read_table(record, Screening)]


def read_set_aside(workspace: Workspace, category: str, decided: Standing | None = None) -> dict[str, SetAside]:
    """Return the frames that screening or a person took out of every split, each with its reason.

    Parameters
    ----------
    workspace, category
    decided : Standing, optional
        What people decided, where the caller has read it already.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    standing = read_standing(workspace, category) if decided is None else decided
    return set_aside(read_screening(workspace, category), standing)
