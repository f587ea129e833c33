"""What a split policy knows about a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from curate.model.defect import GOOD
from curate.model.rows import SplitRow

NOT_LABELLED = "not labelled"
"""Why a frame that nobody has called anything is on no side."""


@dataclass(frozen=True, slots=True)
class LabelledFrame:
    """A frame and what it shows.

    Attributes
    ----------
    frame : str
    label : str
        ``good``, a defect, ``multiple``, or ``""`` when nobody has said.
    moment : datetime or None
        When it was shot, never earlier than a frame before it; None unknown.
    series : str
    group : str
        Frames of one group stay on one side; ``""`` for a frame on its own.
    drawn : bool
        Whether a region was drawn in it.
    """

    frame: str
    label: str
    moment: datetime | None = None
    series: str = ""
    group: str = ""
    drawn: bool = False

    @property
    def is_good(self) -> bool:
        """Whether it is known to be free of defects."""
        return self.label == GOOD

    @property
    def is_defect(self) -> bool:
        """Whether it is known to show a defect."""
        return self.label not in {GOOD, ""}

    @property
    def key(self) -> str:
        """Its group, or itself."""
        return self.group or f"frame {self.frame}"


@dataclass(frozen=True, slots=True)
class SplitVariant:
    """One of the splits that a policy makes: ``<name>-<suffix>``, or ``<name>`` itself where there is only one."""

    suffix: str
    rows: tuple[SplitRow, ...]


def make_row(frame: LabelledFrame, side: str, reason: str) -> SplitRow:
    """Put a frame on a side; one that nobody has labelled is on none."""
    return (
        SplitRow(frame.frame, frame.label, side, reason) if frame.label else SplitRow(frame.frame, "", "", NOT_LABELLED)
    )


def grouped_frames(frames: Sequence[LabelledFrame]) -> dict[str, list[int]]:
    """Return the places of each group's frames; groups in the order of their first frame."""
    groups: dict[str, list[int]] = {}
    for place, frame in enumerate(frames):
        groups.setdefault(frame.key, []).append(place)
    return groups
