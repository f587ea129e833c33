"""Small workspaces whose records are written by hand, so that a stage is tested without the stages before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np

from curate.datasets.defects_config import format_defects_config
from curate.disk.atomic import write_text
from curate.disk.hashing import sha256_file
from curate.disk.tables import write_table
from curate.imaging.images import write_png
from curate.model.capture import Capture, Window
from curate.model.defect import DefectEntry, Saturation
from curate.model.rows import MaskRow, SplitRow
from curate.workspace.workspace import Workspace, init_workspace

SIZE_PX = 16
ENTRIES = (
    DefectEntry("scratch", 255, Saturation(1.0)),
    DefectEntry("missing", 254, Saturation(40, relative=False)),
)
VALUES = {entry.defect_name: entry.pixel_value for entry in ENTRIES}


Row = TypeVar("Row")


def row(kind: type[Row], **known: Any) -> Row:
    """Make a record's row; columns that the test does not care about are empty."""
    empty: dict[Any, Any] = {str: "", int: 0, float: 0.0}
    hints = get_type_hints(kind)
    return kind(**{name: known.get(name, empty.get(hint)) for name, hint in hints.items()})


def capture(frame: str, **known: Any) -> Capture:
    """Make a row of a captures record."""
    return row(Capture, **{"frame": frame, "shot_from": "exif", "width_px": SIZE_PX, "height_px": SIZE_PX, **known})


@dataclass
class TinyWorkspace:
    """One category, one series, one window; ``frames`` are (label, side, defects drawn), in shooting order."""

    root: Path
    frames: Sequence[tuple[str, str, tuple[str, ...]]]
    category: str = "part"
    status: dict[int, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    def write(self) -> TinyWorkspace:
        workspace, _ = init_workspace(self.root, (self.category,))
        generator = np.random.default_rng(7)
        captures, windows, masks, rows = [], [], [], []
        for index, (label, side, defects) in enumerate(self.frames):
            frame = f"main/f{index}.jpg"
            image = f"main/f{index}.png"
            path = workspace.windows("default", self.category) / image
            write_png(path, generator.integers(0, 255, (SIZE_PX, SIZE_PX, 3), dtype=np.uint8))
            kept = workspace.captures(self.category) / frame
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(path.read_bytes())
            shot_at = f"2024-05-01T10:{index:02d}:00"
            captures.append(capture(frame, shot_at=shot_at, label=label, camera="cam"))
            windows.append(self._window(index, frame, image, sha256_file(path)))
            masks += [self._mask(frame, image, number, defect) for number, defect in enumerate(defects)]
            rows.append(SplitRow(frame, label, side, ""))
        write_table(workspace.captures_record(self.category, "main"), captures, Capture)
        write_table(workspace.windows_record("default", self.category, "main"), windows, Window)
        write_table(workspace.masks_record("default", self.category), masks, MaskRow)
        write_table(workspace.split("default", self.category), rows, SplitRow)
        write_text(workspace.masks("default", self.category) / "defects_config.json", format_defects_config(ENTRIES))
        return self

    def _window(self, index: int, frame: str, image: str, sha256: str) -> Window:
        status = self.status.get(index, "accepted")
        return row(
            Window,
            frame=frame,
            image=image,
            status=status,
            reason="" if status == "accepted" else "ambiguous match",
            mode="full",
            m00=1.0,
            m11=1.0,
            width_px=SIZE_PX,
            height_px=SIZE_PX,
            sha256=sha256,
        )

    def _mask(self, frame: str, image: str, number: int, defect: str) -> MaskRow:
        pixels = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
        pixels[2 + 4 * number : 5 + 4 * number, 3:8] = VALUES[defect]
        name = f"{image.removesuffix('.png')}/{number:04d}.png"
        path = self.workspace.masks("default", self.category) / name
        write_png(path, pixels)
        return MaskRow(image, name, frame, f"r{number}", defect, VALUES[defect], 15, 0.0, sha256_file(path))
