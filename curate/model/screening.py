"""What screening measured on each frame, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from curate.model.decision import Standing

REASONS = ("match", "blur", "noise", "light", "clipped", "contrast", "position", "obstruction", "repeat")
"""Why a frame can be set aside, in the order in which reasons are written."""

BORDERLINE = 0.7
"""Kept frames of at least this severity are shown to people: on screening's sheets, and for review."""


@dataclass(frozen=True, slots=True)
class Screening:
    """One frame: a row of ``records/screening/<category>/<series>.csv``, in shooting order.

    Measures are ``None`` where they could not be taken; :mod:`curate.screen.measures` defines them.

    Attributes
    ----------
    frame : str
    decision : str
        ``keep`` or ``reject``. A rejected frame is left out of splits; its files stay where they are.
    reason : str
        The measures that are beyond their limit, joined by spaces, also when a person keeps the frame all the same.
    decided_by : str
        ``rule``, or ``person`` where someone decided.
    measured_on : str
        ``window`` or ``frame``; ``""`` when neither could be looked at.
    sharpness : float or None
        Gradient energy by variance, 1/px².
    noise : float or None
        Standard deviation of the noise in grey levels of 0..255.
    brightness : float or None
        Mean grey level, 0..255.
    clipped, black : float or None
        Share of pixels of at least 253, and of at most 2.
    contrast : float or None
        Standard deviation by mean.
    position : float or None
        Distance from the running median position in robust standard deviations; for matched windows.
    obstruction : float or None
        Share of the border of the window that differs from the series' usual border.
    repeat : float or None
        Least difference from a shot just before, as normalised RMS of registered windows.
    repeat_of : str
        That frame.
    remark : str
        What the person gave as reason.
    """

    frame: str = field(metadata={"key": True, "path": True, "series": True})
    decision: str
    reason: str
    decided_by: str
    measured_on: str
    sharpness: float | None = field(metadata={"decimals": 5})
    noise: float | None = field(metadata={"decimals": 3})
    brightness: float | None = field(metadata={"decimals": 2})
    clipped: float | None = field(metadata={"decimals": 4})
    black: float | None = field(metadata={"decimals": 4})
    contrast: float | None = field(metadata={"decimals": 4})
    position: float | None = field(metadata={"decimals": 2})
    obstruction: float | None = field(metadata={"decimals": 4})
    repeat: float | None = field(metadata={"decimals": 4})
    repeat_of: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Why a frame belongs to no split.

    Attributes
    ----------
    by : str
        ``screening`` (its rules), ``person``, or ``finding`` (excluded because of one).
    reason : str
        The measures beyond their limits, the person's reason, or the finding's code and the person's reason.
    """

    by: Literal["screening", "person", "finding"]
    reason: str = ""

    def __str__(self) -> str:
        """Return it for a table.

        >>> str(SetAside("screening", "blur")), str(SetAside("person", "an arm")), str(SetAside("person"))
        ('blur', 'by hand: an arm', 'by hand')
        """
        if self.by == "person":
            return f"by hand: {self.reason}" if self.reason else "by hand"
        return self.reason

    def sentence(self) -> str:
        """Return it for a split, where other frames are left out for other reasons.

        >>> SetAside("finding", "CUR301: a copy").sentence()
        'excluded for CUR301: a copy'
        """
        start = {"screening": "set aside by screening", "person": "rejected", "finding": "excluded for"}[self.by]
        return f"{start}: {self.reason}" if self.by == "screening" else f"{start} {self}"


def set_aside(rows: Iterable[Screening], decided: Standing) -> dict[str, SetAside]:
    """Return the frames that belong to no split, each with the reason.

    A person's word about a frame counts before what screening wrote, so it holds even before screening runs again. A
    frame that was excluded because of a finding stays out until that is taken back.
    """
    out: dict[str, SetAside] = {}
    for row in rows:
        by_rule = row.decided_by != "person"
        if not by_rule and row.frame not in decided.once:  # from before decisions were records
            if row.decision == "reject":
                out[row.frame] = SetAside("person", row.remark)
        elif row.decision == "reject" if by_rule else row.reason:
            out[row.frame] = SetAside("screening", row.reason or "by its rules")
    for frame, entry in decided.frames.items():
        out.pop(frame, None)
        if entry.verdict == "reject":
            out[frame] = SetAside("person", entry.reason)
    for frame, entry in decided.excluded.items():
        out[frame] = SetAside("finding", f"{entry.code}: {entry.reason}" if entry.reason else entry.code)
    return out
