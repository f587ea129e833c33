"""What waits for a person's look: windows that crop set aside, frames that screening did, and nobody decided about.

The stamp of ``review`` keeps what a person has had before the eyes: whatever he left as it is asks no second time.
"""

from __future__ import annotations

from collections.abc import Mapping

from curate.disk.reading import is_there
from curate.disk.tables import read_table
from curate.errors import RecordError
from curate.model.capture import Window
from curate.model.config import CategoryConfig
from curate.model.decision import Standing
from curate.workspace.decisions import read_standing
from curate.workspace.pipeline import stamp_stage
from curate.workspace.screening import read_screening
from curate.workspace.stamps import read_stamp
from curate.workspace.workspace import Workspace

_NO_WINDOW = "match"
"""Screening's reason for frames without a window: crop says it already."""


def waiting_for_a_look(workspace: Workspace, category: CategoryConfig) -> dict[str, str]:
    """Return what was set aside and not decided: what it is about, and why.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    decided = read_standing(workspace, category.name)
    found = {
        f"window {name} of {row.frame}": f"{row.status}: {row.reason}"
        for name in category.windows
        for series in workspace.series_of(category.name)
        if is_there(record := workspace.windows_record(name, category.name, series))
        for row in read_table(record, Window)
        if row.status != "accepted" and not _is_settled(decided, name, row.frame)
    }
    for row in read_screening(workspace, category.name):
        if row.decision == "reject" and row.reason != _NO_WINDOW and row.frame not in decided.frames:
            found[f"frame {row.frame}"] = f"rejected: {row.reason}"
    return found


def _is_settled(decided: Standing, window: str, frame: str) -> bool:
    rejected = frame in decided.frames and decided.frames[frame].verdict == "reject"
    return rejected or (window, frame) in decided.windows


def unseen(workspace: Workspace, category: CategoryConfig) -> tuple[bool, list[str]]:
    """Return whether a person has ever looked, and what waits that was not there then, or for another reason.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    stamp = read_stamp(workspace, "review", category.name)
    seen: Mapping[str, str] = stamp.details.get("seen", {}) if stamp else {}
    waits = waiting_for_a_look(workspace, category)
    return stamp is not None, [about for about, why in waits.items() if seen.get(about) != why]


def note_looked_at(workspace: Workspace, category: CategoryConfig) -> None:
    """Record that a person has had before the eyes all that waits now."""
    try:
        seen = dict(sorted(waiting_for_a_look(workspace, category).items()))
    except RecordError:
        return  # it could not be shown
    with workspace.lock(swept=()):
        stamp_stage(workspace, "review", category, [], details={"seen": seen})
