"""WebDataset shards as curate writes them: their images are read in place, as :mod:`curate.disk.members` does."""

from __future__ import annotations

import json
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from curate.datasets.layouts.building import LayoutPicture, region, split_of
from curate.datasets.layouts.description import Folder, Layout, LayoutReading
from curate.datasets.layouts.rows import reading_of_rows, table_of
from curate.disk.members import MEMBER, list_members
from curate.errors import CurateError, InputError
from curate.formats.shapes import text_of
from curate.geometry.run_lengths import decompress, mask_of_counts
from curate.geometry.shapes import bitmap_of
from curate.imaging.images import read_file
from curate.model.defect import Saturation, is_good_word
from curate.model.region import Region

FILE = r"(?:.*/)?(?:train|val|test)-\d{6}\.tar"
_TEXT_END = ".json"
MASK_END = ".mask.png"


def read_web_dataset(layout: Layout, folder: Folder) -> LayoutReading:
    """Read every shard; an image's path is ``<shard>!/<name inside>``.

    Raises
    ------
    InputError
        If a shard breaks off, or holds samples of other parts than curate writes.
    """
    tables = []
    for path in folder.matching(FILE):
        where = PurePosixPath(path)
        category = where.parent.name or folder.root.resolve().name
        try:
            pairs = _samples(list(list_members(folder.root / path)))
        except (KeyError, CurateError) as error:
            said = error.message if isinstance(error, CurateError) else error.args[0]
            raise InputError(f"is no shard of curate's: {said}", path=folder.root / path) from error
        rows = [(text, (f"{path}{MEMBER}{image}",), f"{path}{MEMBER}{text}") for image, text in pairs]
        make = partial(_picture, folder, category, split_of(where.stem.split("-")[0]))
        tables.append(table_of(path, rows, make))
    return reading_of_rows(layout, folder, tables)[0]


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


def _picture(folder: Folder, category: str, split: str, path: str, text: str) -> LayoutPicture:
    document = json.loads(read_file(folder.root / text))
    label, listed = text_of(document["label"], "label"), json.loads(document["regions"])
    regions = tuple(_region(number, entry) for number, entry in enumerate(listed))
    if not label or (regions and is_good_word(label)):
        raise ValueError(f"its label is {label!r}, and it has {len(regions)} regions")
    return LayoutPicture(
        category,
        split,
        label,
        text_of(document["name"], "name"),
        path,
        regions=regions,
        specimen=text_of(document.get("specimen"), "specimen"),
        shot_at=text_of(document.get("shot_at"), "shot_at"),
    )


def _region(number: int, entry: dict[str, Any]) -> Region:
    height, width = entry["segmentation"]["size"]
    mask = mask_of_counts(decompress(entry["segmentation"]["counts"]), height, width)
    saturation = Saturation(entry["saturation_threshold"], relative=entry["relative_saturation"])
    return region(number, text_of(entry["defect"], "defect"), [bitmap_of(mask)], saturation)
