"""Layouts that have boxes only: NEU-DET and others in Pascal VOC's XML, and DeepPCB's text files.

A region is then its box: honest for finding defects, too large for judging outlines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from curate.datasets.layouts.building import Picture, categories_of, label_of, leftover, region, split_of, unofficial
from curate.datasets.layouts.description import Folder, Layout, Read
from curate.errors import InputError
from curate.imaging.images import is_image_name
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.region import Rectangle, Region

_XML = r"(?:.*/)?annotations/(?:.*/)?[^/]+\.xml"
_NUMBERED = re.compile(r"^(?P<defect>.+?)_\d+$")
_DEEP_PCB_BOXES = r"(?:.*/)?(?P<board>[^/]+)_not/(?P<name>[^/]+)\.txt"
_DEEP_PCB_IMAGE = r"(?:.*/)?(?P<board>[^/]+)/(?P<name>[^/]+)_(?P<kind>test|temp)\.jpg"
_DEEP_PCB_DEFECTS = {1: "open", 2: "short", 3: "mousebite", 4: "spur", 5: "copper", 6: "pin-hole"}
"""Numbers as the authors' file list has them; words as in their README's list for submissions."""


def box(left: float, top: float, right: float, bottom: float) -> Rectangle:
    """Return a box by its sides, half-open.

    >>> box(4, 2, 10, 6)
    Rectangle(cx_px=7.0, cy_px=4.0, width_px=6, height_px=4, angle_deg=0.0)
    """
    return Rectangle((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


def read_voc(layout: Layout, folder: Folder) -> Read:
    """Read Pascal VOC: boxes are 1-based and inclusive, so xmin 5 and xmax 10 are six columns, from 4 to 10."""
    images = {PurePosixPath(path).stem: path for path in folder.paths if is_image_name(Path(path))}
    findings: list[Finding] = []
    pictures, absent, other = [], [], []
    for path in folder.matching(_XML):
        root = _xml(folder, path)
        stem = PurePosixPath(path).stem
        named = PurePosixPath((root.findtext("filename") or "").strip())
        image = images.get(stem) or images.get(named.stem) or images.get(named.name)
        if image is None:
            absent.append(path)
            continue
        regions = tuple(_voc_regions(root, path, findings))
        numbered = _NUMBERED.match(stem)
        if numbered and any(drawn.defect != numbered["defect"] for drawn in regions):
            other.append(path)
        parts = [
            part for part in PurePosixPath(path).parts[:-1] if part.lower() in {"train", "validation", "val", "test"}
        ]
        split = split_of(parts[-1]) if parts else "test"
        pictures.append(Picture(layout.category, split, label_of(regions), stem, image, regions=regions))
    findings += leftover(codes.LISTED_FILE_MISSING, "{} annotations have no image", absent)
    findings += leftover(
        codes.DEFECT_CONTRADICTS_NAME, "{} annotations hold another defect than their file names say", other
    )
    findings += unofficial(pictures, layout.title)
    return Read(categories_of(pictures), tuple(findings))


def _xml(folder: Folder, path: str) -> Any:
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        return fromstring(folder.text(path))
    except (ParseError, ValueError) as error:
        raise InputError(f"is not valid XML: {error}", path=folder.root / path) from error


def _voc_regions(root: Any, path: str, findings: list[Finding]) -> Iterator[Region]:
    for number, element in enumerate(root.iter("object")):
        name = (element.findtext("name") or "").strip()
        try:
            left, top, right, bottom = (
                float(element.findtext(f"bndbox/{side}") or "nan") for side in ("xmin", "ymin", "xmax", "ymax")
            )
        except ValueError as error:
            findings.append(found(codes.UNREADABLE_ANNOTATION, f"object {number}: {error}", path))
            continue
        if not (name and right >= left and bottom >= top):
            findings.append(found(codes.UNREADABLE_ANNOTATION, f"object {number} has no name or no box", path))
            continue
        yield region(number, name, [box(left - 1, top - 1, right, bottom)])


def read_deep_pcb(layout: Layout, folder: Folder) -> Read:
    """Read DeepPCB: each ``_test.jpg`` has boxes, its ``_temp.jpg`` is the same place of a flawless board."""
    splits = _deep_pcb_splits(folder)
    texts = {PurePosixPath(path).stem: path for path in folder.matching(_DEEP_PCB_BOXES)}
    findings: list[Finding] = []
    pictures, absent = [], []
    for path in folder.matching(_DEEP_PCB_IMAGE):
        where = PurePosixPath(path)
        name, _, kind = where.stem.rpartition("_")
        split = splits.get(name, "test")
        board = where.parent.name
        if kind == "temp":
            pictures.append(Picture(layout.category, split, GOOD, name, path, specimen=board))
        elif name not in texts:
            absent.append(path)
        else:
            regions = tuple(_deep_pcb_regions(folder, texts[name], findings))
            pictures.append(
                Picture(layout.category, split, label_of(regions), name, path, regions=regions, specimen=board)
            )
    findings += leftover(codes.LISTED_FILE_MISSING, "{} tested images have no file of boxes", absent)
    findings += unofficial(pictures, layout.title)
    return Read(categories_of(pictures), tuple(findings))


def _deep_pcb_splits(folder: Folder) -> dict[str, str]:
    lists = {"train": r"(?:.*/)?trainval\.txt", "test": r"(?:.*/)?test\.txt"}
    return {
        PurePosixPath(line.split()[0]).stem: split
        for split, pattern in lists.items()
        for path in folder.matching(pattern)
        for line in folder.text(path).splitlines()
        if line.strip()
    }


def _deep_pcb_regions(folder: Folder, path: str, findings: list[Finding]) -> Iterator[Region]:
    for number, line in enumerate(folder.text(path).splitlines()):
        parts = line.replace(",", " ").split()
        if not parts:
            continue
        try:
            left, top, right, bottom, kind = (int(part) for part in parts)
            defect = _DEEP_PCB_DEFECTS[kind]
        except (ValueError, KeyError):
            findings.append(
                found(codes.UNREADABLE_ANNOTATION, f"line {number + 1}: {line!r} is not x1 y1 x2 y2 type", path)
            )
            continue
        yield region(number, defect, [box(left, top, right, bottom)])
