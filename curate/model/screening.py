"""What screening measured on each frame, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

REASONS = ("match", "blur", "noise", "light", "clipped", "contrast", "position", "obstruction", "repeat")
"""Why a frame can be set aside, in the order in which reasons are written."""


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
        ``rule``, or ``person`` when someone overruled it.
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


def rejected_frames(rows: Iterable[Screening]) -> dict[str, str]:
    """Return the frames that are set aside, each with its reason."""
    return {row.frame: row.reason or "by hand" for row in rows if row.decision == "reject"}
