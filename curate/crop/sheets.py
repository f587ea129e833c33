"""Write the pictures of a crop run: ``curate crop --sheet DIR``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from curate.crop.sources import recorded_series
from curate.crop.thumbnails import positions_over_time, thumbnail
from curate.disk.tables import read_table
from curate.drawing.sheets import Tile, contact_sheet
from curate.errors import CurateError
from curate.execution import Execution
from curate.imaging.images import decode_upright, read_file, write_png
from curate.model.capture import Window
from curate.model.config import CategoryConfig
from curate.workspace.workspace import Workspace

_COLUMNS, _TILE_PX = 6, 240
MOST_THUMBNAILS = 240
"""A sheet of more frames shows all that were set aside, as far as they fit, and the lowest scores of the others."""


def write_sheets(
    workspace: Workspace,
    category: CategoryConfig,
    destination: Path,
    *,
    windows: Sequence[str] = (),
    execution: Execution = Execution(),
) -> list[Path]:
    """Write a contact sheet and, where something was matched, a timeline for each window of a category.

    Frames stand on the sheet by score, the worst first; frames of a mode without scores by name.

    Returns
    -------
    list of Path
        The pictures written: ``<category>-<window>-frames.png`` and ``<category>-<window>-timeline.png``.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    written = []
    for window in windows or category.windows:
        rows = [
            row
            for series in recorded_series(workspace, window, category.name)
            for row in read_table(workspace.windows_record(window, category.name, series), Window)
        ]
        if not rows:
            continue
        chosen = sorted(rows, key=_by_score)[:MOST_THUMBNAILS]
        drawn = list(execution.map(_Drawer(workspace, category.name), chosen, f"drawing {category.name}"))
        title = f"{category.name}, window {window}: {len(chosen)} of {len(rows)} frames, worst first"
        tiles = [entry for entry in drawn if entry]
        pages = {"frames": contact_sheet(tiles, title, columns=_COLUMNS, tile_px=_TILE_PX)}
        if any(row.score is not None for row in rows):
            pages["timeline"] = positions_over_time(
                rows, f"{category.name}, window {window}: {len(rows)} frames in shooting order"
            )
        for name, page in pages.items():
            path = destination / f"{category.name}-{window}-{name}.png"
            write_png(path, page)
            written.append(path)
    return written


def _by_score(row: Window) -> tuple[int, float, str]:
    rank = {"rejected": 0, "review": 1, "accepted": 2}
    return (rank[row.status], row.score if row.score is not None else 0.0, row.image)


class _Drawer:
    """Draws one frame's thumbnail; None for a frame that cannot be read, which crop has reported already."""

    def __init__(self, workspace: Workspace, category: str) -> None:
        self._folder = workspace.captures(category)

    def __call__(self, row: Window) -> Tile | None:
        path = self._folder / row.frame
        try:
            frame = decode_upright(read_file(path), path)
        except CurateError:
            return None
        return thumbnail(frame, row, _TILE_PX)
