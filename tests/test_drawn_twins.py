"""Small drawn twins of the tests that read ../shared: what those check on real files is checked here everywhere."""

from __future__ import annotations

import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from curate.convert.run import convert_dataset
from curate.crop.run import crop_windows
from curate.datasets.dataset import read_dataset
from curate.disk.tables import read_table
from curate.evaluate.run import evaluate_submission
from curate.formats.records import ReadOptions
from curate.geometry.rasterize import rasterize
from curate.imaging.integrity import structure_problem
from curate.importing.options import ImportOptions
from curate.importing.run import import_frames
from curate.label.report import LabelReport
from curate.label.run import import_labels
from curate.model.capture import Capture, Window
from curate.model.region import Annotation
from curate.submission.options import SubmissionOptions
from curate.submission.run import make_submission
from curate.submissions.predictions import list_maps
from curate.validate.run import validate_dataset
from curate.workspace.annotations import read_annotations
from curate.workspace.manifest import read_manifest
from curate.workspace.workspace import init_workspace, open_workspace
from tests.annotated import CATEGORY, capture, make_workspace
from tests.conftest import Curate
from tests.crop.workspaces import write_config, write_frames
from tests.datasets.trees import areas, array, counts, mask, picture, text
from tests.importing.frames import ORIENTATION, encoded, shot

Grey = NDArray[np.uint8]
NO_OPTIONS = ReadOptions()
TOML = '[dataset]\nname = "drawn"\n[categories.part]\n' + "".join(
    f"[categories.part.defects.{name}]\n" for name in ("crack", "missing", "colour", "crazing", "blob")
)


def labelled(
    tmp_path: Path, frames: dict[str, tuple[int, int]], source: Path, options: ReadOptions = NO_OPTIONS
) -> tuple[LabelReport, dict[str, Annotation]]:
    rows = [capture(f"main/{name}", *size) for name, size in frames.items()]
    workspace, category = make_workspace(tmp_path / "workspace", rows, toml=TOML)
    report = import_labels(workspace, category, [source], options=options)
    return report, read_annotations(workspace.annotations(CATEGORY))


def area(annotation: Annotation) -> int:
    shapes = [shape for region in annotation.regions for shape in region.shapes]
    return int(rasterize(shapes, annotation.width_px, annotation.height_px).sum())


def noise(seed: int, size: tuple[int, int], top: int = 255) -> Grey:
    return np.asarray(np.random.default_rng(seed).integers(0, top, (size[1], size[0])), np.uint8)


# Labels: twins of tests/label/test_real_sources.py.


def test_a_manifest_takes_alpha_for_the_mask(tmp_path: Path) -> None:
    drawn = np.zeros((40, 60, 4), np.uint8)
    drawn[..., :3] = 77  # any colour: alpha is the mask
    drawn[5:15, 10:30, 3] = 255
    array(tmp_path / "mask-images/anomaly-1.png", drawn)
    kinds = {"job-name": "labels", "human-annotated": "yes", "type": "groundtruth/image-classification"}
    colours = {"internal-color-map": {"0": {"class-name": "cracked", "hex-color": "#23A436"}}, "job-name": "masks"}
    rows = [
        {
            "source-ref": "training-images/anomaly-1.jpg",
            "anomaly-label": 1,
            "anomaly-label-metadata": {**kinds, "class-name": "anomaly"},
            "anomaly-mask-ref": "mask-images/anomaly-1.png",
            "anomaly-mask-ref-metadata": {**colours, "type": "groundtruth/semantic-segmentation"},
        },
        {
            "source-ref": "training-images/normal-1.jpg",
            "anomaly-label": 0,
            "anomaly-label-metadata": {**kinds, "class-name": "normal"},
        },
    ]
    path = text(tmp_path / "manifests/template.manifest", "".join(json.dumps(row) + "\n" for row in rows))
    assert [row["label"] for row in read_manifest(path)] == ["anomaly", "normal"]
    frames = {"anomaly-1.jpg": (60, 40), "normal-1.jpg": (60, 40)}
    _, annotations = labelled(tmp_path, frames, path, ReadOptions(renames={"cracked": "crack", "anomaly": "crack"}))
    assert area(annotations["main/anomaly-1.jpg"]) == 200
    assert annotations["main/normal-1.jpg"].label == "good"


def test_a_mask_folder_whose_masks_hold_several_pieces(tmp_path: Path) -> None:
    mask(tmp_path / "ground_truth/colour/000.png", (1, 1, 4, 4, 255), (8, 2, 10, 6, 255))
    mask(tmp_path / "ground_truth/colour/001.png", (1, 1, 4, 4, 255))
    report, annotations = labelled(tmp_path, {"000.jpg": (12, 8), "001.jpg": (12, 8)}, tmp_path / "ground_truth")
    assert [area(annotation) for annotation in annotations.values()] == [17, 9]
    assert report.regions == 2
    assert [finding.message for finding in report.findings] == [
        "1 mask holds several connected pieces; each file is one region"
    ]


