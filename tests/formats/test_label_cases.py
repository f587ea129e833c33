"""Annotation files that were read wrongly once, each made after a public report; the folders lie in ``cases``.

Expected areas are of the shapes as drawn: a rectangle or polygon of 6×4 px has 24, one of 10×5 px 50.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unicodedata import normalize

import cv2
import numpy as np
import pytest

from curate.geometry.rasterize import rasterize
from curate.imaging.images import read_pixels
from curate.workspace.annotations import read_annotations
from tests.annotated import capture, make_workspace
from tests.conftest import Curate
from tests.datasets.trees import text

CASES = Path(__file__).parent / "cases"
SIZE = (40, 30)
TWO = ("0001.png", "0002.png")

Regions = list[tuple[str, int]]
SCRATCH: tuple[str, Regions] = ("", [("scratch", 24)])
GOOD: tuple[str, Regions] = ("good", [])


def imported(
    tmp_path: Path,
    curate: Curate,
    case: str,
    *arguments: str,
    frames: tuple[str, ...] = TWO,
    size: tuple[int, int] = SIZE,
) -> tuple[int, dict[str, tuple[str, Regions]], str]:
    """Import a case's files; return the exit code, label and regions by frame, and what was said."""
    root = tmp_path / "w"
    if not root.exists():
        make_workspace(root, [capture(f"main/{name}", *size) for name in frames])
    files = [str(CASES / case / name) if not name.startswith("-") and "=" not in name else name for name in arguments]
    result = curate("label", "import", *files, "-C", root)
    record = root / "records/annotations/part.jsonl"
    found = {
        annotation.frame.removeprefix("main/"): (
            annotation.label,
            [
                (region.defect, int(rasterize(region.shapes, annotation.width_px, annotation.height_px).sum()))
                for region in annotation.regions
            ],
        )
        for annotation in (read_annotations(record).values() if record.is_file() else ())
    }
    assert result.code != 70
    assert "Traceback" not in result.err
    return result.code, found, result.err


