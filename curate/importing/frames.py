"""List frames with what is known about them (time, label, camera, screening); filter them, count them by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from curate.disk.columns import read_columns
from curate.disk.tables import read_table
from curate.importing.written_times import parse_time
from curate.model.capture import Capture
from curate.workspace.decisions import read_standing
from curate.workspace.index import RecordIndex
from curate.workspace.labels import read_labels
from curate.workspace.screening import read_set_aside
from curate.workspace.workspace import Workspace

UNDATED = "(no time)"
UNLABELLED = "(no label)"


@dataclass(frozen=True, slots=True)
class FrameLine:
    """One frame of a listing; ``label`` is what people said last, ``rejected`` why it is on no side of a split."""

    category: str
    frame: str
    shot_at: str
    label: str
    specimen: str
    camera: str
    width_px: int
    height_px: int
    rejected: str
    ordered_by: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which frames are wanted; an empty field asks nothing.

    Attributes
    ----------
    series, labels, cameras : tuple of str
        Any of these; ``""`` among the labels are frames without one.
    since, until : str
        ISO 8601 date or time; the first included, the second not. Compared in the clocks' own local time.
    rejected : bool or None
        Only frames that screening or a person set aside, or only the others.
    """

    series: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    rejected: bool | None = None

    def wants(self, line: FrameLine) -> bool:
        """Whether a frame passes."""
        return (
            (not self.series or line.frame.partition("/")[0] in self.series)
            and (not self.labels or line.label in self.labels)
            and (not self.cameras or line.camera in self.cameras)
            and (self.rejected is None or bool(line.rejected) == self.rejected)
            and self._in_time(line.shot_at)
        )

    def _in_time(self, shot_at: str) -> bool:
        if not self.since and not self.until:
            return True
        found = parse_time(shot_at)
        if found is None:
            return False
        after = not self.since or found.local_ns >= _bound_ns(self.since)
        return after and (not self.until or found.local_ns < _bound_ns(self.until))


def _bound_ns(text: str) -> int:
    bound = parse_time(text) or parse_time(f"{text}T00:00:00") or parse_time(f"{text}:00")
    if bound is None:
        raise ValueError(f"{text!r} is no date or time: write 2022-08-11 or 2022-08-11T17:30")
    return bound.local_ns


def check_filter(wanted: Filter) -> None:
    """Raise ValueError when a bound of the filter is no time."""
    for bound in filter(None, (wanted.since, wanted.until)):
        _bound_ns(bound)


def list_frames(workspace: Workspace, categories: Sequence[str], wanted: Filter = Filter()) -> list[FrameLine]:
    """Return the wanted frames, in shooting order within category and series.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    lines: list[FrameLine] = []
    for category in categories:
        decided = read_standing(workspace, category)
        labels = read_labels(workspace, category, decided)
        rejected = read_set_aside(workspace, category, decided)
        for series in workspace.series_of(category):
            captures = read_table(workspace.captures_record(category, series), Capture)
            lines += [
                _line(category, capture, labels.of(capture), str(rejected.get(capture.frame, "")))
                for capture in captures
            ]
    return [line for line in lines if wanted.wants(line)]


def _line(category: str, capture: Capture, label: str, rejected: str) -> FrameLine:
    return FrameLine(
        category,
        capture.frame,
        capture.shot_at,
        label,
        capture.specimen,
        capture.camera,
        capture.width_px,
        capture.height_px,
        rejected,
        capture.ordered_by,
        capture.sha256,
    )


def count_by_day(lines: Iterable[FrameLine]) -> dict[str, dict[str, int]]:
    """Count frames by day of the clock and label; frames without a time come last.

    >>> count_by_day([])
    {}
    """
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        days[line.shot_at[:10] or UNDATED][line.label or UNLABELLED] += 1
    dated = sorted(days, key=lambda day: (day == UNDATED, day))
    return {day: dict(sorted(days[day].items())) for day in dated}


def days_of(workspace: Workspace, categories: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count all frames as :func:`count_by_day` does, without holding them: from the index of the records.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    index = RecordIndex(workspace)
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for category in categories:
        labels = read_labels(workspace, category)
        said = labels.drawn.keys() | labels.decided.keys()
        series_of_said = {frame.partition("/")[0] for frame in said}
        for series in workspace.series_of(category):
            record = workspace.captures_record(category, series)
            for day, counts in index.summary(record, "days", ["shot_at", "label"], _imported_days).items():
                days[day].update(counts)
            # What people said afterwards of some frames takes the place of what they were imported as.
            for columns in read_columns(record, ("frame", "shot_at", "label")) if series in series_of_said else ():
                for frame, shot_at, label in zip(*columns, strict=True):
                    if frame in said:
                        days[shot_at[:10] or UNDATED][label or UNLABELLED] -= 1
                        days[shot_at[:10] or UNDATED][labels.named(frame, label) or UNLABELLED] += 1
    index.save()
    dated = sorted(days, key=lambda day: (day == UNDATED, day))
    return {day: {label: count for label, count in sorted(days[day].items()) if count} for day in dated}


def _imported_days(blocks: Iterator[list[list[str]]]) -> dict[str, dict[str, int]]:
    counts = Counter(
        (time[:10] or UNDATED, label or UNLABELLED) for block in blocks for time, label in zip(*block, strict=True)
    )
    days: dict[str, dict[str, int]] = {}
    for (day, label), count in counts.items():
        days.setdefault(day, {})[label] = count
    return days


def to_json(lines: Sequence[FrameLine]) -> dict[str, Any]:
    """Return a listing as one JSON document."""
    names = [field.name for field in fields(FrameLine)]
    return {
        "schema": "curate/frames/1",
        "frames": [{name: getattr(line, name) for name in names} for line in lines],
        "by_day": count_by_day(lines),
    }
