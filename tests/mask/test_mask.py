from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curate.datasets.defects_config import read_defects_config
from curate.disk.tables import read_table
from curate.errors import InputError
from curate.execution import Execution
from curate.imaging.images import read_pixels
from curate.mask.run import write_masks
from curate.mask.values import assign_values
from curate.model.config import CategoryConfig
from curate.model.decision import DecisionDraft
from curate.model.defect import DefectEntry, DefectType, Saturation
from curate.model.region import Annotation, Bitmap, Ellipse, Polygon, Rectangle, Region
from curate.model.rows import MaskRow
from curate.workspace.annotations import write_annotations
from curate.workspace.decisions import append_decision
from curate.workspace.pipeline import stale_because
from tests.annotated import TOML, capture, make_workspace, window

BOX = Rectangle(20, 20, 20, 10)


def annotation(*regions: Region, frame: str = "main/a.jpg", label: str = "") -> Annotation:
    return Annotation(frame, 640, 400, label, regions, "test")


def test_masks_values_configuration_and_record(tmp_path: Path) -> None:
    windows = [window("main/a.jpg", "main/a.png", (1, 0, -12, 0, 1, 0), (100, 50)), window("main/b.jpg", "main/b.png")]
    workspace, category = make_workspace(tmp_path, [capture("main/a.jpg"), capture("main/b.jpg")], windows)
    regions = [
        Region("r1", "scratch", (BOX,)),
        Region("r2", "dent", (Rectangle(60, 20, 10, 10),)),
        Region("r3", "scratch", (Rectangle(60, 20, 4, 10),), Saturation(7, relative=False)),
    ]
    good = annotation(frame="main/b.jpg", label="good")
    write_annotations(workspace.annotations("part"), [annotation(*regions), good])
    report = write_masks(workspace, category, execution=Execution(jobs=2))
    assert report.findings == ()
    assert (report.images, report.masks, report.removed) == (1, 3, 0)
    folder = workspace.masks("default", "part")
    assert read_defects_config(folder / "defects_config.json") == (
        DefectEntry("scratch", 255, Saturation(0.5)),
        DefectEntry("dent", 254, Saturation(40, relative=False)),
        DefectEntry("scratch", 253, Saturation(7, relative=False)),
    )
    config = json.loads((folder / "defects_config.json").read_text())
    assert config[1]["saturation_threshold"] == 40
    assert isinstance(config[1]["saturation_threshold"], int)
    rows = read_table(workspace.masks_record("default", "part"), MaskRow)
    assert [(row.mask, row.region_ids, row.pixel_value, row.area_px, row.lost) for row in rows] == [
        ("main/a/0000.png", "r1", 255, 180, 0.1),
        ("main/a/0001.png", "r2", 254, 100, 0.0),
        ("main/a/0002.png", "r3", 253, 40, 0.0),
    ]
    mask = read_pixels(folder / "main/a/0000.png")
    expected = np.zeros((50, 100), np.uint8)
    expected[15:25, 0:18] = 255
    assert mask.shape == (50, 100)
    assert np.array_equal(mask, expected)


def test_stale_masks_go_and_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path, [capture("main/a.jpg")], [window("main/a.jpg", "main/a.png")])
    record = workspace.annotations("part")
    write_annotations(record, [annotation(Region("r1", "scratch", (BOX,)), Region("r2", "scratch", (BOX,)))])
    write_masks(workspace, category)
    folder = workspace.masks("default", "part")

    def content() -> dict[str, bytes]:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = content()
    write_masks(workspace, category, execution=Execution(jobs=3))
    assert content() == before
    write_annotations(record, [annotation(Region("r2", "scratch", (BOX,)))])
    preview = write_masks(workspace, category, dry_run=True)
    assert content() == before
    assert preview.masks == 1
    assert write_masks(workspace, category).removed == 1
    assert sorted(content()) == ["defects_config.json", "main/a/0000.png"]


def test_merge_and_groups(tmp_path: Path) -> None:
    toml = TOML.replace('saturation = "40 px"', 'regions = "merge"')
    workspace, category = make_workspace(tmp_path, [capture("main/a.jpg")], [window("main/a.jpg", "main/a.png")], toml)
    shifted = [Rectangle(20 + 40 * n, 20, 20, 10) for n in range(5)]
    regions = [
        Region("a", "dent", (shifted[0],)),
        Region("b", "scratch", (shifted[1],), Saturation(0.9), "g"),
        Region("c", "scratch", (shifted[2],), Saturation(0.8), "g"),
        Region("d", "scratch", (shifted[3],)),
        Region("e", "dent", (shifted[4],)),
    ]
    write_annotations(workspace.annotations("part"), [annotation(*regions)])
    report = write_masks(workspace, category)
    rows = read_table(workspace.masks_record("default", "part"), MaskRow)
    assert [(row.region_ids, row.area_px) for row in rows] == [("a e", 400), ("b c", 400), ("d", 200)]
    assert [finding.code for finding in report.findings] == ["CUR454"]


