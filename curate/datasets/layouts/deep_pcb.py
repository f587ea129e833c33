"""DeepPCB: text files of boxes, and flawless templates beside the tested boards.

A region is its box: honest for finding defects, too large for judging outlines.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from curate.datasets.layouts.building import LayoutPicture, categories_of, label_of, leftover, region, unofficial
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.formats.shapes import box
from curate.model.account import LeftOut
from curate.model.codes import found
from curate.model.codes import names as codes
from curate.model.defect import GOOD
from curate.model.finding import Finding
from curate.model.region import Region

_DEEP_PCB_BOXES = r"(?:.*/)?(?P<board>[^/]+)_not/(?P<name>[^/]+)\.txt"
_DEEP_PCB_IMAGE = r"(?:.*/)?(?P<board>[^/]+)/(?P<name>[^/]+)_(?P<kind>test|temp)\.jpg"
_DEEP_PCB_DEFECTS = {1: "open", 2: "short", 3: "mousebite", 4: "spur", 5: "copper", 6: "pin-hole"}
"""Numbers as the authors' file list has them; words as in their README's list for submissions."""


def read_deep_pcb(layout: Layout, folder: Folder) -> LayoutReading:
    """Read DeepPCB: each ``_test.jpg`` has boxes, its ``_temp.jpg`` is the same place of a flawless board."""
    splits = _deep_pcb_splits(folder)
    texts = {PurePosixPath(path).stem: path for path in folder.matching(_DEEP_PCB_BOXES)}
    findings: list[Finding] = []
    pictures, absent, unknown = [], [], []
    for path in folder.matching(_DEEP_PCB_IMAGE):
        where = PurePosixPath(path)
        name, _, kind = where.stem.rpartition("_")
        split = splits.get(name, "test")
        board = where.parent.name
        if kind == "temp":
            pictures.append(LayoutPicture(layout.category, split, GOOD, name, path, specimen=board))
        elif name not in texts:
            absent.append(path)
        else:
            before = len(findings)
            regions = tuple(_deep_pcb_regions(folder, texts[name], findings))
            if len(findings) > before:
                unknown.append(path)
                continue
            pictures.append(
                LayoutPicture(layout.category, split, label_of(regions), name, path, regions=regions, specimen=board)
            )
    findings += leftover(codes.LISTED_FILE_MISSING, "{} tested images have no file of boxes", absent)
    findings += leftover(codes.IMAGE_OF_UNKNOWN_LABEL, "{} images have boxes that cannot be read", unknown)
    findings += unofficial(pictures, layout.title)
    left_out = tuple(LeftOut(path, "has no boxes that can be read") for path in (*absent, *unknown))
    lists = folder.matching(r"(?:.*/)?(?:trainval|test)\.txt")
    documents = (*(path for path in texts.values()), *lists)
    return LayoutReading(categories_of(pictures), tuple(findings), documents, left_out)


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
