"""One row per frame with all that the stages know about it, in shooting order: what timelines and galleries show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from curate.crop.evidence import ambiguity_of
from curate.disk.tables import read_table
from curate.errors import MissingError
from curate.model.capture import Capture, Window
from curate.model.config import DEFAULT_SPLIT, DEFAULT_WINDOW, CategoryConfig
from curate.model.region import defects_of
from curate.model.rows import SplitRow
from curate.model.screening import Screening, SetAside, set_aside
from curate.split.order import shooting_order
from curate.workspace.decisions import read_standing
from curate.workspace.labels import read_labels
from curate.workspace.screening import read_screening
from curate.workspace.workspace import Workspace

_RANK = {"accepted": 0, "review": 1, "rejected": 2}


@dataclass(frozen=True, slots=True)
class FrameView:
    """One frame. What no stage has filled yet is ``""`` or None.

    Attributes
    ----------
    frame, series : str
    place : int
        Its place in the category's shooting order, from 0.
    shot_at, camera, specimen : str
        As the captures record has them.
    width_px, height_px : int
        Upright size.
    label : str
        What the frame is called: ``good``, a defect, ``multiple``, or ``""``; a person's decision says most.
    defects : tuple of str
        Names of the defects that were drawn in it and count, sorted.
    side, side_reason : str
        ``train``, ``val``, ``test`` or ``""``, and why.
    screening, screening_reason, decided_by : str
        What the last screening recorded: ``keep`` or ``reject``, the measures beyond their limits, ``rule`` or
        ``person``.
    set_aside, set_aside_by : str
        Why the frame belongs to no split, and whether ``screening``, a ``person`` or a ``finding`` says so; decisions
        count at once. Both ``""`` for frames that stay.
    window_status, window_reason : str
        ``accepted``, ``review`` or ``rejected``; of a frame with several windows (tiles) the worst.
    image : str
        The cut image below ``windows/<window>/<category>/``; of several the first.
    x_px, y_px, rotation_deg, score : float or None
        Where and how well the template was found.
    ambiguity : float or None
        Second by first peak of the match: near 1 when two places fit alike.
    exposure : float or None
        Mean grey level, 0..255, that screening measured.
    """

    frame: str
    series: str
    place: int
    shot_at: str = ""
    camera: str = ""
    specimen: str = ""
    width_px: int = 0
    height_px: int = 0
    label: str = ""
    defects: tuple[str, ...] = ()
    side: str = ""
    side_reason: str = ""
    screening: str = ""
    screening_reason: str = ""
    decided_by: str = ""
    set_aside: str = ""
    set_aside_by: str = ""
    window_status: str = ""
    window_reason: str = ""
    image: str = ""
    x_px: float | None = None
    y_px: float | None = None
    rotation_deg: float | None = None
    score: float | None = None
    ambiguity: float | None = None
    exposure: float | None = None

    @property
    def is_set_aside(self) -> bool:
        """Whether screening, a person or cropping took the frame out."""
        return bool(self.set_aside_by) or self.window_status == "rejected"


def frame_views(
    workspace: Workspace, category: CategoryConfig, *, window: str = "", split: str = ""
) -> list[FrameView]:
    """Join what the records say about each frame of a category.

    Linear in the number of frames; pictures are not opened.

    Parameters
    ----------
    workspace : Workspace
    category : CategoryConfig
    window, split : str
        Names; ``""`` takes the default one, or where there is no such window the first.

    Returns
    -------
    list of FrameView
        In shooting order, series merged by time where their clocks can be compared.

    Raises
    ------
    MissingError
        If a window is named that the category does not have, or a split that was not made.
    RecordError
        If a record is damaged.
    """
    name = category.name
    window = _window_name(category, window)
    captures: dict[str, list[Capture]] = {}
    windows: dict[str, Window] = {}
    images: dict[str, str] = {}
    for series in workspace.series_of(name):
        captures[series] = read_table(workspace.captures_record(name, series), Capture)
        record = workspace.windows_record(window, name, series)
        _merge(windows, images, read_table(record, Window) if record.is_file() else ())
    decided = read_standing(workspace, name)
    labels = read_labels(workspace, name, decided)
    screening = {row.frame: row for row in read_screening(workspace, name)}
    aside = set_aside(screening.values(), decided)
    sides = {row.frame: row for row in _split_rows(workspace, name, split)}
    return [
        FrameView(
            frame=capture.frame,
            series=capture.series,
            place=place,
            shot_at=capture.shot_at,
            camera=capture.camera,
            specimen=capture.specimen,
            width_px=capture.width_px,
            height_px=capture.height_px,
            label=labels.of(capture),
            defects=defects_of(labels.annotation(capture.frame)),
            image=images.get(capture.frame, ""),
            **_of_split(sides.get(capture.frame)),
            **_of_screening(screening.get(capture.frame)),
            **_of_set_aside(aside.get(capture.frame)),
            **_of_window(windows.get(capture.frame)),
        )
        for place, capture in enumerate(shooting_order(captures).captures)
    ]


def _window_name(category: CategoryConfig, wanted: str) -> str:
    if wanted and wanted not in category.windows:
        known = ", ".join(category.windows)
        raise MissingError(
            f"category {category.name} has no window {wanted}; it has {known}", hint="name one of these, or none"
        )
    return wanted or (DEFAULT_WINDOW if DEFAULT_WINDOW in category.windows else next(iter(category.windows)))


def _split_rows(workspace: Workspace, category: str, wanted: str) -> list[SplitRow]:
    record = workspace.split(wanted or DEFAULT_SPLIT, category)
    if wanted or record.is_file():
        return read_table(record, SplitRow)
    return []


def _merge(windows: dict[str, Window], images: dict[str, str], rows: Iterable[Window]) -> None:
    """Keep one row per frame, of several tiles the worst, and the first image that was cut."""
    for row in rows:
        known = windows.get(row.frame)
        if known is None or _RANK.get(row.status, 0) > _RANK.get(known.status, 0):
            windows[row.frame] = row
        if row.sha256:
            images.setdefault(row.frame, row.image)


def _of_split(row: SplitRow | None) -> dict[str, Any]:
    return {"side": row.side, "side_reason": row.reason} if row else {}


def _of_screening(row: Screening | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "screening": row.decision,
        "screening_reason": row.reason,
        "decided_by": row.decided_by,
        "exposure": row.brightness,
    }


def _of_set_aside(entry: SetAside | None) -> dict[str, Any]:
    return {"set_aside": str(entry), "set_aside_by": entry.by} if entry else {}


def _of_window(row: Window | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "window_status": row.status,
        "window_reason": row.reason,
        "x_px": row.x_px,
        "y_px": row.y_px,
        "rotation_deg": row.rotation_deg,
        "score": row.score,
        "ambiguity": None if row.score is None else ambiguity_of(row.score, row.second),
    }