def test_what_is_wrong_with_regions_is_said(tmp_path: Path) -> None:
    rows = [window("main/a.jpg", "main/a.png", (1, 0, 0, 0, 1, 0), (25, 25)), window("main/b.jpg", "main/b.png")]
    rows.append(replace(window("main/c.jpg", "main/c.png"), status="review"))
    workspace, category = make_workspace(tmp_path, [capture(f"main/{n}.jpg") for n in "abc"], rows)
    regions = [
        Region("outside", "scratch", (Rectangle(300, 300, 20, 20),)),
        Region("cut", "scratch", (Rectangle(30, 10, 20, 10),)),
        Region("tiny", "scratch", (Rectangle(5.5, 5.5, 1, 1),)),
        Region("small", "dent", (Rectangle(10, 10, 4, 4),)),
        Region("stranger", "hole", (BOX,)),
    ]
    unseen = annotation(Region("u", "scratch", (BOX,)), frame="main/c.jpg")
    called = annotation(frame="main/b.jpg", label="dent")
    write_annotations(workspace.annotations("part"), [annotation(*regions), called, unseen])
    report = write_masks(workspace, category)
    assert [finding.code for finding in report.findings] == [
        "CUR451",
        "CUR453",
        "CUR452",
        "CUR455",
        "CUR456",
        "CUR457",
    ]
    assert report.masks == 3  # nothing of the window that a person has not looked at yet


def test_geometry_is_transformed_not_pixels(tmp_path: Path) -> None:
    double = window("main/a.jpg", "main/a.png", (2, 0, -10, 0, 2, -4), (200, 120))
    workspace, category = make_workspace(tmp_path, [capture("main/a.jpg")], [double])
    region = Region("e", "scratch", (Ellipse(40, 30, 20, 10, 45),))
    write_annotations(workspace.annotations("part"), [annotation(region)])
    write_masks(workspace, category)
    mask = read_pixels(workspace.masks("default", "part") / "main/a/0000.png")
    from tests.reference_geometry import grid_ellipse

    assert np.array_equal(mask > 0, grid_ellipse(Ellipse(70, 56, 40, 20, 45), 200, 120))


def test_every_shape_and_a_hole(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path, [capture("main/a.jpg")], [window("main/a.jpg", "main/a.png")])
    ring = Polygon(((0, 0), (10, 0), (10, 10), (0, 10)), (((4, 4), (6, 4), (6, 6), (4, 6)),))
    regions = [
        Region("p", "scratch", (ring, Rectangle(20, 5, 2, 2))),
        Region("b", "scratch", (Bitmap(1, 1, 3, 2, (1, 5)),)),
    ]
    write_annotations(workspace.annotations("part"), [annotation(*regions)])
    write_masks(workspace, category)
    rows = read_table(workspace.masks_record("default", "part"), MaskRow)
    assert [row.area_px for row in rows] == [100, 5]


def test_too_many_entries() -> None:
    category = CategoryConfig("part", defects={"d": DefectType("d")})
    used = [("d", Saturation(n, relative=False)) for n in range(1, 256)]
    assert len(assign_values(category, used[:254])) == 255
    with pytest.raises(InputError, match="needs 256 entries"):
        assign_values(category, used)
    # The order of the regions does not matter, and the type keeps its value.
    assert assign_values(category, reversed(used[:9])) == assign_values(category, used[:9])
    assert assign_values(category, used[:9])[0] == DefectEntry("d", 255, Saturation(1.0))


def test_what_a_person_called_a_frame_counts_more_than_its_drawing(tmp_path: Path) -> None:
    names = ("clean", "dent", "bare", "seen")
    frames = {name: f"main/{name}.jpg" for name in names}
    windows = [window(frame, f"main/{name}.png") for name, frame in frames.items()]
    workspace, category = make_workspace(tmp_path, [capture(frame) for frame in frames.values()], windows)
    scratch = Region("r1", "scratch", (BOX,), Saturation(7, relative=False))
    drawn = [annotation(scratch, frame=frames[name]) for name in ("clean", "dent", "seen")]
    write_annotations(workspace.annotations("part"), drawn)
    write_masks(workspace, category)
    for name, label in (("clean", "good"), ("dent", "dent"), ("bare", "scratch"), ("seen", "scratch")):
        append_decision(workspace, "part", DecisionDraft(frames[name], "label", label, "looked again"), seen=None)
    assert stale_because(workspace, "mask", category) == [
        (
            "4 decisions are new: label of main/bare.jpg: scratch (looked again), "
            "label of main/clean.jpg: good (looked again), label of main/dent.jpg: dent (looked again) and 1 more"
        )
    ]
    report = write_masks(workspace, category)
    assert stale_because(workspace, "mask", category) == []
    rows = read_table(workspace.masks_record("default", "part"), MaskRow)
    assert [(row.mask, row.defect, row.pixel_value) for row in rows] == [
        ("main/dent/0000.png", "dent", 252),
        ("main/seen/0000.png", "scratch", 253),
    ]
    assert not (workspace.masks("default", "part") / "main" / "clean").exists()
    assert [(finding.code, finding.severity, finding.path, finding.message) for finding in report.findings] == [
        ("CUR455", "warning", frames["bare"], "was called 'scratch' by hand: looked again and has no region"),
        (
            "CUR458",
            "info",
            frames["clean"],
            "called good by hand: looked again: 1 region is left out (scratch)",
        ),
        (
            "CUR458",
            "info",
            frames["dent"],
            "called dent by hand: looked again: 1 region is taken as dent (scratch)",
        ),
    ]
