from __future__ import annotations

import json
from pathlib import Path

from curate.model.region import Annotation, Rectangle, Region
from curate.workspace.annotations import write_annotations
from tests.annotated import capture, item, make_workspace, save, task, window
from tests.conftest import Curate


def test_masks_are_written_and_named(tmp_path: Path, curate: Curate) -> None:
    workspace, _ = make_workspace(tmp_path, [capture("main/a.jpg")], [window("main/a.jpg", "main/a.png")])
    result = curate("mask", "-C", tmp_path)
    assert result.code == 2
    assert "curate label import" in result.err
    region = Region("r", "scratch", (Rectangle(20, 20, 10, 10),))
    write_annotations(workspace.annotations("part"), [Annotation("main/a.jpg", 640, 400, "", (region,))])
    result = curate("mask", "-C", tmp_path)
    assert result.code == 0
    assert result.out.splitlines() == [
        "part: 1 masks of 1 images",
        "  255  scratch  saturation 0.5",
        "  254  dent  saturation 40 px",
    ]
    document = json.loads(curate("mask", "-C", tmp_path, "--json").out)
    assert document["categories"][0]["masks"] == 1


def test_without_windows_it_says_to_crop(tmp_path: Path, curate: Curate) -> None:
    workspace, _ = make_workspace(tmp_path, [capture("main/a.jpg")])
    write_annotations(workspace.annotations("part"), [])
    result = curate("mask", "-C", tmp_path)
    assert result.code == 2
    assert "curate crop -c part" in result.err


def test_suggest_saturation(tmp_path: Path, curate: Curate) -> None:
    make_workspace(tmp_path / "w", [capture("main/a.jpg")], [window("main/a.jpg", "main/a.png")])
    box = item("rectangle", {"x": 10, "y": 10, "width": 10, "height": 10}, label="hoop")
    path = save(tmp_path / "good.json", [task("a.jpg", [box])])
    result = curate("mask", "-C", tmp_path / "w", "--suggest-saturation", path)
    assert result.code == 0
    assert result.out.splitlines()[0] == 'hoop: saturation = "2560 px"  (1 images)'
