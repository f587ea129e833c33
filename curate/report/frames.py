"""What is known of each shot of a category, in shooting order: the rows behind timelines and drift. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curate.validate.brightness import background
from curate.validate.checks.order import places_in_time
from curate.validate.table import CategoryTable
from curate.view.frames import FrameView

UNUSED = "not used"
"""Side of a shot that no split took."""


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """One frame of a workspace, or one image of a dataset.

    Attributes
    ----------
    name, label : str
    side : str
        ``train``, ``val``, ``test`` or :data:`UNUSED`; ``""`` where no split was made.
    when : str
        ISO 8601, ``""`` unknown.
    aside : str
        Why it was set aside; ``""`` when it was not.
    x_px, y_px, score, ambiguity, brightness : float or None
    """

    name: str
    label: str
    side: str
    when: str = ""
    aside: str = ""
    x_px: float | None = None
    y_px: float | None = None
    score: float | None = None
    ambiguity: float | None = None
    brightness: float | None = None


def shots_of_frames(frames: Sequence[FrameView]) -> tuple[CapturedFrame, ...]:
    """Return the shots of a workspace's category."""
    divided = any(frame.side for frame in frames)
    return tuple(
        CapturedFrame(
            name=frame.frame,
            label=frame.label,
            side=frame.side or (UNUSED if divided else ""),
            when=frame.shot_at,
            aside=exclusion_reason(frame),
            x_px=frame.x_px,
            y_px=frame.y_px,
            score=frame.score,
            ambiguity=frame.ambiguity,
            brightness=frame.exposure,
        )
        for frame in frames
    )


def exclusion_reason(frame: FrameView) -> str:
    """Say in words which stage took a frame out and why; ``""`` when none did."""
    parts = []
    if frame.window_status in {"review", "rejected"}:
        state = "no window" if frame.window_status == "rejected" else "window to be looked at"
        parts.append(f"{state}: {frame.window_reason}" if frame.window_reason else state)
    if frame.screening == "reject":
        by = " by a person" if frame.decided_by == "person" else ""
        parts.append(f"screened out{by}{f': {frame.screening_reason}' if frame.screening_reason else ''}")
    return "; ".join(parts)


def shots_of_table(table: CategoryTable) -> tuple[CapturedFrame, ...]:
    """Return the shots of a dataset's category whose place in time is known; empty when hardly any is."""
    places = places_in_time(table)
    known = [(sample, facts) for sample, facts in table.readable() if sample.path in places]
    known.sort(key=lambda pair: (places[pair[0].path], pair[0].path))
    if len({places[sample.path] for sample, _ in known}) < 2:  # noqa: PLR2004 - one moment is no course of time
        return ()
    return tuple(
        CapturedFrame(
            name=sample.path,
            label=sample.label,
            side=sample.split,
            when=table.shot_at(sample),
            brightness=background(table, sample),
        )
        for sample, _ in known
    )


def have_times(shots: Iterable[CapturedFrame]) -> bool:
    """Whether every shot says when it was made; else charts count shots."""
    return all(shot.when for shot in shots)
