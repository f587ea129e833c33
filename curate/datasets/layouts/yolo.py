"""YOLO: a ``data.yaml``, images below ``images`` and one text file an image below ``labels``.

A row is ``class x y width height`` (a box) or ``class x1 y1 x2 y2 …`` (an outline; four corners may be a turned box,
which is the same shape). Coordinates are shares of the image's width and height.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from curate.datasets.layouts.boxes import box
from curate.datasets.layouts.building import Picture, categories_of, label_of, leftover, region, split_of, unofficial
from curate.datasets.layouts.description import Folder, Layout, Read
from curate.errors import ImageError, InputError
from curate.imaging.images import is_image_name
from curate.imaging.maps import image_size
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.finding import Finding
from curate.model.region import Polygon, Region

FILE = r"(?:.*/)?(?:data|dataset)\.ya?ml"
_BOX = 4
_OUTLINE = 6


def read_yolo(layout: Layout, folder: Folder) -> Read:
    """Read every ``data.yaml`` of a folder; an image without a label file, or with an empty one, is good."""
    findings: list[Finding] = []
    pictures: list[Picture] = []
    for path in folder.matching(FILE):
        base = PurePosixPath(path).parent
        names = _names(folder, path)
        start = "" if str(base) == "." else f"{base}/"
        for image in folder.paths:
            parts = PurePosixPath(image).parts
            if image.startswith(start) and "images" in parts and is_image_name(Path(image)):
                regions = tuple(_regions(folder, image, names, findings))
                category = base.name or folder.root.resolve().name
                pictures.append(_picture(category, image, regions))
    findings += unofficial(pictures, layout.title)
    findings += leftover(codes.LABEL_WITHOUT_IMAGE, "{} label files belong to no image", _lonely(folder))
    return Read(categories_of(pictures), tuple(findings))


def _picture(category: str, image: str, regions: tuple[Region, ...]) -> Picture:
    where = PurePosixPath(image)
    place = where.parts.index("images")
    around = [*where.parts[place + 1 : -1], *where.parts[:place][-1:]]
    split = next((split_of(part) for part in around if split_of(part) != "test" or "test" in part.lower()), "test")
    return Picture(category, split, label_of(regions), where.stem, image, regions=regions)


def _label_file(image: str) -> str:
    parts = list(PurePosixPath(image).with_suffix(".txt").parts)
    place = len(parts) - 1 - parts[::-1].index("images")
    return "/".join([*parts[:place], "labels", *parts[place + 1 :]])


def _lonely(folder: Folder) -> list[str]:
    wanted = {
        _label_file(path)
        for path in folder.paths
        if "images" in PurePosixPath(path).parts and is_image_name(Path(path))
    }
    return [path for path in folder.matching(r"(?:.*/)?labels/(?:.*/)?[^/]+\.txt") if path not in wanted]


def _names(folder: Folder, path: str) -> dict[int, str]:
    """Return the class names of a ``data.yaml``; they are a list or a table by number."""
    import yaml

    try:
        document: Any = yaml.safe_load(folder.text(path))
        names = document["names"]
        return (
            dict(enumerate(map(str, names))) if isinstance(names, list) else {int(k): str(v) for k, v in names.items()}
        )
    except (yaml.YAMLError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise InputError("has no list or table called names", path=folder.root / path) from error


def _regions(folder: Folder, image: str, names: dict[int, str], findings: list[Finding]) -> Iterator[Region]:
    file = _label_file(image)
    if not (folder.root / file).is_file():
        return
    lines = [line.split() for line in folder.text(file).splitlines() if line.strip()]
    try:
        width, height = image_size(folder.root / image) if lines else (1, 1)
    except ImageError as error:
        findings.append(found(codes.UNREADABLE_IMAGE, error.message, image))
        return
    for number, parts in enumerate(lines):
        try:
            defect = names[int(parts[0])]
            numbers = [float(part) for part in parts[1:]]
        except (KeyError, ValueError) as error:
            findings.append(found(codes.UNREADABLE_ANNOTATION, f"line {number + 1}: {error!r}", file))
            continue
        if len(numbers) == _BOX:
            x, y, wide, high = numbers[0] * width, numbers[1] * height, numbers[2] * width, numbers[3] * height
            yield region(number, defect, [box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)])
        elif len(numbers) >= _OUTLINE and len(numbers) % 2 == 0:
            points = tuple((x * width, y * height) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
            yield region(number, defect, [Polygon(points)])
        else:
            message = f"line {number + 1} has {len(numbers)} numbers after the class, expected 4 or pairs"
            findings.append(found(codes.UNREADABLE_ANNOTATION, message, file))
