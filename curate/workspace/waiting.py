"""What waits for a person's look: windows that crop set aside, frames that screening did, and nobody decided about.

The stamp of ``review`` keeps what a person has had before the eyes: whatever he left as it is asks no second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from curate.disk.reading import is_there
from curate.errors import RecordError
from curate.model.config import CategoryConfig
from curate.model.decision import Standing
from curate.workspace.decisions import read_standing
from curate.workspace.index import RecordIndex, rows_where
from curate.workspace.pipeline import stamp_stage
from curate.workspace.stamps import read_stamp
from curate.workspace.workspace import Workspace


class PlacedRow(Protocol):
    """What is asked of a window's row."""

    @property
    def frame(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102


class ScreenedRow(Protocol):
    """What is asked of a row of screening."""

    @property
    def frame(self) -> str: ...  # noqa: D102
    @property
    def decision(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102


class _SetAsideWindow(NamedTuple):
    frame: str
    status: str
    reason: str


class _SetAsideFrame(NamedTuple):
    frame: str
    decision: str
    reason: str


_NO_WINDOW = "match"
"""Screening's reason for frames without a window: crop says it already."""


def waiting_in(
    windows: Mapping[str, Iterable[PlacedRow]], screenings: Iterable[ScreenedRow], decided: Standing
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
    index, series = RecordIndex(workspace), workspace.series_of(category.name)

    def rows(records: Iterable[Path], columns: Sequence[str], usual: str) -> list[list[str]]:
        """Of hundreds of thousands, only those that may wait."""
        kept = rows_where(1, lambda value: value != usual)
        summaries = [index.summary(each, "set aside", columns, kept) for each in records if is_there(each)]
        return [row for summary in summaries for row in summary["rows"]]

    windows = {
        name: [
            _SetAsideWindow(*row)
            for row in rows(
                (workspace.windows_record(name, category.name, each) for each in series),
                ("frame", "status", "reason"),
                "accepted",
            )
        ]
        for name in category.windows
    }
    screened = rows(
        (workspace.screening_record(category.name, each) for each in series), ("frame", "decision", "reason"), "keep"
    )
    index.save()
    waits = waiting_in(windows, [_SetAsideFrame(*row) for row in screened], read_standing(workspace, category.name))
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