def test_rgba_masks_of_autovi_do_not_mark_everything(tmp_path: Path) -> None:
    drawn = np.zeros((8, 12, 4), np.uint8)
    drawn[..., 3] = 255
    drawn[2:5, 3:9, :3] = 255
    array(tmp_path / "ground_truth/missing/0000/0000.png", drawn)
    entry = {"defect_name": "missing", "pixel_value": 255, "saturation_threshold": 0.7, "relative_saturation": True}
    text(tmp_path / "defects_config.json", json.dumps([entry]))
    report, annotations = labelled(tmp_path, {"0000.png": (12, 8)}, tmp_path / "ground_truth")
    (region,) = annotations["main/0000.png"].regions
    assert (report.findings, region.defect, str(region.saturation)) == ((), "missing", "0.7")
    assert area(annotations["main/0000.png"]) == 18


def test_kolektor_labels_say_which_images_are_good(tmp_path: Path) -> None:
    for name, boxes in (("Part0", ()), ("Part1", ((2, 2, 6, 5, 255),))):
        picture(tmp_path / f"kos01/{name}.jpg")
        mask(tmp_path / f"kos01/{name}_label.bmp", *boxes)
    frames = {"Part0.jpg": (12, 8), "Part1.jpg": (12, 8)}
    _, annotations = labelled(tmp_path, frames, tmp_path / "kos01", ReadOptions(defect="crack"))
    assert {name: (area(one), one.label) for name, one in annotations.items()} == {
        "main/Part0.jpg": (0, "good"),
        "main/Part1.jpg": (12, ""),
    }


VOC = """<annotation>
<filename>crazing_1.jpg</filename><size><width>200</width><height>200</height><depth>1</depth></size>
<object><name>crazing</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>193</xmax><ymax>194</ymax></bndbox></object>
</annotation>"""


def test_neu_boxes_are_counted_from_one(tmp_path: Path) -> None:
    text(tmp_path / "ANNOTATIONS/crazing_1.xml", VOC)
    _, annotations = labelled(tmp_path, {"crazing_1.jpg": (200, 200)}, tmp_path / "ANNOTATIONS")
    assert area(annotations["main/crazing_1.jpg"]) == 192 * 193  # both ends inside


def test_dagm_masks_beside_upper_case_pictures(tmp_path: Path) -> None:
    mask(tmp_path / "true_masks/0576_label.PNG", (4, 1, 8, 7, 255))
    _, annotations = labelled(tmp_path, {"0576.PNG": (12, 8)}, tmp_path / "true_masks", ReadOptions(defect="blob"))
    assert area(annotations["main/0576.PNG"]) == 24


@pytest.mark.parametrize("form", ["rows", "pivot"])
def test_severstal_tables(tmp_path: Path, form: str) -> None:
    # Runs count from 1 down the columns of 1600 by 256: 255 4 marks two pixels of the first column, two of the next.
    tables = {
        "rows": "ImageId_ClassId,EncodedPixels\na.jpg_1,255 4 1025 10\na.jpg_2,\na.jpg_3,600 1\nb.jpg_1,\nb.jpg_3,\n",
        "pivot": "1,2,3,4,defects,img\n255 4 1025 10,,600 1,,2,a.jpg\n,,,,0,b.jpg\n",
    }
    path = text(tmp_path / "train.csv", tables[form])
    options = ReadOptions(renames={"1": "crack", "3": "blob"})
    report, annotations = labelled(tmp_path, {"a.jpg": (1600, 256), "b.jpg": (1600, 256)}, path, options)
    assert report.findings == ()
    assert {
        region.defect: area(Annotation("", 1600, 256, regions=(region,)))
        for region in annotations["main/a.jpg"].regions
    } == {
        "crack": 14,
        "blob": 1,
    }
    assert annotations["main/b.jpg"].label == "good"


# Import, crop, imaging.


def test_labels_from_folders(tmp_path: Path) -> None:
    for place, (folder, name) in enumerate((("good", "b"), ("good", "a"), ("colour", "c"))):
        shot(tmp_path / f"src/{folder}/{name}.jpg", place, f"2022:08:11 10:00:0{place}")
    workspace = init_workspace(tmp_path / "workspace")[0]
    import_frames(workspace, [tmp_path / "src"], "part", ImportOptions(label_from_folder=True))
    rows = read_table(workspace.captures_record("part", "main"), Capture)
    assert [(row.source, row.label) for row in rows] == [
        ("good/b.jpg", "good"),
        ("good/a.jpg", "good"),
        ("colour/c.jpg", "colour"),
    ]


def cropped(root: Path, window: str) -> dict[str, tuple[Window, Grey]]:
    write_config(root, window)
    workspace, _, (category,) = open_workspace(root)
    crop_windows(workspace, category)
    rows = read_table(workspace.windows_record("default", "part", "a"), Window)
    folder = root / "windows/default/part"
    return {row.image: (row, np.asarray(cv2.imread(str(folder / row.image), 0), np.uint8)) for row in rows}


