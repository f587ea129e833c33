"""What waits for a person's look: windows that crop set aside, frames that screening did, and nobody decided about.

The stamp of ``review`` keeps what a person has had before the eyes: whatever he left as it is asks no second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from curate.disk.reading import is_there
from curate.disk.tables import read_table
from curate.errors import RecordError
from curate.model.capture import Window
from curate.model.config import CategoryConfig
from curate.model.decision import Standing
from curate.model.screening import Screening
from curate.workspace.decisions import read_standing
from curate.workspace.pipeline import stamp_stage
from curate.workspace.screening import read_screening
from curate.workspace.stamps import read_stamp
from curate.workspace.workspace import Workspace

_NO_WINDOW = "match"
"""Screening's reason for frames without a window: crop says it already."""


def waiting_in(
    windows: Mapping[str, Iterable[Window]], screenings: Iterable[Screening], decided: Standing
) -> dict[str, str]:
    """Return what was set aside and not decided: what it is about, and why."""
    found = {
        f"window {name} of {row.frame}": f"{row.status}: {row.reason}"
        for name, rows in windows.items()
        for row in rows
        if row.status != "accepted" and not _is_settled(decided, name, row.frame)
    }
    for row in screenings:
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
    windows = {
        name: [
            row
            for series in workspace.series_of(category.name)
            if is_there(record := workspace.windows_record(name, category.name, series))
            for row in read_table(record, Window)
        ]
        for name in category.windows
    }
    waits = waiting_in(windows, read_screening(workspace, category.name), read_standing(workspace, category.name))
    return stamp is not None, [about for about, why in waits.items() if seen.get(about) != why]


def note_looked_at(workspace: Workspace, category: CategoryConfig, seen: Mapping[str, str]) -> None:
    """Record what a person has had before the eyes, beside what was seen at earlier times.

    Parameters
    ----------
    workspace, category
    seen : mapping of str to str
        As :func:`waiting_in` returned it for what was shown.
    """
    try:
        stamp = read_stamp(workspace, "review", category.name)
    except RecordError:
        stamp = None  # a damaged stamp is written anew
    before: Mapping[str, str] = stamp.details.get("seen", {}) if stamp else {}
    stamp_stage(workspace, "review", category, [], details={"seen": dict(sorted({**before, **seen}.items()))})
