"""Read what the stages wrote and what was decided; read again whatever has changed since."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from curate.disk.tables import read_table
from curate.model.capture import Capture, Window
from curate.model.config import DEFAULT_SPLIT, CategoryConfig
from curate.model.decision import Decision, Standing, standing
from curate.model.region import image_label
from curate.model.rows import SplitRow
from curate.model.screening import Screening
from curate.review.findings import Checked, Checks
from curate.review.navigation import QueueEntry
from curate.review.queue import Records, ReviewItem, identity, is_decided, own_decision, stage_items, with_decided
from curate.workspace.annotations import read_annotations
from curate.workspace.decisions import read_decisions
from curate.workspace.workspace import Workspace

NOT_SET_ASIDE = "not set aside"

State = tuple[tuple[int, int, int] | None, ...]
Row = TypeVar("Row", Capture, Screening, SplitRow, Window)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that may be asked for: a frame, or a window of it.

    Attributes
    ----------
    category : str
    capture : Capture
    name : str
        The window's name; ``""`` for the frame.
    window : Window or None
    """

    category: str
    capture: Capture
    name: str = ""
    window: Window | None = None

    @property
    def id(self) -> str:
        """A name for addresses."""
        return identity("picture", self.category, self.capture.frame, self.name)

    @property
    def version(self) -> str:
        """Changes whenever the picture does."""
        if self.window is None:
            return self.capture.sha256[:12]
        map_ = (self.window.m00, self.window.m02, self.window.m11, self.window.m12)
        return identity(self.capture.sha256, self.window.sha256, *map(str, map_))[:12]


@dataclass(frozen=True)
class Shelf:
    """One category as it is now."""

    records: Records
    places: Mapping[str, int]
    windows: Mapping[tuple[str, str], Window]
    decisions: tuple[Decision, ...] = ()
    standing: Standing = field(default_factory=Standing)

    def capture(self, frame: str) -> Capture | None:
        """Return a frame's row, or None."""
        place = self.places.get(frame)
        return None if place is None else self.records.captures[place]

    def label(self, frame: str) -> str:
        """Return what a frame is called now, decisions included."""
        decided = self.standing.labels.get(frame)
        return decided.verdict if decided else self.records.labels.get(frame, "")

    def frame_picture(self, frame: str) -> Shown | None:
        """Return the picture of a frame, or None."""
        capture = self.capture(frame)
        return Shown(self.records.name, capture) if capture else None

    def window_picture(self, frame: str, name: str) -> Shown | None:
        """Return the picture of a window of a frame, or None where no such window has a place."""
        capture, window = self.capture(frame), self.windows.get((name, frame))
        return Shown(self.records.name, capture, name, window) if capture and window else None


