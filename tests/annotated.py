"""A tiny workspace with records and no pictures, for the stages that read records only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curate.disk.tables import write_table
from curate.model.capture import Capture, Window
from curate.model.config import CategoryConfig
from curate.workspace.workspace import Workspace, open_workspace

CATEGORY = "part"

TOML = """\
[dataset]
name = "tiny"
[categories.part]
window = { mode = "full" }
[categories.part.defects.scratch]
saturation = 0.5
[categories.part.defects.dent]
saturation = "40 px"
"""


def capture(frame: str, width: int = 640, height: int = 400) -> Capture:
    return Capture(frame, "", "name", "", "", "", width, height, "RGB", 1, "0" * 64)


def window(
    frame: str, image: str, matrix: Sequence[float] = (1, 0, 0, 0, 1, 0), size: tuple[int, int] = (640, 400)
) -> Window:
    a, b, c, d, e, f = (float(value) for value in matrix)
    return Window(frame, image, "accepted", "", "crop", a, b, c, d, e, f, size[0], size[1], None, None, "1" * 64)


def make_workspace(
    root: Path, captures: Sequence[Capture], windows: Sequence[Window] = (), toml: str = TOML
) -> tuple[Workspace, CategoryConfig]:
    """Write ``curate.toml`` and records, as import and crop would have."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "curate.toml").write_text(toml, encoding="utf-8")
    workspace = Workspace(root)
    by_series: dict[str, list[Capture]] = {}
    for row in captures:
        by_series.setdefault(row.series, []).append(row)
    for series, rows in by_series.items():
        write_table(workspace.captures_record(CATEGORY, series), rows, Capture)
        cut = [row for row in windows if row.frame.startswith(f"{series}/")]
        if cut:
            write_table(workspace.windows_record("default", CATEGORY, series), cut, Window)
    _, _, chosen = open_workspace(root, (CATEGORY,))
    return workspace, chosen[0]


def item(
    kind: str, value: dict[str, Any], key: str = "r1", label: str | None = "scratch", **more: Any
) -> dict[str, Any]:
    """Make one item of a Label Studio result on a 640 × 400 picture."""
    labels = {} if label is None else {f"{kind}labels": [label]}
    return {
        "id": key,
        "type": f"{kind}labels" if label is not None else kind,
        "from_name": "label",
        "to_name": "image",
        "original_width": 640,
        "original_height": 400,
        "image_rotation": 0,
        "value": {**value, **labels},
        **more,
    }


def task(image: str, result: list[dict[str, Any]], number: int = 1, **annotation: Any) -> dict[str, Any]:
    """Make one task of a Label Studio export."""
    entry = {"id": 100 + number, "completed_by": 1, "was_cancelled": False, "result": result, **annotation}
    return {"id": number, "data": {"image": image}, "annotations": [entry]}


def save(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
