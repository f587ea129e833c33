from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curate.demo.plan import plan_session
from curate.demo.scene import Frame, Scene
from curate.demo.session import SessionSettings, Shot
from curate.demo.write import write_session
from curate.execution import Execution
from curate.imaging.exif import read_exif
from curate.imaging.images import read_pixels

SETTINGS = SessionSettings(frames=3, conditions={}, defects={}, first_counter=9998)


def write(root: Path, settings: SessionSettings = SETTINGS) -> None:
    write_session(
        plan_session(settings),
        settings,
        frames=root / "in",
        template=root / "template.png",
        annotations=root / "labels.json",
        execution=Execution(jobs=1),
    )


def test_a_session_is_photographs_a_template_and_an_export(tmp_path: Path) -> None:
    write(tmp_path)
    names = sorted(path.name for path in (tmp_path / "in").iterdir())
    assert names == ["DSC_0001.JPG", "DSC_9998.JPG", "DSC_9999.JPG"]
    np.testing.assert_array_equal(read_pixels(tmp_path / "template.png"), Scene(SETTINGS).template())
    assert len(json.loads((tmp_path / "labels.json").read_bytes())) == 3
    first = plan_session(SETTINGS)[0]
    drawn, read = Scene(SETTINGS).render(first), read_pixels(tmp_path / "in" / first.file_name)
    assert np.abs(drawn.astype(int) - read).mean() < 3.0  # JPEG


def test_a_photograph_tells_when_and_by_which_camera_it_was_shot(tmp_path: Path) -> None:
    write(tmp_path)
    evidence, orientation = read_exif((tmp_path / "in" / "DSC_9998.JPG").read_bytes())
    assert (evidence.original, evidence.original_fraction) == ("2026:03:02 06:00:00", "250")
    assert (evidence.original_offset, evidence.serial, evidence.counter) == ("+01:00", "4103922", 9998)
    assert orientation == 1


def test_only_frames_that_are_not_there_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    before = (tmp_path / "in" / "DSC_9999.JPG").read_bytes()
    (tmp_path / "in" / "DSC_9999.JPG").unlink()
    drawn: list[str] = []
    render = Scene.render

    def noting(scene: Scene, shot: Shot) -> Frame:
        drawn.append(shot.file_name)
        return render(scene, shot)

    monkeypatch.setattr(Scene, "render", noting)
    write(tmp_path)
    assert drawn == ["DSC_9999.JPG"]
    assert (tmp_path / "in" / "DSC_9999.JPG").read_bytes() == before


def test_a_clock_without_an_offset_writes_none(tmp_path: Path) -> None:
    write(tmp_path, replace(SETTINGS, daylight_saving=True))
    assert read_exif((tmp_path / "in" / "DSC_9998.JPG").read_bytes())[0].original_offset == ""
