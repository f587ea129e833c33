"""WebDataset shards as curate writes them: their images are read in place, as :mod:`curate.disk.members` does."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from curate.datasets.layouts.building import LayoutPicture, categories_of, region, split_of
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.disk.members import MEMBER, list_members
from curate.errors import CurateError, InputError
from curate.geometry.run_lengths import decompress, mask_of_counts
from curate.geometry.shapes import bitmap_of
from curate.imaging.images import read_file
from curate.model.defect import Saturation
from curate.model.region import Region

FILE = r"(?:.*/)?(?:train|val|test)-\d{6}\.tar"
_TEXT_END = ".json"
MASK_END = ".mask.png"


def read_web_dataset(layout: Layout, folder: Folder) -> LayoutReading:
    """Read every shard; an image's path is ``<shard>!/<name inside>``.

    Raises
    ------
    InputError
        If a shard breaks off, or a sample in it lacks what curate writes.
    """
    del layout
    pictures = []
    for path in folder.matching(FILE):
        where = PurePosixPath(path)
        category = where.parent.name or folder.root.resolve().name
        try:
            for image, text in _samples(list(list_members(folder.root / path))):
                document = json.loads(read_file(folder.root / f"{path}{MEMBER}{text}"))
                pictures.append(
                    _picture(f"{path}{MEMBER}{image}", category, split_of(where.stem.split("-")[0]), document)
                )
        except (KeyError, ValueError, TypeError, CurateError) as error:
            said = error.message if isinstance(error, CurateError) else repr(error)
            raise InputError(f"is no shard of curate's: {said}", path=folder.root / path) from error
    return LayoutReading(categories_of(pictures), documents=tuple(folder.matching(FILE)))


def _samples(names: list[str]) -> list[tuple[str, str]]:
    """Pair each sample's image with its text; KeyError when one of them is missing."""
    keyed: dict[str, dict[str, str]] = {}
    for name in names:
        where = PurePosixPath(name)
        key, dot, ending = where.name.partition(".")
        keyed.setdefault((where.parent / key).as_posix(), {})[dot + ending] = name
    pairs = []
    for key, parts in keyed.items():
        images = [name for ending, name in parts.items() if ending not in {_TEXT_END, MASK_END}]
        if len(images) != 1 or _TEXT_END not in parts:
            raise KeyError(f"{key}: expected an image, {MASK_END} and {_TEXT_END}, found {', '.join(parts)}")
        pairs.append((images[0], parts[_TEXT_END]))
    return pairs


def _picture(path: str, category: str, split: str, document: dict[str, Any]) -> LayoutPicture:
    return LayoutPicture(
        category,
        split,
        str(document["label"]),
        str(document["name"]),
        path,
        regions=tuple(_region(number, entry) for number, entry in enumerate(json.loads(document["regions"]))),
        specimen=str(document.get("specimen", "")),
        shot_at=str(document.get("shot_at", "")),
    )


def _region(number: int, entry: dict[str, Any]) -> Region:
    height, width = entry["segmentation"]["size"]
    mask = mask_of_counts(decompress(entry["segmentation"]["counts"]), height, width)
    saturation = Saturation(entry["saturation_threshold"], relative=entry["relative_saturation"])
    return region(number, entry["defect"], [bitmap_of(mask)], saturation)
