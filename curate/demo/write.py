"""Write a drawn session to disk, as a camera and an expert leave it: photographs, a template, a Label Studio export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from curate.demo.annotate import label_studio_export
from curate.demo.scene import Scene
from curate.demo.session import SessionSettings, Shot
from curate.disk.atomic import write_json
from curate.execution import Execution
from curate.imaging.images import write_png
from curate.imaging.photo import CameraNotes, write_photo


def write_session(
    shots: Sequence[Shot],
    settings: SessionSettings,
    *,
    frames: Path,
    template: Path,
    annotations: Path,
    execution: Execution | None = None,
) -> None:
    """Draw a session and write it; frames that are there already are not drawn again.

    Parameters
    ----------
    shots : sequence of Shot
        Of :func:`curate.demo.plan.plan_session`.
    settings : SessionSettings
        The same that the shots were planned with.
    frames : Path
        Folder of the photographs.
    template : Path
        PNG of the window's template.
    annotations : Path
        Label Studio's JSON export.
    execution : Execution, optional
        How to spread the drawing over threads.
    """
    scene = Scene(settings)

    def write(shot: Shot) -> None:
        if (frames / shot.file_name).exists():  # whole, because files are renamed into place
            return
        notes = CameraNotes(shot.clock, shot.utc_offset, shot.camera, shot.counter)
        write_photo(frames / shot.file_name, scene.render(shot), notes)

    for _ in (execution or Execution(jobs=1)).map(write, shots, f"draw {frames.name}"):
        pass
    write_png(template, scene.template())
    write_json(annotations, label_studio_export(shots, settings.frame_px), indent=1)
