"""The pictures of a category that somebody may have annotated: its frames, and the windows cut from them."""

from __future__ import annotations

from curate.disk.reading import is_there, names_in
from curate.disk.tables import read_table
from curate.formats.pairing import KnownPicture, PictureIndex, frame_targets, under_other_names, window_targets
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig
from curate.workspace.standing_order import read_other_names
from curate.workspace.workspace import Workspace


def read_picture_index(workspace: Workspace, category: CategoryConfig, series: tuple[str, ...] = ()) -> PictureIndex:
    """Return all pictures of a category by name, of these series only where some are named.

    Raises
    ------
    RecordError
        If a record is damaged.
    """
    chosen = [name for name in workspace.series_of(category.name) if not series or name in series]
    captures = [
        capture for name in chosen for capture in read_table(workspace.captures_record(category.name, name), Capture)
    ]
    frames = frame_targets(captures, category.name)
    by_frame = {target.frame: target for target in frames}
    targets: list[KnownPicture] = list(frames)
    for window in category.windows:
        for name in chosen:
            path = workspace.windows_record(window, category.name, name)
            rows = read_table(path, Window) if is_there(path) else []
            targets += window_targets(rows, by_frame, window, category.name)
    targets += under_other_names(frames, read_other_names(workspace, category.name))
    foreign = [name for name in names_in(workspace.root / "records" / "captures") if name != category.name]
    return PictureIndex(targets, foreign)