@dataclass(frozen=True)
class Snapshot:
    """Everything that a page may show, at one moment."""

    entries: tuple[QueueEntry, ...]
    places: Mapping[str, int]
    shelves: Mapping[str, Shelf]
    pictures: Mapping[str, Shown]
    checked: Checked

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories under review."""
        return tuple(self.shelves)

    def place(self, item_id: str) -> int | None:
        """Return where an item stands among the entries, or None."""
        return self.places.get(item_id)

    def entry(self, item_id: str) -> QueueEntry | None:
        """Return an item of the queue, or a frame that nothing set aside; None where there is no such thing."""
        place = self.places.get(item_id)
        if place is not None:
            return self.entries[place]
        for name, shelf in self.shelves.items():
            for frame in shelf.places:
                if identity(name, "frame", frame, "") == item_id:
                    reason = "nothing set it aside"
                    return _entry(ReviewItem(name, "screen", "frame", frame, frame, NOT_SET_ASIDE, reason), shelf)
        return None


class Desk:
    """What is under review.

    Parameters
    ----------
    workspace : Workspace
    categories : sequence of CategoryConfig
    window : str
        Only this window; all when empty.
    checks : Checks, optional
        Finds what is wrong with the export; left out, nothing is checked.
    """

    def __init__(
        self,
        workspace: Workspace,
        categories: Sequence[CategoryConfig],
        *,
        window: str = "",
        checks: Checks | None = None,
    ) -> None:
        self.workspace = workspace
        self.window = window
        self._categories = tuple(categories)
        self._checks = checks
        self._guard = threading.Lock()
        self._records: dict[str, tuple[State, Records, dict[str, Shown]]] = {}
        self._items: dict[str, tuple[Records, Checked, list[ReviewItem]]] = {}
        self._decisions: dict[str, tuple[State, tuple[Decision, ...]]] = {}
        self._last: tuple[tuple[object, ...], Snapshot] | None = None

    def config(self, category: str) -> CategoryConfig:
        """Return what ``curate.toml`` says about a category under review."""
        return next(entry for entry in self._categories if entry.name == category)

    def snapshot(self) -> Snapshot:
        """Return what is there now; only what has changed since is read again.

        Raises
        ------
        RecordError
            If a record is damaged.
        """
        with self._guard:
            checked = self._checks.now() if self._checks else Checked()
            parts = [(*self._read(config), self._decided(config.name)) for config in self._categories]
            key = (checked, *((id(records), decisions) for records, _, decisions in parts))
            if self._last is None or self._last[0] != key:
                self._last = (key, self._compose(parts, checked))
            return self._last[1]

    def _compose(
        self, parts: Sequence[tuple[Records, dict[str, Shown], tuple[Decision, ...]]], checked: Checked
    ) -> Snapshot:
        entries: list[QueueEntry] = []
        shelves: dict[str, Shelf] = {}
        pictures: dict[str, Shown] = {}
        for records, shown, decisions in parts:
            stands = standing(decisions)
            items = with_decided(self._set_aside(records, checked, stands), records, stands, window=self.window)
            windows = {(name, row.frame): row for name, rows in records.windows.items() for row in rows}
            shelf = Shelf(records, records.places(), windows, decisions, stands)
            entries += [_entry(item, shelf) for item in items]
            shelves[records.name] = shelf
            pictures |= shown
        places = {entry.item.id: place for place, entry in enumerate(entries)}
        return Snapshot(tuple(entries), places, shelves, pictures, checked)

    def _set_aside(self, records: Records, checked: Checked, stands: Standing) -> list[ReviewItem]:
        """Return what the stages set aside; what validation silences only where it was decided here."""
        known = self._items.get(records.name)
        if known is None or known[0] is not records or known[1] is not checked:
            found = (checked.findings or {}).get(records.name, ())
            accepted = (checked.accepted or {}).get(records.name, ())
            known = (records, checked, stage_items(records, [*accepted, *found], window=self.window))
            self._items[records.name] = known
        silenced = {(about.code, about.subject) for about in (checked.accepted or {}).get(records.name, ())}
        return [
            item
            for item in known[2]
            if item.kind != "finding" or (item.code, item.subject) not in silenced or own_decision(item, stands)
        ]

    def _read(self, config: CategoryConfig) -> tuple[Records, dict[str, Shown]]:
        state = _state_of(self._record_paths(config))
        known = self._records.get(config.name)
        if known is None or known[0] != state:
            records = read_records(self.workspace, config)
            known = (state, records, _pictures(records))
            self._records[config.name] = known
        return known[1], known[2]

    def _record_paths(self, config: CategoryConfig) -> list[Path]:
        workspace, name = self.workspace, config.name
        paths = [workspace.annotations(name), workspace.split(DEFAULT_SPLIT, name)]
        for series in workspace.series_of(name):
            paths += [workspace.captures_record(name, series), workspace.screening_record(name, series)]
            paths += [workspace.windows_record(window, name, series) for window in config.windows]
        return paths

    def _decided(self, category: str) -> tuple[Decision, ...]:
        state = _state_of([self.workspace.decisions(category)])
        known = self._decisions.get(category)
        if known is None or known[0] != state:
            known = (state, tuple(read_decisions(self.workspace, category)))
            self._decisions[category] = known
        return known[1]


def _entry(item: ReviewItem, shelf: Shelf) -> QueueEntry:
    capture = shelf.capture(item.frame)
    label = shelf.label(item.frame) if capture else ""
    return QueueEntry(item, is_decided(item, shelf.standing), label, capture.camera if capture else "")


def read_records(workspace: Workspace, config: CategoryConfig) -> Records:
    """Read what the stages wrote about a category.

    Raises
    ------
    MissingError, RecordError
        If the captures record is gone, or a record is damaged.
    """
    name = config.name
    series = workspace.series_of(name)
    captures = tuple(capture for one in series for capture in read_table(workspace.captures_record(name, one), Capture))
    windows = {
        window: tuple(row for one in series for row in _rows(workspace.windows_record(window, name, one), Window))
        for window in config.windows
    }
    annotations = {}
    if workspace.annotations(name).is_file():
        annotations = read_annotations(workspace.annotations(name))
    return Records(
        config,
        captures,
        {one: tuple(_rows(workspace.screening_record(name, one), Screening)) for one in series},
        windows,
        tuple(_rows(workspace.split(DEFAULT_SPLIT, name), SplitRow)),
        {capture.frame: image_label(capture.label, annotations.get(capture.frame)) for capture in captures},
        annotations,
    )


def _rows(path: Path, kind: type[Row]) -> list[Row]:
    return read_table(path, kind) if path.is_file() else []


def _state_of(paths: Sequence[Path]) -> State:
    """Return what tells a changed file from the one that was read; files are replaced, never edited in place."""
    states: list[tuple[int, int, int] | None] = []
    for path in paths:
        try:
            about = path.stat()
        except OSError:
            states.append(None)
        else:
            states.append((about.st_ino, about.st_mtime_ns, about.st_size))
    return tuple(states)


def _pictures(records: Records) -> dict[str, Shown]:
    """Return every picture that may be asked for, by its name in addresses."""
    frames = {capture.frame: Shown(records.name, capture) for capture in records.captures}
    windows = [
        Shown(records.name, frames[row.frame].capture, name, row)
        for name, rows in records.windows.items()
        for row in rows
        if row.frame in frames
    ]
    return {shown.id: shown for shown in (*frames.values(), *windows)}
