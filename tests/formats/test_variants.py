"""Valid variants of formats that are read, and images that must not be taken for one another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

from curate.errors import InputError
from curate.formats.documents import LabelFile, class_list, read_document
from curate.formats.mask_values import legend_of_file, legend_of_values, masks_by_legend
from curate.formats.pairing import KnownPicture, PictureIndex, Unpaired, bent_name, several_images
from curate.formats.records import ImageRef, Parsed
from curate.formats.registry import format_of, read_as
from curate.geometry.rasterize import rasterize
from curate.imaging.images import write_png
from tests.annotated import capture, item, make_workspace, save, task
from tests.conftest import Curate
from tests.formats.sound import AROUND, HEIGHT, WIDTH


def read(kind: Any, document: Any, name: str = "1.json") -> Parsed:
    entry = format_of(kind, document)
    assert entry is not None
    return read_as(entry, document, name, AROUND)


def area(parsed: Parsed) -> list[int]:
    """Return the area of every region in pixels."""
    regions = [region for drawn in parsed.drawn for region in drawn.regions]
    return [int(rasterize(region.shapes, WIDTH, HEIGHT).sum()) for region in regions]


def labelme(shape: dict[str, Any]) -> Parsed:
    entry = {"label": "dent", "group_id": None, **shape}
    return read("json", {"shapes": [entry], "imagePath": "1.png", "imageWidth": WIDTH, "imageHeight": HEIGHT})


def test_rectangles_of_x_anylabeling_with_four_corners_upright_and_turned() -> None:
    upright = [[4, 2], [10, 2], [10, 6], [4, 6]]
    assert area(labelme({"shape_type": "rectangle", "points": upright})) == [24]
    # A square of 4 px diagonal on its corner: centres of four pixels of its 2×2 core and four of its points.
    turned = [[8, 1], [11, 4], [8, 7], [5, 4]]
    for kind in ("rectangle", "rotation"):
        assert area(labelme({"shape_type": kind, "points": turned, "direction": 0.785})) == area(
            labelme({"shape_type": "polygon", "points": turned})
        )


def test_labelme_xml_of_mit_counts_from_zero() -> None:
    points = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in ((4, 2), (10, 2), (10, 6), (4, 6)))
    drawn = f"<object><name>dent</name><deleted>0</deleted><polygon>{points}</polygon></object>"
    gone = f"<object><name>dent</name><deleted>1</deleted><polygon>{points}</polygon></object>"
    size = f"<imagesize><nrows>{HEIGHT}</nrows><ncols>{WIDTH}</ncols></imagesize>"
    parsed = read("xml", fromstring(f"<annotation><filename>1.png</filename>{size}{drawn}{gone}</annotation>"), "1.xml")
    assert (area(parsed), parsed.drawn[0].image.size_px) == ([24], (WIDTH, HEIGHT))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("0 0.35 0.4 0.3 0.4 7", [24]),  # the number of a track
        ("0 0.35 0.4 0.3 0.4 0.2 0.2 2 0.5 0.6 1", [24]),  # two key points, seen and hidden
        ("0 0.35 0.4 0.3 0.4 0.2 0.2 2", [24]),  # one
        ("0 0.2 0.2 0.5 0.2 0.5 0.6 0.2 0.6", [24]),  # a turned box is its corners
        ("0 0.35 0.4 0.3 0.4 0.9", []),  # a score: a prediction
        ("0 0.35 0.4 0.3 0.4 0.9 1", []),  # a score and a track
        ("9 0.35 0.4 0.3 0.4", []),  # a class that the list does not name
    ],
)
def test_rows_of_yolo(row: str, expected: list[int]) -> None:
    parsed = read("text", [row], "1.txt")
    assert area(parsed) == expected
    assert bool(parsed.findings) == (not expected)
    assert parsed.drawn[0].label == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_of_classes_in_any_unicode(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "classes.txt").write_bytes("Beule\nKratzer ü\n".encode(encoding))
    assert class_list(tmp_path).names == {0: "Beule", 1: "Kratzer ü"}


def test_a_list_of_classes_that_stands_for_more_than_any_memory_holds(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nnames: *b\n"
    (tmp_path / "data.yaml").write_text(bomb, encoding="utf-8")
    with pytest.raises(InputError, match="names"):
        class_list(tmp_path)


def test_tables_of_excel(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("ImageId;ClassId;EncodedPixels\r\n1.png;3;1 2\r\n".encode("utf-16"))
    table = read_document(LabelFile(tmp_path / "x.csv", "x.csv", "csv"))
    assert area(read("csv", table, "x.csv")) == [2]


def test_legends() -> None:
    assert legend_of_values("60=dent, 200=scratch,255=ignore")[255, 255, 255] == "ignore"
    assert legend_of_file("labelmap.txt", "# label:color_rgb\nscratch:48,112,32::\n") == {(32, 112, 48): "scratch"}
    grey = json.dumps({"type": "grayscale", "colors": {"Rider": 5, "Car": 60}})
    assert legend_of_file("mask_grayscale_map.json", grey) == {(5, 5, 5): "Rider", (60, 60, 60): "Car"}
    pixels = np.array([[0, 60, 60, 255]], np.uint8)
    ((name, marked),) = masks_by_legend(pixels, legend_of_values("60=dent,255=ignore"))
    assert (name, marked.tolist()) == ("dent", [[False, True, True, False]])
    with pytest.raises(ValueError, match=r"nothing names: 255 \(1 px\); named are 60=dent"):
        masks_by_legend(pixels, legend_of_values("60=dent"))
    with pytest.raises(InputError, match="is not VALUE=NAME"):
        legend_of_values("60:dent")


def test_values_of_masks_may_be_named(tmp_path: Path, curate: Curate) -> None:
    make_workspace(tmp_path / "w", [capture("main/1.png", WIDTH, HEIGHT)])
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[2:6, 4:10], pixels[7:9, 1:3], pixels[0, :] = 60, 200, 255
    write_png(tmp_path / "masks/1.png", pixels)
    refused = curate("label", "import", tmp_path / "masks", "-C", tmp_path / "w", "--json")
    assert (refused.code, json.loads(refused.out)["imported"]) == (1, 0)
    named = "--values=60=dent,200=scratch,255=ignore"
    taken = curate("label", "import", tmp_path / "masks", "-C", tmp_path / "w", "--json", named)
    document = json.loads(taken.out)
    assert (taken.code, document["regions"], document["findings"]) == (0, 2, [])
    assert document["account"]["files"] == {"used": 1, "left_out": [], "total": 1}


def index(*paths: str, foreign: tuple[str, ...] = ()) -> PictureIndex:
    size = (WIDTH, HEIGHT)
    return PictureIndex(
        (KnownPicture(("captures", "part", *path.split("/")), path, "", size, size, sha256=path) for path in paths),
        foreign,
    )


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("/data/upload/3/1a2b3c4d-0a0a0a0a-0001.png", "a/0001.png"),  # uploaded twice
        ("/data/upload/1a2b3c-0001.png", "a/0001.png"),  # as version 0.9
        ("/data/local-files/?d=a%5C0001.png", "a/0001.png"),
        ("s3://bucket/a/shot#7.png", "a/shot#7.png"),
        ("/data/local-files/?d=a/x+y.png", "a/x+y.png"),
        ("https://host/a/0001.png#t=1", "a/0001.png"),
    ],
)
def test_names_that_mean_one_frame(name: str, frame: str) -> None:
    found = index("a/0001.png", "a/shot#7.png", "a/x+y.png").find(ImageRef(name))
    assert isinstance(found, KnownPicture), found
    assert found.frame == frame


def test_a_path_through_another_category_means_none_of_this_one() -> None:
    both = index("a/0001.png", foreign=("bolt",))
    found = both.find(ImageRef("bolt/masks/0001.png"))
    assert isinstance(found, Unpaired)
    assert "lies below 'bolt', another category" in found.message
    assert isinstance(both.find(ImageRef("part/masks/0001.png")), KnownPicture)


def test_what_a_server_did_to_a_name_is_told_and_nobody_else_may_do_it() -> None:
    pictures = index("a/a b.png")
    found = pictures.find(ImageRef("/data/upload/1/1a2b3c4d-a_b.png"))
    assert isinstance(found, KnownPicture)
    assert "changes names" in bent_name(ImageRef("/data/upload/1/1a2b3c4d-a_b.png"), found)
    assert bent_name(ImageRef("x/A B.jpg"), found) == ""
    assert isinstance(pictures.find(ImageRef("a_b.png")), Unpaired)


def test_several_images_for_one_picture() -> None:
    assert several_images(["scratch/1.png", "dent/1.png"], ["scratch", "dent"]) == []
    assert several_images(["train/1.png", "val/1.png", "1.png"]) == ["train/1.png", "val/1.png", "1.png"]


def imported(tmp_path: Path, curate: Curate, path: Path) -> tuple[int, dict[str, Any]]:
    if not (tmp_path / "w").exists():
        make_workspace(tmp_path / "w", [capture("main/a.png", 640, 400)])
    result = curate("label", "import", path, "-C", tmp_path / "w", "--json")
    return result.code, json.loads(result.out)


def test_subsets_of_cvat_are_different_images(tmp_path: Path, curate: Curate) -> None:
    box = '<box label="dent" xtl="4" ytl="2" xbr="{}" ybr="6"/>'
    images = "".join(
        f'<image id="{n}" name="a.png" subset="{subset}" width="640" height="400">{box.format(right)}</image>'
        for n, (subset, right) in enumerate((("Train", 10), ("Validation", 20)))
    )
    (tmp_path / "x.xml").write_text(f"<annotations><meta/>{images}</annotations>", encoding="utf-8")
    code, document = imported(tmp_path, curate, tmp_path / "x.xml")
    assert (code, document["imported"], document["findings"][0]["code"]) == (1, 0, "CUR526")
    assert document["account"]["images"]["used"] == 0
    assert document["account"]["images"]["total"] == 2


def test_an_image_that_a_document_lists_twice_differently(tmp_path: Path, curate: Curate) -> None:
    images = [{"id": n, "file_name": "a.png", "width": 640, "height": 400} for n in (1, 2)]
    entry = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [4, 2, 6, 4]}
    document = {"images": images, "annotations": [entry], "categories": [{"id": 1, "name": "dent"}]}
    (tmp_path / "x.json").write_text(json.dumps(document), encoding="utf-8")
    code, report = imported(tmp_path, curate, tmp_path / "x.json")
    assert (code, report["imported"]) == (1, 0)
    assert "stands 2 times in x.json, described differently" in report["findings"][0]["message"]


def test_tasks_with_two_images(tmp_path: Path, curate: Curate) -> None:
    square = {"points": [[10, 10], [20, 10], [20, 20], [10, 20]], "closed": True}
    two = task("a.png", [item("polygon", square)])
    two["data"] = {"left": "a.png", "right": "b.png"}
    code, report = imported(tmp_path, curate, save(tmp_path / "e.json", [two]))
    assert (code, report["imported"]) == (1, 0)
    assert "shows several images at once: left, right" in report["findings"][0]["message"]
    for entry in two["annotations"][0]["result"]:
        entry["to_name"] = "left"
    assert imported(tmp_path, curate, save(tmp_path / "e.json", [two]))[0] == 0


def test_a_frame_is_no_mask(tmp_path: Path, curate: Curate) -> None:
    from dataclasses import replace

    from curate.disk.hashing import sha256_file

    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[2:6, 4:10] = 255
    write_png(tmp_path / "masks/1.png", pixels)
    frame = replace(capture("main/1.png", WIDTH, HEIGHT), sha256=sha256_file(tmp_path / "masks/1.png"))
    make_workspace(tmp_path / "w", [frame])
    result = curate("label", "import", tmp_path / "masks", "-C", tmp_path / "w", "--defect=dent")
    assert result.code == 1
    assert "error CUR520 masks/1.png: mask 1.png has the bytes of the frame main/1.png" in result.err