@pytest.mark.parametrize(
    ("case", "arguments", "code", "expected", "words"),
    [
        (
            "01-ls-duplicate-region-id",
            ("ls.json",),
            0,
            {"0001.png": ("", [("scratch", 24), ("scratch", 50), ("dent", 36)])},
            (),
        ),
        (
            "10-ls-per-region-controls-unused",
            ("ls.json",),
            0,
            {"0001.png": SCRATCH},
            ("CUR515", "severity = 'severe'", "depth = 4", "cause = ['handling', 'drop']"),
        ),
        (
            "12-ls-one-project-a-defect",
            ("scratches.json", "dents.json"),
            1,
            {"0001.png": ("", [("dent", 50)])},
            ("error CUR511", "left out: scratches.json#task-1"),
        ),
        ("16-same-names-two-folders", ("coco.json",), 1, {"0002.png": GOOD}, ("error CUR526 main/0001.png", "lineB")),
        ("16-same-names-two-folders", ("ls.json",), 1, {}, ("error CUR526 main/0001.png",)),
        ("20-coco-image-id-string", ("coco.json",), 0, {"0001.png": SCRATCH, "0002.png": GOOD}, ()),
        ("23-coco-category-id-string", ("coco.json",), 0, {"0001.png": SCRATCH, "0002.png": GOOD}, ()),
        ("24-coco-empty-inner-list", ("coco.json",), 0, {"0001.png": SCRATCH, "0002.png": SCRATCH}, ()),
        ("25-coco-flat-segmentation", ("coco.json",), 0, {"0001.png": SCRATCH, "0002.png": GOOD}, ()),
        ("26-coco-four-number-segmentation", ("coco.json",), 1, {"0002.png": GOOD}, ("an outline of 2 points",)),
        (
            "28-coco-rle-size-mismatch",
            ("coco.json",),
            1,
            {},
            ("run lengths of 30×40 pixels (width × height), its image has 40×30", "run lengths of 20×15"),
        ),
        ("29-coco-rle-row-order", ("coco.json",), 1, {"0002.png": GOOD}, ("its own bbox says 5, 10, 25, 14",)),
        ("37-coco-keypoints-with-box", ("coco.json",), 1, {}, ("error CUR505", "key points")),
        (
            "42-cvat-bad-points",
            ("cvat.xml",),
            1,
            {
                "0001.png": ("", [("scratch", 24), ("scratch", 24)]),
                "0002.png": SCRATCH,
            },  # a trailing ';', swapped sides
            ("an outline of 2 points", "an outline of 0 points", "'points' is missing", "its runs cover 5", "CUR513"),
        ),
        (
            "43-folder-with-one-stranger",
            ("l",),
            1,
            {"0001.png": ("", [("scratch", 12)])},
            ("error CUR528 l/0003.json",),
        ),
        ("48-ls-same-id-same-label", ("ls.json",), 0, {"0001.png": ("", [("scratch", 24), ("scratch", 50)])}, ()),
        ("51-labelme-rectangle-four-points", ("0001.json",), 0, {"0001.png": SCRATCH}, ()),
        (
            "53-labelme-imagepath-of-another-frame",
            ("lm",),
            1,
            {"0001.png": SCRATCH},
            ("error CUR525 lm/0002.json", "'0001.png'"),
        ),
        ("54-labelme-mask-fractional-corners", ("0001.json",), 0, {"0001.png": SCRATCH}, ()),
        ("55-labelme-gbk", ("0001.json",), 2, {}, ("0001.json", "not UTF-8", "GBK")),
        ("55-labelme-gbk", ("y",), 2, {}, ("classes.txt", "not UTF-8", "GBK")),
        (
            "57-labelme-flag-and-label-null",
            ("0001.json",),
            1,
            {"0001.png": SCRATCH},
            ("__ignore__", "region 2 has no label", "region 3 is malformed", "region 4 is malformed"),
        ),
        ("61-via1-csv-header", ("via.csv",), 0, {"0001.png": SCRATCH, "0002.png": GOOD}, ()),
        ("73-yolo-track-rows", ("y",), 1, {}, ("error CUR505", "a prediction")),
        (
            "85-mask-grey-class-values",
            ("masks", "--defect=scratch"),
            0,
            {"0001.png": ("", [("scratch", 80)]), "0002.png": ("", [("scratch", 48)])},
            ("CUR519", "60, 200; all of them mark"),
        ),
        (
            "85-mask-grey-class-values",
            ("masks",),
            1,
            {},
            ("60 (64 px), 200 (16 px)", "5 (16 px), 60 (16 px), 128 (16 px)", "--values 60=NAME", "--defect"),
        ),
        (
            "89-mask-cvat-segmentation-export",
            ("seg",),
            0,
            {"0001.png": ("", [("scratch", 64), ("dent", 40)])},
            (),
        ),
        (
            "95-dark-field-images-beside-masks",
            ("ds", "--defect=scratch"),
            0,
            {"0001.png": ("", [("scratch", 64)]), "0002.png": GOOD},
            ("2 of its 4 pictures are taken for images",),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value[:1].isdigit() else None,
)
def test_a_case(
    tmp_path: Path,
    curate: Curate,
    case: str,
    arguments: tuple[str, ...],
    code: int,
    expected: dict[str, Any],
    words: tuple[str, ...],
) -> None:
    size = (64, 48) if case[:2] in {"85", "89", "95"} else SIZE
    *result, said = imported(tmp_path, curate, case, *arguments, size=size)
    assert result == [code, expected]
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("case", "file", "frames"),
    [
        ("03-ls-short-upload-prefix", "ls.json", ("IMG_7224.jpg",)),
        ("08-ls-windows-local-file", "ls.json", ("frame_000000.png", "frame_000001.png")),
        ("18-nfd-names", "coco.json", tuple(normalize("NFD", f"prüfling_é{n}.png") for n in (1, 2))),
        ("18-nfd-names", "coco.json", tuple(normalize("NFC", f"prüfling_é{n}.png") for n in (1, 2))),
    ],
)
def test_names_that_servers_and_disks_change(
    tmp_path: Path, curate: Curate, case: str, file: str, frames: tuple[str, ...]
) -> None:
    assert imported(tmp_path, curate, case, file, frames=frames)[:2] == (0, dict.fromkeys(frames, SCRATCH))


def test_17_a_name_that_is_not_the_frames_is_no_frame(tmp_path: Path, curate: Curate) -> None:
    code, found, said = imported(tmp_path, curate, "17-fuzzy-names", "coco.json", frames=("0001.png", "00011.png"))
    assert (code, found) == (1, {})
    assert "error CUR501 coco.json#image-1: no frame or window is called '0001(1).png'" in said


def test_22_two_images_of_one_id_are_both_unknown(tmp_path: Path, curate: Curate) -> None:
    frames = ("20250116_back.png", "20250116_front.png")
    code, found, said = imported(tmp_path, curate, "22-coco-dup-image-ids", "coco.json", frames=frames)
    assert (code, found) == (1, {})
    assert "has the id of another image" in said


def test_43_a_file_in_pixels_among_files_in_fractions(tmp_path: Path, curate: Curate) -> None:
    code, found, said = imported(tmp_path, curate, "43-folder-with-one-stranger", "y")
    assert (code, list(found)) == (1, ["0001.png"])
    assert "error CUR528 y/0002.txt" in said


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("float-class", ["a.jpg"]),
        ("int-class", ["a.jpg"]),
        ("minus-one", ["a.jpg", "b.jpg"]),
        ("nan", ["a.jpg", "b.jpg"]),
        ("image-label", ["a.jpg", "b.jpg"]),
        ("semicolon", ["a.jpg"]),
        ("index-col", ["a.jpg"]),
        ("bom-crlf", ["a.jpg"]),
        ("overlap", ["a.jpg"]),
        ("lower", ["a.jpg"]),
        ("zero-based", []),
    ],
)
def test_82_run_length_tables_as_notebooks_save_them(
    tmp_path: Path, curate: Curate, name: str, expected: list[str]
) -> None:
    arguments = (f"{name}.csv", "--rename=3=scratch", "--rename=Fish=scratch")
    frames = ("a.jpg", "b.jpg")
    code, found, said = imported(tmp_path, curate, "82-severstal-variants", *arguments, frames=frames)
    assert (code, list(found)) == (0 if expected else 1, expected)
    # Runs 1 3 and 40 2 mark five pixels, 1 5 and 3 5 seven, 1 3 alone three.
    area = {"overlap": 7, "lower": 3}.get(name, 5)
    assert [regions for _, regions in found.values()] == [[("scratch", area)], []][: len(expected)]
    if name in {"minus-one", "nan"}:
        assert "taken for none" in said


