"""Translate points between a window and its frame: ``curate locate WINDOW X Y``, and back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from curate.disk.tables import read_table
from curate.errors import InputError, MissingError
from curate.geometry.affine import affine_of
from curate.model.capture import Window
from curate.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Located:
    """One point in both pictures.

    Attributes
    ----------
    category, window, image, frame : str
        Of the record's row.
    window_px, frame_px : tuple of float
        x, y from the top-left corner of the top-left pixel.
    inside : bool
        Whether the point lies in the window.
    """

    category: str
    window: str
    image: str
    frame: str
    window_px: tuple[float, float]
    frame_px: tuple[float, float]
    inside: bool

    def to_json(self) -> dict[str, Any]:
        """Return the point as a JSON document."""
        return {
            "category": self.category,
            "window": self.window,
            "image": self.image,
            "frame": self.frame,
            "window_px": [round(value, 4) for value in self.window_px],
            "frame_px": [round(value, 4) for value in self.frame_px],
            "inside": self.inside,
        }


def locate(workspace: Workspace, image: str, x_px: float, y_px: float, *, to_window: bool = False) -> Located:
    """Translate a point of a window to its frame, or back.

    Parameters
    ----------
    workspace : Workspace
    image : str
        Path of the cut image, as the shell completes it, or ``<window>/<category>/<series>/<name>.png``.
    x_px, y_px : float
        In the window; in the frame with ``to_window``.

    Raises
    ------
    InputError
        If the path is not below the workspace's ``windows`` folder.
    MissingError
        If no record names the image.
    RecordError
        If the record is damaged.
    """
    window, category, name = _parts(workspace, image)
    path = workspace.windows_record(window, category, name.partition("/")[0])
    row = next((row for row in read_table(path, Window) if row.image == name), None)
    if row is None:
        raise MissingError(f"no window {name} stands there", path=path, hint="run `curate crop`")
    affine = affine_of(row)
    if to_window:
        frame, inside = (x_px, y_px), affine.apply(x_px, y_px)
    else:
        frame, inside = affine.inverse().apply(x_px, y_px), (x_px, y_px)
    within = 0 <= inside[0] < row.width_px and 0 <= inside[1] < row.height_px
    return Located(category, window, name, row.frame, inside, frame, within)


def _parts(workspace: Workspace, image: str) -> tuple[str, str, str]:
    root = workspace.root / "windows"
    given = Path(os.path.abspath(image))  # noqa: PTH100 - resolve() would follow links out of the workspace
    relative = given.relative_to(root) if given.is_relative_to(root) else PurePosixPath(image)
    parts = relative.parts[1:] if relative.parts[:1] == ("windows",) else relative.parts
    if len(parts) < 4 or parts[0] == "/":  # noqa: PLR2004 - window, category, series, name
        raise InputError(
            "is not a window's image, expected windows/WINDOW/CATEGORY/SERIES/NAME.png",
            path=image,
            hint=f"look into {root}",
        )
    return parts[0], parts[1], "/".join(parts[2:])
