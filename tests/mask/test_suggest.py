from __future__ import annotations

from pathlib import Path

from curate.label.run import read_outlines
from curate.mask.run import suggest_saturation
from curate.model.defect import Saturation
from tests.annotated import capture, item, make_workspace, save, task, window


def test_the_smallest_whole_part_is_the_threshold(tmp_path: Path) -> None:
    names = "abcd"
    half = (0.5, 0, 0, 0, 0.5, 0)
    windows = [window(f"main/{name}.jpg", f"main/{name}.png", half, (300, 200)) for name in names]
    workspace, category = make_workspace(tmp_path / "w", [capture(f"main/{name}.jpg") for name in names], windows)
    # Frame pixels 640 × 400, windows at half size: 80 × 40 px of the frame are 40 × 20 px of the window.
    sizes = {"a": (12.5, 10), "b": (25, 10), "c": (12.5, 20)}
    tasks = [
        task(f"{name}.jpg", [item("rectangle", {"x": 10, "y": 10, "width": w, "height": h}, label="hoop")], number)
        for number, (name, (w, h)) in enumerate(sizes.items(), 1)
    ]
    edge = item("rectangle", {"x": 90, "y": 10, "width": 10, "height": 10}, label="hoop")
    tasks.append(task("d.jpg", [edge], 4))  # the window ends at x = 600 of the frame
    outlines, findings = read_outlines(workspace, category, [save(tmp_path / "good.json", tasks)])
    assert findings == ()
    (found,) = suggest_saturation(workspace, category, outlines)
    assert (found.part, found.areas_px, found.cut_off) == ("hoop", (800, 1600, 1600), 1)
    assert found.saturation == Saturation(800, relative=False)
    assert found.quantiles()["median"] == 1600
    assert not workspace.annotations("part").exists()
