"""What screening and cropping took out, with pictures of the frames and the windows that were found in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from curate.disk.tables import read_table
from curate.drawing.pictures import as_colour
from curate.errors import CurateError
from curate.execution import Execution
from curate.geometry.affine import affine_of
from curate.imaging.images import decode_upright, read_file
from curate.model.capture import Window
from curate.model.defect import GOOD
from curate.report.charts import count
from curate.report.frames import exclusion_reason
from curate.report.page import ExcludedPart, GalleryEntry, Grid, Outline
from curate.report.pictures import box_path, encode, shrunk
from curate.view.frames import FrameView
from curate.workspace.workspace import Workspace

MOST_PICTURES = 24
"""Frames that are shown a category: those set aside, then those whose match scored least."""

_SIDE_PX = 280
_BOX_COLOURS = {"accepted": 2, "review": 1, "rejected": 3}


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A frame to draw, with the windows that were found in it."""

    frame: FrameView
    windows: tuple[Window, ...]


def excluded_part(
    workspace: Workspace, category: str, window: str, frames: Sequence[FrameView], execution: Execution
) -> ExcludedPart | None:
    """Tell what was set aside of a category; None where neither screening nor cropping has run."""
    if not any(frame.window_status or frame.screening for frame in frames):
        return None
    aside = [frame for frame in frames if exclusion_reason(frame)]
    matched = [frame for frame in frames if frame.score is not None and not exclusion_reason(frame)]
    chosen = [*aside, *sorted(matched, key=lambda frame: (frame.score or 0.0, frame.frame))][:MOST_PICTURES]
    windows = _windows(workspace, window, category)
    work = [_Drawn(frame, tuple(windows.get(frame.frame, ()))) for frame in chosen]
    folder = workspace.captures(category)
    pictures = tuple(execution.map(partial(_draw, folder, category), work, f"frames of {category}"))
    labels = sorted({frame.label for frame in frames}, key=lambda label: (label != GOOD, not label, label))
    return ExcludedPart(
        name=category,
        says=_says(frames, aside),
        counts=_counts(category, frames, labels),
        frames=_list(category, aside) if aside else None,
        pictures=pictures,
        pictured=_pictured(len(chosen), len(aside), len(matched)),
    )


def _says(frames: Sequence[FrameView], aside: Sequence[FrameView]) -> str:
    screened = sum(frame.screening == "reject" for frame in frames)
    rejected = sum(frame.window_status == "rejected" for frame in frames)
    review = sum(frame.window_status == "review" for frame in frames)
    return (
        f"Of {count(len(frames), 'frame')}, {len(aside):,} were set aside: in {rejected:,} no window was found, "
        f"{review:,} wait for a person to look at their window, {screened:,} were screened out."
    )


def _pictured(shown: int, aside: int, matched: int) -> str:
    if not shown:
        return ""
    first = f"the {min(shown, aside):,} of {aside:,} that were set aside" if aside else "none that were set aside"
    rest = shown - min(shown, aside)
    lowest = f", then the {rest:,} of {matched:,} accepted ones whose match scored least" if rest else ""
    return f"Shown are {first}{lowest}, each with the window's box."


def _counts(category: str, frames: Sequence[FrameView], labels: Sequence[str]) -> Grid:
    reasons = sorted({reason for frame in frames for reason in _reasons(frame)})
    table = Counter((frame.label, reason) for frame in frames for reason in _reasons(frame))
    totals = Counter(frame.label for frame in frames)
    taken = Counter(frame.label for frame in frames if exclusion_reason(frame))
    rows = tuple(
        (
            label or "no label",
            f"{totals[label]:,}",
            f"{taken[label]:,}",
            f"{100 * taken[label] / totals[label]:.1f}",
            *(f"{table[label, reason]:,}" if table[label, reason] else "–" for reason in reasons),
        )
        for label in labels
    )
    note = "A defect that is set aside more often than good frames would be missing from the benchmark."
    return Grid(
        f"{category}: frames set aside, by label and reason",
        ("label", "frames", "set aside", "%", *reasons),
        rows,
        note=note,
    )


def _reasons(frame: FrameView) -> list[str]:
    reasons = []
    if frame.window_status in {"review", "rejected"}:
        reasons.append(f"window {frame.window_status}")
    if frame.screening == "reject":
        reasons += [f"screened: {name}" for name in frame.screening_reason.split() or ["by hand"]]
    return reasons


def _list(category: str, aside: Sequence[FrameView]) -> Grid:
    rows = tuple((frame.frame, frame.label or "no label", exclusion_reason(frame)) for frame in aside)
    return Grid(f"{category}: every frame that was set aside", ("frame", "label", "why"), rows, texts=frozenset({1, 2}))


def _windows(workspace: Workspace, window: str, category: str) -> dict[str, list[Window]]:
    found: dict[str, list[Window]] = {}
    for series in workspace.series_of(category):
        record = workspace.windows_record(window, category, series)
        for row in read_table(record, Window) if record.is_file() else ():
            found.setdefault(row.frame, []).append(row)
    return found


def _draw(folder: Path, category: str, item: _Drawn) -> GalleryEntry:
    frame = item.frame
    measures = ((frame.score, "score"), (frame.ambiguity, "second peak"))
    numbers = ", ".join(f"{words} {value:.2f}" for value, words in measures if value is not None)
    entry = GalleryEntry(
        key=frame.frame,
        category=category,
        split=frame.side,
        label=frame.label,
        picture=None,
        lines=tuple(filter(None, (exclusion_reason(frame), numbers))),
    )
    path = folder / frame.frame
    try:
        whole = as_colour(decode_upright(read_file(path), path))
        picture = encode(shrunk(whole, _SIDE_PX))
    except CurateError as error:
        return replace(entry, trouble=f"cannot be shown: {error.message}")
    scale = picture.width_px / whole.shape[1]
    boxes = tuple(
        Outline(box_path(_corners(row), scale), f"window {row.status}", _BOX_COLOURS[row.status])
        for row in item.windows
    )
    return replace(entry, picture=picture, outlines=boxes, frame_px=(picture.width_px, picture.height_px))


def _corners(row: Window) -> list[tuple[float, float]]:
    back = affine_of(row).inverse()
    width, height = row.width_px, row.height_px
    return [back.apply(u, v) for u, v in ((0, 0), (width, 0), (width, height), (0, height))]
