"""What people decided about frames, for screening. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curate.errors import InputError
from curate.model.decision import Standing
from curate.model.screening import Screening
from curate.screen.rules import PersonVerdict


def verdicts_of(decided: Standing, rows: Iterable[Screening]) -> dict[str, PersonVerdict]:
    """Return what people said of each frame.

    Before decisions were records of their own, the only trace of one was the row that screening wrote; such rows count
    for frames that nobody has decided about since.
    """
    before = {
        row.frame: PersonVerdict(row.decision, row.remark)
        for row in rows
        if row.decided_by == "person" and row.frame not in decided.once
    }
    return before | {frame: PersonVerdict(entry.verdict, entry.reason) for frame, entry in decided.frames.items()}


def wanted_by_name(keep: Sequence[str], reject: Sequence[str], frames: Sequence[str], category: str) -> dict[str, str]:
    """Return the verdict on each frame that is named, by itself or by the end of its name.

    Raises
    ------
    InputError
        If a name is that of no frame, or could be several.
    """
    return {
        _frame_called(name, frames, category): verdict
        for verdict, names in (("keep", keep), ("reject", reject))
        for name in names
    }


def _frame_called(name: str, frames: Sequence[str], category: str) -> str:
    fitting = [frame for frame in frames if frame == name] or [frame for frame in frames if frame.endswith(f"/{name}")]
    if len(fitting) != 1:
        what = "no frame" if not fitting else f"{len(fitting)} frames ({', '.join(fitting[:3])} …)"
        raise InputError(f"{name!r} is {what} of {category}", hint="name it as <series>/<file>; see `curate frames`")
    return fitting[0]
