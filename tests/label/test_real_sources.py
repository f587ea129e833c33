"""Real annotation files of published datasets, read from ../shared and compared with figures counted independently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate.formats.records import ReadOptions
from curate.geometry.rasterize import rasterize
from curate.label.report import LabelReport
from curate.label.run import import_labels
from curate.model.capture import Capture
from curate.model.region import Annotation
from curate.workspace.annotations import read_annotations
from tests.annotated import CATEGORY, capture, make_workspace

TOML = '[dataset]\nname = "real"\n[categories.part]\n' + "".join(
    f"[categories.part.defects.{name}]\n"
    for name in ("crack", "missing", "colour", "crazing", "inclusion", "patches", "pitted_surface", "scratches", "blob")
)


def captures(folder: Path, pattern: str, series: str = "main") -> list[Capture]:
    found = []
    for path in sorted(folder.rglob(pattern)):
        with Image.open(path) as picture:
            found.append(capture(f"{series}/{path.name}", *picture.size))
    return found


def run(
    tmp_path: Path, frames: list[Capture], source: Path, options: ReadOptions
) -> tuple[LabelReport, dict[str, Annotation]]:
    workspace, category = make_workspace(tmp_path, frames, toml=TOML)
    report = import_labels(workspace, category, [source], options=options)
    return report, read_annotations(workspace.annotations(CATEGORY))


def area(annotation: Annotation) -> int:
    shapes = [shape for region in annotation.regions for shape in region.shapes]
    return int(rasterize(shapes, annotation.width_px, annotation.height_px).sum())


def test_cookie_manifest_takes_alpha_for_the_mask(tmp_path: Path, shared: Path) -> None:
    root = shared / "data" / "aws_cookie" / "cookie-dataset" / "dataset-files"
    frames = captures(root / "training-images", "*.jpg")
    options = ReadOptions(renames={"cracked": "crack", "anomaly": "crack"})
    report, annotations = run(tmp_path, frames, root / "manifests" / "template.manifest", options)
    assert {finding.code for finding in report.findings} >= {"CUR501", "CUR519"}  # most listed images are not here
    for number in (1, 2, 3, 4, 23, 26, 30):
        with Image.open(root / "mask-images" / f"anomaly-{number}.png") as picture:
            alpha = np.asarray(picture.convert("RGBA"))[..., 3]
        assert area(annotations[f"main/anomaly-{number}.jpg"]) == (alpha >= 128).sum()
    assert annotations["main/normal-3.jpg"].label == "good"


def test_mask_folders_of_published_datasets(tmp_path: Path, shared: Path) -> None:
    root = shared / "data" / "otx_hazelnut_toy"
    report, annotations = run(tmp_path, captures(root / "test" / "colour", "*"), root / "ground_truth", ReadOptions())
    (said,) = report.findings
    assert said.message == "14 masks hold several connected pieces; each file is one region"
    assert len(annotations) == report.regions == 17
    for frame, annotation in annotations.items():
        mask = root / "ground_truth" / "colour" / f"{Path(frame).stem}.png"
        with Image.open(mask) as picture:
            assert area(annotation) == np.count_nonzero(np.asarray(picture))


def test_rgba_masks_of_autovi_do_not_mark_everything(tmp_path: Path, shared: Path) -> None:
    root = shared / "data" / "autovi_pipe_staple" / "pipe_staple"
    frames = captures(root / "test" / "missing", "*.png")
    report, annotations = run(tmp_path, frames, root / "ground_truth", ReadOptions())
    assert report.findings == ()
    assert report.regions == len(annotations) == 30
    (region,) = annotations["main/0000.png"].regions
    assert (region.defect, str(region.saturation)) == ("missing", "0.7")  # from its defects_config.json
    with Image.open(root / "ground_truth" / "missing" / "0000" / "0000.png") as picture:
        assert area(annotations["main/0000.png"]) == np.count_nonzero(np.asarray(picture)[..., 0])


def test_kolektor_labels_say_which_images_are_good(tmp_path: Path, shared: Path) -> None:
    root = shared / "data" / "kolektorsdd" / "kos01"
    _, annotations = run(tmp_path, captures(root, "*.jpg"), root, ReadOptions(defect="crack"))
    for frame, annotation in annotations.items():
        with Image.open(root / f"{Path(frame).stem}_label.bmp") as picture:
            marked = np.count_nonzero(np.asarray(picture.convert("L")))
        assert area(annotation) == marked
        assert annotation.label == ("" if marked else "good")
    assert len(annotations) == 2


def test_neu_boxes_are_counted_from_one(tmp_path: Path, shared: Path) -> None:
    root = shared / "data" / "neu_det"
    options = ReadOptions(renames={"rolled-in_scale": "blob"})
    report, annotations = run(tmp_path, captures(root / "IMAGES", "*.jpg"), root / "ANNOTATIONS", options)
    assert not any(finding.severity == "error" and finding.code != "CUR501" for finding in report.findings)
    # crazing_1.xml: 2..193 × 2..194, both ends inside.
    assert area(annotations["main/crazing_1.jpg"]) == 192 * 193


def test_dagm_masks_beside_upper_case_pictures(tmp_path: Path, shared: Path) -> None:
    root = shared / "data" / "dagm_samples" / "class1"
    frames = [row for row in captures(root, "*.PNG") if "_label" not in row.frame]
    _, annotations = run(tmp_path, frames, root / "true_masks", ReadOptions(defect="blob"))
    assert len(annotations) == len(list((root / "true_masks").iterdir()))
    for frame, annotation in annotations.items():
        with Image.open(root / "true_masks" / f"{Path(frame).stem}_label.PNG") as picture:
            assert area(annotation) == np.count_nonzero(np.asarray(picture))


@pytest.mark.parametrize("name", ["pseudo_ImageId_ClassId_head3000.csv", "val_df_pivot.csv"])
def test_severstal_tables(tmp_path: Path, shared: Path, name: str) -> None:
    import csv

    path = shared / "data" / "severstal" / name
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    totals: dict[str, int] = {}
    for row in rows:
        image = row.get("img") or str(row["ImageId_ClassId"]).rpartition("_")[0]
        codes = [row[key] for key in row if key in {"1", "2", "3", "4", "EncodedPixels"}]
        totals[image] = totals.get(image, 0) + sum(int(n) for code in codes for n in code.split()[1::2])
    options = ReadOptions(renames={"1": "crack", "2": "blob", "3": "patches", "4": "scratches"})
    report, annotations = run(tmp_path, [capture(f"main/{image}", 1600, 256) for image in totals], path, options)
    assert report.findings == ()
    assert len(annotations) == len(totals)
    for image, total in totals.items():
        annotation = annotations[f"main/{image}"]
        assert sum(int(rasterize(region.shapes, 1600, 256).sum()) for region in annotation.regions) == total
        assert annotation.label == ("" if total else "good")
