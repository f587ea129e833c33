from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from curate.errors import InputError
from curate.formats.records import ReadOptions
from curate.geometry.rasterize import rasterize
from curate.imaging.images import write_png
from curate.label.plan import OpinionChoice
from curate.label.run import import_labels
from curate.model.region import Ellipse, Polygon, Rectangle
from curate.workspace.annotations import read_annotations
from curate.workspace.workspace import Workspace
from tests.annotated import capture, item, make_workspace, save, task, window
from tests.conftest import Curate

SQUARE = {"points": [[10, 10], [20, 10], [20, 20], [10, 20]], "closed": True}


def test_import_replaces_what_the_file_names_and_keeps_the_rest(tmp_path: Path) -> None:
    frames = [capture(f"main/{name}.png") for name in ("z", "a", "m")]
    workspace, category = make_workspace(tmp_path / "w", frames)
    first = save(tmp_path / "1.json", [task("m.png", [item("polygon", SQUARE)], 1), task("z.png", [], 2)])
    report = import_labels(workspace, category, [first])
    assert (report.imported, report.good, report.regions, report.kept) == (2, 1, 1, 0)
    second = save(tmp_path / "2.json", [task("m.png", [], 1), task("a.png", [item("polygon", SQUARE)], 2)])
    report = import_labels(workspace, category, [second])
    assert (report.imported, report.kept) == (2, 1)
    annotations = read_annotations(workspace.annotations("part"))
    assert list(annotations) == ["main/z.png", "main/a.png", "main/m.png"]  # shooting order
    assert [annotation.label for annotation in annotations.values()] == ["good", "", "good"]
    before = workspace.annotations("part").read_bytes()
    import_labels(workspace, category, [second])
    assert workspace.annotations("part").read_bytes() == before


def test_regions_drawn_on_windows_come_back_into_the_frame(tmp_path: Path) -> None:
    # The window shows the frame's (100, 50) .. (420, 250) at half size.
    cut = window("main/a.png", "main/a.png", (0.5, 0, -50, 0, 0.5, -25), (160, 100))
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.png")], [cut])
    small: dict[str, Any] = {"original_width": 160, "original_height": 100}
    value = {"x": 50, "y": 50, "radiusX": 10, "radiusY": 10, "rotation": 30}
    box = {"x": 0, "y": 0, "width": 10, "height": 10, "rotation": 0}
    result = [item("ellipse", value, "e", **small), item("rectangle", box, "r", **small)]
    name = "/data/local-files/?d=windows/default/part/main/a.png"
    report = import_labels(workspace, category, [save(tmp_path / "e.json", [task(name, result)])])
    assert report.findings == ()
    (annotation,) = read_annotations(workspace.annotations("part")).values()
    assert (annotation.width_px, annotation.height_px) == (640, 400)
    ellipse, rectangle = (region.shapes[0] for region in annotation.regions)
    assert ellipse == Ellipse(260, 150, 32, 20, 30)
    assert rectangle == Rectangle(116, 60, 32, 20, 0)