def test_frames_are_turned_upright_first(tmp_path: Path) -> None:
    scene = np.full((90, 160), 60, np.uint8)
    scene[10:40, 20:70] = 220
    stored = {
        1: scene,
        6: np.rot90(scene),
        8: np.rot90(scene, 3),
        3: np.rot90(scene, 2),
    }  # as a turned camera stores it
    frames = {}
    for orientation, pixels in stored.items():
        stream = io.BytesIO()
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "JPEG", exif=exif, quality=95)
        frames[f"a/{orientation}.jpg"] = stream.getvalue()
    write_frames(tmp_path, frames)
    windows = [pixels for _, pixels in cropped(tmp_path, '{ mode = "letterbox", size = [160, 160] }').values()]
    assert len(windows) == 4
    for window in windows:
        assert window[0].max() == 0  # padding above: the scene is wider than high
        assert window[:, 0].max() > 0
        assert np.abs(window.astype(int) - windows[0]).mean() < 2


def test_line_scan_frames_are_cut_at_full_width(tmp_path: Path) -> None:
    frames = {f"a/{number}.png": cv2.imencode(".png", noise(number, (2048, 60)))[1].tobytes() for number in (1, 2)}
    write_frames(tmp_path, frames)
    windows = cropped(tmp_path, '{ mode = "tile", size = [256, 60], overlap = 0.25, border = "drop" }')
    # Stride 192: floor((2048 - 256) / 192) + 1 = 10 columns in each of two frames, up to pixel 9 * 192 + 256 = 1984.
    assert len(windows) == 20
    assert {pixels.shape for _, pixels in windows.values()} == {(60, 256)}
    assert max(-row.m02 for row, _ in windows.values()) == 1728


# Datasets, validation, evaluation, submissions.


def mvtec(root: Path) -> Path:
    for number in range(3):
        array(root / f"screw/train/good/{number:03d}.png", noise(number, (48, 48)))
        array(root / f"screw/test/good/{number:03d}.png", noise(10 + number, (48, 48)))
        array(root / f"screw/test/scratch/{number:03d}.png", noise(20 + number, (48, 48)))
        mask(root / f"screw/ground_truth/scratch/{number:03d}_mask.png", (4, 4, 20, 9 + number, 255), size=(48, 48))
    return root


def test_a_drawn_dataset_is_recognised_counted_and_clean(tmp_path: Path, curate: Curate) -> None:
    root = mvtec(tmp_path / "data")
    dataset = read_dataset(root)
    assert counts(dataset) == {"screw": {"train/good": 3, "test/good": 3, "test/scratch": 3}}
    assert areas(root, dataset) == {f"screw/test/scratch/00{n}": [("scratch", 16 * (5 + n))] for n in range(3)}
    result = curate("validate", root, "--json")
    document = json.loads(result.out)
    assert (document["counts"]["error"], document["checked"]) == (0, {"images": 9, "masks": 3})


def test_a_speck_beside_a_region_is_seen(tmp_path: Path) -> None:
    root = mvtec(tmp_path / "data")
    mask(root / "screw/ground_truth/scratch/001_mask.png", (4, 4, 20, 14, 255), (40, 40, 42, 41, 255), size=(48, 48))
    (specks,) = [finding for finding in validate_dataset(root).findings if finding.code == "CUR414"]
    assert specks.path == "screw/ground_truth/scratch/001_mask.png"
    assert specks.message == "1 speck of at most 4 pixels in 1 mask"


def test_figures_do_not_change_on_the_way_through_coco(tmp_path: Path) -> None:
    root = mvtec(tmp_path / "data")
    for sample in (sample for sample in read_dataset(root).categories[0].samples if sample.split == "test"):
        scores = noise(len(sample.label) + int(sample.name), (48, 48)).astype(np.uint16) * 200
        array(tmp_path / f"maps/screw/{sample.key}.png", scores)
    convert_dataset(read_dataset(root), tmp_path / "coco", "coco")
    figures = []
    for place in (root, tmp_path / "coco"):
        result = evaluate_submission(tmp_path / "maps", place).result
        assert result is not None
        figures.append(result.categories["screw"].localization.au_spro)
    assert figures[0] == figures[1]


def test_heat_maps_of_another_size_fit_the_images_that_they_were_made_for(tmp_path: Path) -> None:
    dataset = read_dataset(mvtec(tmp_path / "data"))
    for label in ("good", "scratch"):
        for number in range(3):
            path = tmp_path / f"heat/screw/{label}/{number:03d}_heatmap.npy"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, np.full((12, 12), number / 4, np.float32))
    options = SubmissionOptions(resize="bilinear")
    report = make_submission(list_maps(tmp_path / "heat"), dataset, tmp_path / "out", options=options)
    assert (report.findings, report.written, report.maps) == ((), True, {"screw": 6})
    assert {np.load(path).shape for path in (tmp_path / "out").rglob("*.npy")} == {(48, 48)}


def test_every_kind_of_picture_is_whole() -> None:
    for form, suffix in (("JPEG", ".jpg"), ("PNG", ".png"), ("BMP", ".bmp"), ("TIFF", ".tif")):
        content = encoded(1, form)
        assert structure_problem(content, suffix) == ""
        assert structure_problem(content[: len(content) // 2], suffix) != ""