@pytest.mark.parametrize("file", sorted(path.name for path in (CASES / "99-odd-values").iterdir()))
def test_99_an_odd_value_is_a_finding(tmp_path: Path, curate: Curate, file: str) -> None:
    code, found, said = imported(tmp_path, curate, "99-odd-values", file, "--defect=scratch")
    assert code == (0 if file == "via-attributes-list.csv" else 1)  # an empty list of attributes is none
    assert all(label != "good" for label, _ in found.values())
    assert code == 0 or file in said


def converted(tmp_path: Path, curate: Curate, source: Path, *arguments: str) -> tuple[int, dict[str, int], str]:
    """Convert to AutoVI; return the exit code, the area of every mask, and what was said."""
    out = tmp_path / "out"
    result = curate("convert", source, out, "--to", "autovi", "--check", "--no-card", *arguments)
    files = {path.relative_to(out).as_posix(): path for path in sorted(out.rglob("*.png"))}
    areas = {
        name: int(np.count_nonzero(read_pixels(path)[..., 0])) if "ground_truth" in name else 0
        for name, path in files.items()
    }
    return result.code, areas, result.err


def test_31_images_of_one_name_in_two_splits_keep_their_own_boxes(tmp_path: Path, curate: Curate) -> None:
    code, areas, _ = converted(tmp_path, curate, CASES / "31-convert-voc/voc")
    assert code == 0
    assert areas == {
        "voc/ground_truth_train/scratch/0001/0000.png": 24,
        "voc/ground_truth_val/scratch/0001/0000.png": 100,
        "voc/train/scratch/0001.png": 0,
        "voc/val/scratch/0001.png": 0,
    }


def test_31_a_file_about_another_image_and_reversed_corners(tmp_path: Path, curate: Curate) -> None:
    code, areas, said = converted(tmp_path, curate, CASES / "31-convert-voc/v2")
    assert (code, areas) == (2, {})
    assert "its box runs from 10,6 back to 5,3" in said
    assert "0002.jpg" in said
    assert "0003.jpg" in said


def test_32_rows_of_one_image_and_class_all_count(tmp_path: Path, curate: Curate) -> None:
    # case 32-convert-severstal-rows
    for name in ("a", "b", "c"):
        path = tmp_path / f"sev/train_images/{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), np.full((256, 1600), 90, np.uint8))
    text(tmp_path / "sev/train.csv", "ImageId,ClassId,EncodedPixels\na.jpg,3,1 100\na.jpg,3,1000 50\nb.jpg,3.0,1 100\n")
    code, areas, _ = converted(tmp_path, curate, tmp_path / "sev")
    assert code == 0
    assert {name: area for name, area in areas.items() if area} == {
        "severstal/ground_truth/3/a/0000.png": 100,
        "severstal/ground_truth/3/a/0001.png": 50,
        "severstal/ground_truth/3/b/0000.png": 100,
    }
    assert "severstal/test/good/c.png" in areas


def test_96_an_image_that_two_documents_describe_differently(tmp_path: Path, curate: Curate) -> None:
    code, areas, said = converted(tmp_path, curate, CASES / "96-convert-coco-download/coco")
    assert (code, areas) == (1, {"part/val/good/0002.png": 0})
    assert "error CUR307 part/images/val/0001.png: stands 2 times" in said


def test_97_turned_boxes_in_labeltxt(tmp_path: Path, curate: Curate) -> None:
    code, areas, _ = converted(tmp_path, curate, CASES / "97-convert-yolo-obb-labeltxt/obb")
    assert (code, sorted(areas.values())) == (0, [0, 0, 24, 24])


def test_98_voc_files_beside_their_images_are_read_and_nothing_is_no_success(tmp_path: Path, curate: Curate) -> None:
    code, areas, _ = converted(tmp_path, curate, CASES / "98-convert-unknown-is-empty/v")
    assert (code, sorted(areas.values())) == (0, [0, 0, 24, 24])  # two files of one content, each about its own image
    for arguments in ((), ("--layout", "neu-det")):
        (tmp_path / "none/set").mkdir(parents=True, exist_ok=True)
        code, areas, said = converted(tmp_path / "none", curate, tmp_path / "none/set", *arguments)
        assert (code, areas) == (2, {})
        assert "image" in said
