"""A workspace's frames as a table: a row per frame, in shooting order, with all that the stages know about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.datasets.tabular import framed
from curate.importing.written_times import parse_time
from curate.view.frames import FrameView, frame_views
from curate.workspace.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    import pandas as pd

FRAME_COLUMNS: Mapping[str, tuple[str, str]] = {
    "category": ("string", "category"),
    "series": ("string", "series that the frame belongs to"),
    "frame": ("string", "key of the frame"),
    "place": ("int64", "place in the category's shooting order, from 0"),
    "shot_at": ("datetime64[ns]", "when it was shot, by the camera's own clock"),
    "utc_offset_min": ("Int64", "minutes by which that clock is ahead of UTC"),
    "camera": ("string", "camera"),
    "specimen": ("string", "the physical item"),
    "width_px": ("int64", "upright width"),
    "height_px": ("int64", "upright height"),
    "label": ("string", "good, a defect, multiple, or nothing"),
    "defects": ("string", "defects drawn in it, joined by a semicolon"),
    "split": ("string", "train, val, test, or nothing"),
    "split_reason": ("string", "why it is there"),
    "screening": ("string", "keep or reject, as the last screening recorded"),
    "screening_reason": ("string", "measures beyond their limits"),
    "set_aside": ("string", "why it belongs to no split"),
    "set_aside_by": ("string", "screening, person or finding"),
    "window_status": ("string", "accepted, review or rejected"),
    "window_reason": ("string", "why"),
    "window_image": ("string", "the cut image"),
    "x_px": ("Float64", "where the template was found"),
    "y_px": ("Float64", "where the template was found"),
    "rotation_deg": ("Float64", "by how much the window is turned"),
    "match_score": ("Float64", "how well the template was found, up to 1"),
    "ambiguity": ("Float64", "second peak of the match by the first"),
    "exposure_grey": ("Float64", "mean grey level, 0 to 255"),
}
"""Name, type and meaning of the columns of a workspace's frames."""


def load(
    workspace: Path | str | Workspace, categories: Iterable[str] = (), *, window: str = "", split: str = ""
) -> pd.DataFrame:
    """Return a row per frame of a workspace, with the columns of :data:`FRAME_COLUMNS`; no picture is opened.

    Parameters
    ----------
    workspace : Path or Workspace
        The folder of ``curate.toml``, or one below it.
    categories : iterable of str
        All when empty.
    window, split : str
        Names; the default ones when left out.

    Raises
    ------
    CurateError
        If there is no workspace, a category does not exist, or a record is damaged.
    """
    root = workspace.root if isinstance(workspace, Workspace) else Path(workspace)
    opened, _, chosen = open_workspace(root, tuple(categories))
    views = ((entry.name, view) for entry in chosen for view in frame_views(opened, entry, window=window, split=split))
    return framed((_row(name, view) for name, view in views), FRAME_COLUMNS)


def _row(category: str, view: FrameView) -> tuple[Any, ...]:
    import pandas as pd

    time = parse_time(view.shot_at)
    clock = pd.Timestamp(time.local_ns) if time else pd.NaT
    offset = None if time is None or time.offset_s is None else time.offset_s // 60
    return (
        *(category, view.series, view.frame, view.place, clock, offset, view.camera, view.specimen),
        *(view.width_px, view.height_px, view.label, ";".join(view.defects), view.side, view.side_reason),
        *(view.screening, view.screening_reason, view.set_aside, view.set_aside_by),
        *(view.window_status, view.window_reason, view.image),
        *(view.x_px, view.y_px, view.rotation_deg, view.score, view.ambiguity, view.exposure),
    )