def test_problems_are_findings_and_never_make_a_frame_good(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.png"), capture("main/b.png", 400, 640)])
    tasks = [
        task("a.png", [item("polygon", SQUARE, label="scrach")], 1),
        task("b.png", [item("polygon", SQUARE)], 2),
        task("c.png", [item("polygon", SQUARE)], 3),
    ]
    report = import_labels(workspace, category, [save(tmp_path / "e.json", tasks)])
    assert [(finding.code, finding.severity) for finding in report.findings] == [
        ("CUR501", "error"),
        ("CUR503", "error"),
        ("CUR504", "error"),
        ("CUR521", "warning"),
    ]
    messages = [finding.message for finding in report.findings]
    assert "without its EXIF orientation" in messages[1]
    assert "did you mean 'scratch'?" in messages[2]
    assert read_annotations(workspace.annotations("part")) == {}


def test_shapes_outside_crossing_or_too_thin(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.png")])
    result = [
        item("polygon", {"points": [[-10, 10], [20, 10], [20, 20]]}, "beyond"),
        item("polygon", {"points": [[10, 10], [20, 20], [20, 10], [10, 20]]}, "bow"),
        item("rectangle", {"x": 120, "y": 10, "width": 5, "height": 5}, "away"),
        item("rectangle", {"x": 10, "y": 10, "width": 0.01, "height": 5}, "thin"),
    ]
    report = import_labels(workspace, category, [save(tmp_path / "e.json", [task("a.png", result)])])
    assert [finding.code for finding in report.findings] == ["CUR509", "CUR509", "CUR507", "CUR508"]
    assert report.regions == 2


def test_several_annotators(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.png")])
    boxes = [{"x": x, "y": 10, "width": 10, "height": 10} for x in (10, 12.5, 50)]
    document = task("a.png", [])
    document["annotations"] = [
        {"id": n, "completed_by": f"p{n}", "updated_at": f"2026-01-0{9 - n}", "result": [item("rectangle", box)]}
        for n, box in enumerate(boxes)
    ]
    path = save(tmp_path / "e.json", [document])

    def shapes() -> tuple[object, ...]:
        return read_annotations(workspace.annotations("part"))["main/a.png"].regions[0].shapes

    report = import_labels(workspace, category, [path])
    assert [finding.code for finding in report.findings] == ["CUR511"]
    assert shapes() == (Rectangle(96, 60, 64, 40, 0),)
    import_labels(workspace, category, [path], choice=OpinionChoice(annotator="p2"))
    assert shapes() == (Rectangle(352, 60, 64, 40, 0),)
    with pytest.raises(InputError, match="the files name p0, p1, p2"):
        import_labels(workspace, category, [path], choice=OpinionChoice(annotator="zoe"))
    import_labels(workspace, category, [path], choice=OpinionChoice(merge="majority"))
    (bitmap,) = shapes()
    mask = rasterize(bitmap, 640, 400)  # type: ignore[arg-type]
    assert np.array_equal(np.argwhere(mask).min(axis=0), (40, 80))
    assert mask.sum() == 48 * 40


def test_mask_folders(tmp_path: Path) -> None:
    frames = [capture(f"main/{name}.jpg", 30, 20) for name in ("0000", "0001", "0002")]
    workspace, category = make_workspace(tmp_path / "w", frames)
    mask = np.zeros((20, 30), np.uint8)
    mask[2:5, 3:9] = 1
    mask[10:12, 20:25] = 1
    gt = tmp_path / "gt"
    write_png(gt / "scratch" / "0000" / "0000.png", mask * 255)
    rgba = np.dstack([mask * 255] * 3 + [np.full_like(mask, 255)])
    write_png(gt / "dent" / "0001_mask.png", rgba)
    write_png(gt / "dent" / "0002_mask.png", mask * 0)
    folder = import_labels(workspace, category, [gt / "scratch"])
    assert (folder.imported, folder.regions) == (1, 1)  # one file is one region
    report = import_labels(workspace, category, [gt])
    assert (report.imported, report.regions, report.good, report.kept) == (3, 2, 1, 0)
    (said,) = report.findings
    assert (said.code, said.severity, said.related) == ("CUR524", "info", ("dent/0001_mask.png",))
    assert said.message == "1 mask holds several connected pieces; each file is one region"
    annotations = read_annotations(workspace.annotations("part"))
    (region,) = annotations["main/0001.jpg"].regions
    assert region.defect == "dent"
    assert np.array_equal(rasterize(region.shapes, 30, 20), mask == 1)
    assert annotations["main/0002.jpg"].label == "good"


# 115-tiff-pages-and-orientation: the same rule as validate and evaluate have
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("drawn", ["stored", "upright"])
def test_masks_of_frames_with_an_orientation_are_in_upright_pixels(
    tmp_path: Path, orientation: int, drawn: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.new("L", (30, 20))
    stored.paste(255, (2, 3, 9, 5))
    upright = ImageOps.exif_transpose(_with_exif(stored, exif))
    workspace, category = make_workspace(tmp_path / "w", [capture("main/0000.jpg", *upright.size)])
    path = workspace.captures("part") / "main" / "0000.jpg"
    path.parent.mkdir(parents=True)
    stored.save(path, exif=exif)
    (tmp_path / "gt/scratch").mkdir(parents=True)
    (stored if drawn == "stored" else upright).save(tmp_path / "gt/scratch/0000_mask.png")
    report = import_labels(workspace, category, [tmp_path / "gt"])
    assert [entry.code for entry in report.findings if entry.severity == "error"] == []
    (annotation,) = read_annotations(workspace.annotations("part")).values()
    # Of equal sizes (2, 3, 4) a mask is taken for upright, whatever it was: docs/reading-images.md.
    expected = upright if upright.size != stored.size or drawn == "upright" else stored
    marked = rasterize(annotation.regions[0].shapes, *upright.size)
    assert np.array_equal(marked, np.asarray(expected) > 0)


def _with_exif(image: Image.Image, exif: Image.Exif) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "PNG", exif=exif)
    return Image.open(stream)


def test_mask_pictures_are_cut_into_pieces_only_on_request(tmp_path: Path) -> None:
    frames = [capture(f"main/{name}.jpg", 30, 20) for name in ("0000", "0001")]
    workspace, category = make_workspace(tmp_path / "w", frames)
    mask = np.zeros((20, 30), np.uint8)
    mask[2:5, 3:9] = 255
    mask[10:12, 20:25] = 255
    write_png(tmp_path / "gt" / "scratch" / "0000" / "0000.png", mask)
    write_png(tmp_path / "gt" / "dent" / "0001_mask.png", mask)
    report = import_labels(workspace, category, [tmp_path / "gt"], options=ReadOptions(split_masks=True))
    assert report.findings[0].message == "1 mask holds several connected pieces; each piece is a region"
    annotations = read_annotations(workspace.annotations("part"))
    assert len(annotations["main/0000.jpg"].regions) == 1  # a numbered file among an image's is a region
    regions = annotations["main/0001.jpg"].regions
    assert [region.region_id for region in regions] == ["dent/0001_mask.png#1", "dent/0001_mask.png#2"]
    assert [int(rasterize(region.shapes, 30, 20).sum()) for region in regions] == [18, 10]


def test_unreadable_and_unknown_files_are_listed_together(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.png")])
    broken, strange = tmp_path / "broken.json", save(tmp_path / "strange.json", {"hello": 1})
    broken.write_text("[{", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_labels(workspace, category, [broken, strange])
    assert "broken.json" in str(caught.value)
    assert "strange.json" in str(caught.value)
    assert not workspace.annotations("part").exists()


def test_record_is_checked_and_keeps_every_digit(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.png")])
    points = [[10 / 3, 10], [20.123456789, 10], [20, 70 / 9]]
    path = save(tmp_path / "e.json", [task("a.png", [item("polygon", {"points": points})])])
    import_labels(workspace, category, [path])
    record = workspace.annotations("part")
    (annotation,) = read_annotations(record).values()
    expected = tuple((x * 640 / 100, y * 400 / 100) for x, y in points)
    assert annotation.regions[0].shapes == (Polygon(expected),)
    line = json.loads(record.read_text(encoding="utf-8"))
    from curate.disk.schema import schema_problems

    assert schema_problems(line, "annotation") == []
    del line["regions"][0]["defect"]
    record.write_text(json.dumps(line), encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 1.*regions.0.*'defect' is a required property"):
        read_annotations(record)


def test_a_yolo_folder_with_names_in_another_file(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.png", 20, 10), capture("main/b.png", 20, 10)])
    labels = tmp_path / "set" / "labels" / "train"
    labels.mkdir(parents=True)
    (tmp_path / "set" / "data.yaml").write_text("names:\n  0: dent\n  1: scratch\n", encoding="utf-8")
    (labels / "a.txt").write_text("1 0.35 0.4 0.3 0.4\n", encoding="utf-8")
    (labels / "b.txt").write_text("", encoding="utf-8")
    (labels / "readme.txt").write_text("made by hand\n", encoding="utf-8")
    (labels / "c.txt").write_text("1 16 12 16 12\n", encoding="utf-8")
    report = import_labels(workspace, category, [tmp_path / "set"])
    assert [(finding.code, finding.path) for finding in report.findings] == [("CUR528", "set/labels/train/c.txt")]
    files = report.account["files"]
    assert (files.used, [out.place for out in files.left_out]) == (
        2,
        ["set/labels/train/c.txt", "set/data.yaml", "set/labels/train/readme.txt"],
    )
    annotations = read_annotations(workspace.annotations("part"))
    assert annotations["main/a.png"].regions[0].defect == "scratch"
    assert rasterize(annotations["main/a.png"].regions[0].shapes, 20, 10).sum() == 24
    assert annotations["main/b.png"].label == "good"


def test_names_are_replaced_on_request(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.png")])
    path = save(tmp_path / "e.json", [task("a.png", [item("polygon", SQUARE, label="Kratzer")])])
    options = ReadOptions(renames={"Kratzer": "scratch"})
    report = import_labels(workspace, category, [path], options=options)
    assert (report.findings, report.regions) == ((), 1)


def test_pictures_that_are_no_masks_are_counted(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/a.jpg", 30, 20)])
    mask = np.zeros((20, 30), np.uint8)
    mask[3:6, 3:6] = 255
    write_png(tmp_path / "dent" / "a_mask.png", mask)
    write_png(tmp_path / "dent" / "a.png", np.arange(600, dtype=np.uint16).reshape(20, 30))
    report = import_labels(workspace, category, [tmp_path / "dent"])
    assert report.regions == 1
    (finding,) = report.findings
    assert finding.message == "1 of its 2 pictures are taken for images, not for masks, by their names"


def test_masks_of_images_that_are_no_frames_and_of_unknown_defects(tmp_path: Path) -> None:
    workspace, category = make_workspace(tmp_path / "w", [capture("main/0000.jpg", 30, 20)])
    mask = np.zeros((20, 30), np.uint8)
    mask[3:6, 3:6] = 255
    ground_truth = tmp_path / "ground_truth"
    write_png(ground_truth / "dent" / "0007" / "0000.png", mask)  # a region of image 0007, not of frame 0000
    write_png(ground_truth / "scratches" / "0000_mask.png", mask)
    report = import_labels(workspace, category, [ground_truth])
    assert [(finding.code, finding.path) for finding in report.findings if finding.severity == "error"] == [
        ("CUR501", "ground_truth/dent/0007/0000.png"),
        ("CUR504", "ground_truth/scratches/0000_mask.png"),
    ]
    report = import_labels(workspace, category, [ground_truth / "dent"])
    assert [finding.code for finding in report.findings] == ["CUR501"]
    assert read_annotations(workspace.annotations("part")) == {}


def test_a_folder_of_masks_says_which_of_two_frames_of_one_name(tmp_path: Path) -> None:
    frames = [capture(f"main/{label}/00.png", 30, 20) for label in ("good", "dent")]
    workspace, category = make_workspace(tmp_path / "w", frames)
    mask = np.zeros((20, 30), np.uint8)
    mask[2:5, 3:9] = 255
    write_png(tmp_path / "gt" / "dent" / "00.png", mask)
    report = import_labels(workspace, category, [tmp_path / "gt" / "dent"])
    assert (report.findings, report.imported) == ((), 1)
    assert list(read_annotations(workspace.annotations("part"))) == ["main/dent/00.png"]


def test_labels_under_the_second_name_of_a_frame_follow_to_the_first(tmp_path: Path, curate: Curate) -> None:
    first, again, other = (tmp_path / "line" / name for name in ("A/x.png", "B/y.png", "A/y.png"))
    for path, value in ((first, 50), (again, 50), (other, 90)):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_png(path, np.full((400, 640), value, np.uint8))
    root = tmp_path / "w"
    assert curate("init", root).code == 0
    with (root / "curate.toml").open("a", encoding="utf-8") as config:
        config.write("\n[categories.part.defects.scratch]\nkind = 'structural'\n")
    assert curate("import", tmp_path / "line", "-c", "part", "-C", root).code == 0
    export = save(tmp_path / "e.json", [task("B/y.png", [item("polygon", SQUARE)], 1), task("A/y.png", [], 2)])
    assert curate("label", "import", export, "-c", "part", "-C", root).code == 0
    record = Workspace(root).annotations("part")
    drawn = {frame: len(one.regions) for frame, one in read_annotations(record).items()}
    assert drawn == {"main/A/x.png": 1, "main/A/y.png": 0}
    # Both names of one frame, described alike; and a name that may be either.
    both = save(tmp_path / "2.json", [task(name, [item("polygon", SQUARE)], 1) for name in ("A/x.png", "B/y.png")])
    done = curate("label", "import", both, "-c", "part", "-C", root)
    assert (done.code, "1 frames (0 good) with 1 regions" in done.out) == (0, True), done.err
    bare = curate("label", "import", save(tmp_path / "3.json", [task("y.png", [])]), "-c", "part", "-C", root)
    assert bare.code == 1
    assert "'y.png' may be captures/part/main/A/y.png, B/y.png" in bare.out + bare.err
    # Further names come later, and stay through other imports.
    write_png(tmp_path / "more/z.png", np.full((400, 640), 90, np.uint8))
    for source in ("more", "line"):
        assert curate("import", tmp_path / source, "-c", "part", "-C", root).code == 0
    document = json.loads(Workspace(root).order_record("part").read_text(encoding="utf-8"))
    assert sorted(document["names"].values()) == [["B/y.png"], ["z.png"]]
