"""WebDataset shards as curate writes them; images inside archives can be listed and checked, not scored."""

from __future__ import annotations

import json
import tarfile
from pathlib import PurePosixPath
from typing import Any

from curate.errors import InputError
from curate.files.images import read_file
from curate.files.layouts.building import Picture, categories_of, region, split_of
from curate.files.layouts.description import Folder, Layout, Read
from curate.files.layouts.writers.shards import MASK_END, unpacked
from curate.geometry.run_lengths import decompress, mask_of_counts
from curate.geometry.shapes import bitmap_of
from curate.model.defect import Saturation
from curate.model.region import Region

FILE = r"(?:.*/)?(?:train|val|test)-\d{6}\.tar"
MEMBER = "!/"
"""Between an archive's path and the name inside."""


def read_web_dataset(layout: Layout, folder: Folder) -> Read:
    """Read every shard; an image's path is ``<shard>!/<name inside>``."""
    del layout
    pictures = []
    for path in folder.matching(FILE):
        where = PurePosixPath(path)
        category = where.parent.name or folder.root.resolve().name
        try:
            samples = unpacked(read_file(folder.root / path))
            for key, parts in samples.items():
                pictures.append(_picture(path, category, split_of(where.stem.split("-")[0]), key, parts))
        except (tarfile.TarError, KeyError, ValueError, StopIteration) as error:
            raise InputError(f"is no shard of curate's: {error!r}", path=folder.root / path) from error
    return Read(categories_of(pictures))


def _picture(path: str, category: str, split: str, key: str, parts: dict[str, bytes]) -> Picture:
    document: dict[str, Any] = json.loads(parts[".json"])
    ending = next(part for part in parts if part not in {".json", MASK_END})
    return Picture(
        category,
        split,
        str(document["label"]),
        str(document["name"]),
        f"{path}{MEMBER}{key}{ending}",
        regions=tuple(_region(number, entry) for number, entry in enumerate(json.loads(document["regions"]))),
        specimen=str(document.get("specimen", "")),
        shot_at=str(document.get("shot_at", "")),
    )


def _region(number: int, entry: dict[str, Any]) -> Region:
    height, width = entry["segmentation"]["size"]
    mask = mask_of_counts(decompress(entry["segmentation"]["counts"]), height, width)
    saturation = Saturation(entry["saturation_threshold"], relative=entry["relative_saturation"])
    return region(number, entry["defect"], [bitmap_of(mask)], saturation)
