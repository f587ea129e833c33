"""COCO: one JSON file a split, with images, annotations and categories.

Several polygons of an annotation are one region, their union; run lengths go down the columns; an annotation without
either is its box. curate's own writer adds ``name``, ``label``, ``specimen``, ``shot_at`` to images and the saturation
threshold to annotations; other programs ignore them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from curate.datasets.layouts.boxes import box
from curate.datasets.layouts.building import Picture, categories_of, label_of, leftover, region, split_of, unofficial
from curate.datasets.layouts.description import Folder, Layout, Read
from curate.errors import InputError
from curate.geometry.run_lengths import decompress, mask_of_counts
from curate.geometry.shapes import bitmap_of
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import Saturation
from curate.model.finding import Finding
from curate.model.region import Polygon, Region, Shape

FILE = r"(?:.*/)?(?:annotations/[^/]+|_annotations\.coco|instances[^/]*|coco[^/]*)\.json"
_LEAST_CORNERS = 3
_KEYS = {"images", "annotations", "categories"}


def read_coco(layout: Layout, folder: Folder) -> Read:
    """Read every COCO file of a folder; the folder above ``annotations`` is the category."""
    findings: list[Finding] = []
    pictures: list[Picture] = []
    absent: list[str] = []
    for path in folder.matching(FILE):
        document = folder.document(path)
        if not isinstance(document, dict) or not document.keys() >= _KEYS:
            continue
        try:
            pictures += _pictures(path, document, folder, findings, absent)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"is not what COCO has: {error!r}", path=folder.root / path) from error
    findings += leftover(codes.LISTED_FILE_MISSING, "{} listed images are not there", absent)
    findings += unofficial(pictures, layout.title)
    return Read(categories_of(pictures), tuple(findings))


def _pictures(
    path: str, document: dict[str, Any], folder: Folder, findings: list[Finding], absent: list[str]
) -> Iterator[Picture]:
    where = PurePosixPath(path)
    base = where.parent.parent if where.parent.name.lower() == "annotations" else where.parent
    if split_of(base.name) == base.name.lower():  # Roboflow: train/_annotations.coco.json beside the images
        base = base.parent
    category = base.name or folder.root.resolve().name
    split = split_of(where.stem) if split_of(where.parent.name) != where.parent.name.lower() else where.parent.name
    known = set(folder.paths)
    names = {int(entry["id"]): str(entry["name"]) for entry in document["categories"]}
    by_image: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for annotation in document["annotations"]:
        by_image[int(annotation["image_id"])].append(annotation)
    for image in document["images"]:
        if not isinstance(image, dict) or not {"id", "file_name", "width", "height"} <= image.keys():
            raise InputError(f"has an image without id, file_name, width or height: {image}", path=folder.root / path)
        file = _existing(str(image["file_name"]), split, where.parent, base, known)
        if not file:
            absent.append(str(image["file_name"]))
            continue
        regions = tuple(_regions(by_image[int(image["id"])], image, names, path, findings))
        name = str(image.get("name") or "_".join(PurePosixPath(image["file_name"]).with_suffix("").parts))
        yield Picture(
            category,
            split,
            str(image.get("label") or label_of(regions)),
            name,
            file,
            regions=regions,
            specimen=str(image.get("specimen") or ""),
            shot_at=str(image.get("shot_at") or ""),
        )


def _existing(name: str, split: str, beside: PurePosixPath, base: PurePosixPath, known: set[str]) -> str:
    text = name.replace("\\", "/").removeprefix("./")
    folders = (beside, base, base / split, base / "images", base / "images" / split, base / f"{split}2017")
    return next((str(folder / text) for folder in folders if str(folder / text) in known), "")


def _regions(
    annotations: list[dict[str, Any]], image: dict[str, Any], names: dict[int, str], path: str, findings: list[Finding]
) -> Iterator[Region]:
    for annotation in annotations:
        number = annotation.get("id", 0)
        try:
            defect = names[int(annotation["category_id"])]
            shapes = list(_shapes(annotation, int(image["width"]), int(image["height"])))
            saturation = _saturation(annotation)
        except (KeyError, ValueError, TypeError) as error:
            findings.append(found(codes.UNREADABLE_ANNOTATION, f"annotation {number} cannot be read: {error!r}", path))
            continue
        if shapes:
            yield region(int(number), defect, shapes, saturation)
        else:
            findings.append(
                found(codes.UNREADABLE_ANNOTATION, f"annotation {number} has neither an outline nor a box", path)
            )


def _shapes(annotation: dict[str, Any], width_px: int, height_px: int) -> Iterator[Shape]:
    drawn = annotation.get("segmentation")
    if isinstance(drawn, dict):
        counts = drawn["counts"]
        height, width = (int(side) for side in drawn.get("size", (height_px, width_px)))
        yield bitmap_of(mask_of_counts(decompress(counts) if isinstance(counts, str) else counts, height, width))
    elif drawn:
        for flat in drawn:
            points = tuple(zip(map(float, flat[::2]), map(float, flat[1::2]), strict=True))
            if len(points) >= _LEAST_CORNERS:
                yield Polygon(points)
    elif annotation.get("bbox"):
        left, top, width_box, height_box = (float(side) for side in annotation["bbox"])
        yield box(left, top, left + width_box, top + height_box)


def _saturation(annotation: dict[str, Any]) -> Saturation | None:
    value = annotation.get("saturation_threshold")
    return None if value is None else Saturation(value, relative=bool(annotation.get("relative_saturation", True)))
