"""Small workspaces with frames, as import would have left them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from curate.demo.scene import Scene, SessionSettings, Shot, plan_session
from curate.disk.tables import write_table
from curate.imaging.images import read_header
from curate.model.capture import Capture
from curate.workspace.workspace import Workspace

Pixels = NDArray[Any]


def write_frames(
    root: Path,
    frames: dict[str, bytes],
    *,
    category: str = "part",
    labels: dict[str, str] | None = None,
) -> Workspace:
    """Write frames (by ``<series>/<file>``) and their captures records."""
    workspace = Workspace(root)
    rows: dict[str, list[Capture]] = {}
    for frame, content in frames.items():
        path = workspace.captures(category) / frame
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        header = read_header(content, path)
        row = Capture(
            frame=frame,
            shot_at="",
            shot_from="",
            ordered_by="name",
            camera="",
            counter=None,
            label=(labels or {}).get(frame, ""),
            specimen="",
            width_px=header.width_px,
            height_px=header.height_px,
            mode=header.mode,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            source=frame.rpartition("/")[2],
        )
        rows.setdefault(row.series, []).append(row)
    for series, series_rows in rows.items():
        write_table(workspace.captures_record(category, series), series_rows, Capture)
    return workspace


def write_config(root: Path, window: str, *, category: str = "part", more: str = "") -> None:
    """Write a ``curate.toml`` with one category."""
    (root / "curate.toml").write_text(f"[categories.{category}]\nwindow = {window}\n{more}", encoding="utf-8")


def png(pixels: Pixels) -> bytes:
    done, content = cv2.imencode(".png", pixels)
    assert done
    return content.tobytes()


def jpeg(pixels: Pixels) -> bytes:
    done, content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert done
    return content.tobytes()


def texture(width: int, height: int, seed: int, *, channels: int = 3, dtype: type = np.uint8) -> Pixels:
    """Smooth random blobs over the whole range: easy to match, never periodic."""
    rng = np.random.default_rng(seed)
    shape = (height, width, channels) if channels > 1 else (height, width)
    blobs = cv2.GaussianBlur(rng.normal(size=shape), (0, 0), 3.0)
    scaled = (blobs - blobs.min()) / (blobs.max() - blobs.min()) * np.iinfo(dtype).max
    return np.asarray(scaled, dtype=dtype)


def demo_workspace(root: Path, settings: SessionSettings, *, window: str = "") -> tuple[Workspace, Sequence[Shot]]:
    """Draw a session into a workspace, every frame in the series ``a``, with its template."""
    scene, shots = Scene(settings), plan_session(settings)
    frames = {f"a/{shot.index:04d}.jpg": jpeg(scene.render(shot)) for shot in shots}
    labels = {f"a/{shot.index:04d}.jpg": shot.label for shot in shots}
    workspace = write_frames(root, frames, labels=labels)
    (root / "templates").mkdir()
    (root / "templates" / "part.png").write_bytes(png(scene.template()))
    side = settings.window_px
    write_config(root, window or f'{{ mode = "match", template = "templates/part.png", size = [{side}, {side}] }}')
    return workspace, shots
