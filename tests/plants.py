"""A small workspace that has run through all stages before the split: frames, windows, screening, regions, masks."""

from __future__ import annotations

import hashlib
from pathlib import Path

from curate.crop.run import crop_windows
from curate.importing.options import ImportOptions
from curate.importing.run import import_frames
from curate.mask.run import write_masks
from curate.model.region import Annotation, Polygon, Region
from curate.screen.run import screen_frames
from curate.split.run import make_splits
from curate.status.run import workspace_status
from curate.workspace.annotations import write_annotations
from curate.workspace.config import read_config
from curate.workspace.pipeline import stamp_stage
from curate.workspace.workspace import Workspace, category_config, init_workspace
from tests.importing.frames import shot

CONFIG = """
[categories.part]
window = { mode = "full" }
screen = { blur = 0, noise = 0, light = 0, clipped = 0, contrast = 0, position = 0, obstruction = 0, repeat = 0 }

[categories.part.defects.scratch]
saturation = 1.0

[categories.part.defects.dent]
saturation = "3 px"
"""


def ready(root: Path, *, series: tuple[str, ...] = ("main",)) -> Workspace:
    """Six frames a series; the fourth shows a scratch, the fifth a dent and a scratch."""
    workspace = init_workspace(root)[0]
    workspace.config_path.write_text(CONFIG)
    drawn = []
    for number, name in enumerate(series):
        for index in range(6):
            file = root.parent / "src" / name / f"f{index}.jpg"
            shot(file, 10 * number + index, f"2026:03:0{number + 2} 08:0{index}:00")
            defects = {3: ("scratch",), 4: ("dent", "scratch")}.get(index, ())
            regions = tuple(
                Region(
                    f"r{place}",
                    defect,
                    (Polygon(((2.0, 2.0 + 5 * place), (9.0, 2.0 + 5 * place), (9.0, 6.0 + 5 * place))),),
                )
                for place, defect in enumerate(defects)
            )
            drawn.append(Annotation(f"{name}/f{index}.jpg", 24, 16, "" if defects else "good", regions, "test"))
        import_frames(workspace, [root.parent / "src" / name], "part", ImportOptions(series=name))
    category = category_config(read_config(workspace.config_path), "part")
    crop_windows(workspace, category)
    write_annotations(workspace.annotations("part"), drawn)
    stamp_stage(workspace, "label", category, [workspace.annotations("part")])
    screen_frames(workspace, category)
    write_masks(workspace, category)
    make_splits(workspace, category)
    return workspace


def states(workspace: Workspace) -> dict[str, str]:
    """What status says of each stage."""
    report = workspace_status(workspace, read_config(workspace.config_path))
    return {stage.stage: stage.state for stage in report.stages}


def files(workspace: Workspace, *, without: tuple[str, ...] = (".curate",)) -> dict[str, str]:
    """The sha256 of every file, by its path in the workspace."""
    paths = (path for path in workspace.root.rglob("*") if path.is_file())
    named = {path.relative_to(workspace.root).as_posix(): path for path in paths}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in sorted(named.items())
        if not name.startswith(without)
    }
